//! Who is in the shop right now.

use serde::Serialize;

use super::{super::desk::Desk, page::bounded};
use crate::{
    error::Answer,
    format,
    visitors::{PRESENT_S, Present},
};

/// The visitors, for the page and for its script.
#[derive(Serialize)]
pub struct VisitorsView {
    /// `1,204`, or `100,000+`.
    count: String,
    /// `2 at the cart, 1 at the checkout`.
    where_text: Option<String>,
    minutes: i64,
    fragment_url: &'static str,
}

impl VisitorsView {
    /// As seen at this moment.
    pub fn now(desk: &Desk) -> Self {
        Self::of(desk.state.visitors.present(desk.state.env.now()))
    }

    fn of(present: Present) -> Self {
        let places = [(present.cart, "at the cart"), (present.checkout, "at the checkout")];
        let busy = places.into_iter().filter(|(count, _)| *count > 0);
        let busy: Vec<_> = busy.map(|(count, place)| format!("{} {place}", format::count(count))).collect();
        Self {
            count: bounded(present.all(), present.more),
            where_text: (!busy.is_empty()).then(|| busy.join(", ")),
            minutes: PRESENT_S / 60,
            fragment_url: "/admin/visitors",
        }
    }
}

#[derive(Serialize)]
struct Fragment {
    visitors: VisitorsView,
}

/// `GET /admin/visitors`: the number alone, for the page's script.
pub async fn visitors(desk: Desk) -> Answer {
    let visitors = VisitorsView::now(&desk);
    desk.fragment("admin/partials/visitors.html", &Fragment { visitors })
}
