use std::time::Duration;

use serde::{Deserialize, Serialize};
use souk_types::Money;

use super::{Order, Totals};
use crate::{Address, CartId, CustomerId, cart::CartView, delivery::Rate, places};

/// Where the cart is to go, as far as it is known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteRequest {
    /// Whose cart.
    pub customer: CustomerId,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province; may be empty.
    pub region: String,
    /// The chosen delivery method; the cheapest when `None` or when it does not serve the destination.
    pub method: Option<String>,
}

/// What the cart would cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// The cart with present prices.
    pub cart: CartView,
    /// All ways to deliver, cheapest first.
    pub rates: Vec<Rate>,
    /// The one that is counted in.
    pub method: String,
    /// What it costs.
    pub totals: Totals,
}

/// A wish to buy what is in the cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// Whose cart.
    pub customer: CustomerId,
    /// The cart that the shopper saw.
    pub cart: CartId,
    /// Who gets the messages.
    pub email: String,
    /// Where it goes.
    pub address: Address,
    /// The delivery method's code.
    pub method: String,
    /// The total that the shopper saw.
    pub expected_total: Money,
    /// What the gateway gave for the card.
    pub payment_token: String,
    /// The payment method that was chosen; `None`: whichever.
    #[serde(default)]
    pub payment_method: Option<String>,
}

/// How the placing of an order stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Done.
    Placed(Box<Order>),
    /// The shopper must confirm with the bank there first.
    ActionRequired {
        /// The order so far.
        order: Box<Order>,
        /// Where.
        url: String,
    },
    /// The gateway has not said yet; the order goes on by itself when it does.
    Pending(Box<Order>),
    /// It came to nothing: cancelled or expired, for the order's `cancel_reason`.
    Ended(Box<Order>),
}

impl Placement {
    /// The order, whatever became of it.
    pub fn order(&self) -> &Order {
        match self {
            Self::Placed(order) | Self::Pending(order) | Self::Ended(order) | Self::ActionRequired { order, .. } => {
                order
            }
        }
    }
}

/// How orders are taxed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxes {
    /// The rules, in any order.
    pub rules: Vec<TaxRule>,
    /// Whether prices include the tax.
    pub included: bool,
}

impl Taxes {
    /// The rule for a destination: that of the region, else of the country.
    pub fn rule(&self, country: &str, region: &str) -> Option<&TaxRule> {
        let of_country = || self.rules.iter().filter(|rule| rule.country == country);
        of_country()
            .find(|rule| !rule.region.is_empty() && places::same_region(country, &rule.region, region))
            .or_else(|| of_country().find(|rule| rule.region.is_empty()))
    }

    /// The regions of a country that have rules of their own, as they are written there.
    pub fn regions<'t>(&'t self, country: &'t str) -> impl Iterator<Item = &'t str> {
        let of_country = self.rules.iter().filter(move |rule| rule.country == country);
        of_country.map(|rule| rule.region.as_str()).filter(|region| !region.is_empty())
    }
}

/// How the money for an order is taken. An order keeps the rules under which it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRules {
    /// Whether money is taken when an order is placed rather than when its first parcel leaves.
    pub capture_at_once: bool,
    /// How long stock is set aside for an order that is not paid, minutes: 1 to [`PAY_WITHIN_MIN_MAX`].
    pub pay_within_min: u64,
}

/// The longest that an order may wait for its payment, minutes: a week, about as long as a card's authorisation holds.
pub const PAY_WITHIN_MIN_MAX: u64 = 7 * 24 * 60;

impl PaymentRules {
    /// How long stock is set aside for an order that is not paid.
    pub const fn pay_within(&self) -> Duration {
        Duration::from_mins(self.pay_within_min)
    }
}

impl Default for PaymentRules {
    fn default() -> Self {
        Self { capture_at_once: true, pay_within_min: 15 }
    }
}

/// A rule of the tax table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxRule {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province by code or name; empty for the whole country.
    #[serde(default)]
    pub region: String,
    /// Rate in basis points: 1900 is 19 %.
    pub rate_bp: i64,
    /// Its name: `VAT`.
    pub name: String,
}
