//! Orders against payments.

use std::collections::BTreeMap;

use souk_contracts::{
    CustomerId, OrderId,
    orders::{Lifecycle, OrderBooks, OrderMoney},
    payments::{IntentBooks, IntentState},
};
use souk_types::Money;

use super::Report;

/// Every order's money, and what its payments come to.
#[derive(Default)]
pub struct MoneyBooks(BTreeMap<OrderId, Standing>);

struct Standing {
    customer: CustomerId,
    lifecycle: Lifecycle,
    total: Money,
    told: OrderMoney,
    paid: Paid,
}

/// Minor units.
#[derive(Default, PartialEq, Eq)]
struct Paid {
    /// At the bank and not taken.
    set_aside: i64,
    authorised: i64,
    captured: i64,
    refunded: i64,
}

impl MoneyBooks {
    /// Notes what an order says.
    pub fn expect(&mut self, order: &OrderBooks) {
        let (customer, lifecycle) = (order.customer, order.lifecycle);
        let standing = Standing { customer, lifecycle, total: order.total, told: order.money, paid: Paid::default() };
        self.0.insert(order.id, standing);
    }

    /// Counts an intent towards its order. Invariant: every payment belongs to an order of its customer.
    pub fn meet(&mut self, intent: &IntentBooks, report: &mut Report) {
        let IntentBooks { order, attempt, captured, refunded, .. } = intent;
        let Some(standing) = self.0.get_mut(order) else {
            report.add(format!(
                "payment {order}:{attempt}: there is no such order; {captured} captured, {refunded} given back"
            ));
            return;
        };
        if standing.customer != intent.customer {
            report.add(format!("payment {order}:{attempt}: its order is another customer's"));
        }
        if standing.total.currency != intent.amount.currency {
            report.add(format!("payment {order}:{attempt}: it is not in its order's currency"));
        }
        let paid = &mut standing.paid;
        if intent.state == IntentState::Authorised {
            paid.set_aside += intent.amount.minor;
        }
        if matches!(intent.state, IntentState::Authorised | IntentState::Captured) {
            paid.authorised += intent.amount.minor;
        }
        paid.captured += captured.minor;
        paid.refunded += refunded.minor;
    }

    /// Says what does not agree when all intents were met.
    pub fn close(&self, report: &mut Report) {
        for (order, standing) in &self.0 {
            if let Some(problem) = order_money_is_its_payments(standing) {
                report.add(format!("order {order}: {problem}"));
            }
        }
    }
}

/// Invariant: an order's money is the sum of its payments; a placed order is paid exactly once, an ended one keeps
/// nothing.
fn order_money_is_its_payments(order: &Standing) -> Option<String> {
    let Paid { set_aside, authorised, captured, refunded } = order.paid;
    let told = order.told;
    if (authorised, captured, refunded) != (told.authorised.minor, told.captured.minor, told.refunded.minor) {
        return Some(format!(
            "it knows of {} authorised, {} captured and {} refunded, payments of {authorised}, {captured} and \
             {refunded} minor units",
            told.authorised, told.captured, told.refunded
        ));
    }
    match order.lifecycle {
        Lifecycle::Placed | Lifecycle::OnHold | Lifecycle::Closed if captured > order.total.minor => {
            Some(format!("{} is its total, {captured} minor units were taken", order.total))
        }
        Lifecycle::Cancelled | Lifecycle::Expired if captured != refunded => {
            Some(format!("it ended, and {} minor units are kept", captured - refunded))
        }
        Lifecycle::Cancelled | Lifecycle::Expired if set_aside != 0 => {
            Some(format!("it ended, and {set_aside} minor units are set aside at the bank"))
        }
        _ => None,
    }
}
