//! Registered customers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    CustomerId, CustomerKind,
    accounts::{self, CustomerFilter, CustomerSort},
    permission::Scope,
};
use souk_types::Fault;

use crate::{
    api::{
        caller::Access,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        order_model::{OrderPage, OrderSummary},
        orders::{PageWish, next_of, page_of},
        schema, sorting,
    },
    error::Failure,
};

schema::words! {
    sort: CustomerSort;
}

/// A registered customer as staff see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegisteredCustomer {
    /// Their id.
    #[schemars(schema_with = "schema::id::<CustomerKind>")]
    id: String,
    /// Email.
    email: String,
    /// Name.
    name: String,
    /// When they registered.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
}

impl From<accounts::Customer> for RegisteredCustomer {
    fn from(customer: accounts::Customer) -> Self {
        let accounts::Customer { id, email, name, created_at } = customer;
        Self { id: id.to_string(), email, name, created_at: instant(created_at) }
    }
}

/// Which customers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CustomerWish {
    /// Only emails that begin so.
    #[schemars(length(max = 254))]
    email: Option<String>,
    /// In this order: by when they registered, or by email; with a minus, the other way round. Those whose emails begin
    /// alike are listed by email alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "sort")]
    sort: Option<CustomerSort>,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    limit: u32,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 1500))]
    cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// A page of customers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CustomerPage {
    /// The customers.
    items: Vec<RegisteredCustomer>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Lists customers.
pub struct ListCustomers;

impl Operation for ListCustomers {
    const NAME: &'static str = "listCustomers";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/customers";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str =
        "Lists registered customers: the newest first, those of `email` by email, or as `sort` says.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = Nothing;
    type Query = CustomerWish;
    type Body = Nothing;
    type Answer = CustomerPage;

    async fn run(call: Call, Asked { query: mut wish, .. }: Asked<Self>) -> Result<Reply<CustomerPage>, Failure> {
        let mut filter =
            CustomerFilter { email: wish.email.clone().filter(|email| !email.is_empty()), ..CustomerFilter::default() };
        wish.sort = sorting::order(wish.sort, filter.sorts())?;
        filter.sort = wish.sort;
        let list = ("customers", &wish);
        let page = page_of(&list, wish.limit, wish.cursor.as_deref())?;
        let found = call.state.accounts.customers(&call.cx, filter, page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(RegisteredCustomer::from).collect();
        Ok(Reply::page(CustomerPage { items, next: next.clone() }, next))
    }
}

/// Which customer.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CustomerPath {
    /// Their id.
    #[schemars(schema_with = "schema::id::<CustomerKind>")]
    customer: CustomerId,
}

/// Reads a customer.
pub struct ReadAnyCustomer;

impl Operation for ReadAnyCustomer {
    const NAME: &'static str = "readAnyCustomer";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/customers/{customer}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads a registered customer.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = CustomerPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = RegisteredCustomer;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<RegisteredCustomer>, Failure> {
        let found = call.state.accounts.customer(&call.cx, path.customer).await?;
        Ok(Reply::of(found.ok_or_else(|| Fault::not_found("the customer"))?.into()))
    }
}

/// Lists a customer's orders.
pub struct ListCustomerOrders;

impl Operation for ListCustomerOrders {
    const NAME: &'static str = "listCustomerOrders";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/customers/{customer}/orders";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists the orders of a customer, newest first.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = CustomerPath;
    type Query = PageWish;
    type Body = Nothing;
    type Answer = OrderPage;

    async fn run(call: Call, Asked { path, query, .. }: Asked<Self>) -> Result<Reply<OrderPage>, Failure> {
        let list = ("orders of", path.customer);
        let page = page_of(&list, query.limit, query.cursor.as_deref())?;
        let found = call.state.orders.of_customer(&call.cx, path.customer, page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.iter().map(OrderSummary::from).collect();
        Ok(Reply::page(OrderPage { items, next: next.clone() }, next))
    }
}
