//! The order's state machine: `decide` says what a command makes happen, `apply` makes it so.
//!
//! ```text
//! pending_payment → placed | expired | cancelled        placed ⇄ on_hold
//! placed, on_hold → cancelled (nothing sent)            placed → closed (all delivered)
//! ```

use serde::{Deserialize, Serialize};
use souk_contracts::{
    ShipmentId,
    delivery::ChosenCarrier,
    inventory::StockLine,
    orders::{Lifecycle, OrderMoney},
};
use souk_types::Money;

/// What decisions about an order depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Where the order stands.
    pub lifecycle: Lifecycle,
    /// What was ordered.
    pub lines: Vec<StockLine>,
    /// What was sent.
    pub shipments: Vec<Shipment>,
    /// What it costs.
    pub total: Money,
    /// What was authorised, captured, refunded.
    pub money: OrderMoney,
}

/// A part of an order that is being sent or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its id.
    pub id: ShipmentId,
    /// What is in it.
    pub lines: Vec<StockLine>,
    /// The carrier that staff chose; `None`: the delivery method's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<ChosenCarrier>,
    /// It has left the house.
    pub left: bool,
    /// It has arrived.
    pub arrived: bool,
}

/// What somebody wants to happen to an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Stock and payment are sure.
    Place,
    /// It was not paid in time.
    Expire,
    /// Somebody called it off, or something refused it.
    Cancel,
    /// Staff stop it.
    Hold,
    /// Staff let it go on.
    Release,
    /// Staff send a part of it.
    Ship { shipment: ShipmentId, lines: Vec<StockLine>, carrier: Option<ChosenCarrier> },
    /// A shipment has left the house.
    Left(ShipmentId),
    /// A shipment has arrived.
    Arrived(ShipmentId),
    /// Payments told how the money stands.
    Money(OrderMoney),
}

/// What happened to an order.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    Placed,
    Expired,
    Cancelled { was_placed: bool },
    Held,
    Released,
    ShipmentRequested(Shipment),
    ShipmentLeft(ShipmentId),
    ShipmentArrived(ShipmentId),
    MoneyChanged(OrderMoney),
    Closed,
}

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The state forbids it.
    NotNow(String),
    /// A line asks for what was not ordered, or for more than is left.
    BadLine { field: String, reason: String },
}

fn not_now<T>(reason: &str) -> Result<T, Refusal> {
    Err(Refusal::NotNow(reason.to_owned()))
}

impl State {
    /// Pieces of a SKU that are being sent or were.
    pub fn allocated(&self, sku: &str) -> u32 {
        self.pieces(sku, |_| true)
    }

    /// Pieces of a SKU in the shipments that pass a test.
    pub fn pieces(&self, sku: &str, of: impl Fn(&Shipment) -> bool) -> u32 {
        let counted = self.shipments.iter().filter(|shipment| of(shipment));
        counted.flat_map(|shipment| &shipment.lines).filter(|line| line.sku == sku).map(|line| line.quantity).sum()
    }

    /// Decides what a command makes happen: nothing (`Ok` and empty) when it has been done already.
    ///
    /// # Errors
    /// A [`Refusal`] when the state forbids it; the state is as it was.
    pub fn decide(&self, command: &Command) -> Result<Vec<Happened>, Refusal> {
        use Lifecycle::{Cancelled, Closed, Expired, OnHold, PendingPayment, Placed};
        match (command, self.lifecycle) {
            (Command::Place, PendingPayment) => Ok(vec![Happened::Placed]),
            (Command::Place, Placed | OnHold | Closed) => Ok(vec![]),
            (Command::Place, Cancelled | Expired) => not_now("the order has ended"),

            (Command::Expire, PendingPayment) => Ok(vec![Happened::Expired]),
            (Command::Expire, Expired | Cancelled) => Ok(vec![]),
            (Command::Expire, Placed | OnHold | Closed) => not_now("the order is placed"),

            (Command::Cancel, PendingPayment) => Ok(vec![Happened::Cancelled { was_placed: false }]),
            (Command::Cancel, Placed | OnHold) if self.shipments.is_empty() => {
                Ok(vec![Happened::Cancelled { was_placed: true }])
            }
            (Command::Cancel, Cancelled | Expired) => Ok(vec![]),
            (Command::Cancel, Placed | OnHold | Closed) => {
                not_now("a part of the order is on its way already; it cannot be cancelled any more")
            }

            (Command::Hold, Placed) => Ok(vec![Happened::Held]),
            (Command::Hold, OnHold) | (Command::Release, Placed) => Ok(vec![]),
            (Command::Release, OnHold) => Ok(vec![Happened::Released]),
            (Command::Hold | Command::Release, _) => not_now("only a placed order can be stopped or go on"),

            (Command::Ship { shipment, lines, carrier }, _) => self.decide_ship(*shipment, lines, carrier.as_ref()),
            (Command::Left(shipment), _) => self.decide_moved(*shipment, false),
            (Command::Arrived(shipment), _) => self.decide_moved(*shipment, true),
            (Command::Money(money), _) if *money == self.money => Ok(vec![]),
            (Command::Money(money), _) => Ok(vec![Happened::MoneyChanged(*money)]),
        }
    }

