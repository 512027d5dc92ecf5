use std::time::Duration;

use souk_contracts::{
    Address, AddressId, CustomerId,
    accounts::{ADDRESSES_MAX, AddressDraft, CustomerErased, Error, PasswordChange, Person, ProfileChange, Session},
};
use souk_store::{Tx, params, sql};
use souk_types::{Actor, Cx, ErrorKind, Event, Fault, Permissions, ServiceError, TraceId};

use crate::rig::{PASSWORD, Rig, each_engine};

const NEW: &str = "salt river chair";

fn customer(session: &Session) -> CustomerId {
    match session.identity.person {
        Person::Customer(id) => id,
        Person::Staff(..) => panic!("{session:?}"),
    }
}

fn own_cx(rig: &Rig, customer: CustomerId) -> Cx {
    Cx::new(Actor::person(customer, Permissions::NONE), Duration::from_secs(30), TraceId::generate(&rig.env))
}

fn saved(id: u128, city: &str) -> AddressDraft {
    let text = ToOwned::to_owned;
    let address = Address {
        name: text("Ann Lee"),
        line1: text(" Road 1 "),
        city: text(city),
        postal_code: text("10115"),
        country: text("DE"),
        ..Address::default()
    };
    AddressDraft { id: AddressId::from_bits(id), version: None, address, is_default: false }
}

