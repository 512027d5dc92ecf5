use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    delivery::{MethodConfig, RateRule},
    settings::Settings,
};
use souk_types::{Currency, Money};

use super::{
    super::desk::Desk, Origin, SECTION, countries, decimals, entered_method::WEIGHT_PLACES, lead_back, version,
};
use crate::{body::Form, error::Answer, format};

pub(super) const PATH: &str = "/admin/settings/delivery";

#[derive(Serialize)]
struct DeliveryPage {
    origin: Origin,
    methods: Vec<MethodView>,
    served: String,
}

#[derive(Serialize)]
struct MethodView {
    name: String,
    code: String,
    url: String,
    days: String,
    rates: Vec<RateView>,
}

#[derive(Serialize)]
struct RateView {
    to: String,
    conditions: String,
    price: String,
}

impl MethodView {
    fn of(method: &MethodConfig, currency: Currency) -> Self {
        let (least, most) = (method.days_min, method.days_max);
        let days = if least == most { most.to_string() } else { format!("{least} to {most}") };
        Self {
            name: method.name.clone(),
            code: method.code.clone(),
            url: address(&method.code),
            days: format!("{days} working {}", if most == 1 { "day" } else { "days" }),
            rates: method.rates.iter().map(|rule| RateView::of(rule, currency)).collect(),
        }
    }
}

impl RateView {
    fn of(rule: &RateRule, currency: Currency) -> Self {
        let money = |minor: i64| format::money_text(Money::new(minor, currency));
        let to = countries::words(&rule.countries);
        let weight = rule.weight_max_g.map(|grams| format!("up to {} kg", decimals::text(grams, WEIGHT_PLACES)));
        let subtotal = rule.subtotal_min.map(|minor| format!("from {} on", money(minor)));
        Self {
            to: if rule.regions.is_empty() { to } else { format!("{to}: {}", rule.regions.join(", ")) },
            conditions: weight.into_iter().chain(subtotal).collect::<Vec<_>>().join(", "),
            price: if rule.price == 0 { "Free".to_owned() } else { money(rule.price) },
        }
    }
}

/// The page of a method.
pub(super) fn address(code: &str) -> String {
    format!("{PATH}/methods/{code}")
}

/// Where anything is delivered to.
fn served(settings: &Settings<Vec<MethodConfig>>) -> String {
    let rules = || settings.values.iter().flat_map(|method| &method.rates);
    if rules().any(|rule| rule.countries.is_empty()) {
        return "all countries".to_owned();
    }
    let mut codes: Vec<String> = rules().flat_map(|rule| rule.countries.iter().cloned()).collect();
    codes.sort_unstable();
    codes.dedup();
    countries::words(&codes)
}

/// `GET /admin/settings/delivery`.
pub async fn page(mut desk: Desk) -> Answer {
    let settings = desk.state.delivery.settings(&desk.cx).await?;
    if desk.wants_json() {
        return Ok(desk.json(&settings));
    }
    desk.learn_names().await;
    let currency = desk.state.shop.currency;
    let content = DeliveryPage {
        origin: Origin::of(&desk, &settings),
        methods: settings.values.iter().map(|method| MethodView::of(method, currency)).collect(),
        served: served(&settings),
    };
    desk.show(StatusCode::OK, SECTION, "admin/settings_delivery.html", content).await
}

/// `POST /admin/settings/delivery/reset`: `version`.
pub async fn reset(desk: Desk, form: Form) -> Answer {
    let changed = desk.state.delivery.replace_settings(&desk.cx, version(&form)?, None).await;
    let done = "The delivery methods of the configuration file hold again.".to_owned();
    lead_back(desk, PATH, changed.map(drop).map_err(Into::into), done).await
}
