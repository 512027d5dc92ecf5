//! The taxes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    orders::{TaxRule, Taxes},
    settings::Settings,
};

use super::{
    SettingsOrigin,
    part::{Named, Part, refused},
};
use crate::{api::operation::Call, error::Failure};

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

/// Taxes as they are to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxInput {
    /// Whether prices include the tax.
    included: bool,
    /// The rates, 1,000 at most; where there is none, nothing is taxed.
    rates: Vec<TaxRate>,
}

/// A tax rate.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxRate {
    /// ISO 3166-1 alpha-2.
    country: String,
    /// State or province by code or name; empty: the whole country.
    #[serde(default)]
    region: String,
    /// Rate in basis points, 0 to 10,000: 1900 is 19 %.
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

impl From<TaxRate> for TaxRule {
    fn from(rate: TaxRate) -> Self {
        let TaxRate { country, region, rate_bp, name } = rate;
        Self { country, region: region.trim().to_owned(), rate_bp, name: name.trim().to_owned() }
    }
}

impl From<Settings<Taxes>> for TaxSettings {
    fn from(Settings { values, version, saved }: Settings<Taxes>) -> Self {
        let rates = values.rules.into_iter().map(TaxRate::from).collect();
        Self { origin: SettingsOrigin::of(version, saved), included: values.included, rates }
    }
}

impl From<TaxInput> for Taxes {
    fn from(input: TaxInput) -> Self {
        Self { rules: input.rates.into_iter().map(TaxRule::from).collect(), included: input.included }
    }
}

/// Where the body has a field of the service: its table of `taxes` is `rates` here.
fn place(field: &str) -> String {
    field.strip_prefix("taxes").map_or_else(|| field.to_owned(), |rest| format!("rates{rest}"))
}

impl Part for TaxSettings {
    const PATH: &'static str = "/admin/settings/taxes";
    const READ: Named = ("readTaxes", "Reads how orders are taxed.");
    const REPLACE: Named = (
        "replaceTaxes",
        "Replaces the taxes, all of them, if they still are what the caller saw. They hold for every new order.",
    );
    const RESET: Named = (
        "resetTaxes",
        "Goes back to the taxes of the configuration file, if those that hold still are what the caller saw. Answers \
         with what holds then.",
    );

    type Values = Taxes;
    type Input = TaxInput;

    async fn read(call: &Call) -> Result<Settings<Taxes>, Failure> {
        Ok(call.state.orders.tax_settings(&call.cx).await?)
    }

    async fn replace(call: &Call, taxes: Option<Taxes>) -> Result<Settings<Taxes>, Failure> {
        call.state.orders.replace_taxes(&call.cx, call.version, taxes).await.map_err(|error| {
            let mut failure = refused(error);
            for wrong in &mut failure.fields {
                wrong.field = place(&wrong.field);
            }
            failure
        })
    }
}
