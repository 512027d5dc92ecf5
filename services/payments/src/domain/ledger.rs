use souk_types::{Money, text_enum};

use super::{Change, Intent};

text_enum! {
    /// The chart of accounts.
    pub enum Account {
        /// An asset: what the gateway has taken for us.
        GatewayClearing = "gateway_clearing",
        /// Income: money that was taken for orders.
        Sales = "sales",
        /// Set against income: money given back for orders.
        Refunds = "refunds",
        /// A liability: money that was taken though nobody wanted it any more, until it is given back.
        CustomerFunds = "customer_funds",
    }
}

/// What one change books: the same amount on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Names what is booked, once in an order.
    pub name: String,
    pub debit: Account,
    pub credit: Account,
    pub amount: Money,
}

impl Journal {
    /// The lines, debits positive; they add up to zero.
    pub fn lines(&self) -> [(Account, i64); 2] {
        [(self.debit, self.amount.minor), (self.credit, -self.amount.minor)]
    }
}

/// What a change books; `intent` is as it is after the change. Setting money aside moves none and books nothing.
pub fn journal(intent: &Intent, change: &Change) -> Option<Journal> {
    let attempt = intent.key.attempt;
    let (name, debit, credit, minor) = match change {
        Change::Captured { minor } => {
            let credit = if intent.late { Account::CustomerFunds } else { Account::Sales };
            (format!("{attempt}:capture"), Account::GatewayClearing, credit, *minor)
        }
        Change::Refunded { refund, minor } => {
            let debit = if intent.late { Account::CustomerFunds } else { Account::Refunds };
            (format!("{attempt}:refund:{refund}"), debit, Account::GatewayClearing, *minor)
        }
        Change::Seen { .. }
        | Change::GoalSet(_)
        | Change::ActionRequired { .. }
        | Change::Authorised
        | Change::Failed(_)
        | Change::Voided
        | Change::RefundAsked { .. }
        | Change::RefundRefused { .. } => return None,
    };
    Some(Journal { name, debit, credit, amount: intent.money(minor) })
}