async fn cities(rig: &Rig, cx: &Cx, customer: CustomerId) -> Vec<String> {
    let kept = rig.client.addresses(cx, customer).await.unwrap();
    assert_eq!(kept.iter().filter(|saved| saved.is_default).count(), usize::from(!kept.is_empty()));
    assert!(kept.first().is_none_or(|first| first.is_default));
    kept.into_iter().map(|saved| saved.address.city).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_kept_once_and_the_default_comes_first() {
    each_engine(async |rig| {
        let ann = customer(&rig.register("ann@example.com").await);
        let cx = own_cx(&rig, ann);
        for _ in 0..2 {
            rig.client.save_address(&cx, ann, saved(1, "Berlin")).await.unwrap();
            rig.client.save_address(&cx, ann, saved(2, "Bonn")).await.unwrap();
        }
        assert_eq!(cities(&rig, &cx, ann).await, ["Berlin", "Bonn"], "the first is the default");
        let kept = rig.client.addresses(&cx, ann).await.unwrap();
        assert_eq!(kept[0].address.line1, "Road 1", "kept without the blanks around it");
        rig.client.prefer_address(&cx, ann, AddressId::from_bits(2)).await.unwrap();
        assert_eq!(cities(&rig, &cx, ann).await, ["Bonn", "Berlin"]);
        rig.client.save_address(&cx, ann, AddressDraft { is_default: true, ..saved(3, "Köln") }).await.unwrap();
        rig.client.save_address(&cx, ann, saved(2, "Mainz")).await.unwrap();
        assert_eq!(cities(&rig, &cx, ann).await, ["Köln", "Mainz", "Berlin"], "an edit changes no precedence");
        for _ in 0..2 {
            rig.client.remove_address(&cx, ann, AddressId::from_bits(3), None).await.unwrap();
        }
        assert_eq!(cities(&rig, &cx, ann).await, ["Mainz", "Berlin"], "the default before is so again");
        let gone = rig.client.prefer_address(&cx, ann, AddressId::from_bits(3)).await.unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_only_in_the_version_that_was_seen() {
    each_engine(async |rig| {
        let ann = customer(&rig.register("ann@example.com").await);
        let cx = own_cx(&rig, ann);
        let (one, two) = (AddressId::from_bits(1), AddressId::from_bits(2));
        let seen = |version: i64, city: &str| AddressDraft { version: Some(version), ..saved(1, city) };
        let versions = async || {
            let kept = rig.client.addresses(&cx, ann).await.unwrap();
            kept.iter().map(|saved| (saved.id, saved.version)).collect::<Vec<_>>()
        };
        let absent = rig.client.save_address(&cx, ann, seen(1, "Berlin")).await.unwrap_err();
        assert_eq!(absent.kind(), ErrorKind::NotFound);
        rig.client.save_address(&cx, ann, saved(1, "Berlin")).await.unwrap();
        rig.client.save_address(&cx, ann, saved(2, "Bonn")).await.unwrap();
        rig.client.save_address(&cx, ann, seen(1, "Mainz")).await.unwrap();
        let late = rig.client.save_address(&cx, ann, seen(1, "Worms")).await;
        assert_eq!(late, Err(Error::VersionConflict { current: 2 }));
        assert_eq!(cities(&rig, &cx, ann).await, ["Mainz", "Bonn"]);
        for _ in 0..2 {
            rig.client.prefer_address(&cx, ann, two).await.unwrap();
        }
        assert_eq!(versions().await, [(two, 2), (one, 3)], "both say something else of themselves");
        let late = rig.client.remove_address(&cx, ann, two, Some(1)).await;
        assert_eq!(late, Err(Error::VersionConflict { current: 2 }));
        for _ in 0..2 {
            rig.client.remove_address(&cx, ann, two, Some(2)).await.unwrap();
        }
        assert_eq!(versions().await, [(one, 4)], "it is the default again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_addresses_are_kept_and_no_wrong_ones() {
    each_engine(async |rig| {
        let ann = customer(&rig.register("ann@example.com").await);
        let cx = own_cx(&rig, ann);
        let max = u128::try_from(ADDRESSES_MAX).unwrap();
        for id in 1..=max {
            rig.client.save_address(&cx, ann, saved(id, "Berlin")).await.unwrap();
        }
        let more = rig.client.save_address(&cx, ann, saved(max + 1, "Bonn")).await;
        assert_eq!(more, Err(Error::TooManyAddresses { addresses_max: ADDRESSES_MAX }));
        rig.client.save_address(&cx, ann, saved(1, "Bonn")).await.unwrap();
        let wrong = rig.client.save_address(&cx, ann, saved(1, "a\0b")).await.unwrap_err();
        assert_eq!(wrong.fields()[0].field, "address.city");
        rig.client.save_address(&cx, ann, saved(1, "القاهرة")).await.unwrap();
        assert_eq!(cities(&rig, &cx, ann).await[0], "القاهرة");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_changes_the_account_of_another() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let ann = customer(&session);
        rig.client.save_address(&own_cx(&rig, ann), ann, saved(1, "Berlin")).await.unwrap();
        let bob = customer(&rig.register("bob@example.com").await);
        for cx in [own_cx(&rig, bob), rig.cx(), rig.cx_of(Permissions::ALL)] {
            let change = ProfileChange { name: "Eve".to_owned(), marketing: true };
            let password = PasswordChange { current: PASSWORD.to_owned(), new: NEW.to_owned(), keep: String::new() };
            let (client, id) = (&rig.client, AddressId::from_bits(1));
            let refused = [
                client.addresses(&cx, ann).await.map(drop).unwrap_err(),
                client.save_address(&cx, ann, saved(2, "Bonn")).await.unwrap_err(),
                client.prefer_address(&cx, ann, id).await.unwrap_err(),
                client.remove_address(&cx, ann, id, None).await.unwrap_err(),
                client.change_profile(&cx, ann, change).await.unwrap_err(),
                client.change_password(&cx, ann, password).await.unwrap_err(),
                client.sessions(&cx, ann, session.token.clone()).await.map(drop).unwrap_err(),
                client.end_session(&cx, ann, String::new()).await.unwrap_err(),
                client.erase(&cx, ann, PASSWORD.to_owned()).await.unwrap_err(),
            ];
            assert!(refused.iter().all(|error| error.kind() == ErrorKind::NotFound), "{refused:?}");
        }
        assert!(rig.sign_in("ann@example.com", PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_kept_with_its_time_and_a_name_changes_everywhere() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let ann = customer(&session);
        let cx = own_cx(&rig, ann);
        let change = async |name: &str, marketing| {
            let change = ProfileChange { name: name.to_owned(), marketing };
            rig.client.change_profile(&cx, ann, change).await
        };
        let since = async || rig.client.profile(&cx, ann).await.unwrap().unwrap().marketing_since;
        assert_eq!(since().await, None);
        let agreed = rig.env.now();
        change(" Anna Lee ", true).await.unwrap();
        rig.clock.advance(Duration::from_secs(60));
        change("Anna Lee", true).await.unwrap();
        assert_eq!(since().await, Some(agreed), "a consent that stands keeps its time");
        assert_eq!(rig.session(&session.token).await.unwrap().name, "Anna Lee");
        change("Anna Lee", false).await.unwrap();
        assert_eq!(since().await, None);
        change("Anna Lee", true).await.unwrap();
        assert_eq!(since().await, Some(rig.env.now()));
        for name in ["", " ", "a\nb", &"x".repeat(201)] {
            assert_eq!(change(name, true).await.unwrap_err().fields()[0].field, "name");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_present_one_and_ends_the_other_sessions() {
    each_engine(async |rig| {
        let here = rig.register("ann@example.com").await;
        let there = rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
        let ann = customer(&here);
        let cx = own_cx(&rig, ann);
        let change = async |current: &str, new: &str| {
            let (current, new, keep) = (current.to_owned(), new.to_owned(), here.token.clone());
            rig.client.change_password(&cx, ann, PasswordChange { current, new, keep }).await
        };
        assert_eq!(change("not the password", NEW).await, Err(Error::WrongCredentials));
        for bad in ["short", "password123", "ann@example.com"] {
            assert_eq!(change(PASSWORD, bad).await.unwrap_err().fields()[0].field, "password", "{bad}");
        }
        assert!(rig.session(&there.token).await.is_some());
        change(PASSWORD, NEW).await.unwrap();
        assert!(rig.session(&here.token).await.is_some());
        assert_eq!(rig.session(&there.token).await, None);
        assert_eq!(rig.sign_in("ann@example.com", PASSWORD).await, Err(Error::WrongCredentials));
        assert!(rig.sign_in("ann@example.com", NEW).await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_present_password_is_as_slow_as_signing_in() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let ann = customer(&session);
        let cx = own_cx(&rig, ann);
        for _ in 0..5 {
            assert_eq!(rig.client.erase(&cx, ann, "not it".to_owned()).await, Err(Error::WrongCredentials));
        }
        let right = PasswordChange { current: PASSWORD.to_owned(), new: NEW.to_owned(), keep: session.token };
        let too_soon = rig.client.change_password(&cx, ann, right.clone()).await;
        assert_eq!(too_soon, Err(Error::Throttled { retry_after_s: 15 }));
        rig.clock.advance(Duration::from_secs(15));
        rig.client.change_password(&cx, ann, right).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended_one_by_one() {
    each_engine(async |rig| {
        let first = rig.register("ann@example.com").await;
        rig.clock.advance(Duration::from_secs(60));
        let second = rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
        let ann = customer(&first);
        let cx = own_cx(&rig, ann);
        let listed = rig.client.sessions(&cx, ann, first.token.clone()).await.unwrap();
        assert_eq!(listed.iter().map(|session| session.is_current).collect::<Vec<_>>(), [false, true]);
        assert_eq!(listed[0].begun_at, rig.env.now());
        assert_eq!(rig.session(&listed[0].id).await, None, "the id gives no access");
        let bob = customer(&rig.register("bob@example.com").await);
        rig.client.end_session(&own_cx(&rig, bob), bob, listed[0].id.clone()).await.unwrap();
        assert!(rig.session(&second.token).await.is_some(), "it is not his to end");
        for id in [listed[0].id.as_str(), listed[0].id.as_str(), "", "zz", &"ab".repeat(1_000)] {
            rig.client.end_session(&cx, ann, id.to_owned()).await.unwrap();
        }
        assert_eq!(rig.session(&second.token).await, None);
        assert!(rig.session(&first.token).await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_account_leaves_nothing_and_its_email_is_free() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let ann = customer(&session);
        let cx = own_cx(&rig, ann);
        rig.client.save_address(&cx, ann, saved(1, "Berlin")).await.unwrap();
        rig.client.erase(&cx, ann, PASSWORD.to_owned()).await.unwrap();
        assert_eq!(rig.session(&session.token).await, None);
        let late = rig.client.save_address(&cx, ann, saved(2, "Bonn")).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::NotFound, "nothing is kept for who is gone");
        let work = move |tx: &mut Tx<'_>| {
            let mut left = 0;
            for sql in [
                sql!("SELECT COUNT(*) FROM customers WHERE customer_id = ?1"),
                sql!(fan_out "SELECT COUNT(*) FROM customer_emails WHERE customer_id = ?1"),
                sql!("SELECT COUNT(*) FROM addresses WHERE customer_id = ?1"),
                sql!(fan_out "SELECT COUNT(*) FROM sessions WHERE customer_id = ?1"),
                sql!(fan_out "SELECT COUNT(*) FROM email_links WHERE of_whom = ?1"),
            ] {
                let rows: i64 = tx.query_one(sql, params![ann], |row| row.get(0))?;
                left += rows;
            }
            let told = sql!("SELECT payload FROM outbox WHERE type = ?1");
            let told = tx.query(told, params![CustomerErased::TOPIC], |row| row.json(0))?;
            Ok::<(i64, Vec<CustomerErased>), Fault>((left, told))
        };
        let (left, told) = rig.store.read(&rig.cx(), work).await.unwrap();
        let email = "ann@example.com".to_owned();
        let erased = CustomerErased { customer: ann, email, email_verified: false, at: rig.env.now() };
        assert_eq!((left, told), (0, vec![erased]));
        let again = rig.register("ann@example.com").await;
        assert_ne!(customer(&again), ann);
    })
    .await;
}
