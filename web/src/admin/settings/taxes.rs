use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    orders::{TaxRule, Taxes},
    places,
    settings::Settings,
};

use super::{
    super::{desk::Desk, forms::Refusal},
    Origin, SECTION, SPARE_ROWS, countries, decimals, lead_back, row_numbers, version, version_again,
};
use crate::{
    body::Form,
    error::Answer,
    flash::Notice,
    view::{Choice, Errors},
};

const PATH: &str = "/admin/settings/taxes";
/// A rate is kept in hundredths of a percent.
const RATE_PLACES: usize = 2;

#[derive(Serialize)]
struct TaxesPage {
    origin: Origin,
    /// What the form was made of.
    version: i64,
    included: bool,
    rows: Vec<Row>,
    countries: Vec<Choice>,
    errors: Errors,
}

/// A rule as entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Row {
    number: usize,
    country: String,
    region: String,
    rate: String,
    name: String,
    removed: bool,
}

impl Row {
    fn of((number, rule): (usize, &TaxRule)) -> Self {
        Self {
            number,
            country: rule.country.clone(),
            region: rule.region.clone(),
            rate: decimals::text(rule.rate_bp, RATE_PLACES),
            name: rule.name.clone(),
            removed: false,
        }
    }

    fn read(form: &Form, number: usize) -> Self {
        let text = |field: &str| form.text(&format!("{field}[{number}]")).to_owned();
        Self {
            number,
            country: text("country"),
            region: text("region"),
            rate: text("rate"),
            name: text("name"),
            removed: !text("remove").is_empty(),
        }
    }

    fn is_blank(&self) -> bool {
        [&self.country, &self.region, &self.rate, &self.name].iter().all(|text| text.is_empty())
    }

    /// The rule that is meant. A country that nobody knows is left to the service.
    fn rule(&self, errors: &mut Errors) -> TaxRule {
        let rate_bp = decimals::parts(self.rate.trim_end_matches('%'), RATE_PLACES);
        if rate_bp.is_none() {
            errors.insert(self.key("rate"), "Enter a rate like 19 or 7.25.".to_owned());
        }
        let country = countries::code(&self.country).map_or_else(|| self.country.clone(), str::to_owned);
        TaxRule { country, region: self.region.clone(), rate_bp: rate_bp.unwrap_or_default(), name: self.name.clone() }
    }

    fn key(&self, field: &str) -> String {
        format!("{field}-{}", self.number)
    }
}

/// `GET /admin/settings/taxes`.
pub async fn page(desk: Desk) -> Answer {
    let settings = desk.state.orders.tax_settings(&desk.cx).await?;
    if desk.wants_json() {
        return Ok(desk.json(&settings));
    }
    let rows = settings.values.rules.iter().enumerate().map(Row::of).collect();
    let (included, version) = (settings.values.included, settings.version);
    show(desk, StatusCode::OK, &settings, Shown { version, included, rows, errors: Errors::new() }).await
}

/// What the form shows.
struct Shown {
    version: i64,
    included: bool,
    rows: Vec<Row>,
    errors: Errors,
}

async fn show(mut desk: Desk, status: StatusCode, settings: &Settings<Taxes>, shown: Shown) -> Answer {
    desk.learn_names().await;
    let Shown { version, included, mut rows, errors } = shown;
    let next = rows.last().map_or(0, |row| row.number + 1);
    rows.extend((next..next + SPARE_ROWS).map(|number| Row { number, ..Row::default() }));
    let content = TaxesPage {
        origin: Origin::of(&desk, settings),
        version,
        included,
        rows,
        countries: places::countries().map(|(code, name)| Choice::new(code, name)).collect(),
        errors,
    };
    desk.show(status, SECTION, "admin/settings_taxes.html", content).await
}

/// `POST /admin/settings/taxes`: `version`, `included` (yes | no), `country[n]`, `region[n]`, `rate[n]`, `name[n]`,
/// `remove[n]`.
pub async fn save(desk: Desk, form: Form) -> Answer {
    let built_on = version(&form)?;
    let included = form.text("included") == "yes";
    let rows: Vec<Row> = row_numbers(&form, "country").into_iter().map(|number| Row::read(&form, number)).collect();
    let kept: Vec<&Row> = rows.iter().filter(|row| !row.removed && !row.is_blank()).collect();
    let mut errors = Errors::new();
    let rules = kept.iter().map(|row| row.rule(&mut errors)).collect();
    let refusal = if errors.is_empty() {
        let taxes = Taxes { rules, included };
        match desk.state.orders.replace_taxes(&desk.cx, built_on, Some(taxes)).await {
            Ok(_) => {
                desk.state.shared.forget_settings().await;
                return Ok(desk.go(PATH, Notice::success("The taxes are saved. They hold for every new order.")));
            }
            Err(error) => Refusal::from_service(error.into(), |field| place(&kept, field))?,
        }
    } else {
        Refusal::of(errors)
    };
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let settings = desk.state.orders.tax_settings(&desk.cx).await?;
    let version = version_again(&refusal, built_on, settings.version);
    let rows = rows.into_iter().filter(|row| !row.is_blank()).collect();
    show(desk, refusal.status, &settings, Shown { version, included, rows, errors: refusal.errors }).await
}

/// Where the form has a field of the service: `taxes[1].rate_bp` is the second rule that was sent.
fn place(kept: &[&Row], field: &str) -> Option<String> {
    let (index, field) = field.strip_prefix("taxes[")?.split_once("].")?;
    let row = kept.get(index.parse::<usize>().ok()?)?;
    Some(row.key(if field == "rate_bp" { "rate" } else { field }))
}

/// `POST /admin/settings/taxes/reset`: `version`.
pub async fn reset(desk: Desk, form: Form) -> Answer {
    let changed = desk.state.orders.replace_taxes(&desk.cx, version(&form)?, None).await;
    let done = "The taxes of the configuration file hold again.".to_owned();
    lead_back(desk, PATH, changed.map(drop).map_err(Into::into), done).await
}
