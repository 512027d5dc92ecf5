//! Getting back into an account, and confirming its email.

use std::time::Duration;

use souk_contracts::{
    CustomerId,
    accounts::{Error, Person, Session},
    notifications::MessageKind,
};
use souk_store::{Tx, params, sql};
use souk_types::{Actor, Cx, ErrorKind, Permissions, ServiceError, TraceId};
use tokio::task::JoinSet;

use crate::rig::{PASSWORD, Rig, each_engine, registration};

const NEW: &str = "salt river chair";

fn customer(session: &Session) -> CustomerId {
    match session.identity.person {
        Person::Customer(id) => id,
        Person::Staff(..) => panic!("{session:?}"),
    }
}

/// The context of a customer.
fn cx_of(rig: &Rig, session: &Session) -> Cx {
    let actor = Actor::person(customer(session), Permissions::NONE);
    Cx::new(actor, Duration::from_secs(30), TraceId::generate(&rig.env))
}

async fn is_verified(rig: &Rig, session: &Session) -> bool {
    rig.client.profile(&cx_of(rig, session), customer(session)).await.unwrap().unwrap().email_verified
}

/// How often an event was told.
async fn told(rig: &Rig, topic: &'static str) -> i64 {
    let count = move |tx: &mut Tx<'_>| {
        tx.query_one(sql!("SELECT COUNT(*) FROM outbox WHERE type = ?1"), params![topic], |row| row.get(0))
    };
    rig.store.read(&rig.cx(), count).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_a_new_password_once_and_ends_all_sessions() {
    each_engine(async |rig| {
        let before = rig.register("ann@example.com").await;
        rig.links().await;
        rig.client.request_password_reset(&rig.cx(), " Ann@Example.com ".to_owned()).await.unwrap();
        let links = rig.links().await;
        assert_eq!((links.len(), links[0].kind), (1, MessageKind::PasswordReset));
        assert_eq!((links[0].email.as_str(), links[0].name.as_str()), ("ann@example.com", "Ann Lee"));
        let token = links[0].path.strip_prefix("/account/reset-password?token=").unwrap().to_owned();
        assert!(rig.client.may_reset_password(&rig.cx(), token.clone()).await.unwrap());

        let after = rig.client.reset_password(&rig.cx(), token.clone(), NEW.to_owned()).await.unwrap();
        assert_eq!(rig.session(&before.token).await, None, "whoever was in is out");
        assert_eq!(rig.session(&after.token).await, Some(after.identity.clone()));
        assert_eq!(rig.sign_in("ann@example.com", PASSWORD).await, Err(Error::WrongCredentials));
        rig.sign_in("ann@example.com", NEW).await.unwrap();
        assert!(is_verified(&rig, &after).await, "the link came by email");

        assert!(!rig.client.may_reset_password(&rig.cx(), token.clone()).await.unwrap());
        let again = rig.client.reset_password(&rig.cx(), token, "other words here".to_owned()).await;
        assert_eq!(again, Err(Error::LinkUsed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_a_link_at_the_same_time_one_sets_the_password() {
    each_engine(async |rig| {
        rig.register("ann@example.com").await;
        rig.links().await;
        rig.client.request_password_reset(&rig.cx(), "ann@example.com".to_owned()).await.unwrap();
        let token = rig.link().await;
        let mut tasks = JoinSet::new();
        for number in 0..4 {
            let (service, cx, token) = (rig.parts.service.clone(), rig.cx(), token.clone());
            tasks.spawn(async move { service.reset_password(&cx, token, format!("{NEW} {number}")).await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::LinkUsed))), "{outcomes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_runs_out_and_only_the_newest_works_for_its_purpose() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let verification = rig.link().await;
        let ask = async || rig.client.request_password_reset(&rig.cx(), "ann@example.com".to_owned()).await.unwrap();
        ask().await;
        let first = rig.link().await;
        ask().await;
        let second = rig.link().await;
        for wrong in [first, verification, String::new(), second[..42].to_owned(), "x".repeat(1_000)] {
            let refused = rig.client.reset_password(&rig.cx(), wrong, NEW.to_owned()).await;
            assert_eq!(refused, Err(Error::LinkUsed));
        }
        let confirmed = rig.client.verify_email(&cx_of(&rig, &session), second.clone()).await;
        assert_eq!(confirmed, Err(Error::LinkUsed));
        rig.clock.advance(Duration::from_hours(1));
        let late = rig.client.reset_password(&rig.cx(), second, NEW.to_owned()).await;
        assert_eq!(late, Err(Error::LinkUsed));
        rig.sweep().await;
        rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_refused_for_its_password_still_works() {
    each_engine(async |rig| {
        rig.register("ann@example.com").await;
        rig.links().await;
        rig.client.request_password_reset(&rig.cx(), "ann@example.com".to_owned()).await.unwrap();
        let token = rig.link().await;
        for bad in ["short", "password123", "ann@example.com"] {
            let refused = rig.client.reset_password(&rig.cx(), token.clone(), bad.to_owned()).await.unwrap_err();
            assert_eq!((refused.kind(), refused.fields()[0].field.as_str()), (ErrorKind::Invalid, "password"), "{bad}");
        }
        rig.client.reset_password(&rig.cx(), token, NEW.to_owned()).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_there_is_an_account_is_not_said_and_nobodys_mailbox_is_filled() {
    each_engine(async |rig| {
        rig.register("ann@example.com").await;
        rig.links().await;
        for (email, links) in [("ann@example.com", 1), ("nobody@example.com", 0)] {
            let ask = async || rig.client.request_password_reset(&rig.cx(), email.to_owned()).await;
            ask().await.unwrap();
            assert_eq!(rig.links().await.len(), links, "{email}");
            ask().await.unwrap();
            ask().await.unwrap();
            assert_eq!(ask().await, Err(Error::Throttled { retry_after_s: 120 }), "{email}");
            rig.clock.advance(Duration::from_mins(2));
            ask().await.unwrap();
            assert_eq!(ask().await, Err(Error::Throttled { retry_after_s: 240 }), "{email}");
            rig.links().await;
        }
        let odd = rig.client.request_password_reset(&rig.cx(), "nobody".to_owned()).await.unwrap_err();
        assert_eq!(odd.kind(), ErrorKind::Invalid);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_gets_a_link_and_confirms_the_email_with_it() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let cx = cx_of(&rig, &session);
        assert!(!is_verified(&rig, &session).await);
        let links = rig.links().await;
        assert_eq!((links.len(), links[0].kind), (1, MessageKind::EmailVerification));
        let token = links[0].path.strip_prefix("/account/verify?token=").unwrap().to_owned();

        let stranger = rig.register("eve@example.com").await;
        for other in [rig.cx(), cx_of(&rig, &stranger)] {
            let refused = rig.client.verify_email(&other, token.clone()).await;
            assert_eq!(refused, Err(Error::LinkUsed), "the link alone is not enough");
        }
        assert_eq!(told(&rig, "accounts.email_verified").await, 0);
        rig.client.verify_email(&cx, token.clone()).await.unwrap();
        assert!(is_verified(&rig, &session).await);
        assert_eq!(told(&rig, "accounts.email_verified").await, 1);
        assert_eq!(rig.client.verify_email(&cx, token).await, Err(Error::LinkUsed));

        rig.links().await;
        rig.client.request_verification(&cx, customer(&session)).await.unwrap();
        assert!(rig.links().await.is_empty(), "nothing is left to confirm");
        let foreign = rig.client.request_verification(&cx, customer(&stranger)).await.unwrap_err();
        assert_eq!(foreign.kind(), ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_ends_the_sessions_of_one_customer() {
    each_engine(async |rig| {
        let first = rig.register("ann@example.com").await;
        let second = rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
        let other = rig.register("bob@example.com").await;
        let foreign = rig.client.sign_out_everywhere(&cx_of(&rig, &other), customer(&first)).await.unwrap_err();
        assert_eq!(foreign.kind(), ErrorKind::NotFound);
        rig.client.sign_out_everywhere(&cx_of(&rig, &first), customer(&first)).await.unwrap();
        assert_eq!(rig.session(&first.token).await, None);
        assert_eq!(rig.session(&second.token).await, None);
        assert!(rig.session(&other.token).await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_attackers_try_first_is_refused() {
    each_engine(async |rig| {
        for common in ["password123", "ann.lee2024", "qwertyuiop"] {
            let mut weak = registration("ann.lee@example.com");
            weak.password = common.to_owned();
            let refused = rig.client.register(&rig.cx(), weak).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, "password", "{common}");
        }
        rig.register("ann.lee@example.com").await;
    })
    .await;
}
