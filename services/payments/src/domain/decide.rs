use souk_contracts::{
    RefundId,
    payments::{IntentState, Refund, RefundState},
};
use souk_types::Timestamp;

use super::{Charge, ChargeStatus, Failure, Goal, Intent};

/// What may be asked of an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The gateway says how the charge stands: its answer to a call, to a question, or a webhook.
    Report(Charge),
    /// The gateway is sure that it never heard of the charge, and nobody wants it any more.
    NeverArrived,
    /// The money is to be taken.
    Capture,
    /// The shopper is to keep or get back the money.
    Undo,
    /// A part of the money is to be given back.
    Refund { refund: RefundId, minor: i64, reason: String },
    /// The gateway has given the money of a refund back, or has refused to.
    RefundAnswered { refund: RefundId, given: bool },
}

/// What happened to an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Seen { reference: String, revision: i64, instrument: String },
    GoalSet(Goal),
    ActionRequired { url: String },
    Authorised,
    Captured { minor: i64 },
    Failed(Failure),
    Voided,
    RefundAsked { refund: RefundId, minor: i64, reason: String },
    Refunded { refund: RefundId, minor: i64 },
    RefundRefused { refund: RefundId, minor: i64 },
}

impl Change {
    /// Says whether others are to be told.
    pub const fn is_public(&self) -> bool {
        !matches!(self, Self::Seen { .. } | Self::GoalSet(_))
    }

    /// Says whether the intent came nearer to its goal by it, so that the next step need not wait long.
    pub const fn is_progress(&self) -> bool {
        !matches!(self, Self::Seen { .. } | Self::RefundAsked { .. } | Self::RefundRefused { .. })
    }
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The gateway speaks of another amount than was asked for.
    WrongAmount { said: String },
    /// More than this cannot be given back.
    RefundTooLarge { refundable_minor: i64 },
    /// A refund of this id was asked for another amount.
    OtherRefund,
}

/// Decides what a command changes. What has happened already changes nothing.
pub fn decide(intent: &Intent, command: &Command) -> Result<Vec<Change>, Refusal> {
    Ok(match command {
        Command::Report(charge) => return report(intent, charge),
        Command::NeverArrived if intent.state == IntentState::Processing => {
            vec![Change::Failed(Failure {
                code: "never_arrived".to_owned(),
                reason: "the payment did not reach the bank; nothing was taken".to_owned(),
            })]
        }
        Command::Capture
            if intent.goal == Goal::Hold
                && !matches!(intent.state, IntentState::Captured | IntentState::Failed | IntentState::Voided) =>
        {
            vec![Change::GoalSet(Goal::Capture)]
        }
        Command::Undo if intent.goal != Goal::Undo => vec![Change::GoalSet(Goal::Undo)],
        Command::NeverArrived | Command::Capture | Command::Undo => Vec::new(),
        Command::Refund { refund, minor, reason } => return ask_refund(intent, *refund, *minor, reason),
        Command::RefundAnswered { refund, given } => {
            let open = intent.refunds.iter().find(|known| known.id == *refund && known.state == RefundState::Pending);
            match (open.map(|open| open.amount.minor), given) {
                (Some(minor), true) => vec![Change::Refunded { refund: *refund, minor }],
                (Some(minor), false) => vec![Change::RefundRefused { refund: *refund, minor }],
                (None, _) => Vec::new(),
            }
        }
    })
}

