use std::collections::HashMap;

use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    LocationId,
    catalog::Offer,
    inventory::{LOW_MAX, Level, LevelFilter, LevelSort, Location},
    permission::STOCK_MANAGE,
};
use souk_types::PageRequest;

use super::{
    super::{
        desk::Desk,
        forms::{self, Failed, Refusal},
        lists::{self, Pager, Sorting},
    },
    PATH, SECTION,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    format,
    view::{Choice, Values},
};

/// Why a level is adjusted.
const REASONS: [&str; 6] = ["Counted", "Damaged", "Lost", "Found", "Returned by a customer", "Correction"];

#[derive(Serialize)]
struct StockPage {
    filters: Filters,
    /// All of them, to filter by.
    locations: Vec<Choice>,
    /// Those that take stock.
    open_locations: Vec<Choice>,
    sees_locations: bool,
    levels: Vec<Row>,
    reasons: Vec<Choice>,
    count_text: Option<String>,
    export_url: String,
    sorting: Sorting,
    #[serde(flatten)]
    pager: Pager,
    #[serde(flatten)]
    failed: Failed,
}

#[derive(Default, Serialize)]
pub struct Filters {
    q: String,
    location: String,
    low: bool,
    #[serde(skip)]
    sort: Option<LevelSort>,
}

impl Filters {
    /// What the address asks for.
    pub fn read(query: &Form) -> Result<Self, Failure> {
        Ok(Self {
            q: forms::search_text(query, "q")?.unwrap_or_default(),
            // The link that fills the forms in says where too, without meaning to filter.
            location: if query.text("sku").is_empty() { query.text("location").to_owned() } else { String::new() },
            low: query.text("low") == "1",
            sort: forms::choice(query, "sort")?,
        })
    }

    /// The same as the service wants it.
    pub fn of_levels(&self) -> Result<LevelFilter, Failure> {
        let filter = LevelFilter {
            sku_prefix: Some(self.q.clone()).filter(|text| !text.is_empty()),
            available_max: self.low.then_some(LOW_MAX),
            location: place(&self.location)?,
            sort: self.sort,
        };
        Ok(LevelFilter { sort: lists::possible(filter.sort, filter.sorts()), ..filter })
    }
}

#[derive(Serialize)]
struct Row {
    sku: String,
    title: String,
    product_url: String,
    location: String,
    location_name: String,
    switched_off: bool,
    on_hand: i64,
    committed: i64,
    reserved: i64,
    safety: i64,
    available: i64,
    low: bool,
    movements_url: String,
}

impl Row {
    fn of(level: Level, offer: Option<&Offer>, locations: &[Location]) -> Self {
        let available = level.available();
        let find = lists::address("/admin/products", &[("q", &level.sku)], None);
        Self {
            title: offer.map_or_else(|| level.sku.clone(), title),
            product_url: offer.map_or(find, |offer| format!("/admin/products/{}", offer.product)),
            location: level.location.to_string(),
            location_name: location_name(locations, level.location),
            switched_off: locations.iter().any(|location| location.id == level.location && !location.active),
            on_hand: level.on_hand,
            committed: level.committed,
            reserved: level.reserved,
            safety: level.safety,
            available,
            low: available <= LOW_MAX,
            movements_url: movements_url(&level.sku),
            sku: level.sku,
        }
    }
}

/// The product's title with the chosen options.
pub fn title(offer: &Offer) -> String {
    if offer.variant_title.is_empty() {
        return offer.title.clone();
    }
    format!("{} ({})", offer.title, offer.variant_title)
}

/// The name of a place.
pub fn location_name(locations: &[Location], id: LocationId) -> String {
    locations.iter().find(|location| location.id == id).map_or_else(|| id.to_string(), |location| location.name.clone())
}

/// The address of a SKU's movements. A SKU may have any letters.
pub fn movements_url(sku: &str) -> String {
    let encoded: String = sku
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
            // A path of dots would be taken for the way up.
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("{PATH}/{encoded}/movements")
}

