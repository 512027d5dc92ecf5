//! The checkout page.

use axum::response::{Html, IntoResponse as _, Response};
use http::{StatusCode, header};
use serde::Serialize;
use souk_contracts::{
    Address, CustomerId,
    accounts::{ADDRESSES_MAX, SavedAddress},
    cart::{CartState, CartView},
    delivery::Rate,
    orders::{QuoteRequest, Taxes, Totals},
    payments::{ClientConfig, MethodKind},
    places,
};
use souk_types::{ErrorKind, ServiceError as _};

use crate::{
    error::Failure,
    flash::Notice,
    format, headers,
    session::Visitor,
    state::AppState,
    storefront::{
        cart::settled,
        cart_view::summary_line,
        checkout_form::CheckoutForm,
        context::Base,
        order_view::{address_lines, total_rows},
        shared, words,
    },
    view::{Choice, Errors, MoneyView, SummaryLine, TotalRow, Values},
};

#[derive(Serialize)]
struct CheckoutPage {
    #[serde(flatten)]
    base: Base,
    checkout: Checkout,
    errors: Errors,
    values: Values,
}

#[derive(Serialize)]
struct Checkout {
    lines: Vec<SummaryLine>,
    totals: Vec<TotalRow>,
    total: MoneyView,
    expected_total: i64,
    idempotency_key: String,
    fields: AddressFields,
    saved: Vec<SavedChoice>,
    chosen: bool,
    can_keep: bool,
    rates: Vec<RateView>,
    payment: PaymentForm,
}

/// What an address needs in its country.
#[derive(Default, Serialize)]
pub struct AddressFields {
    countries: Vec<Choice>,
    regions: Vec<Choice>,
    region_required: bool,
    postal_code_required: bool,
}

impl AddressFields {
    /// For an address as it is entered so far.
    ///
    /// # Errors
    /// When the services cannot be asked.
    pub async fn of(state: &AppState, address: &Address) -> Result<Self, Failure> {
        let (countries, taxes) = futures::try_join!(shared::countries(state), shared::taxes(state))?;
        let (regions, region_required) = regions(&taxes, &address.country);
        Ok(Self {
            countries: countries.to_vec(),
            regions,
            region_required,
            postal_code_required: places::needs_postal_code(&address.country),
        })
    }

    /// Shows the region that is meant, where it is chosen from a list.
    pub fn choose_region(&self, address: &Address, values: &mut Values) {
        let same = |choice: &&Choice| places::same_region(&address.country, &choice.value, &address.region);
        if let Some(region) = self.regions.iter().find(same) {
            values.insert("region".to_owned(), region.value.clone());
        }
    }
}

/// One of the customer's addresses to choose.
#[derive(Serialize)]
struct SavedChoice {
    id: String,
    name: String,
    text: String,
    chosen: bool,
}

/// What the customer can choose from, with nothing chosen for another address.
fn saved_choices(form: &CheckoutForm) -> Vec<SavedChoice> {
    let choice = |kept: &SavedAddress| SavedChoice {
        id: kept.id.to_string(),
        name: kept.address.name.clone(),
        text: address_lines(&kept.address).split_off(1).join(", "),
        chosen: form.saved == Some(kept.id),
    };
    form.addresses.iter().map(choice).collect()
}

#[derive(Serialize)]
struct RateView {
    id: String,
    label: String,
    detail: String,
    price: MoneyView,
    free: bool,
    selected: bool,
}

#[derive(Serialize)]
struct PaymentForm {
    tokenise_url: String,
    sandbox: bool,
    provider: String,
    methods: Vec<PaymentMethod>,
    /// Whether the one that is chosen has its fields on this page.
    card_fields: bool,
}

/// A way to pay.
#[derive(Serialize)]
struct PaymentMethod {
    code: String,
    name: String,
    card_fields: bool,
    chosen: bool,
}

impl PaymentForm {
    /// What is offered, with the method of the form chosen, or the first.
    fn of(payment: &ClientConfig, chosen: &str) -> Self {
        let at = payment.methods.iter().position(|method| method.code == chosen).unwrap_or(0);
        let method = |(index, method): (usize, &souk_contracts::payments::Method)| PaymentMethod {
            code: method.code.clone(),
            name: method.name.clone(),
            card_fields: method.kind == MethodKind::CardFields,
            chosen: index == at,
        };
        let methods: Vec<PaymentMethod> = payment.methods.iter().enumerate().map(method).collect();
        Self {
            tokenise_url: payment.tokenise_url.clone(),
            sandbox: payment.sandbox,
            provider: if payment.sandbox { "the sandbox gateway".to_owned() } else { payment.gateway.clone() },
            card_fields: methods.iter().any(|method| method.chosen && method.card_fields),
            methods,
        }
    }
}

/// What the cart costs at a destination, as far as it can be delivered there.
pub struct Priced {
    /// The cart.
    pub cart: CartView,
    rates: Vec<Rate>,
    method: String,
    totals: Option<Totals>,
}

impl Priced {
    /// What is paid, if it can be delivered.
    pub fn total_minor(&self) -> Option<i64> {
        self.totals.as_ref().map(|totals| totals.total.minor)
    }
}

