use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    orders::{PAY_WITHIN_MIN_MAX, PaymentRules},
    payments::MethodSetting,
    settings::Settings,
};

use super::{
    super::{desk::Desk, forms::Refusal},
    Origin, SECTION, lead_back, row_numbers, version, version_again,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    view::Errors,
};

const PATH: &str = "/admin/settings/payment";
/// The choices of when the money is taken.
const AT_ONCE: &str = "at_once";
const ON_SHIPMENT: &str = "on_shipment";

#[derive(Serialize)]
struct PaymentPage {
    origin: Origin,
    /// What the form was made of.
    version: i64,
    methods: Vec<Row>,
    rules: RulesView,
    errors: Errors,
    gateway: String,
    sandbox: bool,
}

/// The rules of payment, and where they come from.
#[derive(Serialize)]
struct RulesView {
    origin: Origin,
    /// What the form was made of.
    version: i64,
    values: RulesForm,
    pay_within_min_max: u64,
}

/// The rules of payment as entered.
#[derive(Debug, Serialize)]
struct RulesForm {
    capture: String,
    pay_within_min: String,
}

impl RulesForm {
    fn of(rules: PaymentRules) -> Self {
        let capture = if rules.capture_at_once { AT_ONCE } else { ON_SHIPMENT };
        Self { capture: capture.to_owned(), pay_within_min: rules.pay_within_min.to_string() }
    }

    fn read(form: &Form) -> Self {
        Self { capture: form.text("capture").to_owned(), pay_within_min: form.text("pay_within_min").to_owned() }
    }

    fn rules(&self) -> Result<PaymentRules, Errors> {
        let mut errors = Errors::new();
        if ![AT_ONCE, ON_SHIPMENT].contains(&self.capture.as_str()) {
            errors.insert("capture".to_owned(), "Choose when the money is taken.".to_owned());
        }
        let pay_within_min = self.pay_within_min.parse().ok();
        if pay_within_min.is_none() {
            errors.insert("pay_within_min".to_owned(), "Enter whole minutes, like 15.".to_owned());
        }
        match pay_within_min {
            Some(pay_within_min) if errors.is_empty() => {
                Ok(PaymentRules { capture_at_once: self.capture == AT_ONCE, pay_within_min })
            }
            _ => Err(errors),
        }
    }
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

/// What holds.
#[derive(Serialize)]
struct Held {
    methods: Settings<Vec<MethodSetting>>,
    rules: Settings<PaymentRules>,
}

impl Held {
    async fn read(desk: &Desk) -> Result<Self, Failure> {
        let methods = desk.state.payments.settings(&desk.cx).await?;
        Ok(Self { methods, rules: desk.state.orders.payment_rules(&desk.cx).await? })
    }

    /// The forms with what holds in them.
    fn shown(&self) -> Shown {
        Shown {
            status: StatusCode::OK,
            version: self.methods.version,
            methods: self.methods.values.iter().enumerate().map(Row::of).collect(),
            rules_version: self.rules.version,
            rules: RulesForm::of(self.rules.values),
            errors: Errors::new(),
        }
    }
}

/// What the forms show.
struct Shown {
    status: StatusCode,
    version: i64,
    methods: Vec<Row>,
    rules_version: i64,
    rules: RulesForm,
    errors: Errors,
}

/// `GET /admin/settings/payment`.
pub async fn page(desk: Desk) -> Answer {
    let held = Held::read(&desk).await?;
    if desk.wants_json() {
        return Ok(desk.json(&held));
    }
    let shown = held.shown();
    show(desk, &held, shown).await
}

async fn show(mut desk: Desk, held: &Held, shown: Shown) -> Answer {
    desk.learn_names().await;
    let gateway = desk.state.payments.client_config(&desk.cx).await?;
    let content = PaymentPage {
        origin: Origin::of(&desk, &held.methods),
        version: shown.version,
        methods: shown.methods,
        rules: RulesView {
            origin: Origin::of(&desk, &held.rules),
            version: shown.rules_version,
            values: shown.rules,
            pay_within_min_max: PAY_WITHIN_MIN_MAX,
        },
        errors: shown.errors,
        gateway: gateway.gateway,
        sandbox: gateway.sandbox,
    };
    desk.show(shown.status, SECTION, "admin/settings_payment.html", content).await
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
    let held = Held::read(&desk).await?;
    let version = version_again(&refusal, built_on, held.methods.version);
    let shown = Shown { status: refusal.status, version, methods: rows, errors: refusal.errors, ..held.shown() };
    show(desk, &held, shown).await
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

/// `POST /admin/settings/payment/rules`: `version`, `capture` (`at_once` | `on_shipment`), `pay_within_min`.
pub async fn save_rules(desk: Desk, form: Form) -> Answer {
    let built_on = version(&form)?;
    let entered = RulesForm::read(&form);
    let refusal = match entered.rules() {
        Ok(rules) => match desk.state.orders.replace_payment_rules(&desk.cx, built_on, Some(rules)).await {
            Ok(_) => {
                return Ok(
                    desk.go(PATH, Notice::success("The rules of payment are saved. They hold for every new order."))
                );
            }
            Err(error) => Refusal::from_service(error.into(), |field| Some(field.to_owned()))?,
        },
        Err(errors) => Refusal::of(errors),
    };
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let held = Held::read(&desk).await?;
    let rules_version = version_again(&refusal, built_on, held.rules.version);
    let shown = Shown { status: refusal.status, rules_version, rules: entered, errors: refusal.errors, ..held.shown() };
    show(desk, &held, shown).await
}

/// `POST /admin/settings/payment/rules/reset`: `version`.
pub async fn reset_rules(desk: Desk, form: Form) -> Answer {
    let changed = desk.state.orders.replace_payment_rules(&desk.cx, version(&form)?, None).await;
    let done = "The rules of payment of the configuration file hold for new orders again.".to_owned();
    lead_back(desk, PATH, changed.map(drop).map_err(Into::into), done).await
}
