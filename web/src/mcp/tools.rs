//! Which operations of the API are tools, and how a tool's arguments become a request of its operation.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Request, header};
use rmcp::model::ToolAnnotations;
use serde_json::{Map, Value, json};
use souk_types::{Env, Fault};

use crate::{
    api::{
        caller::{Access, Caller, GUEST},
        idempotency::KEY,
        operation::{Route, Shape, Twice, Verb},
        parameters::Parameter,
        routes,
    },
    error::Failure,
};

/// The argument that says whose cart is meant.
pub const CART_TOKEN: &str = "cart_token";
/// The argument that tells one wish from another.
pub const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// The argument that says which version the assistant saw.
pub const VERSION: &str = "version";

/// What a tool does to the shop, for those who ask before they let an assistant do it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Changes nothing.
    Reads,
    /// Adds something, or changes what can be changed back.
    Adds,
    /// Takes something away, or moves goods or money.
    Moves,
}

use Effect::{Adds, Moves, Reads};

/// Every tool: its name, its operation, its title, what it does.
const TOOLS: &[(&str, &str, &str, Effect)] = &[
    ("get_shop", "readShop", "About the shop", Reads),
    ("search_products", "listProducts", "Search products", Reads),
    ("get_product", "readProduct", "Look at a product", Reads),
    ("list_categories", "listCategories", "List categories", Reads),
    ("create_cart", "createGuest", "Begin a cart", Adds),
    ("get_cart", "readCart", "Look at the cart", Reads),
    ("add_to_cart", "addCartLine", "Put something in the cart", Adds),
    ("set_cart_line", "setCartLine", "Set how many of something are in the cart", Adds),
    ("remove_from_cart", "removeCartLine", "Take something out of the cart", Adds),
    ("get_quote", "readQuote", "Price the cart", Reads),
    ("checkout_link", "createCheckoutLink", "Hand the cart to the shopper", Adds),
    ("order_status", "findOrderStatus", "Ask where an order is", Reads),
    ("list_orders", "listOrders", "List orders", Reads),
    ("get_order", "readAnyOrder", "Look at an order", Reads),
    ("get_order_history", "readOrderHistory", "Look at an order's history", Reads),
    ("cancel_order", "cancelAnyOrder", "Cancel an order", Moves),
    ("hold_order", "holdOrder", "Stop an order", Adds),
    ("release_order", "releaseOrder", "Let a stopped order go on", Adds),
    ("refund_order", "refundOrder", "Give money back", Moves),
    ("list_shipments", "listShipments", "List an order's parcels", Reads),
    ("ship_order", "createShipment", "Send a parcel", Moves),
    ("track_shipment", "trackShipment", "Note where a parcel is", Adds),
    ("list_catalogue", "listAllProducts", "List products, also those not for sale", Reads),
    ("get_catalogue_product", "readAnyProduct", "Look at a product as staff see it", Reads),
    ("create_product", "createProduct", "Add a product", Adds),
    ("replace_product", "replaceProduct", "Change a product", Moves),
    ("list_stock", "listStock", "List stock", Reads),
    ("adjust_stock", "adjustStock", "Correct stock", Moves),
    ("transfer_stock", "transferStock", "Move stock to another location", Moves),
    ("list_stock_movements", "listMovements", "List movements of stock", Reads),
    ("list_locations", "listLocations", "List locations", Reads),
    ("list_customers", "listCustomers", "Find customers", Reads),
    ("get_customer", "readAnyCustomer", "Look at a customer", Reads),
    ("list_customer_orders", "listCustomerOrders", "List a customer's orders", Reads),
    ("list_all_categories", "listAllCategories", "List categories as staff see them", Reads),
    ("get_category", "readCategory", "Look at a category", Reads),
    ("list_collections", "listCollections", "List collections", Reads),
    ("get_collection", "readCollection", "Look at a collection", Reads),
    ("preview_collection", "previewCollection", "See what a collection would have in it", Reads),
    ("list_emails", "listEmails", "List emails that the shop has written", Reads),
    ("list_failed_events", "listDeadLetters", "List events that failed", Reads),
    ("replay_failed_event", "replayDeadLetter", "Deliver a failed event again", Adds),
    ("discard_failed_event", "discardDeadLetter", "Give up a failed event", Moves),
    ("list_failed_jobs", "listParkedJobs", "List jobs that failed", Reads),
    ("retry_failed_job", "retryParkedJob", "Run a failed job again", Adds),
    ("discard_failed_job", "discardParkedJob", "Give up a failed job", Moves),
    ("get_settings", "readSettings", "Look at the shop's settings", Reads),
];

