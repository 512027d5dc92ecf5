use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use souk_contracts::{
    catalog::Blob,
    payments::{Error, IntentState, Webhook},
};
use souk_jobs::Outcome;
use souk_payments::{Deps, sandbox, sandbox::WebhookSink};
use souk_types::{Actor, Cx, ErrorKind, Fault, ServiceError};

use crate::shop::{CHALLENGE, LATER, Shop, shops};

/// Keeps what the gateway sends, and does not acknowledge it.
#[derive(Default)]
struct Mailbox(Mutex<Vec<Webhook>>);

#[async_trait]
impl WebhookSink for Mailbox {
    async fn deliver(&self, _cx: &Cx, webhook: Webhook) -> Result<(), Fault> {
        self.0.lock().unwrap().push(webhook);
        Err(Fault::unavailable("the shop is closed"))
    }
}

/// The webhook that the gateway sends for a charge that is decided later.
async fn webhook(shop: &mut Shop) -> Webhook {
    let mailbox = Arc::new(Mailbox::default());
    shop.parts = souk_payments::build(Deps {
        store: shop.store.clone(),
        gateway_store: shop.gateway_store.clone(),
        secret: [3; 32],
        methods: souk_payments::default_methods(),
        sandbox: sandbox::SandboxConfig::default(),
        webhooks: Some(Arc::clone(&mailbox) as _),
    })
    .unwrap();
    shop.pay(LATER).await;
    let outcomes = shop.gateway_jobs_after(Duration::from_secs(2)).await;
    assert!(outcomes.iter().all(Result::is_err), "not acknowledged, so it comes again: {outcomes:?}");
    let webhook = mailbox.0.lock().unwrap().first().cloned();
    webhook.unwrap()
}

fn anybody(shop: &Shop) -> Cx {
    shop.cx_of(Actor::ANONYMOUS)
}

#[tokio::test]
async fn the_same_webhook_twice_does_nothing_more() {
    for mut shop in shops().await {
        let webhook = webhook(&mut shop).await;
        for _ in 0..2 {
            shop.service().webhook(&anybody(&shop), webhook.clone()).await.unwrap();
        }
        assert_eq!(shop.only_intent().await.state, IntentState::Captured);
        assert_eq!(shop.told().await.len(), 1);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_webhook_that_is_not_acknowledged_comes_again() {
    for mut shop in shops().await {
        webhook(&mut shop).await;
        shop.restart();
        assert_eq!(shop.gateway_jobs_after(Duration::from_secs(1)).await, [Ok(Outcome::Done)]);
        assert_eq!(shop.only_intent().await.state, IntentState::Captured);
    }
}

#[tokio::test]
async fn a_webhook_with_another_body_is_refused() {
    for mut shop in shops().await {
        let genuine = webhook(&mut shop).await;
        let text = String::from_utf8(genuine.body.0.clone()).unwrap();
        let forged = Webhook { body: Blob(text.replace("1250", "1251").into_bytes()), ..genuine };
        assert_ne!(text.as_bytes(), forged.body.0);
        let refused = shop.service().webhook(&anybody(&shop), forged).await;
        assert_eq!(refused, Err(Error::BadSignature));
        assert_eq!(shop.only_intent().await.state, IntentState::Processing);
    }
}

#[tokio::test]
async fn an_old_webhook_is_refused() {
    for mut shop in shops().await {
        let webhook = webhook(&mut shop).await;
        shop.clock.advance(Duration::from_secs(301));
        assert_eq!(shop.service().webhook(&anybody(&shop), webhook).await, Err(Error::BadSignature));
    }
}

#[tokio::test]
async fn a_webhook_of_another_gateway_is_not_found() {
    for mut shop in shops().await {
        let webhook = Webhook { gateway: "other".to_owned(), ..webhook(&mut shop).await };
        let error = shop.service().webhook(&anybody(&shop), webhook).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn an_answered_challenge_is_told_even_when_the_shopper_does_not_come_back() {
    for shop in shops().await {
        let url = shop.pay(CHALLENGE).await.action_url.unwrap();
        shop.post_form(&url, &[("decision", "approve")]).await;
        assert_eq!(shop.gateway_jobs_after(Duration::from_secs(2)).await, [Ok(Outcome::Done)]);
        assert_eq!(shop.only_intent().await.state, IntentState::Captured);
    }
}
