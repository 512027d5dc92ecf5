//! Orders against delivery.

use std::collections::{BTreeMap, HashMap};

use souk_contracts::{
    CustomerId, OrderId, ShipmentId, delivery::ShipmentBooks, inventory::StockLine, orders::OrderBooks,
};

use super::Report;

/// Every parcel that orders handed to delivery and that was not met there yet.
#[derive(Default)]
pub struct ParcelsBooks {
    orders: HashMap<OrderId, CustomerId>,
    parcels: BTreeMap<ShipmentId, (OrderId, Vec<StockLine>)>,
}

impl ParcelsBooks {
    /// Notes what an order says.
    pub fn expect(&mut self, order: OrderBooks) {
        self.orders.insert(order.id, order.customer);
        for parcel in order.parcels {
            self.parcels.insert(parcel.shipment, (order.id, parcel.lines));
        }
    }

    /// Strikes a parcel off. Invariant: every shipment is one that its order asked for.
    pub fn meet(&mut self, shipment: &ShipmentBooks, report: &mut Report) {
        let ShipmentBooks { id, order, .. } = shipment;
        let asked = self.parcels.remove(id);
        let problem = match (self.orders.get(order), asked) {
            (None, _) => format!("there is no such order as {order}"),
            (Some(customer), _) if *customer != shipment.customer => format!("order {order} is another customer's"),
            (Some(_), None) => format!("order {order} did not ask for it"),
            (Some(_), Some((by, _))) if by != *order => format!("it is said to be of order {order}, and is of {by}"),
            (Some(_), Some((_, lines))) if lines != shipment.lines => format!("order {order} put other lines into it"),
            (Some(_), Some(_)) => return,
        };
        report.add(format!("shipment {id}: {problem}"));
    }

    /// Says what was not met. Invariant: every parcel that an order sends is with delivery.
    pub fn close(&self, report: &mut Report) {
        for (shipment, (order, _)) in &self.parcels {
            report.add(format!("order {order}: its shipment {shipment} is not with delivery"));
        }
    }
}
