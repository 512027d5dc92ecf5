//! Which tools there are, who may call which, and from where.

use axum::body::Body;
use http::{Request, StatusCode, header};
use serde_json::{Map, Value, json};
use souk_contracts::permission::Scope;

use super::tools::{self, CART_TOKEN, IDEMPOTENCY_KEY, Tool, VERSION};
use crate::{
    admin::tests::fakes::{Got, Shop},
    api::{
        caller::Access,
        tests::{guest, parsed, shop},
    },
};

/// Every tool and who may call it. A tool without a row fails the test below.
const ROWS: &[(&str, Access)] = &[
    ("get_shop", Access::Anyone),
    ("search_products", Access::Anyone),
    ("get_product", Access::Anyone),
    ("list_categories", Access::Anyone),
    ("create_cart", Access::Anyone),
    ("get_cart", Access::Shopper),
    ("add_to_cart", Access::Shopper),
    ("set_cart_line", Access::Shopper),
    ("remove_from_cart", Access::Shopper),
    ("get_quote", Access::Shopper),
    ("checkout_link", Access::Shopper),
    ("order_status", Access::Anyone),
    ("list_orders", Access::Key(Scope::OrdersRead)),
    ("get_order", Access::Key(Scope::OrdersRead)),
    ("get_order_history", Access::Key(Scope::OrdersRead)),
    ("cancel_order", Access::Key(Scope::OrdersManage)),
    ("hold_order", Access::Key(Scope::OrdersManage)),
    ("release_order", Access::Key(Scope::OrdersManage)),
    ("refund_order", Access::Key(Scope::Refunds)),
    ("list_shipments", Access::Key(Scope::OrdersRead)),
    ("ship_order", Access::Key(Scope::OrdersManage)),
    ("track_shipment", Access::Key(Scope::OrdersManage)),
    ("list_catalogue", Access::Key(Scope::CatalogRead)),
    ("get_catalogue_product", Access::Key(Scope::CatalogRead)),
    ("create_product", Access::Key(Scope::CatalogManage)),
    ("replace_product", Access::Key(Scope::CatalogManage)),
    ("list_stock", Access::Key(Scope::StockRead)),
    ("adjust_stock", Access::Key(Scope::StockManage)),
    ("transfer_stock", Access::Key(Scope::StockManage)),
    ("list_stock_movements", Access::Key(Scope::StockRead)),
    ("list_locations", Access::Key(Scope::StockRead)),
    ("list_customers", Access::Key(Scope::OrdersRead)),
    ("get_customer", Access::Key(Scope::OrdersRead)),
    ("list_customer_orders", Access::Key(Scope::OrdersRead)),
    ("list_all_categories", Access::Key(Scope::CatalogRead)),
    ("get_category", Access::Key(Scope::CatalogRead)),
    ("list_collections", Access::Key(Scope::CatalogRead)),
    ("get_collection", Access::Key(Scope::CatalogRead)),
    ("preview_collection", Access::Key(Scope::CatalogRead)),
    ("list_emails", Access::Key(Scope::OrdersRead)),
    ("list_failed_events", Access::Key(Scope::Operations)),
    ("replay_failed_event", Access::Key(Scope::Operations)),
    ("discard_failed_event", Access::Key(Scope::Operations)),
    ("list_failed_jobs", Access::Key(Scope::Operations)),
    ("retry_failed_job", Access::Key(Scope::Operations)),
    ("discard_failed_job", Access::Key(Scope::Operations)),
    ("get_settings", Access::Key(Scope::Operations)),
];

fn message(token: &str, method: &str, parameters: &Value) -> Request<Body> {
    let mut request = Request::post("/mcp")
        .header(header::HOST, "localhost:8080")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream");
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let content = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
    request.body(Body::from(content.to_string())).unwrap()
}