/// A tool.
pub struct Tool {
    /// What assistants are told of it.
    pub described: rmcp::model::Tool,
    /// What it does when it is called.
    pub route: Route,
    shape: Shape,
}

/// Every tool, in the order in which they are listed.
pub fn all() -> Vec<Tool> {
    let mut routes = routes::all();
    let mut tools = Vec::with_capacity(TOOLS.len());
    for (name, operation, title, effect) in TOOLS {
        if let Some(place) = routes.iter().position(|route| route.name == *operation) {
            tools.push(Tool::of(name, title, *effect, routes.swap_remove(place)));
        }
    }
    tools
}

impl Tool {
    fn of(name: &'static str, title: &str, effect: Effect, route: Route) -> Self {
        let shape = route.shape();
        let annotations = ToolAnnotations::with_title(title).open_world(false);
        let annotations = match effect {
            Reads => annotations.read_only(true),
            Adds | Moves => {
                let again = matches!(route.verb, Verb::Put | Verb::Delete);
                annotations.read_only(false).destructive(effect == Moves).idempotent(again)
            }
        };
        let described = rmcp::model::Tool::new(name, route.summary, Arc::new(arguments(&route, &shape)))
            .with_title(title)
            .with_annotations(annotations);
        let described = match &shape.answer {
            Value::Object(answer) => described.with_raw_output_schema(Arc::new(answer.clone())),
            _ => described,
        };
        Self { described, route, shape }
    }

    /// Whether it is shown to a caller. Shoppers' tools are for everybody: whose cart is meant is an argument.
    pub fn is_for(&self, caller: &Caller) -> bool {
        self.route.access == Access::Shopper || caller.require(self.route.access).is_ok()
    }

    /// The request that the arguments mean.
    ///
    /// # Errors
    /// Invalid, with the argument that cannot be right.
    pub fn request(
        &self,
        mut arguments: Map<String, Value>,
        sent_by: Option<&HeaderValue>,
        env: &Env,
    ) -> Result<Request<Body>, Failure> {
        let verb = self.route.verb.as_str().to_uppercase();
        let mut request = Request::builder().method(verb.as_str());
        if let Some(by) = self.on_behalf(&mut arguments, sent_by)? {
            request = request.header(header::AUTHORIZATION, by);
        }
        if takes_key(&self.route, &self.shape) {
            let key = match (arguments.remove(IDEMPOTENCY_KEY), self.route.access) {
                (Some(key), _) => word(IDEMPOTENCY_KEY, &key)?,
                (None, Access::Key(_)) => return Err(Failure::invalid(IDEMPOTENCY_KEY, "must be given")),
                (None, _) => data_encoding::HEXLOWER.encode(&env.random_bytes::<16>()),
            };
            let key = HeaderValue::try_from(key);
            request = request.header(KEY, key.map_err(|_| Failure::invalid(IDEMPOTENCY_KEY, "must be plain ASCII"))?);
        }
        if self.shape.versioned {
            let seen = arguments.remove(VERSION).and_then(|version| version.as_i64());
            let seen = seen.ok_or_else(|| Failure::invalid(VERSION, "must be the version that was read"))?;
            request = request.header(header::IF_MATCH, format!("\"{seen}\""));
        }
        request = request.uri(self.address(&mut arguments)?);
        let Some(body) = &self.shape.body else {
            nothing_else(arguments.keys())?;
            return Ok(request.body(Body::empty()).map_err(Fault::internal)?);
        };
        nothing_else(arguments.keys().filter(|name| body["properties"].get(name.as_str()).is_none()))?;
        let request = request.header(header::CONTENT_TYPE, "application/json");
        Ok(request.body(Body::from(Value::Object(arguments).to_string())).map_err(Fault::internal)?)
    }