fn report(intent: &Intent, charge: &Charge) -> Result<Vec<Change>, Refusal> {
    use IntentState::{Authorised, Captured, Failed, Voided};
    let captured = charge.status == ChargeStatus::Captured;
    let possible = if captured { 1..=intent.amount.minor } else { 0..=intent.amount.minor };
    if charge.amount != intent.amount || !possible.contains(&charge.captured_minor) {
        return Err(Refusal::WrongAmount { said: charge.amount.to_string() });
    }
    if charge.revision <= intent.revision {
        return Ok(Vec::new());
    }
    let mut changes = vec![Change::Seen {
        reference: charge.reference.clone(),
        revision: charge.revision,
        instrument: charge.instrument.clone(),
    }];
    // What is captured stays captured: it goes back by refunds only.
    let next = match (&charge.status, intent.state) {
        (_, Captured) | (ChargeStatus::Pending, _) => None,
        (ChargeStatus::ActionRequired { url }, _) => Some(Change::ActionRequired { url: url.clone() }),
        (ChargeStatus::Authorised, state) => (state != Authorised).then_some(Change::Authorised),
        (ChargeStatus::Captured, _) => Some(Change::Captured { minor: charge.captured_minor }),
        (ChargeStatus::Declined { .. } | ChargeStatus::Voided, Failed | Voided) => None,
        (ChargeStatus::Declined { .. }, Authorised) | (ChargeStatus::Voided, _) => Some(Change::Voided),
        (ChargeStatus::Declined { code, reason }, _) => {
            Some(Change::Failed(Failure { code: code.clone(), reason: reason.clone() }))
        }
    };
    let brings_money = matches!(next, Some(Change::Authorised | Change::Captured { .. }));
    let opens_again = matches!(intent.state, Failed | Voided) && matches!(next, Some(Change::ActionRequired { .. }));
    if (brings_money || opens_again) && intent.unwanted.is_some() && intent.goal != Goal::Undo {
        changes.push(Change::GoalSet(Goal::Undo));
    }
    changes.extend(next);
    Ok(changes)
}

fn ask_refund(intent: &Intent, refund: RefundId, minor: i64, reason: &str) -> Result<Vec<Change>, Refusal> {
    if let Some(known) = intent.refunds.iter().find(|known| known.id == refund) {
        return if known.amount.minor == minor { Ok(Vec::new()) } else { Err(Refusal::OtherRefund) };
    }
    let refundable_minor = intent.refundable_minor();
    if minor <= 0 || minor > refundable_minor {
        return Err(Refusal::RefundTooLarge { refundable_minor });
    }
    Ok(vec![Change::RefundAsked { refund, minor, reason: reason.to_owned() }])
}

/// The intent after a change.
pub fn evolve(intent: &mut Intent, change: &Change, now: Timestamp) {
    match change {
        Change::Seen { reference, revision, instrument } => {
            intent.reference = Some(reference.clone());
            intent.revision = *revision;
            intent.instrument.clone_from(instrument);
        }
        Change::GoalSet(goal) => intent.goal = *goal,
        Change::ActionRequired { url } => {
            settle(intent, IntentState::ActionRequired, None);
            intent.action_url = Some(url.clone());
        }
        Change::Authorised => settle(intent, IntentState::Authorised, None),
        Change::Captured { minor } => {
            settle(intent, IntentState::Captured, None);
            intent.captured_minor = *minor;
            intent.late = intent.goal == Goal::Undo;
        }
        Change::Failed(failure) => settle(intent, IntentState::Failed, Some(failure.clone())),
        Change::Voided => settle(intent, IntentState::Voided, None),
        Change::RefundAsked { refund, minor, reason } => {
            intent.refunding_minor += minor;
            let amount = intent.money(*minor);
            intent.refunds.push(Refund {
                id: *refund,
                amount,
                state: RefundState::Pending,
                reason: reason.clone(),
                created_at: now,
            });
        }
        Change::Refunded { refund, minor } => {
            intent.refunding_minor -= minor;
            intent.refunded_minor += minor;
            settle_refund(intent, *refund, RefundState::Succeeded);
        }
        Change::RefundRefused { refund, minor } => {
            intent.refunding_minor -= minor;
            settle_refund(intent, *refund, RefundState::Failed);
        }
    }
}

fn settle(intent: &mut Intent, state: IntentState, failure: Option<Failure>) {
    intent.state = state;
    intent.failure = failure;
    intent.action_url = None;
}

fn settle_refund(intent: &mut Intent, refund: RefundId, state: RefundState) {
    for known in intent.refunds.iter_mut().filter(|known| known.id == refund) {
        known.state = state;
    }
}
