use souk_contracts::{RefundId, payments::IntentState};

use super::{Goal, Intent};

/// What is to be done at the gateway so that an intent comes nearer to its goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing, or it is the shopper's turn.
    Rest,
    /// Ask how the charge stands.
    Ask,
    /// Take the money that is set aside.
    Capture,
    /// Let the charge go.
    Void,
    /// Write down a refund of all that is left.
    GiveBack { minor: i64 },
    /// Give back what was written down.
    Refund { refund: RefundId, minor: i64 },
}

/// Follows from the intent alone, so that whoever finds it, after whatever crash, goes on in the same way.
pub fn next_step(intent: &Intent) -> Step {
    match (intent.state, intent.goal) {
        (IntentState::Created | IntentState::Processing, _) => Step::Ask,
        (IntentState::ActionRequired | IntentState::Authorised, Goal::Undo) => Step::Void,
        (IntentState::Authorised, Goal::Capture) => Step::Capture,
        (IntentState::Captured, goal) => match intent.open_refund() {
            Some(open) => Step::Refund { refund: open.id, minor: open.amount.minor },
            None if goal == Goal::Undo && intent.refundable_minor() > 0 => {
                Step::GiveBack { minor: intent.refundable_minor() }
            }
            None => Step::Rest,
        },
        (IntentState::ActionRequired, Goal::Hold | Goal::Capture)
        | (IntentState::Authorised, Goal::Hold)
        | (IntentState::Failed | IntentState::Voided, _) => Step::Rest,
    }
}
