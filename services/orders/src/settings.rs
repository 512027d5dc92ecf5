//! The tax table that holds: as staff saved it in the console, else as the configuration file says.

use souk_contracts::orders::Taxes;
use souk_settings::{Name, SettingsStore};
use souk_store::Store;

use crate::Rules;

const TAXES: Name = Name { stored: "taxes", cache: "orders.taxes", words: "taxes" };

/// The tax table that holds.
pub(crate) fn taxes(store: Store, rules: &Rules) -> SettingsStore<Taxes> {
    SettingsStore::new(store, TAXES, Taxes { rules: rules.taxes.clone(), included: rules.tax_included })
}
