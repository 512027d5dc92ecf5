//! Brings intents nearer to their goal: asks the gateway, writes its answer down, and so on until nothing is left to
//! do or the gateway does not answer. Then the sweep goes on later.

use std::{future::Future, time::Duration};

use souk_contracts::{
    CustomerId, OrderId, RefundId,
    payments::{Error, IntentState},
};
use souk_store::Tx;
use souk_types::{Cx, Fault, failpoint};

use crate::{
    domain::{Charge, ChargeKey, Command, Goal, Intent, Step, next_step},
    gateways::{
        Answer, Found, NewCharge, RefundAnswer,
        call::{Said, timed},
    },
    recording::{self, carry_out},
    service::Service,
    store,
};

/// How long a charge that the gateway does not know may still be on its way there.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);
/// Steps of one intent in one go: more than any way to a goal needs.
const STEPS_MAX: usize = 8;

impl Service {
    /// Takes steps until nothing is left to do or an answer is missing.
    pub(crate) async fn advance(&self, cx: &Cx, mut intent: Intent) -> Result<Intent, Error> {
        for _ in 0..STEPS_MAX {
            let version = intent.version;
            let step = next_step(&intent);
            intent = match step {
                Step::Rest => return Ok(intent),
                Step::Ask => self.ask(cx, intent).await?,
                Step::Capture => {
                    let answer = self.called(cx, "capture", self.gateway.capture(cx, intent.key)).await;
                    self.take_answer(cx, intent, answer).await?
                }
                Step::Void => {
                    let answer = self.called(cx, "void", self.gateway.void(cx, intent.key)).await;
                    self.take_answer(cx, intent, answer).await?
                }
                Step::GiveBack { minor } => {
                    let reason = intent.unwanted.clone().unwrap_or_else(|| "the payment was undone".to_owned());
                    let refund = RefundId::generate(self.store.env());
                    self.command(cx, intent.key, Command::Refund { refund, minor, reason }).await?
                }
                Step::Refund { refund, minor } => match self.give_back(cx, intent, refund, minor).await? {
                    (intent, true) => intent,
                    (intent, false) => return Ok(intent),
                },
            };
            if intent.version == version {
                return Ok(intent);
            }
        }
        tracing::error!(payment = %intent.id, "a payment takes more steps than it should");
        Ok(intent)
    }

    /// Asks the gateway for the money. The intent must be recorded before.
    pub(crate) async fn authorise_at_gateway(&self, cx: &Cx, intent: Intent) -> Result<Intent, Error> {
        let charge = NewCharge {
            key: intent.key,
            amount: intent.amount,
            token: intent.token.clone(),
            capture: intent.goal == Goal::Capture,
            return_path: intent.return_path.clone(),
        };
        let answer = self.called(cx, "authorise", self.gateway.authorise(cx, &charge)).await;
        failpoint("payments.gateway_answered");
        let intent = self.take_answer(cx, intent, answer).await?;
        failpoint("payments.answered");
        Ok(intent)
    }

    /// Asks how a charge stands and books it. What never arrived is sent again under the same key, as long as it is
    /// wanted.
    pub(crate) async fn ask(&self, cx: &Cx, intent: Intent) -> Result<Intent, Error> {
        let found = self.timed(cx, "query", self.gateway.query(cx, intent.key)).await;
        match found.unwrap_or_else(|| Found::Unknown { why: "no answer in time".to_owned() }) {
            Found::Charge(charge) => self.book(cx, intent, charge).await,
            Found::Unknown { why } => {
                tracing::debug!(payment = %intent.id, why, "the gateway does not say how a payment stands");
                Ok(intent)
            }
            Found::NeverHeard if intent.state != IntentState::Processing => {
                tracing::error!(payment = %intent.id, "the gateway does not know a payment that it answered before");
                Ok(intent)
            }
            Found::NeverHeard if intent.unwanted.is_none() && intent.goal != Goal::Undo => {
                self.authorise_at_gateway(cx, intent).await
            }
            Found::NeverHeard if self.store.env().now() > intent.created_at + ARRIVAL_MAX => {
                self.command(cx, intent.key, Command::NeverArrived).await
            }
            Found::NeverHeard => Ok(intent),
        }
    }

    /// Sets the goal of all of an order's intents, and goes for it.
    pub(crate) async fn pursue(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        command: Command,
    ) -> Result<Vec<Intent>, Error> {
        let intents = self.store.write(cx, move |tx| command_all(tx, customer, order, &command)).await?;
        self.advance_all(cx, intents).await
    }

    pub(crate) async fn advance_all(&self, cx: &Cx, intents: Vec<Intent>) -> Result<Vec<Intent>, Error> {
        let mut advanced = Vec::with_capacity(intents.len());
        for intent in intents {
            advanced.push(self.advance(cx, intent).await?);
        }
        Ok(advanced)
    }

    pub(crate) async fn command(&self, cx: &Cx, key: ChargeKey, command: Command) -> Result<Intent, Error> {
        self.store.write(cx, move |tx| carry_out(tx, key, None, &command)).await
    }

    /// Does one refund at the gateway; says whether it was given.
    async fn give_back(&self, cx: &Cx, intent: Intent, refund: RefundId, minor: i64) -> Result<(Intent, bool), Error> {
        let call = self.gateway.refund(cx, intent.key, refund, intent.money(minor));
        let given = match self.timed(cx, "refund", call).await {
            Some(RefundAnswer::Given) => true,
            Some(RefundAnswer::Refused { code, reason }) => {
                tracing::error!(payment = %intent.id, %refund, code, reason, "the gateway refuses a refund");
                false
            }
            Some(RefundAnswer::Unknown { .. }) | None => return Ok((intent, false)),
        };
        let changed = self.command(cx, intent.key, Command::RefundAnswered { refund, given }).await?;
        Ok((changed, given))
    }

    async fn take_answer(&self, cx: &Cx, intent: Intent, answer: Answer) -> Result<Intent, Error> {
        match answer {
            Answer::Charge(charge) => self.book(cx, intent, charge).await,
            Answer::Unknown { why } => {
                tracing::debug!(payment = %intent.id, why, "the outcome of a call to the gateway is not known");
                Ok(intent)
            }
        }
    }

    async fn book(&self, cx: &Cx, intent: Intent, charge: Charge) -> Result<Intent, Error> {
        let command = Command::Report(charge);
        self.store.write(cx, move |tx| carry_out(tx, intent.key, Some(&intent), &command)).await
    }

    async fn called(&self, cx: &Cx, call: &'static str, work: impl Future<Output = Answer>) -> Answer {
        self.timed(cx, call, work).await.unwrap_or_else(|| Answer::Unknown { why: "no answer in time".to_owned() })
    }

    async fn timed<T: Said>(&self, cx: &Cx, call: &'static str, work: impl Future<Output = T>) -> Option<T> {
        timed(cx, self.gateway.name(), call, work).await
    }
}

/// Carries out a command on all of an order's intents.
pub(crate) fn command_all(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    order: OrderId,
    command: &Command,
) -> Result<Vec<Intent>, Error> {
    let intents = store::intents(tx, customer, order)?;
    intents.iter().map(|intent| recording::carry_out(tx, intent.key, Some(intent), command)).collect()
}

/// A failure of this service as the one that consumers and sweeps know.
pub(crate) fn as_fault(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        other => Fault::internal(other),
    }
}
