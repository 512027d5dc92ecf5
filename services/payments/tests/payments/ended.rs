use std::time::Duration;

use souk_contracts::payments::{Error, IntentState, RefundState};
use souk_store::{params, sql};
use souk_types::{ErrorKind, EventId, ServiceError};

use crate::shop::{CHALLENGE, LATER, NO_ANSWER, SUCCESS, Shop, eur, shops, shops_that_hold};

async fn customer_funds(shop: &Shop) -> (i64, i64) {
    shop.store
        .read(&shop.cx(), |tx| {
            tx.query_one(
                sql!(
                    fan_out
                    "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(amount_minor), 0) AS BIGINT) FROM ledger
                     WHERE account = 'customer_funds'"
                ),
                params![],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(Error::from)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn undoing_gives_back_what_was_captured_once() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        for _ in 0..2 {
            shop.service().undo(&shop.cx(), shop.customer, shop.order, "no stock".to_owned()).await.unwrap();
        }
        let intent = shop.only_intent().await;
        assert_eq!((intent.captured, intent.refunded), (eur(1_250), eur(1_250)));
        assert_eq!(intent.refunds.len(), 1);
        assert_eq!((intent.refunds[0].state, intent.refunds[0].reason.as_str()), (RefundState::Succeeded, "no stock"));
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn undoing_lets_go_of_what_was_set_aside() {
    for shop in shops_that_hold().await {
        shop.pay(SUCCESS).await;
        let undone = shop.service().undo(&shop.cx(), shop.customer, shop.order, String::new()).await.unwrap();
        assert_eq!(undone[0].state, IntentState::Voided);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn undoing_after_a_part_was_refunded_gives_back_the_rest() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        shop.service().refund(&shop.cx(), shop.refund_of(250)).await.unwrap();
        shop.clock.advance(Duration::from_secs(1));
        shop.service().undo(&shop.cx(), shop.customer, shop.order, String::new()).await.unwrap();
        let amounts: Vec<_> = shop.only_intent().await.refunds.iter().map(|refund| refund.amount).collect();
        assert_eq!(amounts, [eur(250), eur(1_000)]);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_order_without_payments_can_be_undone_and_never_paid_again() {
    for shop in shops().await {
        assert!(shop.service().undo(&shop.cx(), shop.customer, shop.order, String::new()).await.unwrap().is_empty());
        let request = shop.request(SUCCESS).await;
        let error = shop.service().authorise(&shop.cx(), request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_ended_order_gets_its_money_back() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        let event = EventId::generate(&shop.env);
        shop.hear(event, &shop.ended()).await.unwrap();
        shop.hear(event, &shop.ended()).await.unwrap();
        assert_eq!(shop.only_intent().await.refunded, eur(1_250));
        assert_eq!(shop.only_intent().await.refunds.len(), 1);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_challenge_of_an_ended_order_is_let_go() {
    for shop in shops().await {
        let url = shop.pay(CHALLENGE).await.action_url.unwrap();
        shop.hear(EventId::generate(&shop.env), &shop.ended()).await.unwrap();
        assert_eq!(shop.only_intent().await.state, IntentState::Voided);
        let page = shop.post_form(&url, &[("decision", "approve")]).await;
        assert_eq!(page.header(http::header::LOCATION), "/checkout/return?order=K7P2-9XQ4");
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn money_that_arrives_for_an_ended_order_goes_back_by_itself() {
    for card in [LATER, NO_ANSWER] {
        for shop in shops().await {
            shop.pay(card).await;
            shop.hear(EventId::generate(&shop.env), &shop.ended()).await.unwrap();
            shop.gateway_jobs_after(Duration::from_secs(2)).await;
            shop.sweep_after(Duration::from_secs(30)).await;
            let intent = shop.only_intent().await;
            assert_eq!((intent.captured, intent.refunded), (eur(1_250), eur(1_250)), "{card}");
            assert_eq!(intent.refunds[0].reason, "it was not paid in time");
            // It was never a sale: owed to the customer, and paid back.
            assert_eq!(customer_funds(&shop).await, (2, 0));
            assert_eq!(shop.audit().await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn set_aside_money_that_arrives_for_an_ended_order_is_let_go() {
    for shop in shops_that_hold().await {
        shop.pay(LATER).await;
        shop.hear(EventId::generate(&shop.env), &shop.ended()).await.unwrap();
        shop.gateway_jobs_after(Duration::from_secs(2)).await;
        shop.sweep_after(Duration::from_secs(30)).await;
        assert_eq!(shop.only_intent().await.state, IntentState::Voided);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}
