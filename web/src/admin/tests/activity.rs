//! What staff do is recorded, once it is done, and told.

use http::StatusCode;
use serde_json::{Value, json};
use souk_contracts::{
    ActivityId, StaffId,
    accounts::{self, Activity, ActivityKind, NewActivity, StaffMember},
    permission::Role,
};
use souk_types::{Page, Timestamp};

use super::{
    super::routes::{Access, ROUTES},
    fakes::{Shop, ok, order, refused},
};
use crate::activity::Deed;

#[test]
fn every_change_has_words_in_the_log() {
    let ways = ROUTES.iter().filter(|route| route.method == axum::routing::MethodFilter::POST);
    let staffs = ways.filter(|route| matches!(route.access, Access::Staff(_)));
    let unnamed: Vec<&str> = staffs.map(|route| route.path).filter(|path| Deed::by_way(path).is_none()).collect();
    assert!(unnamed.is_empty(), "give these a row in web/src/activity/deeds.rs: {unnamed:#?}");
}

fn with_member() -> Shop {
    Shop::new(|method, arguments| match method {
        "accounts.set_role" if arguments["role"] == "owner" => refused(&accounts::Error::LastOwner),
        "accounts.set_role" | "accounts.revoke_invitation" => Some(Ok(Value::Null)),
        "accounts.record_activity" if arguments["done"]["action"] == "invitation_revoked" => {
            refused(&souk_types::Fault::unavailable("the disk is full"))
        }
        _ => None,
    })
}

#[tokio::test]
async fn what_was_done_is_recorded_without_the_form_and_what_was_refused_is_not() {
    let shop = with_member();
    let member = StaffId::from_bits(2).to_string();
    let role = format!("/admin/staff/{member}/role");
    for refused in ["king", "owner"] {
        assert_eq!(shop.post("owner", &role, &[("role", refused)]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(shop.post("manager", &role, &[("role", "support")]).await.status, StatusCode::FORBIDDEN);
    assert!(shop.asked("accounts.record_activity").is_empty());
    shop.post("owner", &role, &[("role", "manager")]).await;
    let recorded = shop.asked("accounts.record_activity");
    assert_eq!(recorded.len(), 1);
    let done = json!({ "name": "Sam Staff", "kind": "staff", "action": "role_changed", "object": member });
    assert_eq!(recorded[0]["done"], done);
}

#[tokio::test]
async fn an_action_stands_when_it_cannot_be_recorded() {
    let shop = with_member();
    let done = shop.post("owner", "/admin/staff/invitations/inv_00000000000000000000000003/revoke", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.asked("accounts.record_activity").len(), 1);
    assert_eq!(shop.asked("accounts.revoke_invitation").len(), 1);
}

#[tokio::test]
async fn the_owner_reads_who_did_what_and_chooses_whose() {
    let shop = Shop::new(|method, _| {
        let entry = |id: u128, name: &str, action: &str, object: String| Activity {
            id: ActivityId::from_bits(id),
            at: Timestamp::EPOCH,
            actor: StaffId::from_bits(9).to_string(),
            done: NewActivity { name: name.into(), kind: ActivityKind::Orders, action: action.into(), object },
        };
        let sam = StaffMember {
            id: StaffId::from_bits(2),
            email: "sam@souk.example".into(),
            name: "Sam Short".into(),
            role: Role::Support,
        };
        match method {
            "accounts.activity" => ok(Page {
                items: vec![
                    entry(3, "Gone <Gina>", "order_refunded", order().number),
                    entry(2, "Gone <Gina>", "role_changed", sam.id.to_string()),
                    entry(1, "Gone <Gina>", "some_newer_thing", String::new()),
                ],
                next: Some(souk_types::Cursor("rest".into())),
            }),
            "accounts.staff" => ok(Page { items: vec![sam], next: None }),
            _ => None,
        }
    });
    let gone = StaffId::from_bits(9);
    let page = shop.get("owner", &format!("/admin/activity?who={gone}&kind=orders")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "Refunded order <a href=\"/admin/orders/K7P2-9XQ4\">K7P2-9XQ4</a>",
        "Changed the role of <span class=\"muted\">Sam Short</span>",
        "Some newer thing",
        "Gone &lt;Gina&gt;</a>",
        &format!("<option value=\"{gone}\" selected>Gone &lt;Gina&gt;</option>"),
        "kind=orders&amp;after=rest",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let asked = shop.asked("accounts.activity").remove(0);
    assert_eq!(asked["filter"], json!({ "actor": gone.to_string(), "kind": "orders" }));
    assert!(page.body.contains("href=\"/admin/activity\""));
    assert_eq!(shop.get("owner", "/admin/activity?kind=all").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
