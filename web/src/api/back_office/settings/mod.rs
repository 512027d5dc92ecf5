//! How the shop delivers, taxes and is paid, as staff see and change it. Keys of gateways are no part of it.

mod delivery;
mod part;
mod payment;
mod payment_rules;
mod taxes;

use schemars::JsonSchema;
use serde::Serialize;
use souk_contracts::{permission::Scope, settings::Saved};

pub use self::{
    delivery::DeliverySettings,
    part::{Part, Read, Replace, Reset},
    payment::PaymentMethods,
    payment_rules::PaymentRuleSettings,
    taxes::TaxSettings,
};
use crate::{
    api::{
        caller::Access,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        schema,
    },
    error::Failure,
};

/// Settings that staff may change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShopSettings {
    /// How things are delivered.
    delivery: DeliverySettings,
    /// How orders are taxed.
    taxes: TaxSettings,
    /// By what orders are paid.
    payment: PaymentMethods,
    /// When the money of orders is taken, and how long they wait for it.
    payment_rules: PaymentRuleSettings,
}

/// Where settings come from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SettingsOrigin {
    /// Rises with every change; the `ETag` of this part of the settings.
    version: i64,
    /// When they were saved; null while those of the configuration file hold.
    #[schemars(schema_with = "schema::maybe_instant")]
    saved_at: Option<String>,
    /// The id of who saved them; null while those of the configuration file hold.
    saved_by: Option<String>,
}

impl SettingsOrigin {
    fn of(version: i64, saved: Option<Saved>) -> Self {
        let (saved_at, saved_by) = saved.map(|saved| (instant(saved.at), saved.by)).unzip();
        Self { version, saved_at, saved_by }
    }
}

/// Reads the settings.
pub struct ReadSettings;

impl Operation for ReadSettings {
    const NAME: &'static str = "readSettings";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/settings";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads how the shop delivers, taxes and is paid, and who saved that.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = ShopSettings;

    async fn run(Call { state, cx, .. }: Call, _: Asked<Self>) -> Result<Reply<ShopSettings>, Failure> {
        let delivery = state.delivery.settings(&cx).await?.into();
        let taxes = state.orders.tax_settings(&cx).await?.into();
        let payment = state.payments.settings(&cx).await?.into();
        let payment_rules = state.orders.payment_rules(&cx).await?.into();
        Ok(Reply::of(ShopSettings { delivery, taxes, payment, payment_rules }))
    }
}
