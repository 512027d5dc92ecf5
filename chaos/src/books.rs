//! What must hold, whatever happens.

use std::{
    cell::Cell,
    collections::BTreeMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use serde_json::Value;
use souk_bench::client::Client;
use tokio::{task::LocalSet, time::sleep};

use crate::market::{Bought, HOT_STOCK, PLENTY};

/// How long what was begun may take until it is finished: longer than orders stand still until they are taken up again.
pub(crate) const BOOKS_WITHIN: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Orders that are asked for at the same time.
const ASKED_AT_ONCE: usize = 8;
/// Broken rules of one kind that are told.
const TOLD_MAX: usize = 5;

/// Orders for which the bank has taken money more than once, and how often. A charge is known by order and attempt.
pub(crate) const PAID_TWICE: &str = "SELECT split_part(idempotency_key, ':', 1), count(*)
    FROM souk_sandbox_gateway.charges WHERE captured_minor > refunded_minor GROUP BY 1 HAVING count(*) > 1";

/// What an order must have come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It is there and paid, exactly.
    Paid,
    /// Its parcel has arrived, too.
    Delivered,
}

impl Wanted {
    /// One that was promised must be so; one that the shopper was told to wait for may also have ended, when nothing
    /// was left, with no money kept.
    fn is_met(self, promised: bool, order: &Value) -> bool {
        let is = |field: &str, words: &[&str]| order[field].as_str().is_some_and(|word| words.contains(&word));
        let given_up = is("lifecycle", &["cancelled", "expired"]) && is("payment", &["none", "voided", "refunded"]);
        if given_up && !promised {
            return true;
        }
        let paid = is("lifecycle", &["placed", "closed"]) && is("payment", &["paid"]);
        paid && (self == Self::Paid || is("fulfilment", &["delivered"]))
    }
}

/// Asks for every order until it has come to what is wanted; tells of those that have not.
pub(crate) async fn orders_come_to(address: SocketAddr, bought: &[Bought], wanted: Wanted) -> Vec<String> {
    let (local, next, begun) = (LocalSet::new(), Rc::new(Cell::new(0)), Instant::now());
    let bought: Rc<[Bought]> = bought.into();
    let askers: Vec<_> = (0..ASKED_AT_ONCE)
        .map(|_| {
            let (next, bought) = (Rc::clone(&next), Rc::clone(&bought));
            local.spawn_local(async move {
                let (mut client, mut problems) = (Client::new(address), Vec::new());
                while let Some(one) = bought.get(next.replace(next.get() + 1)) {
                    problems.extend(comes_to(&mut client, one, wanted, begun).await.err());
                }
                problems
            })
        })
        .collect();
    local.await;
    let mut problems = Vec::new();
    for asker in askers {
        match asker.await {
            Ok(found) => problems.extend(found.iter().map(|problem| format!("{problem:#}"))),
            Err(error) => problems.push(format!("who asked for orders broke off: {error}")),
        }
    }
    shortened(problems)
}

async fn comes_to(client: &mut Client, one: &Bought, wanted: Wanted, begun: Instant) -> Result<()> {
    let path = format!("/orders/{}?key={}", one.order.number, one.order.access_key);
    loop {
        let found = match client.get(&path, "application/json").await {
            Ok(answer) => format!("{} {}", answer.status, answer.text_all()),
            Err(error) => format!("{error:#}"),
        };
        let order = found.split_once('{').and_then(|(_, rest)| serde_json::from_str(&format!("{{{rest}")).ok());
        if order.as_ref().is_some_and(|order| wanted.is_met(is_promised(one), order)) {
            return Ok(());
        }
        let told: String = found.chars().take(300).collect();
        ensure!(
            begun.elapsed() < BOOKS_WITHIN,
            "order {} was acknowledged, and is not {wanted:?}: {told}",
            one.order.number
        );
        sleep(ASK_EVERY).await;
    }
}

fn is_promised(one: &Bought) -> bool {
    one.order.state == "placed"
}

/// Of no hot thing are more pieces promised than there were, and no order is promised to two.
pub(crate) fn nothing_is_oversold(bought: &[Bought]) -> Vec<String> {
    let (mut pieces, mut numbers) = (BTreeMap::<&str, u32>::new(), BTreeMap::<&str, usize>::new());
    for one in bought {
        *numbers.entry(&one.order.number).or_default() += 1;
        if one.sku != PLENTY && is_promised(one) {
            *pieces.entry(&one.sku).or_default() += 1;
        }
    }
    let twice = numbers.iter().filter(|(_, times)| **times > 1);
    let over = pieces.iter().filter(|(_, pieces)| **pieces > HOT_STOCK);
    let twice = twice.map(|(number, times)| format!("order {number} was promised to {times} shoppers"));
    let over = over.map(|(sku, pieces)| format!("{pieces} of {sku} were sold, and there were {HOT_STOCK}"));
    shortened(over.chain(twice).collect())
}

fn shortened(mut problems: Vec<String>) -> Vec<String> {
    let more = problems.len().saturating_sub(TOLD_MAX);
    problems.truncate(TOLD_MAX);
    problems.extend((more > 0).then(|| format!("… and {more} more")));
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use souk_bench::shopper::Acknowledged;

    use super::*;

    fn bought(number: usize, sku: &str) -> Bought {
        let order = Acknowledged { number: number.to_string(), access_key: String::new(), state: "placed".to_owned() };
        Bought { order, sku: sku.to_owned() }
    }

    #[test]
    fn one_piece_too_many_is_told_of() {
        let stock = usize::try_from(HOT_STOCK).unwrap();
        let mut all: Vec<Bought> = (0..stock).map(|number| bought(number, "HOT-1")).collect();
        all.extend((stock..3 * stock).map(|number| bought(number, PLENTY)));
        assert_eq!(nothing_is_oversold(&all), [""; 0]);
        all.push(bought(3 * stock, "HOT-1"));
        assert_eq!(nothing_is_oversold(&all).len(), 1);
        all.push(bought(3 * stock, PLENTY));
        assert_eq!(nothing_is_oversold(&all).len(), 2);
    }

    #[test]
    fn only_what_is_paid_exactly_is_paid() {
        let order = |lifecycle: &str, payment: &str| json!({ "lifecycle": lifecycle, "payment": payment });
        let is = |wanted: Wanted, lifecycle, payment| wanted.is_met(true, &order(lifecycle, payment));
        assert!(is(Wanted::Paid, "placed", "paid") && is(Wanted::Paid, "closed", "paid"));
        assert!(!is(Wanted::Delivered, "placed", "paid"));
        for (lifecycle, payment) in [("placed", "overpaid"), ("placed", "pending"), ("cancelled", "refunded")] {
            assert!(!is(Wanted::Paid, lifecycle, payment), "{lifecycle} {payment}");
        }
        assert!(Wanted::Delivered.is_met(false, &order("cancelled", "refunded")));
        assert!(!Wanted::Paid.is_met(false, &order("cancelled", "paid")));
    }
}
