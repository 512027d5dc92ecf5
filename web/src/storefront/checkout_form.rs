//! What the shopper fills in to buy, from a page or a program, and between the shop and the gateway's own page.

use std::time::Duration;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use souk_contracts::{Address, CartId, CustomerId, orders::PlaceOrder};
use souk_types::{FieldError, Money, limits::LINE_BYTES_MAX};

use crate::{
    body::Form,
    cookies::{self, Cookie, Jar},
    error::sentence,
    signing,
    state::AppState,
    view::{Errors, Values},
};

const COOKIE: &str = "souk_checkout";
const PURPOSE: &str = "checkout";
const PATH: &str = "/checkout";
/// How long what was entered is kept while the shopper is at the gateway's page.
const KEPT: Duration = Duration::from_secs(1_800);
/// Browsers drop larger cookies.
const COOKIE_BYTES_MAX: usize = 3_800;

/// What the shopper fills in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CheckoutForm {
    /// Email.
    pub email: String,
    /// Where it goes.
    pub address: Address,
    /// The delivery method's code.
    pub rate: String,
    /// The cart that the shopper saw: the order is made from it once.
    pub cart: Option<CartId>,
    /// The total that the shopper saw, minor units.
    pub expected_total: i64,
    /// What the gateway gave for the card.
    #[serde(skip)]
    pub payment_token: String,
}

/// The same from a program.
#[derive(Debug, Deserialize)]
pub struct CheckoutJson {
    email: String,
    address: Address,
    method: String,
    #[serde(default, alias = "idempotency_key")]
    cart: Option<CartId>,
    expected_total: Amount,
    payment_token: String,
}

/// An amount as minor units, or with its currency.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Amount {
    Minor(i64),
    Money(Money),
}

impl From<CheckoutJson> for CheckoutForm {
    fn from(json: CheckoutJson) -> Self {
        Self {
            email: json.email,
            address: json.address,
            rate: json.method,
            cart: json.cart,
            expected_total: match json.expected_total {
                Amount::Minor(minor) => minor,
                Amount::Money(money) => money.minor,
            },
            payment_token: json.payment_token,
        }
    }
}

impl From<&Form> for CheckoutForm {
    fn from(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            email: text("email"),
            address: Address {
                name: text("name"),
                line1: text("line1"),
                line2: text("line2"),
                city: text("city"),
                region: text("region"),
                postal_code: text("postal_code"),
                country: text("country"),
                phone: text("phone"),
            },
            rate: text("rate"),
            cart: form.text("idempotency_key").parse().ok(),
            expected_total: form.text("expected_total").parse().unwrap_or(-1),
            payment_token: text("payment_token"),
        }
    }
}

impl CheckoutForm {
    /// What the fields of the page hold.
    pub fn values(&self) -> Values {
        let address = &self.address;
        let fields = [
            ("email", &self.email),
            ("name", &address.name),
            ("line1", &address.line1),
            ("line2", &address.line2),
            ("city", &address.city),
            ("region", &address.region),
            ("postal_code", &address.postal_code),
            ("country", &address.country),
            ("phone", &address.phone),
            ("rate", &self.rate),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// What is missing or wrong, as far as it can be seen without asking anybody.
    pub fn problems(&self) -> Errors {
        let mut problems = self.address.problems("address");
        let email = self.email.as_str();
        let right = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        if !right || email.len() > LINE_BYTES_MAX || email.contains(char::is_whitespace) {
            problems.push(FieldError::new("email", "enter an email address like name@example.com"));
        }
        if self.rate.is_empty() || self.rate.len() > LINE_BYTES_MAX {
            problems.push(FieldError::new("method", "choose how it is delivered"));
        }
        errors(&problems)
    }

    /// The wish to buy.
    pub fn request(&self, customer: CustomerId, cart: CartId, state: &AppState) -> PlaceOrder {
        PlaceOrder {
            customer,
            cart,
            email: self.email.clone(),
            address: self.address.clone(),
            method: self.rate.clone(),
            expected_total: Money::new(self.expected_total, state.shop.currency),
            payment_token: self.payment_token.clone(),
        }
    }

    /// Keeps what was entered in the visitor's browser while they are at the gateway's page. False when it is more
    /// than a browser keeps.
    pub fn keep(&self, state: &AppState, jar: &mut Jar) -> bool {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let sealed = state.signer.seal(PURPOSE, &json, signing::until(&state.env, KEPT));
        let fits = sealed.len() <= COOKIE_BYTES_MAX;
        if fits {
            jar.set(Cookie::new(COOKIE, &sealed).at(PATH).lasting(KEPT));
        }
        fits
    }

    /// What was kept.
    pub fn kept(state: &AppState, headers: &HeaderMap) -> Option<Self> {
        let sealed = cookies::get(headers, COOKIE)?;
        let json = state.signer.open(PURPOSE, sealed, state.env.now())?;
        serde_json::from_slice(&json).ok()
    }

    /// Forgets what was kept.
    pub fn forget(jar: &mut Jar) {
        jar.set(Cookie::gone(COOKIE).at(PATH));
    }
}

/// Wrong fields of a service under the names that the page's fields have.
pub fn errors(fields: &[FieldError]) -> Errors {
    let mut errors = Errors::new();
    for wrong in fields {
        let name = wrong.field.strip_prefix("address.").unwrap_or(&wrong.field);
        let name = match name {
            "method" => "rate",
            "payment_token" => "payment",
            "email" | "name" | "line1" | "line2" | "city" | "region" | "postal_code" | "country" | "phone" => name,
            _ => "form",
        };
        errors.entry(name.to_owned()).or_insert_with(|| in_words(name, &wrong.message));
    }
    errors
}

/// The message as a sentence that can stand alone in the list above the form.
fn in_words(name: &str, message: &str) -> String {
    let label = match name {
        "email" => "Email",
        "name" => "Name",
        "line1" => "Street",
        "line2" => "Address line 2",
        "city" => "City",
        "region" => "Region",
        "postal_code" => "Postal code",
        "country" => "Country",
        "phone" => "Phone",
        _ => return sentence(message),
    };
    match message.starts_with("must") || message.starts_with("is ") {
        true => sentence(&format!("{label} {message}")),
        false => sentence(message),
    }
}