/// Prices the customer's cart. A cart that is just becoming an order, or coming back from one, is waited for.
pub async fn price(
    state: &AppState,
    visitor: &Visitor,
    customer: CustomerId,
    form: &CheckoutForm,
) -> Result<Priced, Failure> {
    let mut priced = ask(state, visitor, customer, form).await?;
    if priced.cart.state == CartState::Completing {
        let cart = settled(state, &visitor.cx, customer).await?;
        if cart.state == CartState::Open {
            priced = ask(state, visitor, customer, form).await?;
        }
    }
    Ok(priced)
}

async fn ask(
    state: &AppState,
    visitor: &Visitor,
    customer: CustomerId,
    form: &CheckoutForm,
) -> Result<Priced, Failure> {
    let request = QuoteRequest {
        customer,
        country: form.address.country.clone(),
        region: form.address.region.clone(),
        method: Some(form.rate.clone()).filter(|rate| !rate.is_empty()),
    };
    match state.orders.quote(&visitor.cx, request).await {
        Ok(quote) => {
            Ok(Priced { cart: quote.cart, rates: quote.rates, method: quote.method, totals: Some(quote.totals) })
        }
        // Nothing is delivered there: the page says so, and shows what is in the cart.
        Err(error) if error.kind() == ErrorKind::Invalid => {
            let cart = state.cart.view(&visitor.cx, customer).await?;
            Ok(Priced { cart, rates: Vec::new(), method: String::new(), totals: None })
        }
        Err(error) => Err(error.into()),
    }
}

/// What stands above the form, and with which status.
pub struct Said {
    /// The HTTP status.
    pub status: StatusCode,
    /// By field.
    pub errors: Errors,
    /// On top.
    pub notice: Option<Notice>,
}

impl Said {
    /// Nothing in particular.
    pub fn nothing() -> Self {
        Self { status: StatusCode::OK, errors: Errors::new(), notice: None }
    }

    /// These fields are wrong.
    pub fn wrong(errors: Errors) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors, notice: None }
    }
}

/// The page with what was entered.
pub async fn page(
    state: &AppState,
    visitor: &Visitor,
    form: &CheckoutForm,
    priced: &Priced,
    said: Said,
) -> Result<Response, Failure> {
    let (payment, fields) = futures::try_join!(shared::payment(state), AddressFields::of(state, &form.address))?;
    let mut values = form.values();
    values.insert("rate".to_owned(), priced.method.clone());
    fields.choose_region(&form.address, &mut values);
    if form.keep_address {
        values.insert("keep_address".to_owned(), "yes".to_owned());
    }
    let page = CheckoutPage {
        base: Base::of(state, "/checkout", visitor, said.notice).await,
        checkout: Checkout {
            fields,
            saved: saved_choices(form),
            chosen: form.saved.is_some(),
            can_keep: visitor.identity.is_some() && form.addresses.len() < ADDRESSES_MAX,
            ..Checkout::of(priced, PaymentForm::of(&payment, &form.payment_method))
        },
        errors: said.errors,
        values,
    };
    let html = state.theme.render("checkout.html", &page)?;
    let mut response = (said.status, Html(html)).into_response();
    if let Some(policy) = headers::paying_policy(&foreign_origins(&payment)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

impl Checkout {
    fn of(priced: &Priced, payment: PaymentForm) -> Self {
        let chosen = priced.rates.iter().find(|rate| rate.method == priced.method);
        let totals = match &priced.totals {
            Some(totals) => total_rows(totals, chosen.map_or("", |rate| &rate.name)),
            None => vec![
                TotalRow::new("Subtotal", format::money(priced.cart.subtotal), ""),
                TotalRow::noted("Delivery", "Not possible to this address"),
            ],
        };
        let total = priced.totals.as_ref().map_or(priced.cart.subtotal, |totals| totals.total);
        Self {
            lines: priced.cart.lines.iter().map(summary_line).collect(),
            totals,
            total: format::money(total),
            expected_total: total.minor,
            idempotency_key: priced.cart.id.map(|id| id.to_string()).unwrap_or_default(),
            fields: AddressFields::default(),
            saved: Vec::new(),
            chosen: false,
            can_keep: false,
            rates: priced.rates.iter().map(|rate| rate_view(rate, &priced.method)).collect(),
            payment,
        }
    }
}

/// The regions of a country that can be chosen, and whether one must be: its states where addresses need one, else
/// those that are taxed in their own way. Both empty and free: any text will do.
fn regions(taxes: &Taxes, country: &str) -> (Vec<Choice>, bool) {
    let states: Vec<Choice> = places::regions(country).map(|region| Choice::new(region.code, region.name)).collect();
    if !states.is_empty() {
        return (states, true);
    }
    (taxes.regions(country).map(|region| Choice::new(region, region)).collect(), false)
}

fn rate_view(rate: &Rate, method: &str) -> RateView {
    RateView {
        id: rate.method.clone(),
        label: rate.name.clone(),
        detail: words::days(rate.days_min, rate.days_max),
        price: format::money(rate.price),
        free: rate.price.is_zero(),
        selected: rate.method == method,
    }
}

/// Where else the page's card form may talk to: the gateway, unless it is a part of the shop.
fn foreign_origins(payment: &ClientConfig) -> Vec<String> {
    let mut origins: Vec<String> = [&payment.tokenise_url, &payment.hosted_page_url]
        .into_iter()
        .filter_map(|url| {
            let (scheme, rest) = url.split_once("://")?;
            let host = rest.split(['/', '?', '#']).next()?;
            Some(format!("{scheme}://{host}"))
        })
        .collect();
    origins.dedup();
    origins
}
