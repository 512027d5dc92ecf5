//! The payment methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{payments::MethodSetting, permission::Scope, settings::Settings};

use super::{SettingsOrigin, part, refused};
use crate::{
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    },
    error::Failure,
};

/// By what orders are paid.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PaymentMethods {
    /// Where these settings come from.
    origin: SettingsOrigin,
    /// All that the gateway has, in the order of the checkout.
    methods: Vec<PaymentMethodSetting>,
}

/// Payment methods as they are to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentMethodsInput {
    /// The methods in the order of the checkout, one of them offered at least. What the gateway has besides comes last
    /// and is not offered.
    methods: Vec<PaymentMethodSetting>,
}

/// A payment method as it is set.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentMethodSetting {
    /// Its code, one of those that the gateway has.
    code: String,
    /// What shoppers read, 1 to 60 characters.
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

impl From<PaymentMethodSetting> for MethodSetting {
    fn from(method: PaymentMethodSetting) -> Self {
        let PaymentMethodSetting { code, name, offered } = method;
        Self { code, name: name.trim().to_owned(), offered }
    }
}

impl From<Settings<Vec<MethodSetting>>> for PaymentMethods {
    fn from(Settings { values, version, saved }: Settings<Vec<MethodSetting>>) -> Self {
        let methods = values.into_iter().map(PaymentMethodSetting::from).collect();
        Self { origin: SettingsOrigin::of(version, saved), methods }
    }
}

fn shown(settings: Settings<Vec<MethodSetting>>) -> Reply<PaymentMethods> {
    let version = settings.version;
    part(settings.into(), version)
}

/// Has other methods hold in place of those that the caller saw; `None`: those of the configuration file.
async fn replace(call: &Call, methods: Option<Vec<MethodSetting>>) -> Result<Reply<PaymentMethods>, Failure> {
    let now = call.state.payments.replace_settings(&call.cx, call.version, methods).await.map_err(refused)?;
    call.state.shared.forget_settings().await;
    Ok(shown(now))
}

/// Reads the payment methods.
pub struct ReadPaymentMethods;

impl Operation for ReadPaymentMethods {
    const NAME: &'static str = "readPaymentMethods";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/settings/payment";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads which payment methods there are, and which of them are offered.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = PaymentMethods;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<PaymentMethods>, Failure> {
        Ok(shown(call.state.payments.settings(&call.cx).await?))
    }
}

/// Replaces the payment methods.
pub struct ReplacePaymentMethods;

impl Operation for ReplacePaymentMethods {
    const NAME: &'static str = "replacePaymentMethods";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/settings/payment";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Sets which payment methods are offered, in which order and under which names, if \
        that still is what the caller saw. The payment of an order that is there goes on whatever is offered then.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = PaymentMethodsInput;
    type Answer = PaymentMethods;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<PaymentMethods>, Failure> {
        replace(&call, Some(body.methods.into_iter().map(MethodSetting::from).collect())).await
    }
}

/// Goes back to the payment methods of the configuration file.
pub struct ResetPaymentMethods;

impl Operation for ResetPaymentMethods {
    const NAME: &'static str = "resetPaymentMethods";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/admin/settings/payment";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Goes back to the configuration file's payment methods, if those that hold still are \
        what the caller saw. Answers with what holds then.";
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = PaymentMethods;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<PaymentMethods>, Failure> {
        replace(&call, None).await
    }
}