    fn decide_ship(
        &self,
        shipment: ShipmentId,
        lines: &[StockLine],
        carrier: Option<&ChosenCarrier>,
    ) -> Result<Vec<Happened>, Refusal> {
        if self.shipments.iter().any(|known| known.id == shipment) {
            return Ok(vec![]);
        }
        match self.lifecycle {
            Lifecycle::Placed => {}
            Lifecycle::OnHold => return not_now("the order is on hold; let it go on first"),
            Lifecycle::PendingPayment => return not_now("the order is not paid yet"),
            Lifecycle::Cancelled | Lifecycle::Expired | Lifecycle::Closed => {
                return not_now("the order has ended");
            }
        }
        let bad =
            |index: usize, reason: String| Err(Refusal::BadLine { field: format!("lines[{index}].quantity"), reason });
        if lines.is_empty() {
            return Err(Refusal::BadLine { field: "lines".into(), reason: "choose at least one line".into() });
        }
        for (index, line) in lines.iter().enumerate() {
            let ordered: u32 =
                self.lines.iter().filter(|ordered| ordered.sku == line.sku).map(|ordered| ordered.quantity).sum();
            let remaining = ordered - self.allocated(&line.sku);
            if line.quantity == 0 || lines[..index].iter().any(|other| other.sku == line.sku) {
                return bad(index, "must be at least 1, each SKU once".to_owned());
            }
            if line.quantity > remaining {
                return bad(index, format!("only {remaining} of {} are left to send", line.sku));
            }
        }
        let shipment =
            Shipment { id: shipment, lines: lines.to_vec(), carrier: carrier.cloned(), left: false, arrived: false };
        Ok(vec![Happened::ShipmentRequested(shipment)])
    }

    /// A parcel that has arrived has also left, whatever the carrier forgot to tell.
    fn decide_moved(&self, shipment: ShipmentId, arrived: bool) -> Result<Vec<Happened>, Refusal> {
        let Some(known) = self.shipments.iter().find(|known| known.id == shipment) else {
            return not_now("the order has no such shipment");
        };
        let mut happened = Vec::new();
        if !known.left {
            happened.push(Happened::ShipmentLeft(shipment));
        }
        if arrived && !known.arrived {
            happened.push(Happened::ShipmentArrived(shipment));
            let others_arrived = self.shipments.iter().all(|other| other.id == shipment || other.arrived);
            let all_sent = self.lines.iter().all(|line| self.allocated(&line.sku) == line.quantity);
            if others_arrived && all_sent && self.lifecycle == Lifecycle::Placed {
                happened.push(Happened::Closed);
            }
        }
        Ok(happened)
    }

    /// Makes it so.
    pub fn apply(&mut self, happened: &Happened) {
        match happened {
            Happened::Placed | Happened::Released => self.lifecycle = Lifecycle::Placed,
            Happened::Expired => self.lifecycle = Lifecycle::Expired,
            Happened::Cancelled { .. } => self.lifecycle = Lifecycle::Cancelled,
            Happened::Held => self.lifecycle = Lifecycle::OnHold,
            Happened::Closed => self.lifecycle = Lifecycle::Closed,
            Happened::MoneyChanged(money) => self.money = *money,
            Happened::ShipmentRequested(shipment) => self.shipments.push(shipment.clone()),
            Happened::ShipmentLeft(id) => self.shipment_mut(*id, |shipment| shipment.left = true),
            Happened::ShipmentArrived(id) => self.shipment_mut(*id, |shipment| shipment.arrived = true),
        }
    }

    fn shipment_mut(&mut self, id: ShipmentId, change: impl Fn(&mut Shipment)) {
        self.shipments.iter_mut().filter(|shipment| shipment.id == id).for_each(change);
    }
}

/// Invariant: no line has more pieces sent than ordered, arrived than left.
pub fn counts_are_bounded(state: &State) -> bool {
    state.lines.iter().all(|line| {
        let left = state.pieces(&line.sku, |shipment| shipment.left);
        let arrived = state.pieces(&line.sku, |shipment| shipment.arrived);
        arrived <= left && left <= state.allocated(&line.sku) && state.allocated(&line.sku) <= line.quantity
    })
}

/// Invariant: nothing of an order that ended has been sent.
pub fn ended_orders_sent_nothing(state: &State) -> bool {
    !matches!(state.lifecycle, Lifecycle::Cancelled | Lifecycle::Expired) || state.shipments.is_empty()
}
