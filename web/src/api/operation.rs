//! What an operation of the API is.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use souk_types::{Cx, text_enum};

use super::{
    answer,
    caller::{Access, Caller},
    openapi::{self, Describing},
    parameters::{Known, Parameter, parameters},
    schema,
    upload::{Upload, Wanted},
};
use crate::{error::Failure, state::AppState};

text_enum! {
    /// What is done to an address.
    pub enum Verb {
        /// Reads.
        Get = "get",
        /// Makes or does something.
        Post = "post",
        /// Sets something, however often.
        Put = "put",
        /// Takes something away.
        Delete = "delete",
    }
}

impl Verb {
    const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

text_enum! {
    /// What operations are listed under.
    pub enum Group {
        /// The shop itself.
        Shop = "Shop",
        /// Products and categories, as shoppers see them.
        Catalogue = "Catalogue",
        /// Guests and customers.
        People = "Guests and customers",
        /// Cart, checkout, orders of shoppers.
        Buying = "Buying",
        /// What the house does.
        BackOffice = "Back office",
    }
}

/// What happens when a POST is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twice {
    /// It is carried out once: its answer is kept by its `Idempotency-Key`.
    Kept,
    /// It may be carried out twice, which does no harm.
    Harmless,
}

/// Takes nothing, or gives nothing.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// One operation of the API. Its types are its description.
pub trait Operation: Sized + 'static {
    /// Its name, unique, fit for a function of a client.
    const NAME: &'static str;
    /// What is done.
    const VERB: Verb;
    /// To which address, below `/api/v1`.
    const PATH: &'static str;
    /// What it is listed under.
    const GROUP: Group;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// What it answers with when all is well.
    const STATUS: StatusCode = StatusCode::OK;
    /// Whether the answer is the same for everybody and may be kept by caches.
    const SHARED: bool = false;
    /// Who may call.
    const ACCESS: Access = Access::Anyone;
    /// What happens when a POST is sent twice.
    const TWICE: Twice = Twice::Kept;
    /// Whether the answer comes piece by piece, as server-sent events.
    const STREAM: bool = false;
    /// Whether `If-Match` must name the version that the caller saw.
    const VERSIONED: bool = false;
    /// Which file is sent along, as it is, instead of JSON.
    const UPLOAD: Option<Wanted> = None;
    /// Whether it changes anything, which is logged when a program of the house does it.
    const CHANGES: bool = !matches!(Self::VERB, Verb::Get);

    /// The parts of the address.
    type Path: DeserializeOwned + JsonSchema + Send + 'static;
    /// The parameters after the `?`.
    type Query: DeserializeOwned + JsonSchema + Send + 'static;
    /// What is sent along.
    type Body: DeserializeOwned + JsonSchema + Send + 'static;
    /// What comes back.
    type Answer: Serialize + JsonSchema + Send + 'static;

    /// Does it.
    fn run(call: Call, asked: Asked<Self>) -> impl Future<Output = Result<Reply<Self::Answer>, Failure>> + Send;
}

/// Who calls, and what it takes to serve them.
pub struct Call {
    /// All that handlers share.
    pub state: AppState,
    /// The context for calls on the caller's behalf.
    pub cx: Cx,
    /// Who calls.
    pub caller: Caller,
    /// The version that the caller saw, of an operation that asks for it.
    pub version: i64,
    /// The file that was sent along, of an operation that takes one.
    pub upload: Option<Upload>,
}

impl Call {
    /// Lets the calls take so long from now on.
    pub fn allow(&mut self, limit: Duration) {
        self.cx.deadline = std::time::Instant::now() + limit;
    }
}

/// What an operation was asked.
pub struct Asked<O: Operation> {
    /// The parts of the address.
    pub path: O::Path,
    /// The parameters after the `?`.
    pub query: O::Query,
    /// What was sent along.
    pub body: O::Body,
}

/// What an operation answers.
pub enum Reply<T> {
    /// A body.
    Body(Body<T>),
    /// The thing is at another address now.
    Moved(String),
    /// Server-sent events, each a body.
    Stream(Response),
}

/// A body, and what is said of it in headers.
pub struct Body<T> {
    /// The body.
    pub content: T,
    /// The rest of a list, as a cursor.
    pub next: Option<String>,
    /// The version of the thing, which is then its tag.
    pub version: Option<i64>,
    /// Whether the same tag means the same body, which need not be sent again then.
    pub is_the_same: bool,
}

impl<T> Reply<T> {
    /// A body and nothing more.
    pub const fn of(content: T) -> Self {
        Self::page(content, None)
    }

    /// A page of a list, and where the next one starts.
    pub const fn page(content: T, next: Option<String>) -> Self {
        Self::Body(Body { content, next, version: None, is_the_same: true })
    }

    /// A thing in a version, by which it can be changed.
    pub const fn versioned(content: T, version: i64) -> Self {
        Self::Body(Body { content, next: None, version: Some(version), is_the_same: true })
    }
}

/// An operation among others.
pub struct Route {
    /// Its name.
    pub name: &'static str,
    /// What is done.
    pub verb: Verb,
    /// To which address, below `/api/v1`.
    pub path: &'static str,
    /// What it is listed under.
    pub group: Group,
    /// What it does.
    pub summary: &'static str,
    /// Who may call.
    pub access: Access,
    /// Whether it changes anything.
    #[cfg(test)]
    pub changes: bool,
    describe: fn(&mut Describing) -> Value,
    handler: fn() -> MethodRouter<AppState>,
    shape: fn() -> Shape,
}

/// What an operation takes and gives.
pub struct Shape {
    /// The parts of its address.
    pub path: Vec<Parameter>,
    /// Its parameters after the `?`.
    pub query: Vec<Parameter>,
    /// What is sent along, if anything.
    pub body: Option<Value>,
    /// What it answers with.
    pub answer: Value,
    /// What happens when a POST is sent twice.
    pub twice: Twice,
    /// Whether it asks for the version that the caller saw.
    pub versioned: bool,
}

impl Shape {
    fn of<O: Operation>() -> Self {
        let Known { query, body, .. } = Known::of::<O>();
        Self {
            path: parameters(schema::whole_input::<O::Path>()),
            query,
            body,
            answer: schema::whole_output::<O::Answer>(),
            twice: O::TWICE,
            versioned: O::VERSIONED,
        }
    }
}

impl Route {
    /// The route of an operation.
    pub fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            verb: O::VERB,
            path: O::PATH,
            group: O::GROUP,
            summary: O::SUMMARY,
            access: O::ACCESS,
            #[cfg(test)]
            changes: O::CHANGES,
            describe: openapi::describe::<O>,
            handler: handler::<O>,
            shape: Shape::of::<O>,
        }
    }

    /// What the operation takes and gives.
    pub fn shape(&self) -> Shape {
        (self.shape)()
    }

    /// What the operation is in the words of OpenAPI.
    pub fn describe(&self, describing: &mut Describing) -> Value {
        (self.describe)(describing)
    }

    /// The way in.
    pub fn methods(&self) -> MethodRouter<AppState> {
        (self.handler)()
    }
}

fn handler<O: Operation>() -> MethodRouter<AppState> {
    let known = Arc::new(Known::of::<O>());
    on(O::VERB.filter(), move |state: State<AppState>, request: Request| {
        answer::to::<O>(state, Arc::clone(&known), request)
    })
}
