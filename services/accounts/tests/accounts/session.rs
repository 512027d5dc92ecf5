use std::time::Duration;

use souk_contracts::permission::Role;
use souk_store::{Tx, params, sql};
use souk_types::Fault;

use crate::rig::{PASSWORD, Rig, credentials, each_engine, registration};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Waits for the write in the background that lets a session last longer.
async fn touched(rig: &Rig, token: &str) {
    let now = rig.env.now();
    for _ in 0..200 {
        let work = |tx: &mut Tx<'_>| {
            tx.query_one(sql!(fan_out "SELECT MAX(touched_at) FROM sessions"), params![], |row| row.get(0))
        };
        let touched_at: souk_types::Timestamp = rig.store.read(&rig.cx(), work).await.unwrap();
        if touched_at == now {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{token} was not touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_used_goes_on_and_one_that_is_not_ends() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        rig.clock.advance(DAY * 29);
        assert!(rig.session(&session.token).await.is_some());
        touched(&rig, "the session").await;
        rig.clock.advance(DAY * 29);
        assert!(rig.session(&session.token).await.is_some());
        touched(&rig, "the session").await;
        rig.clock.advance(DAY * 30);
        assert_eq!(rig.session(&session.token).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_one_read_and_seldom_a_write() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        rig.clock.advance(HOUR - Duration::from_secs(1));
        // The link that a registration sends is made meanwhile: what others do only ever adds to a round.
        let mut least = u64::MAX;
        for _ in 0..10 {
            let before = rig.store.statements();
            for _ in 0..3 {
                rig.session(&session.token).await.unwrap();
            }
            least = least.min(rig.store.statements() - before);
        }
        assert_eq!(least, 3);
        rig.clock.advance(Duration::from_secs(1));
        rig.session(&session.token).await.unwrap();
        touched(&rig, "the session").await;
        let expires_at = rig.session(&session.token).await.unwrap().expires_at;
        assert_eq!(expires_at, rig.env.now() + DAY * 30);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_signed_out_after_half_a_day() {
    each_engine(async |rig| {
        rig.client.add_staff(&rig.cx_of_system(), registration("sam@example.com"), Role::Support).await.unwrap();
        let session = rig.client.sign_in_staff(&rig.cx(), credentials("sam@example.com", PASSWORD)).await.unwrap();
        assert_eq!(session.identity.expires_at, rig.env.now() + HOUR * 12);
        rig.clock.advance(HOUR * 12);
        assert_eq!(rig.session(&session.token).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_one_session_and_may_be_repeated() {
    each_engine(async |rig| {
        let first = rig.register("ann@example.com").await;
        let second = rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
        for _ in 0..2 {
            rig.client.sign_out(&rig.cx(), first.token.clone()).await.unwrap();
        }
        assert_eq!(rig.session(&first.token).await, None);
        assert!(rig.session(&second.token).await.is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_nobody() {
    each_engine(async |rig| {
        let session = rig.register("ann@example.com").await;
        let mut other = session.token.clone();
        other.truncate(42);
        for token in ["", &other, &"x".repeat(100_000)] {
            assert_eq!(rig.session(token).await, None);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_ran_out_are_swept_away() {
    each_engine(async |rig| {
        rig.register("ann@example.com").await;
        rig.clock.advance(DAY);
        let recent = rig.register("bob@example.com").await;
        assert!(rig.sign_in("bob@example.com", "wrong password").await.is_err());
        rig.clock.advance(DAY * 29);
        rig.sweep().await;
        let work = |tx: &mut Tx<'_>| {
            let sessions: i64 =
                tx.query_one(sql!(fan_out "SELECT COUNT(*) FROM sessions"), params![], |row| row.get(0))?;
            let tries: i64 =
                tx.query_one(sql!(fan_out "SELECT COUNT(*) FROM sign_in_tries"), params![], |row| row.get(0))?;
            Ok::<_, Fault>((sessions, tries))
        };
        assert_eq!(rig.store.read(&rig.cx(), work).await.unwrap(), (1, 0));
        assert!(rig.session(&recent.token).await.is_some());
    })
    .await;
}
