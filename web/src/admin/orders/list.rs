use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    orders::{FulfilmentStatus, Lifecycle, OrderFilter, OrderSort, OrderSummary, PaymentStatus, SavedFilter},
    permission::ORDERS_MANAGE,
};

use super::{
    super::{
        desk::Desk,
        forms::{choice, search_text},
        labels,
        lists::{self, Pager, Sorting},
    },
    PATH,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::{Badge, Choice, MoneyView, TimeView},
};

#[derive(Serialize)]
struct OrdersPage {
    filters: Filters,
    lifecycles: Vec<Choice>,
    payments: Vec<Choice>,
    fulfilments: Vec<Choice>,
    orders: Vec<Row>,
    count_text: Option<String>,
    saved: Vec<SavedView>,
    /// The address of the list as it is shown, to come back to.
    here: String,
    export_url: String,
    may_change: bool,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
}

/// What the list is narrowed to, as the address says it.
#[derive(Serialize)]
struct Filters {
    q: String,
    lifecycle: String,
    payment: String,
    fulfilment: String,
    sort: String,
}

#[derive(Serialize)]
struct SavedView {
    name: String,
    url: String,
    current: bool,
}

/// The filter that an address or a form asks for, and the order, where these orders can have it.
///
/// # Errors
/// Invalid: it names a status or an order that there is not.
pub fn filter(form: &Form) -> Result<OrderFilter, Failure> {
    let filter = OrderFilter {
        lifecycle: choice(form, "lifecycle")?,
        payment: choice(form, "payment")?,
        fulfilment: choice(form, "fulfilment")?,
        text: search_text(form, "q")?,
        sort: choice(form, "sort")?,
    };
    // The list's own order is none, so that a saved filter is known again.
    let sort = lists::possible(filter.sort, filter.sorts()).filter(|sort| *sort != OrderSort::Newest);
    Ok(OrderFilter { sort, ..filter })
}

/// The address of the list with a filter.
pub fn address(filter: &OrderFilter) -> String {
    lists::address(PATH, &Filters::of(filter).pairs(), None)
}

impl Filters {
    fn of(filter: &OrderFilter) -> Self {
        let text = |text: Option<&'static str>| text.unwrap_or_default().to_owned();
        Self {
            q: filter.text.clone().unwrap_or_default(),
            lifecycle: text(filter.lifecycle.map(Lifecycle::as_str)),
            payment: text(filter.payment.map(PaymentStatus::as_str)),
            fulfilment: text(filter.fulfilment.map(FulfilmentStatus::as_str)),
            sort: text(filter.sort.map(OrderSort::as_str)),
        }
    }

    /// What is in the list, and then its order.
    fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("q", self.q.as_str()),
            ("lifecycle", &self.lifecycle),
            ("payment", &self.payment),
            ("fulfilment", &self.fulfilment),
            ("sort", &self.sort),
        ]
    }
}

impl SavedView {
    fn of(saved: SavedFilter, here: &OrderFilter) -> Self {
        Self { url: address(&saved.filter), current: saved.filter == *here, name: saved.name }
    }
}

#[derive(Serialize)]
struct Row {
    id: String,
    number: String,
    url: String,
    placed_at: TimeView,
    customer: String,
    email: String,
    item_text: String,
    total: MoneyView,
    lifecycle: Badge,
    payment: Badge,
    fulfilment: Badge,
}

impl Row {
    fn of(order: OrderSummary) -> Self {
        Self {
            url: format!("{PATH}/{}", order.number),
            id: order.id.to_string(),
            number: order.number,
            placed_at: format::time(order.created_at),
            customer: order.name,
            email: order.email,
            item_text: format::counted(order.pieces, "item", "items"),
            total: format::money(order.total),
            lifecycle: labels::lifecycle(order.lifecycle),
            payment: labels::payment(order.payment),
            fulfilment: labels::fulfilment(order.fulfilment),
        }
    }
}

/// `GET /admin/orders?q=&lifecycle=&payment=&fulfilment=&sort=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let filter = filter(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let (orders, cx) = (&desk.state.orders, &desk.cx);
    let (page, saved) = futures::join!(orders.list(cx, filter.clone(), request.clone()), orders.saved_filters(cx));
    let page = page?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let saved = saved.unwrap_or_else(|error| {
        tracing::warn!(%error, "the saved filters cannot be read");
        Vec::new()
    });
    let filters = Filters::of(&filter);
    let after = request.after.as_ref().map(|cursor| cursor.0.as_str());
    let pairs = filters.pairs();
    let (kept, _) = pairs.split_at(pairs.len() - 1);
    let content = OrdersPage {
        sorting: Sorting::of(PATH, kept, filter.sort, filter.sorts()),
        pager: Pager::of(PATH, &pairs, &page, &request),
        lifecycles: labels::choices(Lifecycle::ALL.iter().map(|status| status.as_str())),
        payments: labels::choices(PaymentStatus::ALL.iter().map(|status| status.as_str())),
        fulfilments: labels::choices(FulfilmentStatus::ALL.iter().map(|status| status.as_str())),
        count_text: Some(format!("{} shown", format::count(page.items.len() as u64))),
        orders: page.items.into_iter().map(Row::of).collect(),
        saved: saved.into_iter().map(|saved| SavedView::of(saved, &filter)).collect(),
        here: lists::address(PATH, &pairs, after),
        export_url: lists::address(&format!("{PATH}/export.csv"), kept, None),
        may_change: desk.may(ORDERS_MANAGE),
        filters,
    };
    desk.show(StatusCode::OK, "orders", "admin/orders.html", content).await
}
