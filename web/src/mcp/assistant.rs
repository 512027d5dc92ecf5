//! What the shop says to an assistant.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    response::Response,
};
use http::{Extensions, Request, StatusCode, header, request::Parts};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
};
use serde_json::{Map, Value};
use souk_types::{Fault, TraceId};
use tower::ServiceExt as _;

use super::tools::{self, Tool};
use crate::{
    api::{self, caller::Caller, limits::Allowance},
    error::Failure,
    state::AppState,
};

/// Bytes of what an operation answers.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const INSTRUCTIONS: &str = "\
    Amounts are whole minor units of their currency. To shop: find things by search_products and get_product, make a \
    cart by create_cart, give its token as cart_token to the other tools of the cart, and hand the shopper the link of \
    checkout_link, where they pay themselves; you never need their card. order_status tells where an order is. Tools \
    for staff are listed to those whose API key permits them. A refusal says in its code and detail what was wrong.";

/// Answers assistants. Cheap to clone.
#[derive(Clone)]
pub struct Assistant(Arc<Inner>);

struct Inner {
    state: AppState,
    tools: Vec<Tool>,
    operations: Router,
}

impl Assistant {
    /// Knows all tools.
    pub fn new(state: &AppState) -> Self {
        let operations = api::operations().with_state(state.clone());
        Self(Arc::new(Inner { state: state.clone(), tools: tools::all(), operations }))
    }

    /// Has the operation done that a tool stands for.
    async fn call(&self, tool: &Tool, arguments: Map<String, Value>, asked: &Parts) -> Result<Value, Failure> {
        let sent_by = asked.headers.get(header::AUTHORIZATION);
        let request = tool.request(arguments, sent_by, &self.0.state.env)?;
        let (mut parts, body) = request.into_parts();
        copy(&asked.extensions, &mut parts.extensions);
        let mut response = self.done(parts.clone(), body).await?;
        if response.status() == StatusCode::PERMANENT_REDIRECT {
            // The same thing under its present name.
            let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
            let place = place.and_then(|place| place.strip_prefix("/api/v1")).unwrap_or_default();
            parts.uri = place.parse().map_err(Fault::internal)?;
            response = self.done(parts, Body::empty()).await?;
        }
        let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.map_err(Fault::internal)?;
        if bytes.is_empty() {
            // It is done, and there is nothing to say of it.
            return Ok(Value::Object(Map::new()));
        }
        Ok(serde_json::from_slice(&bytes).map_err(Fault::internal)?)
    }

    async fn done(&self, parts: Parts, body: Body) -> Result<Response, Failure> {
        let request = Request::from_parts(parts, body);
        let mut response = self.0.operations.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        match response.extensions_mut().remove::<Failure>() {
            Some(failure) => Err(failure),
            None => Ok(response),
        }
    }

    fn refused(&self, failure: &Failure, tool: &str, asked: &Parts) -> CallToolResult {
        let trace = asked.extensions.get::<TraceId>().copied().unwrap_or_else(|| self.0.state.next_trace());
        let reason = failure.internal.as_deref().unwrap_or(&failure.message);
        match failure.status.is_server_error() {
            true => tracing::error!(tool, %trace, reason, "a tool failed"),
            false => tracing::debug!(tool, %trace, reason, "a tool was refused"),
        }
        CallToolResult::error(vec![ContentBlock::text(failure.problem(&trace.to_string()).to_string())])
    }
}

/// What an operation may know of the request that it is a part of: that it was counted, from where it came, its trace.
fn copy(from: &Extensions, to: &mut Extensions) {
    if let Some(allowance) = from.get::<Allowance>() {
        to.insert(*allowance);
    }
    if let Some(address) = from.get::<ConnectInfo<SocketAddr>>() {
        to.insert(*address);
    }
    if let Some(trace) = from.get::<TraceId>() {
        to.insert(*trace);
    }
}

fn asked(context: &RequestContext<RoleServer>) -> Result<&Parts, ErrorData> {
    context.extensions.get::<Parts>().ok_or_else(|| ErrorData::internal_error("this did not come by HTTP", None))
}

impl ServerHandler for Assistant {
    fn get_info(&self) -> ServerConfig {
        let shop = &self.0.state.shop;
        let mut server = Implementation::new("souk", env!("CARGO_PKG_VERSION"));
        server.title = Some(shop.name.clone());
        server.website_url = Some(shop.public_url.clone());
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(server)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let caller = asked(&context)?.extensions.get::<Caller>().cloned().unwrap_or(Caller::Anyone);
        let listed = self.0.tools.iter().filter(|tool| tool.is_for(&caller));
        Ok(ListToolsResult::with_all_items(listed.map(|tool| tool.described.clone()).collect()))
    }

    fn get_tool(&self, name: &str) -> Option<rmcp::model::Tool> {
        self.0.tools.iter().find(|tool| tool.described.name == name).map(|tool| tool.described.clone())
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let asked = asked(&context)?;
        let Some(tool) = self.0.tools.iter().find(|tool| tool.described.name == call.name) else {
            return Err(ErrorData::invalid_params("there is no such tool", None));
        };
        let answer = self.call(tool, call.arguments.unwrap_or_default(), asked).await;
        Ok(match answer {
            Ok(answer) => CallToolResult::structured(answer),
            Err(failure) => self.refused(&failure, &call.name, asked),
        }
        .into())
    }
}
