//! Payments over a gateway that misbehaves, on every engine.

mod fake;

use std::{sync::Arc, time::Duration};

use fake::{FakeGateway, Luck};
use souk_contracts::{
    CustomerId, OrderId, RefundId,
    catalog::Blob,
    payments::{Authorise, Intent, IntentState, Payments, RefundRequest, RefundState, Webhook},
};
use souk_settings::SettingsStore;
use souk_store::testing::{TestEngine, engines};
use souk_types::{Actor, Currency, Cx, Env, ManualClock, Money, SeededEntropy, TraceId};

use crate::{
    METHODS, SCHEMA,
    domain::{ChargeKey, ChargeStatus},
    jobs,
    service::Service,
};

struct Books {
    service: Arc<Service>,
    gateway: Arc<FakeGateway>,
    clock: Arc<ManualClock>,
    env: Env,
    key: ChargeKey,
    _engine: TestEngine,
}

async fn books() -> Vec<Books> {
    let mut all = Vec::new();
    for engine in engines() {
        let clock = Arc::new(ManualClock::default());
        let env = Env::new(Arc::clone(&clock) as _, Arc::new(SeededEntropy::new(3)));
        let store = engine.open(&SCHEMA, env.clone()).await;
        let gateway = Arc::new(FakeGateway::default());
        let service = Arc::new(Service {
            methods: SettingsStore::new(store.clone(), METHODS, Vec::new()),
            store,
            gateway: Arc::clone(&gateway) as _,
        });
        let key = ChargeKey { customer: CustomerId::generate(&env), order: OrderId::generate(&env), attempt: 1 };
        all.push(Books { service, gateway, clock, env, key, _engine: engine });
    }
    all
}

impl Books {
    fn cx(&self) -> Cx {
        Cx::new(Actor::service("orders"), Duration::from_secs(30), TraceId::from_bits(1))
    }

    async fn pay(&self, capture: bool) -> Intent {
        self.try_pay(1, capture).await.unwrap()
    }

    async fn try_pay(&self, attempt: u32, capture: bool) -> Result<Intent, souk_contracts::payments::Error> {
        let request = Authorise {
            customer: self.key.customer,
            order: self.key.order,
            attempt,
            amount: Money::new(1_000, Currency::EUR),
            token: "tok".to_owned(),
            capture,
            return_path: "/".to_owned(),
        };
        self.service.authorise(&self.cx(), request).await
    }

    async fn end(&self) -> Vec<Intent> {
        let reason = "called off".to_owned();
        self.service.undo(&self.cx(), self.key.customer, self.key.order, reason).await.unwrap()
    }

    async fn intents(&self) -> Vec<Intent> {
        self.service.intents(&self.cx(), self.key.customer, self.key.order).await.unwrap()
    }

    async fn refund(&self, refund: RefundId, minor: i64) -> souk_contracts::payments::Refund {
        let request = RefundRequest {
            refund,
            customer: self.key.customer,
            order: self.key.order,
            amount: Money::new(minor, Currency::EUR),
            reason: "returned".to_owned(),
        };
        self.service.refund(&self.cx(), request).await.unwrap()
    }

    async fn sweep_after(&self, secs: u64) {
        self.clock.advance(Duration::from_secs(secs));
        for periodic in jobs::periodics(&self.service) {
            periodic.sweep.run(&self.cx()).await.unwrap();
        }
    }

    /// The gateway tells how the charge stands.
    async fn webhook(&self) {
        let webhook = Webhook { gateway: "fake".to_owned(), headers: Default::default(), body: Blob(Vec::new()) };
        self.service.webhook(&self.cx(), webhook).await.unwrap();
    }

    /// Whatever happened: one intent, no finding, and the gateway has taken and given what we say.
    async fn is_sound(&self) -> Intent {
        assert_eq!(self.service.audit(&self.cx()).await.unwrap(), Vec::<String>::new());
        let [intent] = self.intents().await.try_into().unwrap();
        intent
    }
}