/// `GET /admin/stock?q=&location=&low=1&sort=&after=`; `sku`, `location` and `expected` may fill the forms in.
pub async fn list(desk: Desk) -> Answer {
    let filters = Filters::read(&desk.query)?;
    let request = lists::request(&desk.query)?;
    let preset =
        ["sku", "location", "expected"].into_iter().map(|name| (name.to_owned(), desk.query.text(name).to_owned()));
    let values: Values = preset.filter(|(_, value)| !value.is_empty()).collect();
    let failed = Failed { values, ..Failed::default() };
    show(desk, StatusCode::OK, filters, &request, failed).await
}

/// The page again, with the level in question, what was entered and what is wrong with it.
pub async fn refuse(desk: Desk, name: &'static str, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let filters = Filters { q: form.text("sku").to_owned(), ..Filters::default() };
    let status = refusal.status;
    show(desk, status, filters, &PageRequest::first(lists::ROWS), Failed::form(name, refusal, form)).await
}

async fn show(desk: Desk, status: StatusCode, filters: Filters, request: &PageRequest, failed: Failed) -> Answer {
    let filter = filters.of_levels()?;
    let (sort, sorts) = (filter.sort, filter.sorts());
    let (inventory, cx) = (&desk.state.inventory, &desk.cx);
    let (page, locations) = futures::try_join!(inventory.levels(cx, filter, request.clone()), inventory.locations(cx))?;
    if desk.wants_json() {
        return Ok(desk.json(&page));
    }
    let low = if filters.low { "1" } else { "" };
    let kept = [("q", filters.q.as_str()), ("location", &filters.location), ("low", low)];
    let sorting = Sorting::of(PATH, &kept, sort, sorts);
    let pager = Pager::of(PATH, &[kept[0], kept[1], kept[2], ("sort", sorting.selected())], &page, request);
    let offers = offers(&desk, page.items.iter().map(|level| level.sku.clone()).collect()).await;
    let row = |level: Level| {
        let offer = offers.get(&level.sku);
        Row::of(level, offer, &locations)
    };
    let levels: Vec<Row> = page.items.into_iter().map(row).collect();
    let content = StockPage {
        locations: locations.iter().map(choice).collect(),
        open_locations: locations.iter().filter(|location| location.active).map(choice).collect(),
        sees_locations: desk.may(STOCK_MANAGE),
        reasons: REASONS.map(|reason| Choice::new(reason, reason)).into(),
        count_text: Some(format!("{} shown", format::count(levels.len() as u64))),
        export_url: lists::address(&format!("{PATH}/export.csv"), &kept, None),
        sorting,
        filters,
        levels,
        pager,
        failed,
    };
    desk.show(status, SECTION, "admin/stock.html", content).await
}

fn choice(location: &Location) -> Choice {
    let mark = if location.active { "" } else { " (switched off)" };
    Choice::new(location.id.to_string(), format!("{}{mark}", location.name))
}

/// The place to which the list is limited.
fn place(given: &str) -> Result<Option<LocationId>, Failure> {
    match given {
        "" => Ok(None),
        _ => given.parse().map(Some).map_err(|_| Failure::invalid("location", "is not the id of a location")),
    }
}

/// What these SKUs are, as far as they are sold; without the catalogue they go by their SKU.
pub async fn offers(desk: &Desk, skus: Vec<String>) -> HashMap<String, Offer> {
    match desk.state.catalog.offers(&desk.cx, skus).await {
        Ok(offers) => offers.into_iter().map(|offer| (offer.sku.clone(), offer)).collect(),
        Err(error) => {
            tracing::warn!(%error, "the titles of stock levels cannot be read");
            HashMap::new()
        }
    }
}

/// The places where stock lies.
///
/// # Errors
/// Whatever inventory answers.
pub async fn locations(desk: &Desk) -> Result<Vec<Location>, Failure> {
    Ok(desk.state.inventory.locations(&desk.cx).await?)
}

#[cfg(test)]
mod tests {
    use super::movements_url;

    #[test]
    fn a_sku_with_any_letters_has_an_address() {
        assert_eq!(movements_url("TOTE-RED"), "/admin/stock/TOTE-RED/movements");
        assert_eq!(movements_url("a/b ü.."), "/admin/stock/a%2Fb%20%C3%BC%2E%2E/movements");
    }
}
