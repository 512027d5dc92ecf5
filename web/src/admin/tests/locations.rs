//! The pages of locations: what is there is shown, what is entered is sent, what is refused is kept.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    LocationId,
    inventory::{DEFAULT_LOCATION, Error, LOCATIONS_MAX, Level, Location},
};
use souk_types::{Fault, Page};

use super::fakes::{Got, Shop, ok, refused};

const LIST: &str = "/admin/settings/locations";

fn location(id: LocationId, name: &str, active: bool) -> Location {
    Location { id, version: 4, name: name.into(), priority: 7, active }
}

fn attic() -> LocationId {
    LocationId::from_bits(2)
}

fn all() -> [Location; 3] {
    let cellar = LocationId::from_bits(3);
    [location(DEFAULT_LOCATION, "Main", true), location(attic(), "Attic", true), location(cellar, "Cellar", false)]
}

/// Saves whatever it is asked to, unless that is refused.
fn shop(refusal: Option<Error>) -> Shop {
    Shop::new(move |method, arguments| match method {
        "inventory.locations" => ok(all()),
        "inventory.save_location" => match &refusal {
            Some(error) => refused(error),
            None => ok(arguments["location"].clone()),
        },
        _ => None,
    })
}

fn one(id: LocationId) -> String {
    format!("{LIST}/{id}")
}

fn has(got: &Got, shown: &[&str]) {
    for shown in shown {
        assert!(got.body.contains(shown), "{shown}: {}", got.body);
    }
}

#[tokio::test]
async fn locations_are_seen_by_those_who_move_stock_and_changed_by_those_who_change_settings() {
    let shop = shop(None);
    let list = shop.get("owner", LIST).await;
    has(&list, &["Main", "Attic", "Switched off", "/admin/settings/locations/new", "aria-current=\"page\">Locations"]);
    let warehouse = shop.get("warehouse", LIST).await;
    assert_eq!(warehouse.status, StatusCode::OK);
    has(&warehouse, &["Attic", "<a href=\"/admin/stock\">Stock</a>"]);
    assert!(!warehouse.body.contains(&one(attic())) && !warehouse.body.contains("/settings/locations/new"));
    let stock = |role: &'static str| {
        let shop = &shop;
        async move { shop.get(role, "/admin/stock").await.body.contains("href=\"/admin/settings/locations\"") }
    };
    assert_eq!((stock("owner").await, stock("warehouse").await, stock("support").await), (true, true, false));
}

#[tokio::test]
async fn as_many_locations_as_there_may_be_come_in_pages() {
    let shop = Shop::new(|method, _| match method {
        "inventory.locations" => {
            let name = "x".repeat(200);
            ok((1..=LOCATIONS_MAX as u128)
                .map(|id| location(LocationId::from_bits(id), &name, true))
                .collect::<Vec<_>>())
        }
        _ => None,
    });
    let first = shop.get("owner", LIST).await;
    assert!(first.body.len() < 60_000, "{}", first.body.len());
    let last = LocationId::from_bits(25);
    has(&first, &[&format!("{LIST}?after={last}"), &one(last)]);
    let next = shop.get("owner", &format!("{LIST}?after={last}")).await;
    has(&next, &[&one(LocationId::from_bits(26)), &one(LocationId::from_bits(50))]);
    assert!(!next.body.contains(&one(last)));
}

