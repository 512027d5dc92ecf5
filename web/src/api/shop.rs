//! The shop itself.

use schemars::JsonSchema;
use serde::Serialize;
use souk_contracts::payments::{Method, MethodKind};

use super::operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb};
use crate::{error::Failure, storefront::shared};

/// The shop itself, and what a client needs to know before it begins.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shop {
    /// Its name.
    name: String,
    /// What prices are in: ISO 4217.
    currency: String,
    /// Where most customers are: ISO 3166-1 alpha-2.
    country: String,
    /// Where it delivers to.
    countries: Vec<Country>,
    /// Whether prices include the tax.
    prices_include_tax: bool,
    /// How the shopper pays.
    payment: Payment,
}

/// A country that is delivered to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    code: String,
    /// Its name.
    name: String,
}

/// How the shopper pays: card data go to the gateway, which gives a token for them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Payment {
    /// Which gateway.
    gateway: String,
    /// No real money moves.
    sandbox: bool,
    /// Where card data are sent for a token.
    tokenise_url: String,
    /// The gateway's own page.
    hosted_page_url: String,
    /// The payment methods that are offered, in the shop's order.
    methods: Vec<PaymentMethod>,
}

/// A payment method that is offered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PaymentMethod {
    /// What an order's `payment_method` says.
    code: String,
    /// What shoppers read.
    name: String,
    /// Where the shopper enters what it needs.
    kind: PaymentKind,
}

/// Where the shopper enters what a payment method needs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentKind {
    /// In the client's own fields, which go to `tokenise_url`.
    CardFields,
    /// At `hosted_page_url`.
    HostedPage,
}

impl From<&Method> for PaymentMethod {
    fn from(method: &Method) -> Self {
        let kind = match method.kind {
            MethodKind::CardFields => PaymentKind::CardFields,
            MethodKind::HostedPage => PaymentKind::HostedPage,
        };
        Self { code: method.code.clone(), name: method.name.clone(), kind }
    }
}

/// Reads the shop.
pub struct ReadShop;

impl Operation for ReadShop {
    const NAME: &'static str = "readShop";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/shop";
    const GROUP: Group = Group::Shop;
    const SUMMARY: &'static str = "Tells what the shop is, where it delivers to and how one pays.";
    const SHARED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Shop;

    async fn run(Call { state, .. }: Call, _: Asked<Self>) -> Result<Reply<Shop>, Failure> {
        let (countries, payment) = futures::try_join!(shared::countries(&state), shared::payment(&state))?;
        let taxes = shared::taxes(&state).await?;
        let country = |choice: &crate::view::Choice| Country { code: choice.value.clone(), name: choice.label.clone() };
        Ok(Reply::of(Shop {
            name: state.shop.name.clone(),
            currency: state.shop.currency.to_string(),
            country: state.shop.country.clone(),
            countries: countries.iter().map(country).collect(),
            prices_include_tax: taxes.included,
            payment: Payment {
                gateway: payment.gateway.clone(),
                sandbox: payment.sandbox,
                tokenise_url: payment.tokenise_url.clone(),
                hosted_page_url: payment.hosted_page_url.clone(),
                methods: payment.methods.iter().map(PaymentMethod::from).collect(),
            },
        }))
    }
}
