//! Writes down what the domain decides: intent, refunds, ledger and event, in the caller's transaction.

use std::time::Duration;

use souk_contracts::payments::{Error, PaymentChanged, RefundState};
use souk_store::Tx;
use souk_types::Fault;

use crate::{
    domain::{self, Change, ChargeKey, Command, Intent, Refusal, Step, invariants},
    store,
};

/// Until then whoever began a step at the gateway is waited for; afterwards the sweep takes it up.
pub const ASK_FIRST: Duration = Duration::from_secs(10);
const ASK_LATER_MAX: Duration = Duration::from_secs(3600);

/// How long to wait before the next question, after this many in vain.
pub fn pause(asks: u32) -> Duration {
    ASK_FIRST.saturating_mul(2_u32.saturating_pow(asks)).min(ASK_LATER_MAX)
}

/// Carries out a command on an intent and gives the intent after it. `known` is what the caller believes the intent
/// to be, and saves reading it when that is still so.
pub fn carry_out(tx: &mut Tx<'_>, key: ChargeKey, known: Option<&Intent>, command: &Command) -> Result<Intent, Error> {
    if let Some(known) = known
        && let Some(after) = record(tx, known, command)?
    {
        return Ok(after);
    }
    let current = load(tx, key)?;
    record(tx, &current, command)?.ok_or_else(|| Fault::conflict("the payment has changed meanwhile").into())
}

pub fn load(tx: &mut Tx<'_>, key: ChargeKey) -> Result<Intent, Fault> {
    let of_order = store::intents(tx, key.customer, key.order)?;
    of_order.into_iter().find(|intent| intent.key == key).ok_or_else(|| Fault::not_found("the payment").because(key))
}

/// `None`: the intent is no more what `before` says.
fn record(tx: &mut Tx<'_>, before: &Intent, command: &Command) -> Result<Option<Intent>, Error> {
    let changes = domain::decide(before, command).map_err(|refusal| refuse(before, refusal))?;
    let mut after = before.clone();
    if changes.is_empty() {
        return Ok(Some(after));
    }
    let now = tx.now();
    let mut journals = Vec::new();
    for change in &changes {
        domain::evolve(&mut after, change, now);
        journals.extend(domain::journal(&after, change));
    }
    debug_assert!(invariants::refunds_within_captured(&after), "{after:?}");
    debug_assert!(invariants::refunds_add_up(&after), "{after:?}");
    debug_assert!(invariants::captured_means_money(&after), "{after:?}");
    debug_assert!(invariants::ledger_balances(&journals), "{journals:?}");
    after.version += 1;
    if changes.iter().any(Change::is_progress) {
        after.asks = 0;
    }
    after.ask_at = (domain::next_step(&after) != Step::Rest).then(|| now + pause(after.asks));
    if !store::save_intent(tx, before, &after)? {
        return Ok(None);
    }
    for change in &changes {
        record_refund(tx, &after, change)?;
    }
    for journal in &journals {
        store::book(tx, after.key, journal)?;
    }
    if changes.iter().any(Change::is_public) {
        tx.emit(&PaymentChanged { intent: after.to_public() })?;
    }
    Ok(Some(after))
}

fn record_refund(tx: &mut Tx<'_>, after: &Intent, change: &Change) -> Result<(), Fault> {
    let key = after.key;
    match change {
        Change::RefundAsked { refund, .. } => {
            let mut asked = after.refunds.iter().filter(|known| known.id == *refund);
            asked.try_for_each(|asked| store::insert_refund(tx, key, asked))
        }
        Change::Refunded { refund, .. } => store::settle_refund(tx, key, *refund, RefundState::Succeeded),
        Change::RefundRefused { refund, .. } => store::settle_refund(tx, key, *refund, RefundState::Failed),
        Change::Seen { .. }
        | Change::GoalSet(_)
        | Change::ActionRequired { .. }
        | Change::Authorised
        | Change::Captured { .. }
        | Change::Failed(_)
        | Change::Voided => Ok(()),
    }
}

fn refuse(intent: &Intent, refusal: Refusal) -> Error {
    match refusal {
        Refusal::RefundTooLarge { refundable_minor } => {
            Error::RefundTooLarge { refundable: intent.money(refundable_minor) }
        }
        Refusal::OtherRefund => Fault::conflict("a refund of this id was asked for another amount").into(),
        Refusal::WrongAmount { said } => {
            Fault::internal(format!("the gateway speaks of {said} for {}, which is over {}", intent.key, intent.amount))
                .into()
        }
    }
}
