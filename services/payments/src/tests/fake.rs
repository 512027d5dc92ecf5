//! A gateway that does what a test tells it to: loses calls and answers, refuses, changes its mind.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use souk_contracts::{
    RefundId,
    payments::{ClientConfig, Method},
};
use souk_types::{Cx, Fault, Money};

use crate::{
    domain::{Charge, ChargeKey, ChargeStatus},
    gateways::{Answer, Found, Gateway, NewCharge, RefundAnswer, WebhookRefusal},
};

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    Good,
    /// The call never gets there.
    CallLost,
    /// The call is done, and its answer gets lost.
    AnswerLost,
    /// The gateway says no.
    Refused,
}

#[derive(Default)]
pub struct FakeGateway {
    charges: Mutex<HashMap<ChargeKey, Charge>>,
    refunds: Mutex<HashMap<RefundId, i64>>,
    /// The luck of the next calls that move money; afterwards it is good.
    pub luck: Mutex<VecDeque<Luck>>,
    /// Calls that arrived, by name.
    pub calls: Mutex<Vec<&'static str>>,
}

impl FakeGateway {
    pub fn next(&self, luck: &[Luck]) {
        lock(&self.luck).extend(luck);
    }

    pub fn count(&self, name: &str) -> usize {
        lock(&self.calls).iter().filter(|call| **call == name).count()
    }

    pub fn charge(&self, key: ChargeKey) -> Option<Charge> {
        lock(&self.charges).get(&key).cloned()
    }

    pub fn set(&self, key: ChargeKey, change: impl FnOnce(&mut Charge)) {
        let mut charges = lock(&self.charges);
        let charge = charges.get_mut(&key).unwrap();
        change(charge);
        charge.revision += 1;
    }

    fn luck(&self) -> Luck {
        lock(&self.luck).pop_front().unwrap_or(Luck::Good)
    }

    fn told(&self, key: ChargeKey, luck: Luck) -> Answer {
        match self.charge(key) {
            Some(charge) if luck != Luck::AnswerLost => Answer::Charge(charge),
            _ => Answer::Unknown { why: "lost".to_owned() },
        }
    }

    fn change(&self, key: ChargeKey, name: &'static str, change: impl FnOnce(&mut Charge)) -> Answer {
        let luck = self.luck();
        if luck == Luck::CallLost {
            return Answer::Unknown { why: "lost".to_owned() };
        }
        lock(&self.calls).push(name);
        self.set(key, change);
        self.told(key, luck)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Gateway for FakeGateway {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn methods(&self) -> Vec<Method> {
        Vec::new()
    }

    fn client_config(&self, methods: Vec<Method>) -> ClientConfig {
        ClientConfig {
            gateway: "fake".to_owned(),
            sandbox: true,
            tokenise_url: String::new(),
            hosted_page_url: String::new(),
            methods,
        }
    }

    async fn authorise(&self, _cx: &Cx, charge: &NewCharge) -> Answer {
        let luck = self.luck();
        if luck == Luck::CallLost {
            return Answer::Unknown { why: "lost".to_owned() };
        }
        lock(&self.calls).push("authorise");
        let status = match luck {
            Luck::Refused => ChargeStatus::Declined { code: "no".to_owned(), reason: "no".to_owned() },
            _ if charge.capture => ChargeStatus::Captured,
            _ => ChargeStatus::Authorised,
        };
        lock(&self.charges).entry(charge.key).or_insert_with(|| Charge {
            key: charge.key,
            reference: charge.key.to_string(),
            revision: 1,
            amount: charge.amount,
            captured_minor: if status == ChargeStatus::Captured { charge.amount.minor } else { 0 },
            status,
            refunded_minor: 0,
            instrument: "Visa •••• 4242".to_owned(),
        });
        self.told(charge.key, luck)
    }

    async fn capture(&self, _cx: &Cx, key: ChargeKey) -> Answer {
        self.change(key, "capture", |charge| {
            charge.status = ChargeStatus::Captured;
            charge.captured_minor = charge.amount.minor;
        })
    }

    async fn void(&self, _cx: &Cx, key: ChargeKey) -> Answer {
        self.change(key, "void", |charge| charge.status = ChargeStatus::Voided)
    }

    async fn refund(&self, _cx: &Cx, key: ChargeKey, refund: RefundId, amount: Money) -> RefundAnswer {
        let luck = self.luck();
        match luck {
            Luck::CallLost => return RefundAnswer::Unknown { why: "lost".to_owned() },
            Luck::Refused => return RefundAnswer::Refused { code: "no".to_owned(), reason: "no".to_owned() },
            Luck::Good | Luck::AnswerLost => {}
        }
        lock(&self.calls).push("refund");
        if lock(&self.refunds).insert(refund, amount.minor).is_none() {
            self.set(key, |charge| charge.refunded_minor += amount.minor);
        }
        match luck {
            Luck::AnswerLost => RefundAnswer::Unknown { why: "lost".to_owned() },
            _ => RefundAnswer::Given,
        }
    }

    async fn query(&self, _cx: &Cx, key: ChargeKey) -> Found {
        lock(&self.calls).push("query");
        self.charge(key).map_or(Found::NeverHeard, Found::Charge)
    }

    fn webhook(&self, _headers: &BTreeMap<String, String>, _body: &[u8]) -> Result<Charge, WebhookRefusal> {
        lock(&self.charges).values().next().cloned().ok_or(WebhookRefusal::BadSignature)
    }

    async fn list(&self, _cx: &Cx, after: Option<String>, limit: u32) -> Result<Vec<Charge>, Fault> {
        let mut charges: Vec<_> = lock(&self.charges).values().cloned().collect();
        charges.sort_by(|one, other| one.reference.cmp(&other.reference));
        charges.retain(|charge| after.as_ref().is_none_or(|after| charge.reference > *after));
        charges.truncate(usize::try_from(limit).unwrap());
        Ok(charges)
    }
}
