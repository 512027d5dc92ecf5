//! Decides many reserve requests at once, in the order of their arrival.

use std::collections::HashMap;

use souk_contracts::{
    OrderId,
    inventory::{Shortage, StockLine},
};
use souk_types::Timestamp;

use super::{HoldState, Stock, Take};

/// A wish to set stock aside.
#[derive(Debug, Clone)]
pub struct Request {
    /// For which order.
    pub order: OrderId,
    /// One line a SKU, in the order of the SKUs.
    pub lines: Vec<StockLine>,
    /// Until when.
    pub expires_at: Timestamp,
    /// Who asks.
    pub actor: String,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All lines are set aside, by this request or one before.
    Reserved,
    /// What was set aside has been given back, or the time is up before anything was.
    Gone,
    /// There is not enough; nothing was set aside.
    Short(Vec<Shortage>),
}

/// What an order holds of a SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// What it has come to.
    pub state: HoldState,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// What the orders of a batch hold already.
#[derive(Debug, Clone, Default)]
pub struct Holds(HashMap<(OrderId, String), Hold>);

impl Holds {
    /// Adds a row; of several for one order and SKU, one that is not released counts.
    pub fn add(&mut self, order: OrderId, sku: String, hold: Hold) {
        let known = self.0.entry((order, sku)).or_insert(hold);
        if known.state == HoldState::Released {
            *known = hold;
        }
    }

    /// What an order holds of a SKU; `None` when it never held any.
    pub fn get(&self, order: OrderId, sku: &str) -> Option<Hold> {
        self.0.get(&(order, sku.to_owned())).copied()
    }
}

/// What is to be done for a batch.
#[derive(Debug, Default)]
pub struct Decisions {
    /// The answer to each request.
    pub verdicts: Vec<Verdict>,
    /// What is taken, with the index of the request that takes it.
    pub takes: Vec<(usize, Take)>,
    /// The indexes of the requests that repeat an earlier one, and until when that has to last at least.
    pub extensions: Vec<(usize, Timestamp)>,
}

/// Decides the requests one after the other, each on what those before it left.
pub fn decide(requests: &[Request], mut holds: Holds, mut stock: Stock, now: Timestamp) -> Decisions {
    let mut decisions = Decisions::default();
    for (index, request) in requests.iter().enumerate() {
        let verdict = decide_one((index, request), &mut holds, &mut stock, now, &mut decisions);
        decisions.verdicts.push(verdict);
    }
    decisions
}

fn decide_one(
    (index, request): (usize, &Request),
    holds: &mut Holds,
    stock: &mut Stock,
    now: Timestamp,
    decisions: &mut Decisions,
) -> Verdict {
    let held = |line: &StockLine| holds.get(request.order, &line.sku);
    if request.lines.iter().filter_map(held).any(|hold| hold.state == HoldState::Released) {
        return Verdict::Gone;
    }
    // A repeated request finds all its lines held, a new one none.
    let missing: Vec<&StockLine> = request.lines.iter().filter(|line| held(line).is_none()).collect();
    if !missing.is_empty() && request.expires_at <= now {
        return Verdict::Gone;
    }
    // Who is told that it is reserved goes on and takes money: it must not run out under their hands.
    let until = request.expires_at.max(now);
    let runs_out = |hold: Hold| hold.state == HoldState::Reserved && hold.expires_at < until;
    if request.lines.iter().filter_map(held).any(runs_out) {
        decisions.extensions.push((index, until));
    }
    match stock.take(missing.iter().copied()) {
        Ok(takes) => {
            for take in takes {
                let hold = Hold { state: HoldState::Reserved, expires_at: request.expires_at };
                holds.add(request.order, take.sku.clone(), hold);
                decisions.takes.push((index, take));
            }
            Verdict::Reserved
        }
        Err(shortages) => Verdict::Short(shortages),
    }
}

#[cfg(test)]
mod tests {
    use souk_contracts::LocationId;

    use super::{super::Shelf, *};

    const NOW: Timestamp = Timestamp::from_micros(60);

    fn request(order: u128, sku: &str, quantity: u32) -> Request {
        Request {
            order: OrderId::from_bits(order),
            lines: vec![StockLine { sku: sku.to_owned(), quantity }],
            expires_at: Timestamp::from_micros(100),
            actor: "orders".to_owned(),
        }
    }

    fn stock(available: i64) -> Stock {
        let mut stock = Stock::default();
        stock.add("tea".to_owned(), Shelf { location: LocationId::from_bits(1), available });
        stock
    }

    fn hold(state: HoldState, expires_at: i64) -> Holds {
        let mut holds = Holds::default();
        let hold = Hold { state, expires_at: Timestamp::from_micros(expires_at) };
        holds.add(OrderId::from_bits(1), "tea".to_owned(), hold);
        holds
    }

    #[test]
    fn those_who_come_first_are_served_first() {
        let requests = [request(1, "tea", 2), request(2, "tea", 2), request(3, "tea", 1)];
        let decisions = decide(&requests, Holds::default(), stock(3), NOW);
        assert_eq!(decisions.verdicts[0], Verdict::Reserved);
        assert!(matches!(&decisions.verdicts[1], Verdict::Short(short) if short[0].available == 1));
        assert_eq!(decisions.verdicts[2], Verdict::Reserved);
    }

    #[test]
    fn an_order_asked_for_twice_in_a_batch_takes_once() {
        let requests = [request(1, "tea", 2), request(1, "tea", 2)];
        let decisions = decide(&requests, Holds::default(), stock(3), NOW);
        assert_eq!(decisions.verdicts, [Verdict::Reserved, Verdict::Reserved]);
        assert_eq!(decisions.takes.len(), 1);
    }

    #[test]
    fn a_repeat_takes_nothing_and_may_last_longer() {
        let decisions = decide(&[request(1, "tea", 2)], hold(HoldState::Reserved, 50), stock(0), NOW);
        assert_eq!(
            (decisions.verdicts, decisions.extensions),
            (vec![Verdict::Reserved], vec![(0, Timestamp::from_micros(100))])
        );
        let decisions = decide(&[request(1, "tea", 2)], hold(HoldState::Committed, 50), stock(0), NOW);
        assert_eq!((decisions.verdicts, decisions.extensions), (vec![Verdict::Reserved], vec![]));
    }

    #[test]
    fn a_repeat_that_comes_late_lasts_from_now_on() {
        let late = Request { expires_at: Timestamp::from_micros(50), ..request(1, "tea", 2) };
        let decisions = decide(&[late], hold(HoldState::Reserved, 50), stock(0), NOW);
        assert_eq!((decisions.verdicts, decisions.extensions), (vec![Verdict::Reserved], vec![(0, NOW)]));
    }

    #[test]
    fn a_new_request_that_comes_late_gets_nothing() {
        let late = Request { expires_at: NOW, ..request(1, "tea", 2) };
        let decisions = decide(&[late], Holds::default(), stock(9), NOW);
        assert_eq!(decisions.verdicts, [Verdict::Gone]);
        assert!(decisions.takes.is_empty());
    }

    #[test]
    fn a_released_order_cannot_reserve_again() {
        let decisions = decide(&[request(1, "tea", 2)], hold(HoldState::Released, 50), stock(9), NOW);
        assert_eq!(decisions.verdicts, [Verdict::Gone]);
        assert!(decisions.takes.is_empty());
    }
}
