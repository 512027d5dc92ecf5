use http::StatusCode;
use serde::Serialize;
use souk_contracts::{payments::MethodSetting, settings::Settings};

use super::{
    super::{desk::Desk, forms::Refusal},
    Origin, SECTION, lead_back, row_numbers, version, version_again,
};
use crate::{body::Form, error::Answer, flash::Notice, view::Errors};

const PATH: &str = "/admin/settings/payment";

#[derive(Serialize)]
struct PaymentPage {
    origin: Origin,
    /// What the form was made of.
    version: i64,
    methods: Vec<Row>,
    errors: Errors,
    gateway: String,
    sandbox: bool,
    capture_at_once: bool,
    pay_within_min: u64,
}

/// A payment method as entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Row {
    number: usize,
    code: String,
    order: String,
    name: String,
    offered: bool,
}

impl Row {
    fn of((number, method): (usize, &MethodSetting)) -> Self {
        Self {
            number,
            code: method.code.clone(),
            order: (number + 1).to_string(),
            name: method.name.clone(),
            offered: method.offered,
        }
    }

    fn read(form: &Form, number: usize) -> Self {
        let text = |field: &str| form.text(&format!("{field}[{number}]")).to_owned();
        Self {
            number,
            code: text("code"),
            order: text("order"),
            name: text("name"),
            offered: !text("offered").is_empty(),
        }
    }

    fn setting(&self) -> MethodSetting {
        MethodSetting { code: self.code.clone(), name: self.name.clone(), offered: self.offered }
    }
}

/// `GET /admin/settings/payment`.
pub async fn page(desk: Desk) -> Answer {
    let settings = desk.state.payments.settings(&desk.cx).await?;
    if desk.wants_json() {
        return Ok(desk.json(&settings));
    }
    let rows = settings.values.iter().enumerate().map(Row::of).collect();
    let version = settings.version;
    show(desk, StatusCode::OK, &settings, version, rows, Errors::new()).await
}

async fn show(
    mut desk: Desk,
    status: StatusCode,
    settings: &Settings<Vec<MethodSetting>>,
    version: i64,
    methods: Vec<Row>,
    errors: Errors,
) -> Answer {
    desk.learn_names().await;
    let rules = desk.state.orders.payment_rules(&desk.cx).await?;
    let gateway = desk.state.payments.client_config(&desk.cx).await?;
    let content = PaymentPage {
        origin: Origin::of(&desk, settings),
        version,
        methods,
        errors,
        gateway: gateway.gateway,
        sandbox: gateway.sandbox,
        capture_at_once: rules.capture_at_once,
        pay_within_min: rules.pay_within_min,
    };
    desk.show(status, SECTION, "admin/settings_payment.html", content).await
}

/// `POST /admin/settings/payment`: `version`, `code[n]`, `order[n]`, `name[n]`, `offered[n]`.
pub async fn save(desk: Desk, form: Form) -> Answer {
    let built_on = version(&form)?;
    let mut rows: Vec<Row> = row_numbers(&form, "code").into_iter().map(|number| Row::read(&form, number)).collect();
    // Stable: the same number keeps the order of the page; without one, a method comes last.
    rows.sort_by_key(|row| row.order.parse().unwrap_or(u32::MAX));
    let methods = rows.iter().map(Row::setting).collect();
    let refusal = match desk.state.payments.replace_settings(&desk.cx, built_on, Some(methods)).await {
        Ok(_) => {
            desk.state.shared.forget_settings().await;
            let notice = Notice::success("The payment methods are saved. The checkout offers them so from now on.");
            return Ok(desk.go(PATH, notice));
        }
        Err(error) => Refusal::from_service(error.into(), |field| place(&rows, field))?,
    };
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let settings = desk.state.payments.settings(&desk.cx).await?;
    let version = version_again(&refusal, built_on, settings.version);
    show(desk, refusal.status, &settings, version, rows, refusal.errors).await
}

/// Where the form has a field of the service: `methods[1].name` is the name in the second row that was sent.
fn place(rows: &[Row], field: &str) -> Option<String> {
    if field == "methods" {
        return Some(field.to_owned());
    }
    let (index, field) = field.strip_prefix("methods[")?.split_once("].")?;
    let row = rows.get(index.parse::<usize>().ok()?)?;
    (field == "name").then(|| format!("name-{}", row.number))
}

/// `POST /admin/settings/payment/reset`: `version`.
pub async fn reset(desk: Desk, form: Form) -> Answer {
    let changed = desk.state.payments.replace_settings(&desk.cx, version(&form)?, None).await;
    let done = "The payment methods of the configuration file are offered again.".to_owned();
    lead_back(desk, PATH, changed.map(drop).map_err(Into::into), done).await
}
