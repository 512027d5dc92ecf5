//! The rules of payment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{orders::PaymentRules, permission::Scope, settings::Settings};

use super::{SettingsOrigin, part, refused};
use crate::{
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    },
    error::Failure,
};

/// How the money for orders is taken.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PaymentRuleSettings {
    /// Where these settings come from.
    origin: SettingsOrigin,
    /// Whether money is taken when an order is placed rather than when its first parcel leaves.
    capture_at_once: bool,
    /// How long stock is set aside for an order that is not paid, minutes.
    pay_within_min: u64,
}

/// Rules of payment as they are to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRuleInput {
    /// Whether money is taken when an order is placed rather than when its first parcel leaves.
    capture_at_once: bool,
    /// How long stock is set aside for an order that is not paid, minutes; 10,080, a week, at most.
    #[schemars(range(min = 1, max = 10_080))]
    pay_within_min: u64,
}

impl From<Settings<PaymentRules>> for PaymentRuleSettings {
    fn from(Settings { values, version, saved }: Settings<PaymentRules>) -> Self {
        let PaymentRules { capture_at_once, pay_within_min } = values;
        Self { origin: SettingsOrigin::of(version, saved), capture_at_once, pay_within_min }
    }
}

fn shown(settings: Settings<PaymentRules>) -> Reply<PaymentRuleSettings> {
    let version = settings.version;
    part(settings.into(), version)
}

/// Has other rules hold in place of those that the caller saw; `None`: those of the configuration file.
async fn replace(call: &Call, rules: Option<PaymentRules>) -> Result<Reply<PaymentRuleSettings>, Failure> {
    let replaced = call.state.orders.replace_payment_rules(&call.cx, call.version, rules).await;
    replaced.map(shown).map_err(refused)
}

/// Reads the rules of payment.
pub struct ReadPaymentRules;

impl Operation for ReadPaymentRules {
    const NAME: &'static str = "readPaymentRules";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/settings/payment-rules";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads when the money of orders is taken, and how long they wait for it.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = PaymentRuleSettings;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<PaymentRuleSettings>, Failure> {
        Ok(shown(call.state.orders.payment_rules(&call.cx).await?))
    }
}

/// Replaces the rules of payment.
pub struct ReplacePaymentRules;

impl Operation for ReplacePaymentRules {
    const NAME: &'static str = "replacePaymentRules";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/settings/payment-rules";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Sets when the money of new orders is taken, and how long they wait for it, if the \
        rules still are what the caller saw. An order that is there keeps those under which it was made.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = PaymentRuleInput;
    type Answer = PaymentRuleSettings;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<PaymentRuleSettings>, Failure> {
        let PaymentRuleInput { capture_at_once, pay_within_min } = body;
        replace(&call, Some(PaymentRules { capture_at_once, pay_within_min })).await
    }
}

/// Goes back to the rules of payment of the configuration file.
pub struct ResetPaymentRules;

impl Operation for ResetPaymentRules {
    const NAME: &'static str = "resetPaymentRules";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/settings/payment-rules";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Goes back to the configuration file's rules of payment, if those that hold still are \
        what the caller saw. Answers with what holds then.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = PaymentRuleSettings;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<PaymentRuleSettings>, Failure> {
        replace(&call, None).await
    }
}
