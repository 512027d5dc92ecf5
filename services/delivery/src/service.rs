use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use souk_contracts::{
    CustomerId, OrderId, ShipmentId,
    delivery::{
        Delivery, Error, MethodConfig, ParcelQuery, Rate, Shipment, ShipmentBooks, ShipmentStatus, TrackingEvent,
    },
    permission,
    settings::Settings,
};
use souk_settings::SettingsStore;
use souk_store::Store;
use souk_types::{Cx, Fault, FieldError, Page, PageRequest, Subject, Timestamp, limits::LINE_BYTES_MAX};

use crate::{domain::RateTable, gateways::Carrier, moves, store};

/// Clocks of carriers may be ahead of ours by this much.
const AHEAD_MAX: Duration = Duration::from_secs(60 * 60);
/// Problems that an audit names.
const AUDIT_PROBLEMS_MAX: usize = 100;

pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) methods: SettingsStore<RateTable>,
    pub(crate) carrier: Arc<dyn Carrier>,
}

#[async_trait]
impl Delivery for Service {
    async fn rates(&self, cx: &Cx, parcel: ParcelQuery) -> Result<Vec<Rate>, Error> {
        if parcel.weight_g < 0 {
            return Err(Fault::invalid("weight_g", "must not be negative").into());
        }
        let rates = self.methods.now(cx).await?.values.rates(&parcel);
        if rates.is_empty() { Err(Error::NotServed { country: parcel.country }) } else { Ok(rates) }
    }

    async fn shipments(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Shipment>, Error> {
        let own = matches!(&cx.actor.subject, Subject::Person(id) if *id == customer.to_string());
        if !own {
            cx.actor.require(permission::ORDERS_READ)?;
        }
        Ok(self.store.read(cx, move |tx| store::of_order(tx, customer, order)).await?)
    }

    async fn countries(&self, cx: &Cx) -> Result<Vec<String>, Error> {
        Ok(self.methods.now(cx).await?.values.countries().to_vec())
    }

    async fn settings(&self, cx: &Cx) -> Result<Settings<Vec<MethodConfig>>, Error> {
        cx.actor.require(permission::OPERATIONS)?;
        Ok(self.methods.settings(cx).await?.map(Vec::from))
    }

    async fn replace_settings(
        &self,
        cx: &Cx,
        version: i64,
        methods: Option<Vec<MethodConfig>>,
    ) -> Result<Settings<Vec<MethodConfig>>, Error> {
        cx.actor.require(permission::OPERATIONS)?;
        let table = methods.map(RateTable::try_new).transpose()?;
        Ok(self.methods.replace(cx, version, table).await?.map(Vec::from))
    }

    async fn track(
        &self,
        cx: &Cx,
        customer: CustomerId,
        shipment: ShipmentId,
        event: TrackingEvent,
    ) -> Result<(), Error> {
        cx.actor.require(permission::ORDERS_MANAGE)?;
        validate(&event, self.store.env().now())?;
        self.store
            .write(cx, move |tx| {
                let mut row = store::by_id(tx, customer, shipment)?.ok_or_else(|| Fault::not_found("the shipment"))?;
                // Staff who click twice say the same at two instants.
                if store::last_event(tx, customer, shipment)?.is_some_and(|last| says_the_same(&last, &event)) {
                    return Ok(());
                }
                moves::take(tx, &mut row, std::slice::from_ref(&event))
            })
            .await
    }

    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error> {
        cx.actor.require(permission::ORDERS_READ)?;
        Ok(self.store.scan(cx, |tx| store::events_have_a_shipment(tx, AUDIT_PROBLEMS_MAX)).await?)
    }

    async fn books(&self, cx: &Cx, page: PageRequest) -> Result<Page<ShipmentBooks>, Error> {
        cx.actor.require(permission::ORDERS_READ)?;
        let rows = page.rows()?;
        let after = match &page.after {
            Some(cursor) => cursor.0.split_once('.').map(|(customer, id)| (customer.to_owned(), id.to_owned())),
            None => Some(store::Place::default()),
        };
        let after = after.ok_or_else(|| Fault::invalid("after", "is not a place in this list"))?;
        let found = self.store.scan(cx, move |tx| store::books(tx, &after, rows)).await?;
        Ok(Page::from_rows(found, &page, |last| format!("{}.{}", last.customer, last.id)))
    }
}

fn says_the_same(one: &TrackingEvent, other: &TrackingEvent) -> bool {
    one.status == other.status && one.description == other.description && one.place == other.place
}

fn validate(event: &TrackingEvent, now: Timestamp) -> Result<(), Fault> {
    let mut problems = Vec::new();
    if event.status == ShipmentStatus::Planned {
        problems.push(FieldError::new("status", "must be something that happened"));
    }
    if event.description.len() > LINE_BYTES_MAX {
        problems.push(FieldError::new("description", "is too long"));
    }
    if event.place.len() > LINE_BYTES_MAX {
        problems.push(FieldError::new("place", "is too long"));
    }
    if event.at > now + AHEAD_MAX {
        problems.push(FieldError::new("at", "is in the future"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Fault::invalid_fields(problems)) }
}
