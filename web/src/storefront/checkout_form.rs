//! What the shopper fills in to buy, from a page or a program, and between the shop and the gateway's own page.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    Address, AddressId, CartId, CustomerId,
    accounts::{AddressDraft, SavedAddress},
    orders::PlaceOrder,
};
use souk_types::{FieldError, Money, limits::LINE_BYTES_MAX};

use crate::{
    body::Form,
    cookies::Jar,
    error::sentence,
    kept::Kept,
    session::Visitor,
    state::AppState,
    view::{Errors, Values},
};

/// What was entered waits there while the shopper is at the gateway's page.
const KEPT: Kept = Kept { cookie: "souk_checkout", purpose: "checkout", path: "/checkout" };

/// What the shopper fills in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CheckoutForm {
    /// Email.
    pub email: String,
    /// Where it goes.
    pub address: Address,
    /// Which of the customer's addresses that is; `None` for another one.
    #[serde(default)]
    pub saved: Option<AddressId>,
    /// Whether another one is to be kept too.
    #[serde(default)]
    pub keep_address: bool,
    /// The addresses to choose from, the default first.
    #[serde(skip)]
    pub addresses: Vec<SavedAddress>,
    /// The delivery method's code.
    pub rate: String,
    /// The cart that the shopper saw: the order is made from it once.
    pub cart: Option<CartId>,
    /// The total that the shopper saw, minor units.
    pub expected_total: i64,
    /// What the gateway gave for the card.
    #[serde(skip)]
    pub payment_token: String,
    /// The payment method's code; empty: whichever.
    #[serde(default)]
    pub payment_method: String,
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
    #[serde(default)]
    payment_method: String,
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
            payment_method: json.payment_method,
            ..Self::default()
        }
    }
}

impl From<&Form> for CheckoutForm {
    fn from(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            email: text("email"),
            address: address_of(form),
            saved: form.text("saved").parse().ok(),
            keep_address: form.text("keep_address") == "yes",
            addresses: Vec::new(),
            rate: text("rate"),
            cart: form.text("idempotency_key").parse().ok(),
            expected_total: form.text("expected_total").parse().unwrap_or(-1),
            payment_token: text("payment_token"),
            payment_method: text("payment_method"),
        }
    }
}

impl CheckoutForm {
    /// What the fields of the page hold.
    pub fn values(&self) -> Values {
        let mut values = address_values(&self.address);
        values.insert("email".to_owned(), self.email.clone());
        values.insert("rate".to_owned(), self.rate.clone());
        values
    }

    /// The same with the addresses that the customer keeps; the one that was chosen is the address.
    #[must_use]
    pub async fn with_addresses(mut self, state: &AppState, visitor: &Visitor) -> Self {
        let (Some(_), Some(customer)) = (&visitor.identity, visitor.customer()) else {
            self.saved = None;
            return self;
        };
        self.addresses = state.accounts.addresses(&visitor.cx, customer).await.unwrap_or_else(|error| {
            // Nobody is kept from buying by that: the address can be entered.
            tracing::warn!(%error, "a customer's addresses could not be offered");
            Vec::new()
        });
        self.choose(self.saved);
        self
    }

    /// Chooses one of the customer's addresses, if it is still there.
    pub fn choose(&mut self, saved: Option<AddressId>) {
        let found = self.addresses.iter().find(|kept| Some(kept.id) == saved);
        if let Some(found) = found {
            self.address = found.address.clone();
        }
        self.saved = found.map(|found| found.id);
    }

    /// Keeps the address that was entered, if the customer wants that. However often the form is sent, it is kept
    /// once.
    pub async fn keep_if_wanted(&self, state: &AppState, visitor: &Visitor) {
        let known = self.addresses.iter().any(|kept| kept.address == self.address);
        let (Some(_), Some(customer), Some(cart)) = (&visitor.identity, visitor.customer(), self.cart) else { return };
        if !self.keep_address || known {
            return;
        }
        let id = AddressId::from_bits(cart.bits());
        let draft = AddressDraft { id, version: None, address: self.address.clone(), is_default: false };
        if let Err(error) = state.accounts.save_address(&visitor.cx, customer, draft).await {
            // The order is worth more.
            tracing::warn!(%error, "an address was not kept");
        }
    }

    /// What is missing or wrong, as far as it can be seen without asking anybody.
    pub fn problems(&self) -> Errors {
        let mut problems = self.address.problems("address");
        let email = self.email.as_str();
        let right = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        if !right
            || email.len() > LINE_BYTES_MAX
            || email.contains(|char: char| char.is_whitespace() || char.is_control())
        {
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
            payment_method: Some(self.payment_method.clone()).filter(|method| !method.is_empty()),
        }
    }

    /// Keeps what was entered in the visitor's browser while they are at the gateway's page. False when it is more
    /// than a browser keeps.
    pub fn keep(&self, state: &AppState, jar: &mut Jar) -> bool {
        KEPT.keep(state, jar, self)
    }

    /// What was kept.
    pub fn kept(state: &AppState, headers: &HeaderMap) -> Option<Self> {
        KEPT.read(state, headers)
    }

    /// Forgets what was kept.
    pub fn forget(jar: &mut Jar) {
        KEPT.forget(jar);
    }
}

/// The address in a form's fields.
pub fn address_of(form: &Form) -> Address {
    let text = |name: &str| form.text(name).to_owned();
    Address {
        name: text("name"),
        line1: text("line1"),
        line2: text("line2"),
        city: text("city"),
        region: text("region"),
        postal_code: text("postal_code"),
        country: text("country"),
        phone: text("phone"),
    }
}

/// What the fields of an address hold.
pub fn address_values(address: &Address) -> Values {
    let fields = [
        ("name", &address.name),
        ("line1", &address.line1),
        ("line2", &address.line2),
        ("city", &address.city),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
        ("phone", &address.phone),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Wrong fields of a service under the names that the page's fields have.
pub fn errors(fields: &[FieldError]) -> Errors {
    let mut errors = Errors::new();
    for wrong in fields {
        let name = wrong.field.strip_prefix("address.").unwrap_or(&wrong.field);
        let name = match name {
            "method" => "rate",
            "payment_token" | "payment_method" => "payment",
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
