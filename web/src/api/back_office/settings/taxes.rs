//! The taxes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    orders::{TaxRule, Taxes},
    permission::Scope,
    settings::Settings,
};

use super::{SettingsOrigin, part, refused};
use crate::{
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    },
    error::Failure,
};

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

fn shown(settings: Settings<Taxes>) -> Reply<TaxSettings> {
    let version = settings.version;
    part(settings.into(), version)
}

/// Has other taxes hold in place of those that the caller saw; `None`: those of the configuration file.
async fn replace(call: &Call, taxes: Option<Taxes>) -> Result<Reply<TaxSettings>, Failure> {
    let now = call.state.orders.replace_taxes(&call.cx, call.version, taxes).await.map_err(|error| {
        let mut failure = refused(error);
        for wrong in &mut failure.fields {
            wrong.field = place(&wrong.field);
        }
        failure
    })?;
    call.state.shared.forget_settings().await;
    Ok(shown(now))
}

/// Where the body has a field of the service: its table of `taxes` is `rates` here.
fn place(field: &str) -> String {
    field.strip_prefix("taxes").map_or_else(|| field.to_owned(), |rest| format!("rates{rest}"))
}

/// Reads the taxes.
pub struct ReadTaxes;

impl Operation for ReadTaxes {
    const NAME: &'static str = "readTaxes";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/settings/taxes";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads how orders are taxed.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = TaxSettings;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<TaxSettings>, Failure> {
        Ok(shown(call.state.orders.tax_settings(&call.cx).await?))
    }
}

/// Replaces the taxes.
pub struct ReplaceTaxes;

impl Operation for ReplaceTaxes {
    const NAME: &'static str = "replaceTaxes";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/settings/taxes";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Replaces the taxes, all of them, if they still are what the caller saw. They hold \
        for every new order.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = TaxInput;
    type Answer = TaxSettings;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<TaxSettings>, Failure> {
        let rules = body.rates.into_iter().map(TaxRule::from).collect();
        replace(&call, Some(Taxes { rules, included: body.included })).await
    }
}

/// Goes back to the taxes of the configuration file.
pub struct ResetTaxes;

impl Operation for ResetTaxes {
    const NAME: &'static str = "resetTaxes";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/settings/taxes";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Goes back to the configuration file's taxes, if those that hold still are what the \
        caller saw. Answers with what holds then.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = TaxSettings;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<TaxSettings>, Failure> {
        replace(&call, None).await
    }
}
