//! Customers, emails and what failed behind the scenes, by programs of the house.

use http::StatusCode;
use serde_json::{Value, json};
use souk_contracts::notifications;

use super::{ask, parsed, shop};
use crate::admin::tests::fakes::{Shop, ok, refused};

const READER: &str = "souk_key_orders:read";
const MANAGER: &str = "souk_key_orders:manage";
const OPERATOR: &str = "souk_key_operations";
const CUSTOMER: &str = "cus_00000000000000000000000001";
const EMAIL: &str = "msg_00000000000000000000000001";

#[tokio::test]
async fn customers_are_found_by_email_and_read() {
    let shop = shop(|method, _| {
        let ann = json!({"id": CUSTOMER, "email": "ann@example.com", "name": "Ann", "created_at": 0});
        match method {
            "accounts.customers" => ok(json!({"items": [ann], "next": "ann@example.com"})),
            "accounts.customer" => ok(ann),
            _ => None,
        }
    });
    let list = parsed(&ask(&shop, READER, "GET", "/admin/customers?email=ann&limit=1", Value::Null).await);
    assert_eq!(list["items"][0]["created_at"], "1970-01-01T00:00:00Z");
    let next = list["next"].as_str().unwrap();
    let rest = format!("/admin/customers?email=ann&limit=1&cursor={next}");
    ask(&shop, READER, "GET", &rest, Value::Null).await;
    let asked = shop.asked("accounts.customers");
    assert_eq!((&asked[0]["filter"]["email"], &asked[1]["page"]["after"]), (&json!("ann"), &json!("ann@example.com")));
    let elsewhere = format!("/admin/customers?limit=1&cursor={next}");
    assert_eq!(ask(&shop, READER, "GET", &elsewhere, Value::Null).await.status, StatusCode::NOT_FOUND);
    let one = ask(&shop, READER, "GET", &format!("/admin/customers/{CUSTOMER}"), Value::Null).await;
    assert_eq!(parsed(&one)["email"], "ann@example.com");
}

fn with_email(content: Value) -> Shop {
    shop(move |method, _| match method {
        "notifications.message" => ok(json!({
            "id": EMAIL, "kind": "order_confirmed", "email": "ann@example.com", "order_number": "X",
            "subject": "Thank you", "state": "failed", "created_at": 0, "name": "Ann", "failures": 3,
            "error": "no such mailbox", "sent_at": null, "content": content,
        })),
        "notifications.resend" => refused(&notifications::Error::NotSending),
        _ => None,
    })
}

#[tokio::test]
async fn an_email_is_read_and_what_lets_people_in_is_not_told() {
    let shop = with_email(json!({"whole": {"html": "<p>Hi</p>", "text": "Hi"}}));
    let path = format!("/admin/emails/{EMAIL}");
    let read = parsed(&ask(&shop, READER, "GET", &path, Value::Null).await);
    assert_eq!(
        (&read["text"], &read["subject"], &read["error"]),
        (&json!("Hi"), &json!("Thank you"), &json!("no such mailbox"))
    );
    let kept = with_email(json!("withheld"));
    let read = parsed(&ask(&kept, READER, "GET", &path, Value::Null).await);
    assert_eq!((&read["text"], &read["html"]), (&Value::Null, &Value::Null));
    let resend = format!("{path}/resend");
    assert_eq!(ask(&shop, READER, "POST", &resend, Value::Null).await.status, StatusCode::FORBIDDEN);
    let resent = ask(&shop, MANAGER, "POST", &resend, Value::Null).await;
    assert_eq!((resent.status, &parsed(&resent)["code"]), (StatusCode::CONFLICT, &json!("not_sending")));
    let list = ask(&shop, READER, "GET", "/admin/emails?state=failed&text=X", Value::Null).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    assert_eq!(shop.asked("notifications.list")[0]["filter"], json!({"text": "X", "state": "failed"}));
}

#[tokio::test]
async fn parked_jobs_are_listed_page_by_page_and_retried_by_whatever_key_they_have() {
    let shop = shop(|_, _| None);
    let first = parsed(&ask(&shop, OPERATOR, "GET", "/admin/parked-jobs?limit=1", Value::Null).await);
    let job = &first["items"][0];
    assert_eq!((&job["key"], &job["attempts"]), (&json!("a/b c"), &json!(10)));
    let rest = format!("/admin/parked-jobs?limit=1&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(parsed(&ask(&shop, OPERATOR, "GET", &rest, Value::Null).await)["next"], Value::Null);
    for what in ["retry", "discard"] {
        let path = format!("/admin/parked-jobs/{what}");
        let known = json!({"service": "payments", "queue": "ask", "key": "a/b c"});
        assert_eq!(ask(&shop, OPERATOR, "POST", &path, known.clone()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(ask(&shop, MANAGER, "POST", &path, known).await.status, StatusCode::FORBIDDEN);
        let unknown = json!({"service": "payments", "queue": "ask", "key": "b"});
        assert_eq!(ask(&shop, OPERATOR, "POST", &path, unknown).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn dead_letters_are_listed_replayed_and_discarded() {
    let shop = shop(|_, _| None);
    let list = ask(&shop, OPERATOR, "GET", "/admin/dead-letters", Value::Null).await;
    assert_eq!(parsed(&list), json!({"items": [], "next": null, "away": []}));
    let letter = "/admin/dead-letters/orders/place/evt_00000000000000000000000001";
    let replayed = ask(&shop, OPERATOR, "POST", &format!("{letter}/replay"), Value::Null).await;
    let discarded = ask(&shop, OPERATOR, "DELETE", letter, Value::Null).await;
    assert_eq!((replayed.status, discarded.status), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT));
    let nonsense = ask(&shop, OPERATOR, "DELETE", "/admin/dead-letters/orders/place/x", Value::Null).await;
    assert_eq!(nonsense.status, StatusCode::NOT_FOUND);
}