    /// Whose request it is. A guest's token may be an argument, because assistants cannot choose headers; a key or the
    /// token of a session never is.
    fn on_behalf(
        &self,
        arguments: &mut Map<String, Value>,
        sent_by: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, Failure> {
        if self.route.access != Access::Shopper {
            return Ok(sent_by.cloned());
        }
        match arguments.remove(CART_TOKEN) {
            None => Ok(sent_by.cloned()),
            Some(Value::String(token)) if token.starts_with(GUEST) => {
                let by = HeaderValue::try_from(format!("Bearer {token}"));
                by.map(Some).map_err(|_| Failure::invalid(CART_TOKEN, "is no token"))
            }
            Some(_) => Err(Failure::invalid(CART_TOKEN, "must be the token that create_cart gave")),
        }
    }

    fn address(&self, arguments: &mut Map<String, Value>) -> Result<String, Failure> {
        let mut path = self.route.path.to_owned();
        for part in &self.shape.path {
            let given = arguments.remove(&part.name).unwrap_or_default();
            path = path.replace(&format!("{{{}}}", part.name), &segment(&word(&part.name, &given)?));
        }
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for parameter in &self.shape.query {
            match arguments.remove(&parameter.name) {
                None | Some(Value::Null) => {}
                Some(Value::Array(items)) => {
                    for item in &items {
                        pairs.push((&parameter.name, word(&parameter.name, item)?));
                    }
                }
                Some(value) => pairs.push((&parameter.name, word(&parameter.name, &value)?)),
            }
        }
        if pairs.is_empty() {
            return Ok(path);
        }
        Ok(format!("{path}?{}", serde_urlencoded::to_string(pairs).map_err(Fault::internal)?))
    }
}

fn takes_key(route: &Route, shape: &Shape) -> bool {
    route.verb == Verb::Post && shape.twice == Twice::Kept
}

fn nothing_else<'n>(mut names: impl Iterator<Item = &'n String>) -> Result<(), Failure> {
    names.next().map_or(Ok(()), |name| Err(Failure::invalid(name, "is no argument of this tool")))
}

/// A value that stands in an address or a header.
fn word(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) if !text.is_empty() => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(yes) => Ok(yes.to_string()),
        Value::Null => Err(Failure::invalid(name, "must be given")),
        Value::String(_) => Err(Failure::invalid(name, "must not be empty")),
        Value::Array(_) | Value::Object(_) => Err(Failure::invalid(name, "must be a single value")),
    }
}

/// A text as one segment of a path (RFC 3986).
fn segment(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => written.push(char::from(byte)),
            other => written.push_str(&format!("%{other:02X}")),
        }
    }
    written
}

/// The schema of a tool's arguments: everything that its operation takes, on one level.
fn arguments(route: &Route, shape: &Shape) -> Map<String, Value> {
    let mut whole = match shape.body.clone() {
        Some(Value::Object(body)) => body,
        _ => Map::new(),
    };
    let mut properties = match whole.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let mut required = match whole.remove("required") {
        Some(Value::Array(names)) => names,
        _ => Vec::new(),
    };
    let parts = shape.path.iter().map(|part| Parameter { required: true, ..part.clone() });
    for Parameter { name, required: needed, schema } in
        parts.chain(shape.query.iter().cloned()).chain(extra(route, shape))
    {
        if needed {
            required.push(name.as_str().into());
        }
        properties.insert(name, schema);
    }
    whole.retain(|key, _| !matches!(key.as_str(), "title" | "description"));
    whole.insert("type".to_owned(), "object".into());
    whole.insert("properties".to_owned(), Value::Object(properties));
    whole.insert("required".to_owned(), Value::Array(required));
    whole.insert("additionalProperties".to_owned(), false.into());
    whole
}

/// The arguments that stand for headers of the operation.
fn extra(route: &Route, shape: &Shape) -> Vec<Parameter> {
    let mut extra = Vec::new();
    let mut add = |name: &str, required, schema| extra.push(Parameter { name: name.to_owned(), required, schema });
    if route.access == Access::Shopper {
        let text = "The token that create_cart gave. It may be left out where a guest's or a customer's token is \
            sent as Authorization: Bearer.";
        add(CART_TOKEN, false, json!({"type": "string", "maxLength": 200, "description": text}));
    }
    if takes_key(route, shape) {
        let text = "A new one for every wish, the same one when it is tried again: it is then carried out once.";
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 200, "description": text});
        add(IDEMPOTENCY_KEY, matches!(route.access, Access::Key(_)), schema);
    }
    if shape.versioned {
        let text = "The version of what was read. Refused when it has changed since.";
        add(VERSION, true, json!({"type": "integer", "description": text}));
    }
    extra
}
