//! Staff, and those who are invited.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    StaffId,
    accounts::{self, Invited, StaffMember},
    permission::Role,
};
use souk_types::Page;

use super::fakes::{Shop, identity, ok, refused};

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
        "accounts.set_role" if arguments["member"] == StaffId::from_bits(1).to_string() => {
            refused(&accounts::Error::LastOwner)
        }
        "accounts.may_reset_staff_password" => ok(arguments["token"] == "once"),
        "accounts.reset_staff_password" if arguments["token"] == "once" && arguments["password"] == "long enough" => {
            ok(accounts::Session { token: "support".into(), identity: identity("support").unwrap() })
        }
        "accounts.reset_staff_password" if arguments["token"] == "once" => {
            refused(&accounts::Error::from(souk_types::Fault::invalid("password", "must be longer")))
        }
        "accounts.reset_staff_password" => refused(&accounts::Error::LinkUsed),
        "accounts.request_staff_password_reset" if arguments["email"] == "often@souk.example" => {
            refused(&accounts::Error::Throttled { retry_after_s: 120 })
        }
        "accounts.set_role" | "accounts.request_staff_password_reset" => Some(Ok(Value::Null)),
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
    assert_eq!((begun.status, begun.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin"));
    assert!(begun.header(header::SET_COOKIE).starts_with("souk_staff=support"));
    let used = shop.get("", "/admin/invitation?token=used").await;
    assert!(used.body.contains("This link does not work any more"), "{}", used.body);
}

#[tokio::test]
async fn a_role_is_changed_by_others_and_the_last_owner_stays() {
    let shop = with_staff();
    let role = |id: u128| format!("/admin/staff/{}/role", StaffId::from_bits(id));
    let page = shop.get("owner", "/admin/staff").await;
    assert!(page.body.contains(&role(2)) && !page.body.contains(&role(1)), "{}", page.body);
    assert!(page.body.contains("<option value=\"warehouse\" selected>"), "{}", page.body);
    let done = shop.post("owner", &role(2), &[("role", "manager")]).await;
    assert_eq!((done.status, done.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/staff"));
    assert_eq!(shop.asked("accounts.set_role")[0]["role"], "manager");
    shop.post("owner", &role(2), &[("role", "king")]).await;
    assert_eq!(shop.asked("accounts.set_role").len(), 1, "there is no such role");
    assert_eq!(shop.post("owner", &role(1), &[("role", "manager")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(shop.post("manager", &role(2), &[("role", "owner")]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn staff_choose_a_new_password_by_a_link() {
    let shop = with_staff();
    assert!(shop.get("", "/admin/sign-in").await.body.contains("href=\"/admin/forgot-password\""));
    for email in ["sam@souk.example", "nobody@souk.example"] {
        let sent = shop.post("", "/admin/forgot-password", &[("email", email)]).await;
        assert_eq!((sent.status, sent.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/sign-in"));
    }
    let often = shop.post("", "/admin/forgot-password", &[("email", "often@souk.example")]).await;
    assert_eq!((often.status, often.header(header::RETRY_AFTER)), (StatusCode::TOO_MANY_REQUESTS, "120"));
    assert!(often.body.contains("value=\"often@souk.example\""), "{}", often.body);

    let page = shop.get("", "/admin/reset-password?token=once").await;
    assert!(page.body.contains("action=\"/admin/reset-password?token=once\""), "{}", page.body);
    let weak = shop.post("", "/admin/reset-password?token=once", &[("password", "x")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.body.contains("Must be longer."), "{}", weak.body);
    let begun = shop.post("", "/admin/reset-password?token=once", &[("password", "long enough")]).await;
    assert_eq!((begun.status, begun.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin"));
    assert!(begun.header(header::SET_COOKIE).starts_with("souk_staff=support"));
    for used in [
        shop.get("", "/admin/reset-password?token=used").await,
        shop.post("", "/admin/reset-password?token=used", &[("password", "long enough")]).await,
    ] {
        assert_eq!((used.status, used.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/admin/forgot-password"));
    }
}
