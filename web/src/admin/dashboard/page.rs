use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    inventory::{LOW_MAX, Level, LevelFilter},
    orders::{SalesRequest, WAITING_MAX, Waiting},
    permission::OPERATIONS,
};
use souk_types::{Money, PageRequest};

use super::{
    super::{
        desk::Desk,
        lists,
        stock::{offers, title},
    },
    chart::Chart,
    takings::{Span, Sum, Takings, change},
    visitors::VisitorsView,
};
use crate::{error::Answer, format, view::MoneyView};

/// Low levels that are counted; there may be more.
const LOW_COUNTED: u32 = 100;
/// Low levels that are shown.
const LOW_SHOWN: usize = 8;

#[derive(Serialize)]
struct DashboardPage {
    visitors: VisitorsView,
    sales: Option<SalesView>,
    chart: Option<Chart>,
    tasks: Vec<Task>,
    low: Vec<LowLevel>,
}

/// Today's sales.
#[derive(Serialize)]
struct SalesView {
    total: MoneyView,
    orders: String,
    /// What an order comes to on average; nothing before the first.
    average: Option<MoneyView>,
    comparison: Option<Comparison>,
}

/// Today against the same day last week, up to the same time.
#[derive(Serialize)]
struct Comparison {
    /// `Fri 20 Nov, until 14:45`.
    until: String,
    total: MoneyView,
    orders: String,
    total_change: Option<String>,
    orders_change: Option<String>,
    /// `more`, `less` or `same`.
    trend: &'static str,
}

/// Something that waits for somebody.
#[derive(Serialize)]
struct Task {
    label: &'static str,
    count: String,
    url: &'static str,
    kind: &'static str,
}

#[derive(Serialize)]
struct LowLevel {
    title: String,
    sku: String,
    available: i64,
    url: String,
}

/// `GET /admin`.
pub async fn page(mut desk: Desk) -> Answer {
    let span = Span::ending(desk.state.env.now());
    let currency = desk.state.shop.currency;
    let (state, cx) = (&desk.state, &desk.cx);
    let low = LevelFilter { available_max: Some(LOW_MAX), ..LevelFilter::default() };
    let request = SalesRequest { currency, from: span.from(), to: span.to() };
    let (sales, waiting, low, badges) = futures::join!(
        state.orders.sales(cx, request),
        state.orders.waiting(cx),
        state.inventory.levels(cx, low, PageRequest::first(LOW_COUNTED)),
        desk.badges(),
    );
    let mut missing = Vec::new();
    let takings = match sales {
        Ok(sales) => Some(Takings::of(&span, &sales, Money::zero(currency))),
        Err(error) => away("sales", &error, &mut missing),
    };
    let waiting = waiting.map_or_else(|error| away("orders", &error, &mut missing), Some);
    let low = low.map_or_else(|error| away("stock", &error, &mut missing), Some);
    let mut tasks = waiting.map_or_else(Vec::new, of_orders);
    if let Some(low) = &low {
        let count = bounded(low.items.len() as u64, low.next.is_some());
        tasks.push(Task {
            label: "Low stock",
            kind: kind(low.items.len() as u64, "warning"),
            count,
            url: "/admin/stock?low=1",
        });
    }
    if desk.may(OPERATIONS) {
        let failed = badges.dead_letters;
        let count = format::count(failed);
        tasks.push(Task { label: "Failed work", kind: kind(failed, "danger"), count, url: "/admin/dead-letters" });
    }
    let low = low_levels(&desk, low.map_or_else(Vec::new, |page| page.items)).await;
    if !missing.is_empty() {
        desk.warn(format!("The {} cannot be read right now; nothing is lost. Reload the page.", missing.join(" and ")));
    }
    let content = DashboardPage {
        visitors: VisitorsView::now(&desk),
        chart: takings.as_ref().map(|takings| Chart::of(&span, &takings.days)),
        sales: takings.map(|takings| SalesView::of(&span, &takings)),
        tasks,
        low,
    };
    desk.show(StatusCode::OK, "dashboard", "admin/dashboard.html", content).await
}

/// Notes what cannot be had: the page is still good without it.
fn away<T>(what: &'static str, error: &dyn std::fmt::Display, missing: &mut Vec<&'static str>) -> Option<T> {
    tracing::warn!(%error, "the {what} of the dashboard cannot be read");
    missing.push(what);
    None
}

fn of_orders(waiting: Waiting) -> Vec<Task> {
    let task = |label, count: u64, url, loud| Task {
        label,
        count: bounded(count, count >= WAITING_MAX),
        url,
        kind: kind(count, loud),
    };
    vec![
        task("Orders to ship", waiting.to_ship, "/admin/orders?lifecycle=placed&fulfilment=unfulfilled", "info"),
        task("Partly sent", waiting.partly_sent, "/admin/orders?lifecycle=placed&fulfilment=partial", "info"),
        task("On hold", waiting.on_hold, "/admin/orders?lifecycle=on_hold", "warning"),
    ]
}

/// A number that there may be more of.
pub fn bounded(count: u64, more: bool) -> String {
    format!("{}{}", format::count(count), if more { "+" } else { "" })
}

const fn kind(count: u64, loud: &'static str) -> &'static str {
    if count == 0 { "none" } else { loud }
}

impl SalesView {
    fn of(span: &Span, takings: &Takings) -> Self {
        let Sum { orders, total } = takings.today;
        let average = (orders > 0).then(|| format::money(Money::new(total.minor / orders, total.currency)));
        Self {
            total: format::money(total),
            orders: amount(orders),
            average,
            comparison: takings.last_week.map(|before| Comparison::of(span, before, takings.compared)),
        }
    }
}

impl Comparison {
    fn of(span: &Span, before: Sum, now: Sum) -> Self {
        let until = span.until().to_zoned();
        Self {
            until: format!("{}, until {:02}:{:02}", format::day_text(span.last_week()), until.hour(), until.minute()),
            total: format::money(before.total),
            orders: amount(before.orders),
            total_change: change(before.total.minor, now.total.minor),
            orders_change: change(before.orders, now.orders),
            trend: match now.total.minor.cmp(&before.total.minor) {
                std::cmp::Ordering::Greater => "more",
                std::cmp::Ordering::Less => "less",
                std::cmp::Ordering::Equal => "same",
            },
        }
    }
}

fn amount(number: i64) -> String {
    format::count(u64::try_from(number).unwrap_or(0))
}

async fn low_levels(desk: &Desk, mut levels: Vec<Level>) -> Vec<LowLevel> {
    levels.truncate(LOW_SHOWN);
    let offers = offers(desk, levels.iter().map(|level| level.sku.clone()).collect()).await;
    let view = |level: Level| LowLevel {
        title: offers.get(&level.sku).map_or_else(|| level.sku.clone(), title),
        available: level.available(),
        url: lists::address("/admin/stock", &[("q", &level.sku)], None),
        sku: level.sku,
    };
    levels.into_iter().map(view).collect()
}
