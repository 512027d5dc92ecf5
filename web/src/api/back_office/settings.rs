//! How the shop delivers, taxes and is paid, as staff see it. Keys of gateways are no part of it.

use schemars::JsonSchema;
use serde::Serialize;
use souk_contracts::{
    delivery::{MethodConfig, RateRule},
    orders::TaxRule,
    payments::MethodSetting,
    permission::Scope,
    settings::{Saved, Settings},
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
    /// How orders are paid.
    payment: PaymentSettings,
}

/// Where settings come from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SettingsOrigin {
    /// Rises with every change.
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

/// How things are delivered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliverySettings {
    /// Where these settings come from.
    origin: SettingsOrigin,
    /// The methods in their order.
    methods: Vec<DeliveryMethod>,
}

/// A delivery method.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryMethod {
    /// The code that orders remember.
    code: String,
    /// What shoppers read.
    name: String,
    /// Working days at least.
    days_min: u32,
    /// Working days at most.
    days_max: u32,
    /// The rates; the first that fits a parcel is its price.
    rates: Vec<DeliveryRate>,
}

/// A rate of a delivery method.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryRate {
    /// Where it counts: ISO 3166-1 alpha-2; empty: anywhere.
    countries: Vec<String>,
    /// States or provinces; empty: the whole country.
    regions: Vec<String>,
    /// Up to this weight, grams; null: any.
    weight_max_g: Option<i64>,
    /// From this sum of the lines on, minor units; null: any.
    subtotal_min: Option<i64>,
    /// What it costs, minor units.
    price: i64,
}

impl From<RateRule> for DeliveryRate {
    fn from(rule: RateRule) -> Self {
        let RateRule { countries, regions, weight_max_g, subtotal_min, price } = rule;
        Self { countries, regions, weight_max_g, subtotal_min, price }
    }
}

impl From<MethodConfig> for DeliveryMethod {
    fn from(method: MethodConfig) -> Self {
        let MethodConfig { code, name, days_min, days_max, rates } = method;
        Self { code, name, days_min, days_max, rates: rates.into_iter().map(DeliveryRate::from).collect() }
    }
}

/// How orders are taxed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TaxSettings {
    /// Where these settings come from.
    origin: SettingsOrigin,
    /// Whether prices include the tax.
    included: bool,
    /// The rates.
    rates: Vec<TaxRate>,
}

/// A tax rate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TaxRate {
    /// ISO 3166-1 alpha-2.
    country: String,
    /// State or province; empty: the whole country.
    region: String,
    /// Rate in basis points: 1900 is 19 %.
    rate_bp: i64,
    /// What invoices call it.
    name: String,
}

impl From<TaxRule> for TaxRate {
    fn from(rule: TaxRule) -> Self {
        let TaxRule { country, region, rate_bp, name } = rule;
        Self { country, region, rate_bp, name }
    }
}

/// How orders are paid.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PaymentSettings {
    /// Where the methods come from.
    origin: SettingsOrigin,
    /// The payment methods in the order of the checkout.
    methods: Vec<PaymentMethodSetting>,
    /// Whether money is taken when an order is placed rather than when its first parcel leaves.
    capture_at_once: bool,
    /// How long stock is set aside for an order that is not paid, minutes.
    pay_within_min: u64,
}

/// A payment method as it is set.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PaymentMethodSetting {
    /// Its code.
    code: String,
    /// What shoppers read.
    name: String,
    /// Whether shoppers can choose it.
    offered: bool,
}

impl From<MethodSetting> for PaymentMethodSetting {
    fn from(method: MethodSetting) -> Self {
        let MethodSetting { code, name, offered } = method;
        Self { code, name, offered }
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
        let delivery = state.delivery.settings(&cx).await?;
        let taxes = state.orders.tax_settings(&cx).await?;
        let rules = state.orders.payment_rules(&cx).await?;
        let payment = state.payments.settings(&cx).await?;
        let Settings { values: methods, version, saved } = delivery;
        let delivery = DeliverySettings {
            origin: SettingsOrigin::of(version, saved),
            methods: methods.into_iter().map(DeliveryMethod::from).collect(),
        };
        let Settings { values, version, saved } = taxes;
        let taxes = TaxSettings {
            origin: SettingsOrigin::of(version, saved),
            included: values.included,
            rates: values.rules.into_iter().map(TaxRate::from).collect(),
        };
        let Settings { values: methods, version, saved } = payment;
        let payment = PaymentSettings {
            origin: SettingsOrigin::of(version, saved),
            methods: methods.into_iter().map(PaymentMethodSetting::from).collect(),
            capture_at_once: rules.capture_at_once,
            pay_within_min: rules.pay_within_min,
        };
        Ok(Reply::of(ShopSettings { delivery, taxes, payment }))
    }
}
