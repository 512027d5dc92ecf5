//! The payment methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{payments::MethodSetting, settings::Settings};

use super::{
    SettingsOrigin,
    part::{Named, Part, refused},
};
use crate::{api::operation::Call, error::Failure};

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

impl From<PaymentMethodsInput> for Vec<MethodSetting> {
    fn from(input: PaymentMethodsInput) -> Self {
        input.methods.into_iter().map(MethodSetting::from).collect()
    }
}

impl Part for PaymentMethods {
    const PATH: &'static str = "/admin/settings/payment";
    const READ: Named = ("readPaymentMethods", "Reads which payment methods there are, and which of them are offered.");
    const REPLACE: Named = (
        "replacePaymentMethods",
        "Sets which payment methods are offered, in which order and under which names, if that still is what the \
         caller saw. The payment of an order that is there goes on whatever is offered then.",
    );
    const RESET: Named = (
        "resetPaymentMethods",
        "Goes back to the payment methods of the configuration file, if those that hold still are what the caller \
         saw. Answers with what holds then.",
    );

    type Values = Vec<MethodSetting>;
    type Input = PaymentMethodsInput;

    async fn read(call: &Call) -> Result<Settings<Self::Values>, Failure> {
        Ok(call.state.payments.settings(&call.cx).await?)
    }

    async fn replace(call: &Call, methods: Option<Self::Values>) -> Result<Settings<Self::Values>, Failure> {
        call.state.payments.replace_settings(&call.cx, call.version, methods).await.map_err(refused)
    }
}
