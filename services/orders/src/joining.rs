//! Orders that were made as a guest join the account of whoever has shown that the email is theirs.

use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    accounts::{CustomerErased, EmailVerified},
    orders::OrderPlaced,
};
use souk_events::{Consumer, Delivery, Handler};
use souk_types::{Cx, Event, Fault};

use crate::{service::Service, store::joined};

pub fn consumers(service: &Arc<Service>) -> Vec<Consumer> {
    vec![
        Consumer {
            name: "orders.verified_emails",
            topics: &[EmailVerified::TOPIC, CustomerErased::TOPIC],
            handler: Arc::new(Verified(Arc::clone(service))),
        },
        Consumer {
            name: "orders.joining",
            topics: &[OrderPlaced::TOPIC],
            handler: Arc::new(Placed(Arc::clone(service))),
        },
    ]
}

/// Lets the orders join that were made before, and parts them from an account that is erased: in this order, for an
/// account's events come one after the other. What is written is the same however often.
struct Verified(Arc<Service>);

#[async_trait]
impl Handler for Verified {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        if delivery.topic == CustomerErased::TOPIC {
            let CustomerErased { customer, .. } = delivery.parse()?;
            return self.0.deps.store.write(cx, move |tx| joined::forget(tx, customer)).await;
        }
        let EmailVerified { customer, email, .. } = delivery.parse()?;
        let kept = email.clone();
        self.0.deps.store.write(cx, move |tx| joined::put_verified(tx, &kept, customer)).await?;
        // In a transaction of its own: an order that this one does not see yet sees the email when it is placed.
        self.0.deps.store.write(cx, move |tx| joined::join_all(tx, &email, customer)).await
    }
}

/// Lets an order join that is made after.
struct Placed(Arc<Service>);

#[async_trait]
impl Handler for Placed {
    async fn handle(&self, cx: &Cx, delivery: &Delivery) -> Result<(), Fault> {
        let OrderPlaced { of, .. } = delivery.parse()?;
        let email = of.email.clone();
        let account = self.0.deps.store.read(cx, move |tx| joined::account_of(tx, &email)).await?;
        let Some(account) = account.filter(|account| *account != of.customer) else {
            return Ok(());
        };
        self.0.deps.store.write(cx, move |tx| joined::join(tx, account, of.order, of.customer)).await
    }
}