#[tokio::test]
async fn a_location_is_added_once_however_often_its_form_is_sent() {
    let saving = shop(None);
    let page = saving.get("manager", &format!("{LIST}/new")).await;
    let id = page.body.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("id", id.as_str()), ("name", " Porto "), ("priority", "-2")];
    for _ in 0..2 {
        let added = saving.post("manager", &format!("{LIST}/new"), &form).await;
        assert_eq!((added.status, added.header(header::LOCATION)), (StatusCode::SEE_OTHER, LIST));
    }
    let sent = json!({"location": {"id": id, "version": 0, "name": "Porto", "priority": -2, "active": true}});
    assert_eq!(saving.asked("inventory.save_location"), [sent.clone(), sent]);
    let recorded = &saving.asked("accounts.record_activity")[0]["done"];
    assert_eq!((&recorded["action"], &recorded["object"]), (&json!("location_added"), &json!(id)));
    let taken = shop(Some(Error::VersionConflict { current: 1 }));
    taken.get("manager", &format!("{LIST}/new")).await;
    let used = taken.post("manager", &format!("{LIST}/new"), &form).await;
    assert_eq!(used.status, StatusCode::CONFLICT);
    has(&used, &["value=\" Porto \"", "Save it again to add another one."]);
    assert!(!used.body.contains(&format!("value=\"{id}\"")), "another one gets another id");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_place_and_the_entries_are_kept() {
    let fault = Fault::invalid("priority", "must be -1000000 to 1000000");
    let shop = shop(Some(fault.into()));
    for path in [format!("{LIST}/new"), one(attic())] {
        for (name, priority, error) in
            [("", "1", "f-name-error"), ("A", "x", "f-priority-error"), ("A", "9999999", "f-priority-error")]
        {
            let got = shop.post("owner", &path, &[("version", "4"), ("name", name), ("priority", priority)]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
            has(&got, &[error, &format!("value=\"{priority}\"")]);
        }
    }
    assert_eq!(shop.asked("inventory.save_location").len(), 2, "what cannot be read is not sent");
    let nowhere = shop.get("owner", &one(LocationId::from_bits(99))).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.get("owner", &format!("{LIST}/x")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_location_is_renamed_and_stays_as_it_is_switched() {
    let shop = shop(None);
    let cellar = all()[2].id;
    let form = [("version", "4"), ("name", "Vault"), ("priority", "")];
    let saved = shop.post("owner", &one(cellar), &form).await;
    assert_eq!((saved.status, saved.header(header::LOCATION)), (StatusCode::SEE_OTHER, LIST));
    let sent = json!({"id": cellar, "version": 4, "name": "Vault", "priority": 0, "active": false});
    assert_eq!(shop.asked("inventory.save_location")[0]["location"], sent);
    shop.post("owner", &format!("{}/switch-on", one(cellar)), &[("version", "4")]).await;
    shop.post("owner", &format!("{}/switch-off", one(attic())), &[("version", "4")]).await;
    let asked = shop.asked("inventory.save_location");
    let switched: Vec<_> = asked[1..].iter().map(|asked| &asked["location"]).collect();
    let wanted = |location: &Location, active| serde_json::to_value(Location { active, ..location.clone() }).unwrap();
    assert_eq!(switched, [&wanted(&all()[2], true), &wanted(&all()[1], false)]);
    let actions: Vec<Value> =
        shop.asked("accounts.record_activity").iter().map(|asked| asked["done"]["action"].clone()).collect();
    assert_eq!(actions, ["location_changed", "location_switched_on", "location_switched_off"]);
}

#[tokio::test]
async fn whoever_was_slower_sees_both_what_is_stored_and_what_they_entered() {
    let shop = shop(Some(Error::VersionConflict { current: 4 }));
    let form = [("version", "3"), ("name", "Loft"), ("priority", "1")];
    let got = shop.post("owner", &one(attic()), &form).await;
    assert_eq!(got.status, StatusCode::CONFLICT);
    let shown =
        ["Somebody else saved", "called <strong>Attic</strong>", "value=\"Loft\"", "name=\"version\" value=\"4\""];
    has(&got, &shown);
    let switched = shop.post("owner", &format!("{}/switch-off", one(attic())), &[("version", "3")]).await;
    assert_eq!(switched.status, StatusCode::CONFLICT);
    has(&switched, &["Somebody else saved", "value=\"Attic\"", "name=\"version\" value=\"4\""]);
    assert!(shop.asked("accounts.record_activity").is_empty());
}

#[tokio::test]
async fn what_keeps_a_location_from_being_switched_off_is_said() {
    for (held, told) in [
        (0, "12 pieces of 1 SKU are still here. Transfer"),
        (5, "12 pieces of 1 SKU are still here, 5 of them for orders."),
    ] {
        let shop = shop(Some(Error::StillStocked { skus: 1, pieces: 12, held }));
        let got = shop.post("owner", &format!("{}/switch-off", one(attic())), &[("version", "4")]).await;
        assert_eq!(got.status, StatusCode::CONFLICT);
        has(&got, &[told, &format!("/admin/stock?location={}", attic()), "value=\"Attic\""]);
    }
    let main = shop(None).get("owner", &one(DEFAULT_LOCATION)).await;
    has(&main, &["always in use"]);
    assert!(!main.body.contains("/switch-off"));
}

#[tokio::test]
async fn stock_is_not_offered_to_a_location_that_is_switched_off() {
    let cellar = all()[2].id;
    let shop = Shop::new(move |method, _| match method {
        "inventory.locations" => ok(all()),
        "inventory.levels" => {
            let level =
                |location| Level { sku: "TEA".into(), location, on_hand: 0, committed: 0, reserved: 0, safety: 0 };
            ok(Page { items: vec![level(attic()), level(cellar)], next: None })
        }
        _ => None,
    });
    let got = shop.get("owner", "/admin/stock").await;
    has(&got, &["Cellar (switched off)", "Cellar <span class=\"badge\">Off</span>"]);
    let offered = |id: LocationId| got.body.matches(&format!("<option value=\"{id}\"")).count();
    // To filter by, and in the six places of the forms.
    assert_eq!((offered(attic()), offered(cellar)), (7, 1));
    let change = |id: LocationId| got.body.contains(&format!("sku=TEA&amp;location={id}"));
    assert_eq!((change(attic()), change(cellar)), (true, false));
}
