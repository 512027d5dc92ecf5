//! The rules of payment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{orders::PaymentRules, settings::Settings};

use super::{
    SettingsOrigin,
    part::{Named, Part, refused},
};
use crate::{api::operation::Call, error::Failure};

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

impl From<PaymentRuleInput> for PaymentRules {
    fn from(input: PaymentRuleInput) -> Self {
        let PaymentRuleInput { capture_at_once, pay_within_min } = input;
        Self { capture_at_once, pay_within_min }
    }
}

impl Part for PaymentRuleSettings {
    const PATH: &'static str = "/admin/settings/payment-rules";
    const READ: Named = ("readPaymentRules", "Reads when the money of orders is taken, and how long they wait for it.");
    const REPLACE: Named = (
        "replacePaymentRules",
        "Sets when the money of new orders is taken, and how long they wait for it, if the rules still are what the \
         caller saw. An order that is there keeps those under which it was made.",
    );
    const RESET: Named = (
        "resetPaymentRules",
        "Goes back to the rules of payment of the configuration file, if those that hold still are what the caller \
         saw. Answers with what holds then.",
    );

    type Values = PaymentRules;
    type Input = PaymentRuleInput;

    async fn read(call: &Call) -> Result<Settings<PaymentRules>, Failure> {
        Ok(call.state.orders.payment_rules(&call.cx).await?)
    }

    async fn replace(call: &Call, rules: Option<PaymentRules>) -> Result<Settings<PaymentRules>, Failure> {
        call.state.orders.replace_payment_rules(&call.cx, call.version, rules).await.map_err(refused)
    }
}
