//! Stock, parcels and payments.

use async_trait::async_trait;
use souk_contracts::{
    CustomerId, OrderId, ShipmentId,
    delivery::{self, Delivery, MethodConfig, ParcelQuery, Rate, Shipment, ShipmentStatus, TrackingEvent},
    inventory::{self, Availability, Inventory, StockLine},
    payments::{self, ClientConfig, Intent, IntentState, Method, MethodKind, Payments},
    settings::Settings,
};
use souk_types::{Cx, Id, Page, PageRequest, Timestamp};

use super::{Services, absent};
use crate::goods::eur;

#[async_trait]
impl Inventory for Services {
    async fn availability(&self, _cx: &Cx, skus: Vec<String>) -> Result<Vec<Availability>, inventory::Error> {
        let sold_out = self.lock().sold_out;
        let pieces = |sku: &str| match sku {
            _ if sold_out => 0,
            "BAG-RED-S" => 3,
            "BAG-RED-L" => 0,
            _ => 40,
        };
        Ok(skus.into_iter().map(|sku| Availability { available: pieces(&sku), sku }).collect())
    }
    async fn reserve(&self, _: &Cx, _: OrderId, _: Vec<StockLine>, _: Timestamp) -> Result<(), inventory::Error> {
        absent()
    }
    async fn commit(&self, _: &Cx, _: OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        absent()
    }
    async fn release(&self, _: &Cx, _: OrderId, _: Vec<StockLine>) -> Result<(), inventory::Error> {
        absent()
    }
    async fn levels(
        &self,
        _: &Cx,
        _: inventory::LevelFilter,
        _: PageRequest,
    ) -> Result<Page<inventory::Level>, inventory::Error> {
        absent()
    }
    async fn movements(
        &self,
        _: &Cx,
        _: String,
        _: PageRequest,
    ) -> Result<Page<inventory::Movement>, inventory::Error> {
        absent()
    }
    async fn locations(&self, _: &Cx) -> Result<Vec<inventory::Location>, inventory::Error> {
        absent()
    }
    async fn save_location(&self, _: &Cx, _: inventory::Location) -> Result<inventory::Location, inventory::Error> {
        absent()
    }
    async fn adjust(&self, _: &Cx, _: inventory::Adjustment) -> Result<inventory::Level, inventory::Error> {
        absent()
    }
    async fn transfer(&self, _: &Cx, _: inventory::Transfer) -> Result<(), inventory::Error> {
        absent()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, inventory::Error> {
        absent()
    }
    async fn holdings(&self, _: &Cx, _: PageRequest) -> Result<Page<inventory::Holding>, inventory::Error> {
        absent()
    }
}

#[async_trait]
impl Delivery for Services {
    async fn rates(&self, _cx: &Cx, _: ParcelQuery) -> Result<Vec<Rate>, delivery::Error> {
        Ok(super::rates())
    }
    async fn countries(&self, _cx: &Cx) -> Result<Vec<String>, delivery::Error> {
        Ok(vec!["PT".to_owned(), "DE".to_owned()])
    }
    async fn shipments(
        &self,
        _cx: &Cx,
        customer: CustomerId,
        order: OrderId,
    ) -> Result<Vec<Shipment>, delivery::Error> {
        let event = |status, minute: i64| TrackingEvent {
            status,
            description: "<i>Sorted</i>".to_owned(),
            place: "Porto".to_owned(),
            at: Timestamp::from_micros(1_767_225_600_000_000 + minute * 60_000_000),
        };
        Ok(vec![Shipment {
            id: Id::from_bits(5),
            customer,
            order,
            lines: vec![StockLine { sku: "BAG-RED-S".to_owned(), quantity: 1 }],
            status: ShipmentStatus::InTransit,
            carrier: "Post".to_owned(),
            tracking_number: Some("TRACK-1".to_owned()),
            tracking_url: Some("https://post.example/TRACK-1".to_owned()),
            by_hand: true,
            expected_at: Some(Timestamp::from_micros(1_767_398_400_000_000)),
            events: vec![event(ShipmentStatus::PickedUp, 60), event(ShipmentStatus::InTransit, 120)],
        }])
    }
    async fn settings(&self, _: &Cx) -> Result<Settings<Vec<MethodConfig>>, delivery::Error> {
        absent()
    }
    async fn replace_settings(
        &self,
        _: &Cx,
        _: i64,
        _: Option<Vec<MethodConfig>>,
    ) -> Result<Settings<Vec<MethodConfig>>, delivery::Error> {
        absent()
    }
    async fn track(&self, _: &Cx, _: CustomerId, _: ShipmentId, _: TrackingEvent) -> Result<(), delivery::Error> {
        absent()
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, delivery::Error> {
        absent()
    }
    async fn books(&self, _: &Cx, _: PageRequest) -> Result<Page<delivery::ShipmentBooks>, delivery::Error> {
        absent()
    }
}

#[async_trait]
impl Payments for Services {
    async fn client_config(&self, _cx: &Cx) -> Result<ClientConfig, payments::Error> {
        Ok(ClientConfig {
            gateway: "sandbox".to_owned(),
            sandbox: true,
            tokenise_url: "/sandbox-gateway/tokens".to_owned(),
            hosted_page_url: "/sandbox-gateway/pay".to_owned(),
            methods: {
                let (code, name, kind) = match self.lock().card_switched_off {
                    true => ("hosted", "On another page", MethodKind::HostedPage),
                    false => ("card", "Card", MethodKind::CardFields),
                };
                vec![Method { code: code.to_owned(), name: name.to_owned(), kind }]
            },
        })
    }
    async fn settings(&self, _: &Cx) -> Result<Settings<Vec<payments::MethodSetting>>, payments::Error> {
        absent()
    }
    async fn replace_settings(
        &self,
        _: &Cx,
        _: i64,
        _: Option<Vec<payments::MethodSetting>>,
    ) -> Result<Settings<Vec<payments::MethodSetting>>, payments::Error> {
        absent()
    }
    async fn intents(&self, _cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Intent>, payments::Error> {
        Ok(vec![Intent {
            id: Id::from_bits(1),
            customer,
            order,
            attempt: 1,
            amount: eur(100),
            state: IntentState::Captured,
            captured: eur(100),
            refunded: eur(0),
            gateway: "sandbox".to_owned(),
            gateway_reference: None,
            action_url: None,
            failure_code: None,
            failure_reason: None,
            instrument: "Visa •••• 4242".to_owned(),
            refunds: Vec::new(),
            created_at: Timestamp::EPOCH,
        }])
    }
    async fn authorise(&self, _: &Cx, _: payments::Authorise) -> Result<Intent, payments::Error> {
        absent()
    }
    async fn resolve(&self, _: &Cx, _: CustomerId, _: OrderId) -> Result<Vec<Intent>, payments::Error> {
        absent()
    }
    async fn capture(&self, _: &Cx, _: CustomerId, _: OrderId) -> Result<Vec<Intent>, payments::Error> {
        absent()
    }
    async fn undo(&self, _: &Cx, _: CustomerId, _: OrderId, _: String) -> Result<Vec<Intent>, payments::Error> {
        absent()
    }
    async fn refund(&self, _: &Cx, _: payments::RefundRequest) -> Result<payments::Refund, payments::Error> {
        absent()
    }
    async fn webhook(&self, _: &Cx, webhook: payments::Webhook) -> Result<(), payments::Error> {
        assert_eq!((webhook.gateway.as_str(), webhook.body.0.as_slice()), ("sandbox", &b"{ \"id\" : 1 }"[..]));
        match webhook.headers["x-signature"].as_str() {
            "right" => Ok(()),
            _ => Err(payments::Error::BadSignature),
        }
    }
    async fn audit(&self, _: &Cx) -> Result<Vec<String>, payments::Error> {
        absent()
    }
    async fn books(&self, _: &Cx, _: PageRequest) -> Result<Page<payments::IntentBooks>, payments::Error> {
        absent()
    }
}
