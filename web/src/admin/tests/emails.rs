//! Messages that were sent.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    MessageId,
    notifications::{self, Content, Message, MessageKind, MessageState, MessageSummary},
};
use souk_types::{Cursor, Page, Timestamp};

use super::fakes::{Shop, ok, refused};

fn summary() -> MessageSummary {
    MessageSummary {
        id: MessageId::from_bits(9),
        kind: MessageKind::OrderConfirmed,
        email: "ana@example.com".into(),
        order_number: "K7P2-9XQ4".into(),
        subject: "Your order <K7P2-9XQ4>".into(),
        state: MessageState::Failed,
        created_at: Timestamp::EPOCH,
        sent_at: None,
    }
}

fn message(content: Content) -> Message {
    let error = "550 no such mailbox".into();
    Message { summary: summary(), name: "Ana".into(), failures: 2, error, content }
}

fn whole() -> Content {
    Content::Whole { html: "<html><head></head><b>hi</b></html>".into(), text: "hi <there>".into() }
}

fn with_message(content: Content) -> Shop {
    Shop::new(move |method, _| match method {
        "notifications.list" => ok(Page { items: vec![summary()], next: Some(Cursor("msg_next".into())) }),
        "notifications.message" => ok(Some(message(content.clone()))),
        _ => None,
    })
}

fn path() -> String {
    format!("/admin/emails/{}", MessageId::from_bits(9))
}

#[tokio::test]
async fn messages_are_listed_filtered_and_lead_on() {
    let shop = with_message(whole());
    let got = shop.get("support", "/admin/emails?q=K7P2-9XQ4&state=failed").await;
    assert_eq!(got.status, StatusCode::OK);
    for said in ["Your order &lt;K7P2-9XQ4&gt;", "ana@example.com", "Order confirmed", "Failed", &path()] {
        assert!(got.body.contains(said), "{said}: {}", got.body);
    }
    assert!(
        got.body.contains("href=\"/admin/emails?q=K7P2-9XQ4&amp;state=failed&amp;after=msg_next\""),
        "{}",
        got.body
    );
    let asked = shop.asked("notifications.list").remove(0);
    assert_eq!(asked["filter"], json!({ "text": "K7P2-9XQ4", "state": "failed" }));
    let odd = shop.get("support", "/admin/emails?state=lost").await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_message_is_shown_in_a_frame_of_its_own_that_runs_nothing() {
    let shop = with_message(whole());
    let page = shop.get("support", &path()).await;
    assert!(page.body.contains("<iframe") && page.body.contains(&format!("src=\"{}/html\"", path())), "{}", page.body);
    assert!(page.body.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(page.body.contains("hi &lt;there&gt;") && page.body.contains("550 no such mailbox"));
    let frame = shop.get("support", &format!("{}/html", path())).await;
    assert!(frame.body.contains("<b>hi</b>"), "{}", frame.body);
    let policy = frame.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox allow-popups"), "{policy}");
    assert_eq!(frame.header(header::X_FRAME_OPTIONS), "SAMEORIGIN");
    assert_eq!(frame.header(header::CACHE_CONTROL), "private, no-store");
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
}

#[tokio::test]
async fn a_message_with_a_link_is_not_shown_to_everybody() {
    for content in [Content::Withheld, Content::Erased] {
        let shop = with_message(content);
        let page = shop.get("support", &path()).await;
        assert!(page.body.contains("What is in it is not shown.") && !page.body.contains("<iframe"), "{}", page.body);
        assert!(!page.body.contains("Send again"), "{}", page.body);
        assert_eq!(shop.get("support", &format!("{}/html", path())).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_message_is_sent_again_or_staff_are_told_why_not() {
    let shop = Shop::new(|method, _| (method == "notifications.resend").then_some(Ok(Value::Null)));
    let done = shop.post("support", &format!("{}/resend", path()), &[]).await;
    assert_eq!((done.status, done.header(header::LOCATION)), (StatusCode::SEE_OTHER, path().as_str()));
    let off = Shop::new(|method, _| match method {
        "notifications.resend" => refused(&notifications::Error::NotSending),
        _ => None,
    });
    let told = off.post("support", &format!("{}/resend", path()), &[]).await;
    assert_eq!(told.status, StatusCode::SEE_OTHER);
    assert!(told.header(header::SET_COOKIE).starts_with("souk_notice="));
    assert_eq!(shop.get("support", "/admin/emails/nonsense").await.status, StatusCode::NOT_FOUND);
}