async fn listed(shop: &Shop, token: &str) -> Vec<String> {
    let got = shop.send(message(token, "tools/list", &json!({}))).await;
    let tools = parsed(&got)["result"]["tools"].as_array().cloned().unwrap_or_else(|| panic!("{}", got.body));
    tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

async fn call(shop: &Shop, token: &str, tool: &str, arguments: Value) -> Value {
    let got = shop.send(message(token, "tools/call", &json!({"name": tool, "arguments": arguments}))).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    parsed(&got)["result"].clone()
}

/// The stable word of a refusal; empty when it was done.
fn code(result: &Value) -> String {
    if result["isError"] != true {
        return String::new();
    }
    let problem: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

fn may(access: Access, scope: Option<Scope>) -> bool {
    match access {
        Access::Anyone | Access::Shopper | Access::Customer => true,
        Access::Key(needed) => scope.is_some_and(|scope| scope.permissions().contains(needed.permissions())),
    }
}

fn callers() -> Vec<(String, Option<Scope>)> {
    let people = [String::new(), guest(), "souk_session_customer".to_owned()].map(|token| (token, None));
    people.into_iter().chain(Scope::ALL.iter().map(|scope| (format!("souk_key_{scope}"), Some(*scope)))).collect()
}

/// What stands in addresses and headers; not what is sent along, which nobody looks at before the permission.
fn arguments(tool: &Tool) -> Value {
    let mut given = Map::new();
    for part in tool.route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        given.insert(part.to_owned(), "x".into());
    }
    let schema = Value::Object(tool.described.input_schema.as_ref().clone());
    for (name, value) in [(IDEMPOTENCY_KEY, json!("wish")), (VERSION, json!(1)), (CART_TOKEN, json!(guest()))] {
        if schema["properties"][name].is_object() {
            given.insert(name.to_owned(), value);
        }
    }
    Value::Object(given)
}

#[test]
fn every_tool_has_its_row_and_says_what_it_takes_and_gives() {
    let tools = tools::all();
    let listed: Vec<_> = tools.iter().map(|tool| (tool.described.name.as_ref(), tool.route.access)).collect();
    assert_eq!(listed, ROWS);
    for tool in tools {
        let (name, shape) = (&tool.described.name, tool.route.shape());
        let schema = Value::Object(tool.described.input_schema.as_ref().clone());
        let of_body = shape.body.as_ref().map_or(0, |body| body["properties"].as_object().unwrap().len());
        let properties = schema["properties"].as_object().unwrap();
        let headers = [CART_TOKEN, IDEMPOTENCY_KEY, VERSION].iter().filter(|extra| properties.contains_key(**extra));
        let parts = shape.path.len() + shape.query.len() + of_body + headers.count();
        assert_eq!(properties.len(), parts, "{name}: two arguments have one name");
        for (argument, schema) in properties {
            assert!(schema["description"].is_string(), "{argument} of {name}");
        }
        let answer = tool.described.output_schema.as_ref().unwrap();
        assert_eq!(answer["type"], "object", "{name}");
    }
}

#[tokio::test]
async fn only_the_tools_that_a_caller_may_use_are_listed() {
    for (token, scope) in callers() {
        let wanted: Vec<_> = ROWS.iter().filter(|(_, access)| may(*access, scope)).map(|(name, _)| *name).collect();
        assert_eq!(listed(&shop(|_, _| None), &token).await, wanted, "for {token:?}");
    }
}

#[tokio::test]
async fn a_tool_of_staff_is_refused_to_everybody_else_before_any_service_is_asked() {
    let refusals = ["token_missing", "token_not_enough", "scope_missing"];
    for tool in tools::all() {
        for (token, scope) in callers() {
            let shop = shop(|_, _| None);
            let told = code(&call(&shop, &token, &tool.described.name, arguments(&tool)).await);
            let refused = refusals.contains(&told.as_str());
            assert_eq!(refused, !may(tool.route.access, scope), "{} for {token:?}: {told}", tool.described.name);
            let asked = shop.calls_beside_session() - shop.asked("accounts.api_key").len();
            assert!(!refused || asked == 0, "{} for {token:?}", tool.described.name);
        }
    }
}

#[tokio::test]
async fn a_cart_is_opened_by_a_guests_token_and_by_no_other_argument() {
    let shop = shop(|_, _| None);
    assert_eq!(code(&call(&shop, "", "get_cart", json!({})).await), "token_missing");
    for foreign in [json!("souk_key_orders:manage"), json!("souk_session_customer"), json!("x"), json!(1)] {
        let told = code(&call(&shop, "", "get_cart", json!({CART_TOKEN: foreign})).await);
        assert_eq!(told, "invalid", "{foreign}");
    }
    let forged = call(&shop, "", "get_cart", json!({CART_TOKEN: "souk_guest_x"})).await;
    assert_eq!(code(&forged), "token_unknown");
    assert!(shop.asked("cart.view").is_empty());
    call(&shop, "", "get_cart", json!({CART_TOKEN: guest()})).await;
    assert_eq!(shop.asked("cart.view").len(), 1);
}

async fn from_origin(shop: &Shop, origin: &'static str) -> StatusCode {
    let mut request = message("", "tools/list", &json!({}));
    request.headers_mut().insert(header::ORIGIN, header::HeaderValue::from_static(origin));
    shop.send(request).await.status
}

#[tokio::test]
async fn a_page_of_another_site_is_refused_also_under_a_name_that_leads_here() {
    let shop = shop(|_, _| None);
    for good in ["http://localhost:8080", "http://127.0.0.1:6274", "https://client.example"] {
        assert_eq!(from_origin(&shop, good).await, StatusCode::OK, "{good}");
    }
    for bad in ["http://evil.example:8080", "http://localhost.evil.example", "null", "https://client.example:444"] {
        assert_eq!(from_origin(&shop, bad).await, StatusCode::FORBIDDEN, "{bad}");
    }
    let mut rebound = message("", "tools/list", &json!({}));
    for (name, value) in [(header::HOST, "evil.example:8080"), (header::ORIGIN, "http://evil.example:8080")] {
        rebound.headers_mut().insert(name, header::HeaderValue::from_static(value));
    }
    assert_eq!(shop.send(rebound).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_wrong_key_is_told_so_and_so_is_what_is_no_message() {
    let shop = shop(|_, _| None);
    let refused = shop.send(message("nonsense", "tools/list", &json!({}))).await;
    assert_eq!((refused.status, refused.header(header::WWW_AUTHENTICATE)), (StatusCode::UNAUTHORIZED, "Bearer"));
    assert_eq!(parsed(&refused)["code"], "token_unknown");
    let get = Request::get("/mcp").header(header::HOST, "localhost:8080").body(Body::empty()).unwrap();
    let Got { status, .. } = shop.send(get).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let mut huge = message("", "tools/list", &json!({}));
    *huge.body_mut() = Body::from(vec![b' '; 3 * 1024 * 1024]);
    assert_eq!(shop.send(huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn the_page_about_it_lists_every_tool() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/mcp.md")).unwrap();
    let listed: Vec<(&str, &str)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(name, rest)| (name, rest.split(" | ").next().unwrap_or_default()))
        .collect();
    let scope = |access| match access {
        Access::Key(scope) => format!("`{scope}`"),
        Access::Shopper => "the cart’s token".to_owned(),
        Access::Anyone | Access::Customer => "nothing".to_owned(),
    };
    let wanted: Vec<_> = ROWS.iter().map(|(name, access)| (*name, scope(*access))).collect();
    assert_eq!(listed.iter().map(|(name, needs)| (*name, (*needs).to_owned())).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn failed_work_is_tried_again_and_given_up_and_what_takes_away_is_marked() {
    let shop = shop(|_, _| None);
    let operator = "souk_key_operations";
    let event = json!({"service": "orders", "consumer": "place", "event": "evt_00000000000000000000000001"});
    let job = json!({"service": "payments", "queue": "ask", "key": "a/b c"});
    let with = |given: &Value, key: &str| {
        let mut given = given.clone();
        given[IDEMPOTENCY_KEY] = key.into();
        given
    };
    for (tool, arguments) in [
        ("replay_failed_event", with(&event, "a")),
        ("discard_failed_event", event),
        ("retry_failed_job", with(&job, "b")),
        ("discard_failed_job", with(&job, "c")),
    ] {
        let done = call(&shop, operator, tool, arguments).await;
        assert_eq!((code(&done).as_str(), &done["structuredContent"]), ("", &json!({})), "{tool}: {done}");
    }
    assert_eq!(code(&call(&shop, operator, "retry_failed_job", job).await), "invalid", "it needs a key");
    for tool in tools::all().iter().filter(|tool| tool.described.name.starts_with("discard_")) {
        let annotations = tool.described.annotations.as_ref().unwrap();
        assert_eq!((annotations.read_only_hint, annotations.destructive_hint), (Some(false), Some(true)));
    }
}

#[tokio::test]
async fn a_customers_orders_are_asked_for_by_their_id_and_a_preview_changes_nothing() {
    let shop = shop(|method, _| match method {
        "orders.of_customer" => Some(Ok(json!({"items": [], "next": null}))),
        _ => None,
    });
    let customer = "cus_00000000000000000000000001";
    let arguments = json!({"customer": customer, "limit": 3});
    let listed = call(&shop, "souk_key_orders:read", "list_customer_orders", arguments).await;
    assert_eq!(listed["structuredContent"], json!({"items": [], "next": null}), "{listed}");
    let asked = &shop.asked("orders.of_customer")[0];
    assert_eq!((&asked["customer"], &asked["page"]["limit"]), (&json!(customer), &json!(3)));
    let preview = tools::all().into_iter().find(|tool| tool.described.name == "preview_collection").unwrap();
    assert_eq!(preview.described.annotations.unwrap().read_only_hint, Some(true));
}
