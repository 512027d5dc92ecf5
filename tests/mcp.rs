//! An assistant at `/mcp` of the real binary: for a shopper, and for staff.

use serde_json::{Value, json};
use souk_bench::{
    client::Client,
    shopper::{GOOD_CARD, Purchase, check_out},
};

use crate::open::{self, Open};

/// An assistant.
struct Assistant {
    client: Client,
    asked: i64,
}

impl Assistant {
    fn of(open: &Open) -> Self {
        Self { client: open.client(), asked: 0 }
    }

    async fn send(&mut self, method: &str, parameters: Value) -> (u16, Value) {
        self.asked += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.asked, "method": method, "params": parameters});
        let accept = "application/json, text/event-stream";
        let answer = self.client.post_json_for("/mcp", message.to_string(), accept).await.unwrap();
        (answer.status.as_u16(), answer.json().unwrap_or_else(|error| panic!("{error:#}")))
    }

    async fn result(&mut self, method: &str, parameters: Value) -> Value {
        let (status, answer) = self.send(method, parameters).await;
        assert_eq!((status, &answer["id"]), (200, &json!(self.asked)), "{answer}");
        answer["result"].clone()
    }

    async fn tools(&mut self) -> Vec<String> {
        let listed = self.result("tools/list", json!({})).await;
        let tools = listed["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Calls a tool that does what it is to do.
    async fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.result("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert_ne!(result["isError"], true, "{tool}: {result}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"]);
        text
    }

    /// Calls a tool that refuses; answers why.
    async fn refused(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.result("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert_eq!(result["isError"], true, "{tool}: {result}");
        serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
    }
}

/// The path of a link to the shop.
fn path(url: &str) -> &str {
    url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap()
}

#[tokio::test]
async fn an_assistant_fills_a_cart_and_its_shopper_buys_it_as_their_own() {
    let open = Open::with_stock(5);
    let mut assistant = Assistant::of(&open);
    let hello =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let shop = assistant.result("initialize", hello).await;
    assert_eq!((&shop["protocolVersion"], &shop["serverInfo"]["name"]), (&json!("2025-06-18"), &json!("souk")));
    assert!(shop["capabilities"]["tools"].is_object() && shop["instructions"].is_string());
    let tools = assistant.tools().await;
    assert!(tools.contains(&"search_products".to_owned()) && !tools.contains(&"list_orders".to_owned()), "{tools:?}");

    let found = assistant.call("search_products", json!({"q": "thing", "in_stock": true, "limit": 3})).await;
    let slug = found["items"][0]["slug"].clone();
    let product = assistant.call("get_product", json!({"slug": slug})).await;
    let sku = product["variants"][0]["sku"].clone();
    let token = assistant.call("create_cart", json!({})).await["token"].clone();
    let empty = assistant.refused("checkout_link", json!({"cart_token": token})).await;
    assert_eq!(empty["status"], 409, "{empty}");
    let wish = json!({"cart_token": token, "sku": sku, "quantity": 2, "idempotency_key": "one"});
    for _ in 0..2 {
        assert_eq!(assistant.call("add_to_cart", wish.clone()).await["pieces"], 2);
    }
    let quote = assistant.call("get_quote", json!({"cart_token": token, "country": "DE"})).await;
    assert!(quote["totals"]["total"]["minor"].as_i64().unwrap() >= 3_980, "{quote}");
    let link = assistant.call("checkout_link", json!({"cart_token": token})).await;
    let url = link["url"].as_str().unwrap();
    let secret = token.as_str().unwrap().trim_start_matches("souk_guest_");
    assert!(!url.contains(secret), "{url}");

    let mut shopper = open.client();
    let page = shopper.get(path(url), "text/html").await.unwrap();
    assert!(page.status == 200 && page.text_all().contains("Take it and go to checkout"), "{}", page.text_all());
    assert_eq!(shopper.get("/cart", "application/json").await.unwrap().json::<Value>().unwrap()["pieces"], 0);
    for _ in 0..2 {
        let taken = shopper.post_form(path(url), &[]).await.unwrap();
        assert_eq!((taken.status.as_u16(), taken.location.as_deref()), (303, Some("/checkout")));
        assert_eq!(shopper.get("/cart", "application/json").await.unwrap().json::<Value>().unwrap()["pieces"], 2);
    }
    let Purchase::Ordered(order) = check_out(&mut shopper, GOOD_CARD).await.unwrap() else { panic!("sold out") };

    let status = assistant.call("order_status", json!({"number": order.number, "email": " ANN@example.com"})).await;
    assert_eq!((&status["lifecycle"], &status["payment"]), (&json!("placed"), &json!("paid")));
    assert!(status.get("address").is_none() && status.get("access_key").is_none());
    for (number, email) in [(order.number.as_str(), "bob@example.com"), ("AAAA-AAAA", "ann@example.com")] {
        let absent = assistant.refused("order_status", json!({"number": number, "email": email})).await;
        assert_eq!(absent["status"], 404, "{absent}");
    }
    open.close();
}

#[tokio::test]
async fn somebody_elses_cart_and_a_link_that_was_changed_stay_closed() {
    let open = Open::with_stock(5);
    let mut assistant = Assistant::of(&open);
    let token = assistant.call("create_cart", json!({})).await["token"].clone();
    assistant.call("add_to_cart", json!({"cart_token": token, "sku": "LAMP"})).await;
    let other = assistant.call("create_cart", json!({})).await["token"].clone();
    assert_eq!(assistant.call("get_cart", json!({"cart_token": other})).await["pieces"], 0);
    let mut forged = token.as_str().unwrap().to_owned();
    let last = if forged.pop() == Some('A') { 'Q' } else { 'A' };
    forged.push(last);
    let result = assistant.result("tools/call", json!({"name": "get_cart", "arguments": {"cart_token": forged}})).await;
    assert!(result["isError"] == true || result["structuredContent"]["pieces"] == 0, "{result}");
    let link = assistant.call("checkout_link", json!({"cart_token": token})).await;
    let mut broken = path(link["url"].as_str().unwrap()).to_owned();
    broken.insert(12, 'x');
    assert_eq!(open.client().get(&broken, "text/html").await.unwrap().status, 404);
    assert_eq!(open.client().post_form(&broken, &[]).await.unwrap().status, 404);
    open.close();
}

#[tokio::test]
async fn an_assistant_of_staff_does_what_its_key_permits_and_nothing_else() {
    let open = Open::with_stock(5);
    let mut shopper = open.client();
    souk_bench::shopper::add_to_cart(&mut shopper, "LAMP", 1).await.unwrap();
    let Purchase::Ordered(order) = check_out(&mut shopper, GOOD_CARD).await.unwrap() else { panic!("sold out") };
    let mut assistant = Assistant::of(&open);
    assert_eq!(assistant.refused("get_order", json!({"number": order.number})).await["code"], "token_missing");
    assistant.client.token = Some("souk_key_wrong".to_owned());
    let (status, told) = assistant.send("tools/list", json!({})).await;
    assert_eq!((status, &told["code"]), (401, &json!("token_unknown")));

    assistant.client.token = Some(open::key(&open.server, &["orders:manage", "stock:read"]).await);
    let tools = assistant.tools().await;
    for (tool, listed) in [("ship_order", true), ("list_stock", true), ("adjust_stock", false), ("refund_order", false)]
    {
        assert_eq!(tools.iter().any(|name| name == tool), listed, "{tool} in {tools:?}");
    }
    assert_eq!(assistant.call("list_orders", json!({"lifecycle": "placed"})).await["items"][0]["number"], order.number);
    let parcel = json!({"number": order.number, "lines": [{"sku": "LAMP", "quantity": 1}]});
    let keyless = assistant.refused("ship_order", parcel.clone()).await;
    assert_eq!(keyless["errors"]["idempotency_key"], "must be given");
    let mut wish = parcel;
    wish["idempotency_key"] = "parcel".into();
    for _ in 0..2 {
        assert_eq!(assistant.call("ship_order", wish.clone()).await["lines"][0]["allocated"], 1);
    }
    let refund = json!({
        "number": order.number, "amount": {"minor": 100, "currency": "EUR"}, "reason": "late", "idempotency_key": "back"
    });
    assert_eq!(assistant.refused("refund_order", refund).await["code"], "scope_missing");
    let (_, unknown) = assistant.send("tools/call", json!({"name": "drop_tables", "arguments": {}})).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    open.close();
}
