use http::StatusCode;
use serde::Serialize;
use souk_contracts::accounts::{Customer, CustomerFilter};

use super::{
    super::{
        desk::Desk,
        forms::{choice, search_text},
        lists::{self, Pager, Sorting},
    },
    PATH, SECTION,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::TimeView,
};

#[derive(Serialize)]
struct CustomersPage {
    filters: Filters,
    customers: Vec<Row>,
    count_text: Option<String>,
    export_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

#[derive(Serialize)]
struct Filters {
    q: String,
}

#[derive(Serialize)]
struct Row {
    name: String,
    email: String,
    url: String,
    registered_at: TimeView,
}

impl Row {
    fn of(customer: Customer) -> Self {
        Self {
            url: format!("{PATH}/{}", customer.id),
            name: customer.name,
            email: customer.email,
            registered_at: format::time(customer.created_at),
        }
    }
}

/// Whom the address asks for, and in which order.
pub fn filter(query: &Form) -> Result<CustomerFilter, Failure> {
    let filter = CustomerFilter { email: search_text(query, "q")?, sort: choice(query, "sort")? };
    Ok(CustomerFilter { sort: lists::possible(filter.sort, filter.sorts()), ..filter })
}

/// `GET /admin/customers?q=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let (sort, sorts) = (filter.sort, filter.sorts());
    let page = desk.state.accounts.customers(&desk.cx, filter, request.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let filters = Filters { q: desk.query.text("q").to_owned() };
    let sorting = Sorting::of(PATH, &[("q", &filters.q)], sort, sorts);
    let content = CustomersPage {
        pager: Pager::of(PATH, &[("q", &filters.q), ("sort", sorting.selected())], &page, &request),
        count_text: Some(format!("{} shown", format::count(page.items.len() as u64))),
        export_url: lists::address(&format!("{PATH}/export.csv"), &[("q", &filters.q)], None),
        customers: page.items.into_iter().map(Row::of).collect(),
        filters,
        sorting,
    };
    desk.show(StatusCode::OK, SECTION, "admin/customers.html", content).await
}
