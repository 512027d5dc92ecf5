//! Messages that were sent, and staff.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    MessageId, StaffId,
    accounts::{self, Invited, StaffMember},
    notifications::{self, Content, Message, MessageKind, MessageState, MessageSummary},
    permission::Role,
};
use souk_types::{Cursor, Page, Timestamp};

use super::fakes::{Shop, identity, ok, refused};

fn summary() -> MessageSummary {
    MessageSummary {
        id: MessageId::from_bits(9),
        kind: MessageKind::OrderConfirmed,
        email: "ana@example.com".into(),
        order_number: "K7P2-9XQ4".into(),
        subject: "Your order <K7P2-9XQ4>".into(),
        state: MessageState::Failed,
        created_at: Timestamp::EPOCH,
    }
}

fn message(content: Content) -> Message {
    let error = "550 no such mailbox".into();
    Message { summary: summary(), name: "Ana".into(), failures: 2, error, sent_at: None, content }
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

fn with_staff() -> Shop {
    let member = |id: u128, name: &str, role| StaffMember {
        id: StaffId::from_bits(id),
        email: format!("{name}@souk.example"),
        name: name.into(),
        role,
    };
    // The one who looks has the id 1.
    let members = vec![member(1, "olga", Role::Owner), member(2, "sam", Role::Warehouse)];
    Shop::new(move |method, arguments| match method {
        "accounts.staff" => ok(Page { items: members.clone(), next: None }),
        "accounts.invite_staff" if arguments["invited"]["email"] == "sam@souk.example" => {
            refused(&accounts::Error::EmailTaken)
        }
        "accounts.invite_staff" => ok("inv_00000000000000000000000003"),
        "accounts.remove_staff" if arguments["member"] == StaffId::from_bits(1).to_string() => {
            refused(&accounts::Error::LastOwner)
        }
        "accounts.remove_staff" | "accounts.revoke_invitation" => Some(Ok(Value::Null)),
        "accounts.invited" => {
            let invited = Invited { email: "eve@souk.example".into(), name: "Eve".into(), role: Role::Support };
            ok((arguments["token"] == "once").then_some(invited))
        }
        "accounts.accept_invitation" if arguments["token"] == "once" && arguments["password"] == "long enough" => {
            ok(accounts::Session { token: "support".into(), identity: identity("support").unwrap() })
        }
        "accounts.accept_invitation" if arguments["token"] == "once" => {
            refused(&accounts::Error::from(souk_types::Fault::invalid("password", "must be longer")))
        }
        "accounts.accept_invitation" => refused(&accounts::Error::LinkUsed),
        _ => None,
    })
}

#[tokio::test]
async fn the_owner_sees_staff_and_removes_others() {
    let shop = with_staff();
    let page = shop.get("owner", "/admin/staff").await;
    assert!(page.body.contains("sam@souk.example") && page.body.contains("Warehouse"), "{}", page.body);
    let remove = |id: u128| format!("/admin/staff/{}/remove", StaffId::from_bits(id));
    assert!(page.body.contains(&remove(2)) && !page.body.contains(&remove(1)), "{}", page.body);
    for id in [1, 2] {
        assert_eq!(shop.post("owner", &remove(id), &[]).await.header(header::LOCATION), "/admin/staff");
    }
    assert!(!shop.get("manager", "/admin/orders").await.body.contains("/admin/staff"), "the page is for owners");
}

#[tokio::test]
async fn somebody_is_invited_and_faults_are_told_in_place() {
    let shop = with_staff();
    let invite = async |name: &str, email: &str, role: &str| {
        shop.post("owner", "/admin/staff/invite", &[("name", name), ("email", email), ("role", role)]).await
    };
    let done = invite("Eve", "eve@souk.example", "support").await;
    assert_eq!((done.status, done.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/staff"));
    let asked = shop.asked("accounts.invite_staff").remove(0);
    assert_eq!(asked["invited"], json!({ "email": "eve@souk.example", "name": "Eve", "role": "support" }));
    for (name, email, role, said) in [
        ("", "eve@souk.example", "support", "Enter a name."),
        ("Eve", "eve@souk.example", "king", "Choose a role."),
        ("Sam", "sam@souk.example", "support", "This is the email of a member of staff already."),
    ] {
        let told = invite(name, email, role).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(told.body.contains(said) && told.body.contains(&format!("value=\"{email}\"")), "{said}: {}", told.body);
    }
}

#[tokio::test]
async fn an_invitation_is_accepted_with_a_password() {
    let shop = with_staff();
    let page = shop.get("", "/admin/invitation?token=once").await;
    assert!(page.body.contains("action=\"/admin/invitation?token=once\"") && page.body.contains("eve@souk.example"));
    let weak = shop.post("", "/admin/invitation?token=once", &[("password", "x")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.body.contains("Must be longer.") && weak.body.contains("eve@souk.example"), "{}", weak.body);
    let begun = shop.post("", "/admin/invitation?token=once", &[("password", "long enough")]).await;
    assert_eq!((begun.status, begun.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/orders"));
    assert!(begun.header(header::SET_COOKIE).starts_with("souk_staff=support"));
    let used = shop.get("", "/admin/invitation?token=used").await;
    assert!(used.body.contains("This link does not work any more"), "{}", used.body);
}