#[tokio::test]
async fn a_call_that_never_arrived_is_sent_again_under_the_same_key() {
    for books in books().await {
        books.gateway.next(&[Luck::CallLost]);
        assert_eq!(books.pay(true).await.state, IntentState::Processing);
        books.sweep_after(9).await;
        assert_eq!(books.gateway.count("query"), 0, "whoever began is given time");
        books.sweep_after(2).await;
        assert_eq!(books.is_sound().await.state, IntentState::Captured);
        assert_eq!(books.gateway.count("authorise"), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_and_not_charged_again() {
    for books in books().await {
        books.gateway.next(&[Luck::AnswerLost]);
        assert_eq!(books.pay(true).await.state, IntentState::Processing);
        assert_eq!(books.pay(true).await.state, IntentState::Captured, "asking again finds the charge");
        books.is_sound().await;
        assert_eq!(books.gateway.count("authorise"), 1);
    }
}

#[tokio::test]
async fn questions_become_rarer_while_the_gateway_keeps_silent() {
    for books in books().await {
        books.gateway.next(&[Luck::CallLost; 20]);
        books.pay(true).await;
        for _ in 0..300 {
            books.sweep_after(2).await;
        }
        let questions = books.gateway.count("query");
        assert!((4..=7).contains(&questions), "{questions} questions in ten minutes");
        assert_eq!(books.intents().await[0].state, IntentState::Processing, "never guessed");
    }
}

#[tokio::test]
async fn a_call_that_never_arrived_is_given_up_when_its_order_has_ended() {
    for books in books().await {
        books.gateway.next(&[Luck::CallLost]);
        books.pay(true).await;
        books.end().await;
        books.sweep_after(30).await;
        assert_eq!(books.intents().await[0].state, IntentState::Processing, "it may still be on its way");
        books.sweep_after(60).await;
        let intent = books.is_sound().await;
        assert_eq!((intent.state, intent.failure_code.as_deref()), (IntentState::Failed, Some("never_arrived")));
        assert_eq!(books.gateway.count("authorise"), 0);
    }
}

#[tokio::test]
async fn money_that_arrives_after_the_attempt_was_given_up_goes_back() {
    for books in books().await {
        books.gateway.next(&[Luck::AnswerLost]);
        books.pay(true).await;
        let charge = books.gateway.charge(books.key).unwrap();
        books.gateway.set(books.key, |charge| {
            charge.status = ChargeStatus::Declined { code: "no".to_owned(), reason: "no".to_owned() };
            charge.captured_minor = 0;
        });
        books.webhook().await;
        assert_eq!(books.intents().await[0].state, IntentState::Failed);
        books.end().await;
        books.gateway.set(books.key, |now| {
            now.status = charge.status;
            now.captured_minor = charge.captured_minor;
        });
        books.webhook().await;
        let intent = books.is_sound().await;
        assert_eq!((intent.captured.minor, intent.refunded.minor), (1_000, 1_000));
    }
}

#[tokio::test]
async fn money_that_arrives_for_a_second_attempt_too_goes_back() {
    for books in books().await {
        books.gateway.next(&[Luck::Refused]);
        books.pay(true).await;
        // The first attempt was refused and becomes paid after all, when the second one is paid too.
        let late = books.gateway.charge(books.key).unwrap();
        books.gateway.set(books.key, |charge| {
            charge.status = ChargeStatus::Captured;
            charge.captured_minor = 1_000;
        });
        books.try_pay(2, true).await.unwrap();
        assert!(late.revision < books.gateway.charge(books.key).unwrap().revision);
        let intent = {
            let charge = books.gateway.charge(books.key).unwrap();
            let command = crate::domain::Command::Report(charge);
            let intent = books.service.command(&books.cx(), books.key, command).await.unwrap();
            books.service.advance(&books.cx(), intent).await.unwrap()
        };
        assert_eq!((intent.captured_minor, intent.refunded_minor), (1_000, 1_000));
        let kept: Vec<_> = books.intents().await.iter().map(|one| one.captured.minor - one.refunded.minor).collect();
        assert_eq!(kept, [0, 1_000]);
        assert_eq!(books.service.audit(&books.cx()).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_is_finished_by_the_sweep() {
    for luck in [Luck::CallLost, Luck::AnswerLost] {
        for books in books().await {
            books.pay(false).await;
            books.gateway.next(&[luck]);
            let (customer, order) = (books.key.customer, books.key.order);
            let intents = books.service.capture(&books.cx(), customer, order).await.unwrap();
            assert_eq!(intents[0].state, IntentState::Authorised);
            books.sweep_after(11).await;
            assert_eq!(books.is_sound().await.captured.minor, 1_000);
        }
    }
}

#[tokio::test]
async fn an_undo_is_finished_whatever_gets_lost() {
    for capture in [true, false] {
        for luck in [Luck::CallLost, Luck::AnswerLost, Luck::Refused] {
            for books in books().await {
                books.pay(capture).await;
                books.gateway.next(&[luck]);
                books.end().await;
                books.sweep_after(11).await;
                books.sweep_after(60).await;
                let intent = books.is_sound().await;
                assert_eq!(intent.captured, intent.refunded);
                assert_eq!(intent.state, if capture { IntentState::Captured } else { IntentState::Voided });
            }
        }
    }
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_given_once() {
    for luck in [Luck::CallLost, Luck::AnswerLost] {
        for books in books().await {
            books.pay(true).await;
            books.gateway.next(&[luck]);
            let refund = RefundId::generate(&books.env);
            assert_eq!(books.refund(refund, 400).await.state, RefundState::Pending);
            books.sweep_after(11).await;
            let intent = books.is_sound().await;
            assert_eq!((intent.refunded.minor, intent.refunds[0].state), (400, RefundState::Succeeded));
        }
    }
}

#[tokio::test]
async fn a_refund_that_the_gateway_refuses_has_failed_and_frees_its_amount() {
    for books in books().await {
        books.pay(true).await;
        books.gateway.next(&[Luck::Refused]);
        let refused = books.refund(RefundId::generate(&books.env), 1_000).await;
        assert_eq!(refused.state, RefundState::Failed);
        assert_eq!(books.refund(RefundId::generate(&books.env), 1_000).await.state, RefundState::Succeeded);
        books.is_sound().await;
    }
}

#[tokio::test]
async fn a_charge_of_another_amount_is_not_booked() {
    for books in books().await {
        books.gateway.next(&[Luck::AnswerLost]);
        books.pay(true).await;
        books.gateway.set(books.key, |charge| charge.amount = Money::new(1, Currency::EUR));
        books.sweep_after(11).await;
        assert_eq!(books.intents().await[0].state, IntentState::Processing);
    }
}
