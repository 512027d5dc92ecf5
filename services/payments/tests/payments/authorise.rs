use std::time::Duration;

use souk_contracts::{
    ShipmentId,
    delivery::{ShipmentMoved, ShipmentStatus, TrackingEvent},
    payments::{Authorise, Error, IntentState},
    permission,
};
use souk_types::{Actor, ErrorKind, EventId, ServiceError};

use crate::shop::{CHALLENGE, DECLINED, LATER, NO_ANSWER, NO_FUNDS, SUCCESS, Shop, eur, shops, shops_that_hold};

#[tokio::test]
async fn a_good_card_is_captured_at_once() {
    for shop in shops().await {
        let intent = shop.pay(SUCCESS).await;
        assert_eq!(intent.state, IntentState::Captured);
        assert_eq!((intent.captured, intent.refunded), (eur(1_250), eur(0)));
        assert_eq!(intent.instrument, "Visa •••• 4242");
        assert_eq!(shop.told().await, std::slice::from_ref(&intent));
        assert_eq!(shop.intents().await, [intent]);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_payment_takes_few_statements_and_three_transactions() {
    for shop in shops().await {
        let request = shop.request(SUCCESS).await;
        let before = (shop.store.statements(), shop.gateway_store.statements());
        shop.service().authorise(&shop.cx(), request).await.unwrap();
        // Record it; book the answer, the two lines of the ledger and the event.
        assert_eq!(shop.store.statements() - before.0, 4);
        assert_eq!(shop.gateway_store.statements() - before.1, 1);
    }
}

#[tokio::test]
async fn asking_twice_charges_once() {
    for shop in shops().await {
        let request = shop.request(SUCCESS).await;
        let first = shop.service().authorise(&shop.cx(), request.clone()).await.unwrap();
        let second = shop.service().authorise(&shop.cx(), request).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(shop.told().await.len(), 1);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn asking_many_times_at_once_charges_once() {
    for shop in shops().await {
        let request = shop.request(SUCCESS).await;
        let cx = shop.cx();
        let calls = (0..8).map(|_| shop.service().authorise(&cx, request.clone()));
        let answers = futures::future::join_all(calls).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(shop.only_intent().await.captured, eur(1_250));
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_same_attempt_for_another_amount_is_refused() {
    for shop in shops().await {
        let request = shop.request(SUCCESS).await;
        shop.service().authorise(&shop.cx(), request.clone()).await.unwrap();
        let other = Authorise { amount: eur(1), ..request };
        let error = shop.service().authorise(&shop.cx(), other).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
}

#[tokio::test]
async fn a_refused_card_says_why() {
    for (card, code) in [(DECLINED, "card_declined"), (NO_FUNDS, "insufficient_funds")] {
        for shop in shops().await {
            let intent = shop.pay(card).await;
            assert_eq!(intent.state, IntentState::Failed);
            assert_eq!(intent.failure_code.as_deref(), Some(code));
            assert_eq!(intent.captured, eur(0));
            assert_eq!(shop.audit().await, Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn another_attempt_may_follow_a_refusal() {
    for shop in shops().await {
        shop.pay(DECLINED).await;
        let again = Authorise { attempt: 2, ..shop.request(SUCCESS).await };
        let intent = shop.service().authorise(&shop.cx(), again).await.unwrap();
        assert_eq!((intent.attempt, intent.state), (2, IntentState::Captured));
    }
}

#[tokio::test]
async fn another_attempt_is_refused_while_one_is_paid() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        let again = Authorise { attempt: 2, ..shop.request(SUCCESS).await };
        let error = shop.service().authorise(&shop.cx(), again).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(shop.only_intent().await.captured, eur(1_250));
    }
}

#[tokio::test]
async fn another_attempt_takes_the_place_of_one_that_waits_for_the_shopper() {
    for shop in shops().await {
        shop.pay(CHALLENGE).await;
        let again = Authorise { attempt: 2, ..shop.request(SUCCESS).await };
        shop.service().authorise(&shop.cx(), again).await.unwrap();
        let states: Vec<_> = shop.intents().await.iter().map(|intent| intent.state).collect();
        assert_eq!(states, [IntentState::Voided, IntentState::Captured]);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_foreign_token_is_declined() {
    for shop in shops().await {
        let token = shop.token(SUCCESS).await;
        let forged = Authorise { token: token.replacen("tok_ae", "tok_aq", 1), ..shop.request(SUCCESS).await };
        assert_ne!(forged.token, token);
        let intent = shop.service().authorise(&shop.cx(), forged).await.unwrap();
        assert_eq!(intent.failure_code.as_deref(), Some("bad_token"));
    }
}

#[tokio::test]
async fn a_confirmed_challenge_is_captured_when_resolved() {
    for shop in shops().await {
        let intent = shop.pay(CHALLENGE).await;
        assert_eq!(intent.state, IntentState::ActionRequired);
        let url = intent.action_url.unwrap();
        shop.post_form(&url, &[("decision", "approve")]).await;
        let resolved = shop.service().resolve(&shop.cx(), shop.customer, shop.order).await.unwrap();
        assert_eq!(resolved[0].state, IntentState::Captured);
        assert_eq!(resolved[0].action_url, None);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_declined_challenge_fails() {
    for shop in shops().await {
        let intent = shop.pay(CHALLENGE).await;
        shop.post_form(&intent.action_url.unwrap(), &[("decision", "decline")]).await;
        let resolved = shop.service().resolve(&shop.cx(), shop.customer, shop.order).await.unwrap();
        assert_eq!(resolved[0].failure_code.as_deref(), Some("challenge_failed"));
    }
}

#[tokio::test]
async fn a_lost_answer_is_resolved_by_asking_and_charged_once() {
    for shop in shops().await {
        let intent = shop.pay(NO_ANSWER).await;
        assert_eq!(intent.state, IntentState::Processing);
        shop.sweep_after(Duration::from_secs(11)).await;
        shop.sweep_after(Duration::from_secs(60)).await;
        assert_eq!(shop.only_intent().await.state, IntentState::Captured);
        assert_eq!(shop.told().await.len(), 1);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_charge_that_is_decided_later_arrives_by_webhook() {
    for mut shop in shops().await {
        assert_eq!(shop.pay(LATER).await.state, IntentState::Processing);
        assert!(shop.gateway_jobs_after(Duration::from_secs(1)).await.is_empty());
        shop.restart();
        assert_eq!(shop.gateway_jobs_after(Duration::from_secs(1)).await.len(), 1);
        assert_eq!(shop.only_intent().await.state, IntentState::Captured);
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

fn left(shop: &Shop) -> ShipmentMoved {
    ShipmentMoved {
        shipment: ShipmentId::from_bits(1),
        customer: shop.customer,
        order: shop.order,
        lines: Vec::new(),
        before: ShipmentStatus::LabelCreated,
        event: TrackingEvent {
            status: ShipmentStatus::PickedUp,
            description: "picked up".to_owned(),
            place: String::new(),
            at: shop.env.now(),
        },
        tracking_number: None,
    }
}

#[tokio::test]
async fn the_money_is_taken_when_the_parcel_leaves() {
    for shop in shops_that_hold().await {
        assert_eq!(shop.pay(SUCCESS).await.state, IntentState::Authorised);
        let event = EventId::generate(&shop.env);
        shop.hear(event, &left(&shop)).await.unwrap();
        shop.hear(event, &left(&shop)).await.unwrap();
        assert_eq!(shop.only_intent().await.captured, eur(1_250));
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_parcel_of_an_order_that_is_paid_takes_nothing_more() {
    for shop in shops().await {
        assert_eq!(shop.pay(SUCCESS).await.state, IntentState::Captured);
        shop.hear(EventId::generate(&shop.env), &left(&shop)).await.unwrap();
        assert_eq!(shop.only_intent().await.captured, eur(1_250));
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_parcel_without_a_journey_takes_no_money() {
    for shop in shops_that_hold().await {
        shop.pay(SUCCESS).await;
        let mut label = left(&shop);
        label.before = ShipmentStatus::Planned;
        label.event.status = ShipmentStatus::LabelCreated;
        shop.hear(EventId::generate(&shop.env), &label).await.unwrap();
        assert_eq!(shop.only_intent().await.state, IntentState::Authorised);
    }
}

#[tokio::test]
async fn only_services_and_order_staff_may_take_money() {
    for shop in shops().await {
        let customer = shop.cx_of(Actor::person(shop.customer, souk_types::Permissions::NONE));
        let request = shop.request(SUCCESS).await;
        let (id, order) = (shop.customer, shop.order);
        let denied = [
            shop.service().authorise(&customer, request).await.map(drop),
            shop.service().capture(&customer, id, order).await.map(drop),
            shop.service().resolve(&customer, id, order).await.map(drop),
            shop.service().undo(&customer, id, order, String::new()).await.map(drop),
            shop.service().refund(&customer, shop.refund_of(1)).await.map(drop),
            shop.service().audit(&customer).await.map(drop),
        ];
        assert!(denied.iter().all(is_denied), "{denied:?}");
        assert!(shop.intents().await.is_empty());
    }
}

#[tokio::test]
async fn intents_are_for_their_customer_and_for_staff() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        let see = async |actor: Actor| {
            let cx = shop.cx_of(actor);
            shop.service().intents(&cx, shop.customer, shop.order).await.map(|intents| intents.len())
        };
        assert_eq!(see(Actor::person(shop.customer, souk_types::Permissions::NONE)).await, Ok(1));
        assert_eq!(see(Actor::person("stf_1", permission::ORDERS_READ)).await, Ok(1));
        assert!(is_denied(&see(Actor::person("cus_1", souk_types::Permissions::NONE)).await.map(drop)));
        assert!(is_denied(&see(Actor::ANONYMOUS).await.map(drop)));
    }
}

fn is_denied(outcome: &Result<(), Error>) -> bool {
    outcome.as_ref().is_err_and(|error| error.kind() == ErrorKind::Denied)
}
