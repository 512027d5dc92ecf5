//! The tax table and the rules of payment that hold: as staff saved them in the console, else as the configuration file
//! says.

use souk_contracts::orders::{PAY_WITHIN_MIN_MAX, PaymentRules, Taxes};
use souk_settings::{Name, SettingsStore};
use souk_store::Store;
use souk_types::Fault;

use crate::Rules;

const TAXES: Name = Name { stored: "taxes", cache: "orders.taxes", words: "taxes" };
const PAYMENT: Name = Name { stored: "payment", cache: "orders.payment_rules", words: "rules of payment" };

/// The tax table that holds.
pub(crate) fn taxes(store: Store, rules: &Rules) -> SettingsStore<Taxes> {
    SettingsStore::new(store, TAXES, Taxes { rules: rules.taxes.clone(), included: rules.tax_included })
}

/// The rules of payment that hold for new orders.
pub(crate) fn payment(store: Store, rules: &Rules) -> SettingsStore<PaymentRules> {
    SettingsStore::new(store, PAYMENT, rules.payment)
}

/// Checks rules of payment.
///
/// # Errors
/// Invalid, with the wrong field.
pub fn check_payment_rules(rules: &PaymentRules) -> Result<(), Fault> {
    if (1..=PAY_WITHIN_MIN_MAX).contains(&rules.pay_within_min) {
        return Ok(());
    }
    Err(Fault::invalid("pay_within_min", format!("must be 1 to {PAY_WITHIN_MIN_MAX}")))
}
