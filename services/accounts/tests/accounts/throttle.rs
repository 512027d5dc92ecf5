use std::time::Duration;

use souk_contracts::accounts::Error;
use tokio::task::JoinSet;

use crate::rig::{PASSWORD, Rig, credentials, each_engine};

async fn fail(rig: &Rig, email: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(rig.sign_in(email, "wrong password").await, Err(Error::WrongCredentials));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_wrong_passwords_even_the_right_one_has_to_wait() {
    each_engine(async |rig| {
        rig.register("ann@example.com").await;
        rig.register("bob@example.com").await;
        fail(&rig, "ann@example.com", 5).await;
        let throttled = Err(Error::Throttled { retry_after_s: 15 });
        assert_eq!(rig.sign_in("ann@example.com", PASSWORD).await, throttled);
        assert_eq!(rig.sign_in("ANN@example.com", PASSWORD).await, throttled);
        rig.sign_in("bob@example.com", PASSWORD).await.unwrap();
        rig.clock.advance(Duration::from_secs(15));
        rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
        fail(&rig, "ann@example.com", 4).await;
        rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_without_an_account_is_throttled_alike_and_longer_each_time() {
    each_engine(async |rig| {
        fail(&rig, "nobody@example.com", 5).await;
        rig.clock.advance(Duration::from_secs(15));
        fail(&rig, "nobody@example.com", 1).await;
        let refused = rig.sign_in("nobody@example.com", PASSWORD).await;
        assert_eq!(refused, Err(Error::Throttled { retry_after_s: 30 }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tries_at_the_same_time_are_no_way_around() {
    each_engine(async |rig| {
        let mut tasks = JoinSet::new();
        for _ in 0..20 {
            let (service, cx) = (rig.parts.service.clone(), rig.cx());
            tasks.spawn(async move { service.sign_in(&cx, credentials("ann@example.com", "wrong password")).await });
        }
        let outcomes = tasks.join_all().await;
        let tried = outcomes.iter().filter(|outcome| **outcome == Err(Error::WrongCredentials)).count();
        assert_eq!(tried, 5, "{outcomes:?}");
    })
    .await;
}
