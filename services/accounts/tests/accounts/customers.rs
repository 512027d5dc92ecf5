use souk_contracts::{
    accounts::{CustomerFilter, CustomerRegistered, CustomerSort, Error, Person, Registration},
    permission::ORDERS_READ,
};
use souk_store::{Tx, params, sql};
use souk_types::{ErrorKind, Event, PageRequest, Permissions, ServiceError};
use tokio::task::JoinSet;

use crate::rig::{PASSWORD, each_engine, registration};

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_is_signed_in_and_told_about() {
    each_engine(async |rig| {
        let session = rig.register(" Ann@Example.com ").await;
        assert_eq!((session.identity.email.as_str(), session.identity.name.as_str()), ("ann@example.com", "Ann Lee"));
        assert_eq!(rig.session(&session.token).await, Some(session.identity.clone()));
        let Person::Customer(customer) = session.identity.person else { panic!("{:?}", session.identity) };
        let work = |tx: &mut Tx<'_>| {
            tx.query(sql!("SELECT payload FROM outbox WHERE type = ?1"), params![CustomerRegistered::TOPIC], |row| {
                row.json(0)
            })
        };
        let told: Vec<CustomerRegistered> = rig.store.read(&rig.cx(), work).await.unwrap();
        let (email, name) = ("ann@example.com".to_owned(), "Ann Lee".to_owned());
        assert_eq!(told, [CustomerRegistered { customer, email, name }]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_registers_once_in_whatever_case() {
    each_engine(async |rig| {
        rig.register("ann@example.com").await;
        let again = rig.client.register(&rig.cx(), registration("ANN@example.com")).await;
        assert_eq!(again, Err(Error::EmailTaken));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_register_an_email_at_the_same_time_one_gets_it() {
    each_engine(async |rig| {
        let mut tasks = JoinSet::new();
        for _ in 0..6 {
            let (service, cx) = (rig.parts.service.clone(), rig.cx());
            tasks.spawn(async move { service.register(&cx, registration("ann@example.com")).await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::EmailTaken))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_is_wrong_names_every_field() {
    each_engine(async |rig| {
        let wrong = Registration { email: "ann".to_owned(), password: "short".to_owned(), name: String::new() };
        let refused = rig.client.register(&rig.cx(), wrong).await.unwrap_err();
        let fields: Vec<_> = refused.fields().iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["email", "name", "password"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_signs_in_and_nothing_else_does() {
    each_engine(async |rig| {
        let registered = rig.register("ann@example.com").await;
        let session = rig.sign_in("Ann@example.com", PASSWORD).await.unwrap();
        assert_eq!(session.identity.person, registered.identity.person);
        assert_ne!(session.token, registered.token);
        for (email, password) in [
            ("ann@example.com", "correct hors"),
            ("ann@example.com", ""),
            ("bob@example.com", PASSWORD),
            ("no email", PASSWORD),
            ("ann@example.com", &"x".repeat(201)),
        ] {
            assert_eq!(rig.sign_in(email, password).await, Err(Error::WrongCredentials));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_passwords_nor_tokens_are_kept_or_shown() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let work = |tx: &mut Tx<'_>| {
            let hash: String =
                tx.query_one(sql!(fan_out "SELECT password_hash FROM customers"), params![], |row| row.get(0))?;
            let digest: Vec<u8> =
                tx.query_one(sql!(fan_out "SELECT token_digest FROM sessions"), params![], |row| row.get(0))?;
            Ok::<_, souk_types::Fault>((hash, digest))
        };
        let (hash, digest) = rig.store.read(&rig.cx(), work).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(digest.len(), 32);
        assert!(!session.token.as_bytes().starts_with(&digest[..4]));
        let shown = format!("{session:?} {:?}", registration("ann@example.com"));
        assert!(!shown.contains(&session.token) && !shown.contains(PASSWORD), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_who_see_orders_page_through_customers_and_find_them_by_email() {
    each_engine(async |rig| {
        for email in ["bea@example.com", "ann@example.com", "anna@example.com", "cyd@example.com"] {
            rig.clock.advance(std::time::Duration::from_secs(1));
            rig.register(email).await;
        }
        let staff = rig.cx_of(ORDERS_READ);
        let all = async |email: Option<&str>, sort: Option<CustomerSort>| {
            let filter = CustomerFilter { email: email.map(str::to_owned), sort };
            let mut seen = Vec::new();
            let mut page = PageRequest::first(1);
            loop {
                let found = rig.client.customers(&staff, filter.clone(), page.clone()).await.unwrap();
                seen.extend(found.items);
                let Some(next) = found.next else { return seen };
                page.after = Some(next);
            }
        };
        let emails =
            async |email, sort| all(email, sort).await.into_iter().map(|customer| customer.email).collect::<Vec<_>>();
        let newest = ["cyd@example.com", "anna@example.com", "ann@example.com", "bea@example.com"];
        assert_eq!(emails(None, None).await, newest);
        assert_eq!(emails(Some(" ANN"), None).await, ["ann@example.com", "anna@example.com"]);
        assert_eq!(emails(Some("ann@"), None).await, ["ann@example.com"]);
        assert_eq!(emails(Some("zoe"), None).await, Vec::<String>::new());
        let mut sorted = newest;
        assert_eq!(emails(None, Some(CustomerSort::Newest)).await, sorted);
        sorted.reverse();
        assert_eq!(emails(None, Some(CustomerSort::Oldest)).await, sorted);
        sorted.sort_unstable();
        assert_eq!(emails(None, Some(CustomerSort::Email)).await, sorted);
        sorted.reverse();
        assert_eq!(emails(None, Some(CustomerSort::EmailReversed)).await, sorted);
        let reversed = emails(Some("ann"), Some(CustomerSort::EmailReversed)).await;
        assert_eq!(reversed, ["anna@example.com", "ann@example.com"]);
        let ann = all(Some("ann@"), None).await.remove(0);
        assert_eq!(rig.client.customer(&staff, ann.id).await.unwrap(), Some(ann.clone()));
        for other in [rig.cx(), rig.cx_of(Permissions::NONE)] {
            let refused = rig.client.customers(&other, CustomerFilter::default(), PageRequest::first(9)).await;
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
            assert_eq!(rig.client.customer(&other, ann.id).await.unwrap_err().kind(), ErrorKind::Denied);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_listed_in_no_order_that_would_be_wrong() {
    each_engine(async |rig| {
        for email in ["ann@example.com", "bea@example.com"] {
            rig.register(email).await;
        }
        let staff = rig.cx_of(ORDERS_READ);
        let list = async |email: Option<&str>, sort, after| {
            let filter = CustomerFilter { email: email.map(str::to_owned), sort: Some(sort) };
            rig.client.customers(&staff, filter, PageRequest { limit: 1, after }).await
        };
        // Whose email begins alike is found by email, not by when they came.
        let refused = list(Some("a"), CustomerSort::Newest, None).await.unwrap_err();
        assert_eq!(refused.fields()[0].field, "sort");
        let place = list(None, CustomerSort::Email, None).await.unwrap().next;
        for other in [CustomerSort::EmailReversed, CustomerSort::Newest, CustomerSort::Oldest] {
            let refused = list(None, other, place.clone()).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "after", "{other}");
        }
    })
    .await;
}
