//! Places: added, changed by version, and switched off only while they are empty.

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    LocationId,
    inventory::{Adjustment, DEFAULT_LOCATION, Error, Inventory, LOCATIONS_MAX, LevelChange, Location, Transfer},
};
use souk_store::{Tx, params, sql};
use souk_types::{Cx, ErrorKind, ServiceError};
use tokio::task::JoinSet;

use crate::rig::{Rig, SECOND, back_room, each_engine};

async fn save(rig: &Rig, location: Location) -> Result<Location, Error> {
    rig.client.save_location(&rig.cx(), location).await
}

async fn stored(rig: &Rig, id: LocationId) -> Location {
    let all = rig.client.locations(&rig.cx()).await.unwrap();
    all.into_iter().find(|location| location.id == id).unwrap()
}

/// Wants the second location to be in use or not, as it is stored.
async fn switch(rig: &Rig, active: bool) -> Result<Location, Error> {
    save(rig, Location { active, ..stored(rig, SECOND).await }).await
}

fn wrong_field<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    error.fields()[0].field.clone()
}

fn transfer(from: LocationId, to: LocationId) -> Transfer {
    Transfer { sku: "tea".to_owned(), from, to, quantity: 1, reason: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_starts_with_one_location_in_use() {
    each_engine(async |rig| {
        let locations = rig.client.locations(&rig.cx()).await.unwrap();
        let main =
            Location { id: DEFAULT_LOCATION, version: 1, name: "Main warehouse".into(), priority: 0, active: true };
        assert_eq!(locations, [main]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_can_be_renamed_and_preferred() {
    each_engine(async |rig| {
        let added = save(&rig, back_room()).await.unwrap();
        assert_eq!(added, Location { version: 1, ..back_room() });
        let renamed = save(&rig, Location { name: " Berlin ".into(), priority: -1, ..added }).await.unwrap();
        assert_eq!((renamed.version, renamed.name.as_str()), (2, "Berlin"));
        let main = save(&rig, Location { name: "Porto".into(), ..stored(&rig, DEFAULT_LOCATION).await }).await.unwrap();
        assert_eq!(rig.client.locations(&rig.cx()).await.unwrap(), [renamed, main]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_is_changed_only_if_it_still_is_what_was_seen_and_asked_twice_once() {
    each_engine(async |rig| {
        let unknown = save(&rig, Location { version: 1, ..back_room() }).await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
        for _ in 0..2 {
            assert_eq!(save(&rig, back_room()).await.unwrap().version, 1);
        }
        let other = Location { name: "Attic".into(), ..back_room() };
        assert_eq!(save(&rig, other.clone()).await, Err(Error::VersionConflict { current: 1 }));
        let renamed = Location { version: 1, ..other };
        for _ in 0..2 {
            assert_eq!(save(&rig, renamed.clone()).await.unwrap().version, 2);
        }
        let late = Location { name: "Cellar".into(), ..renamed };
        assert_eq!(save(&rig, late.clone()).await, Err(Error::VersionConflict { current: 2 }));
        let off = Location { active: false, ..late };
        assert_eq!(save(&rig, off).await, Err(Error::VersionConflict { current: 2 }));
        for version in [i64::MIN, i64::MAX, -1] {
            let stale = save(&rig, Location { version, ..back_room() }).await;
            assert_eq!(stale, Err(Error::VersionConflict { current: 2 }));
        }
        assert_eq!(stored(&rig, SECOND).await.name, "Attic");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_location_is_refused_by_its_field() {
    each_engine(async |rig| {
        for name in [String::new(), " \t".to_owned(), "x".repeat(501)] {
            assert_eq!(wrong_field(save(&rig, Location { name, ..back_room() }).await), "name");
        }
        for priority in [i64::MIN, -1_000_001, 1_000_001, i64::MAX] {
            assert_eq!(wrong_field(save(&rig, Location { priority, ..back_room() }).await), "priority");
        }
        for number in 2..=LOCATIONS_MAX as u128 {
            save(&rig, Location { id: LocationId::from_bits(number), ..back_room() }).await.unwrap();
        }
        let one_more = Location { id: LocationId::from_bits(1_000), ..back_room() };
        assert_eq!(wrong_field(save(&rig, one_more).await), "id");
        save(&rig, Location { version: 1, name: "Attic".into(), ..back_room() }).await.unwrap();
        assert_eq!(rig.client.locations(&rig.cx()).await.unwrap().len(), LOCATIONS_MAX);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_with_stock_stays_in_use_and_it_is_said_what_is_there() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", SECOND, 5).await;
        rig.receive("cup", SECOND, 2).await;
        rig.receive("cup", DEFAULT_LOCATION, 9).await;
        let order = rig.order();
        rig.reserve(order, &[("tea", 4)]).await.unwrap();
        rig.commit(order, &[("tea", 4)]).await.unwrap();
        assert_eq!(switch(&rig, false).await, Err(Error::StillStocked { skus: 2, pieces: 7, held: 4 }));
        let kept = stored(&rig, SECOND).await;
        assert_eq!((kept.active, kept.version), (true, 1), "nothing was changed");
        rig.release(order, &[("tea", 4)]).await;
        rig.adjust("tea", SECOND, LevelChange::By(-5)).await.unwrap();
        let back = Transfer { sku: "cup".into(), quantity: 2, ..transfer(SECOND, DEFAULT_LOCATION) };
        rig.client.transfer(&rig.cx(), back).await.unwrap();
        let off = switch(&rig, false).await.unwrap();
        assert_eq!((off.active, off.version), (false, 2));
        assert_eq!(off, stored(&rig, SECOND).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_that_is_switched_off_takes_no_stock_until_it_is_on_again() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        switch(&rig, false).await.unwrap();
        let changes = [LevelChange::Receive(1), LevelChange::By(1), LevelChange::Count { expected: 0, counted: 1 }];
        for change in changes {
            assert_eq!(wrong_field(rig.adjust("tea", SECOND, change).await), "location");
        }
        let to = rig.client.transfer(&rig.cx(), transfer(DEFAULT_LOCATION, SECOND)).await;
        assert_eq!(wrong_field(to), "to");
        let from = rig.client.transfer(&rig.cx(), transfer(SECOND, DEFAULT_LOCATION)).await;
        assert_eq!(wrong_field(from), "from");
        save(&rig, Location { name: "Attic".into(), ..stored(&rig, SECOND).await }).await.unwrap();
        assert!(!stored(&rig, SECOND).await.active, "another name switches nothing on");
        switch(&rig, true).await.unwrap();
        rig.receive("tea", SECOND, 1).await;
        assert_eq!(rig.available("tea").await, 6);
        assert_eq!(rig.audit().await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_location_that_products_come_to_cannot_be_switched_off() {
    each_engine(async |rig| {
        let main = stored(&rig, DEFAULT_LOCATION).await;
        assert_eq!(wrong_field(save(&rig, Location { active: false, ..main.clone() }).await), "active");
        assert_eq!(stored(&rig, DEFAULT_LOCATION).await, main);
    })
    .await;
}

/// As if a process had ended while it looked whether the second location is empty.
async fn leave_closing(rig: &Rig) {
    let mark = |tx: &mut Tx<'_>| {
        tx.exec(sql!("UPDATE locations SET closing = TRUE WHERE location_id = ?1"), params![SECOND])?.expect_one()
    };
    rig.store.write(&rig.cx(), mark).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_while_it_switches_a_location_off_leaves_it_in_use() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        leave_closing(&rig).await;
        rig.receive("tea", SECOND, 1).await;
        let look = |tx: &mut Tx<'_>| {
            let text = sql!("SELECT closing FROM locations WHERE location_id = ?1");
            tx.query_one(text, params![SECOND], |row| row.get::<bool>(0))
        };
        assert!(!rig.store.read(&rig.cx(), look).await.unwrap(), "whoever moves stock takes the mark away");
        leave_closing(&rig).await;
        assert_eq!(switch(&rig, false).await, Err(Error::StillStocked { skus: 1, pieces: 1, held: 0 }));
        rig.adjust("tea", SECOND, LevelChange::By(-1)).await.unwrap();
        leave_closing(&rig).await;
        assert!(!switch(&rig, false).await.unwrap().active);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_finds_stock_where_none_may_be() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", SECOND, 3).await;
        let tamper = |tx: &mut Tx<'_>| {
            tx.exec(sql!("UPDATE locations SET active = FALSE WHERE location_id = ?1"), params![SECOND])?.expect_one()
        };
        rig.store.write(&rig.cx(), tamper).await.unwrap();
        assert_eq!(rig.audit().await, [format!("switched_off_is_empty: tea at {SECOND}: 3 on hand")]);
    })
    .await;
}

/// One receives at a place, or moves there, while another switches it off.
async fn race(service: Arc<dyn Inventory>, cx: Cx, place: LocationId, number: usize) -> bool {
    let done = if number.is_multiple_of(2) {
        let change = LevelChange::Receive(1);
        let adjustment = Adjustment { sku: format!("tea {number}"), location: place, change, reason: String::new() };
        service.adjust(&cx, adjustment).await.map(drop)
    } else {
        service.transfer(&cx, transfer(DEFAULT_LOCATION, place)).await
    };
    if let Err(error) = &done {
        assert!(["location", "to"].contains(&error.fields()[0].field.as_str()), "{error:?}");
    }
    done.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stock_is_ever_at_a_location_that_another_process_switches_off() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 1_000).await;
        let deps = souk_inventory::Deps { store: rig.store.clone(), env: rig.env.clone() };
        let other: Arc<dyn Inventory> = souk_inventory::build(deps).service;
        for round in 0..40_u128 {
            let place = LocationId::from_bits(100 + round);
            let location = save(&rig, Location { id: place, ..back_room() }).await.unwrap();
            let mut moves = JoinSet::new();
            // They come just before, while, and just after it is looked whether the place is empty.
            let late = Duration::from_micros(500) * u32::try_from(round % 20).unwrap();
            for number in 0..6 {
                let (service, cx) = (rig.service(), rig.cx());
                moves.spawn(async move {
                    tokio::time::sleep(late).await;
                    race(service, cx, place, number).await
                });
            }
            let off = other.save_location(&rig.cx(), Location { active: false, ..location }).await;
            let moved = moves.join_all().await.into_iter().filter(|moved| *moved).count();
            let stored = stored(&rig, place).await;
            assert_eq!(off.is_ok(), moved == 0, "round {round}: {off:?}, {moved} moved");
            assert_eq!(stored.active, moved > 0, "round {round}");
            assert_eq!(rig.audit().await, [""; 0], "round {round}");
        }
    })
    .await;
}
