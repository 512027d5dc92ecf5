//! The delivery methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    delivery::{MethodConfig, RateRule},
    settings::Settings,
};

use super::{
    SettingsOrigin,
    part::{Named, Part, refused},
};
use crate::{api::operation::Call, error::Failure};

/// How things are delivered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliverySettings {
    /// Where these settings come from.
    origin: SettingsOrigin,
    /// The methods in their order.
    methods: Vec<DeliveryMethod>,
}

/// Delivery methods as they are to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryInput {
    /// The methods in their order, 1 to 50.
    methods: Vec<DeliveryMethod>,
}

/// A delivery method.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryMethod {
    /// The code that orders remember: small letters, digits, _ and -; unique.
    code: String,
    /// What shoppers read.
    name: String,
    /// Working days at least.
    days_min: u32,
    /// Working days at most; 365 at most.
    days_max: u32,
    /// The rates, 1 to 500; the first that fits a parcel is its price.
    rates: Vec<DeliveryRate>,
}

/// A rate of a delivery method.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryRate {
    /// Where it counts: ISO 3166-1 alpha-2; empty: anywhere.
    #[serde(default)]
    countries: Vec<String>,
    /// States or provinces by code or name; empty: the whole country.
    #[serde(default)]
    regions: Vec<String>,
    /// Up to this weight, grams; null: any.
    weight_max_g: Option<i64>,
    /// From this sum of the lines on, minor units; null: any.
    subtotal_min: Option<i64>,
    /// What it costs, minor units; 0 is free.
    price: i64,
}

impl From<RateRule> for DeliveryRate {
    fn from(rule: RateRule) -> Self {
        let RateRule { countries, regions, weight_max_g, subtotal_min, price } = rule;
        Self { countries, regions, weight_max_g, subtotal_min, price }
    }
}

impl From<DeliveryRate> for RateRule {
    fn from(rate: DeliveryRate) -> Self {
        let DeliveryRate { countries, regions, weight_max_g, subtotal_min, price } = rate;
        let regions = regions.iter().map(|region| region.trim().to_owned()).collect();
        Self { countries, regions, weight_max_g, subtotal_min, price }
    }
}

impl From<MethodConfig> for DeliveryMethod {
    fn from(method: MethodConfig) -> Self {
        let MethodConfig { code, name, days_min, days_max, rates } = method;
        Self { code, name, days_min, days_max, rates: rates.into_iter().map(DeliveryRate::from).collect() }
    }
}

impl From<DeliveryMethod> for MethodConfig {
    fn from(method: DeliveryMethod) -> Self {
        let DeliveryMethod { code, name, days_min, days_max, rates } = method;
        let rates = rates.into_iter().map(RateRule::from).collect();
        Self { code, name: name.trim().to_owned(), days_min, days_max, rates }
    }
}

impl From<Settings<Vec<MethodConfig>>> for DeliverySettings {
    fn from(Settings { values, version, saved }: Settings<Vec<MethodConfig>>) -> Self {
        let methods = values.into_iter().map(DeliveryMethod::from).collect();
        Self { origin: SettingsOrigin::of(version, saved), methods }
    }
}

impl From<DeliveryInput> for Vec<MethodConfig> {
    fn from(input: DeliveryInput) -> Self {
        input.methods.into_iter().map(MethodConfig::from).collect()
    }
}

impl Part for DeliverySettings {
    const PATH: &'static str = "/admin/settings/delivery";
    const READ: Named = ("readDeliveryMethods", "Reads the delivery methods with all their rates.");
    const REPLACE: Named = (
        "replaceDeliveryMethods",
        "Replaces the delivery methods, all of them, if they still are what the caller saw. The checkout offers them \
         from then on; orders keep what they were placed with.",
    );
    const RESET: Named = (
        "resetDeliveryMethods",
        "Goes back to the configuration file's delivery methods, if those that hold still are what the caller saw. \
         Answers with what holds then.",
    );

    type Values = Vec<MethodConfig>;
    type Input = DeliveryInput;

    async fn read(call: &Call) -> Result<Settings<Self::Values>, Failure> {
        Ok(call.state.delivery.settings(&call.cx).await?)
    }

    async fn replace(call: &Call, methods: Option<Self::Values>) -> Result<Settings<Self::Values>, Failure> {
        call.state.delivery.replace_settings(&call.cx, call.version, methods).await.map_err(refused)
    }
}
