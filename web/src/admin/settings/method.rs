use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{delivery::MethodConfig, settings::Settings};

use super::{
    super::{desk::Desk, forms::Refusal},
    SECTION,
    delivery::{PATH, address},
    entered_method::{Entered, RateRow, place},
    lead_back, version, version_again,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    view::{Errors, Values},
};

#[derive(Serialize)]
struct MethodPage {
    /// The code of a method that there is; `None`: a new one.
    stored: Option<String>,
    action: String,
    version: i64,
    values: Values,
    rows: Vec<RateRow>,
    currency: String,
    errors: Errors,
}

/// `GET /admin/settings/delivery/new`.
pub async fn new_page(desk: Desk) -> Answer {
    let settings = desk.state.delivery.settings(&desk.cx).await?;
    let entered = Entered { values: Values::new(), rows: Vec::new() };
    show(desk, StatusCode::OK, None, settings.version, entered, Errors::new()).await
}

/// `GET /admin/settings/delivery/methods/{code}`.
pub async fn page(desk: Desk, Path(code): Path<String>) -> Answer {
    let settings = desk.state.delivery.settings(&desk.cx).await?;
    let method = &settings.values[position(&settings, &code)?];
    if desk.wants_json() {
        return Ok(desk.json(method));
    }
    let entered = Entered::of(method, desk.state.shop.currency);
    show(desk, StatusCode::OK, Some(code), settings.version, entered, Errors::new()).await
}

fn position(settings: &Settings<Vec<MethodConfig>>, code: &str) -> Result<usize, Failure> {
    settings.values.iter().position(|method| method.code == code).ok_or_else(Failure::not_found)
}

async fn show(
    desk: Desk,
    status: StatusCode,
    stored: Option<String>,
    version: i64,
    entered: Entered,
    errors: Errors,
) -> Answer {
    let content = MethodPage {
        action: stored.as_deref().map_or_else(|| format!("{PATH}/new"), address),
        stored,
        version,
        values: entered.values.clone(),
        rows: entered.with_spare(),
        currency: desk.state.shop.currency.to_string(),
        errors,
    };
    desk.show(status, SECTION, "admin/settings_method.html", content).await
}

/// `POST /admin/settings/delivery/new`: `code`, and the fields of [`save`].
pub async fn create(desk: Desk, form: Form) -> Answer {
    store(desk, None, &form).await
}

/// `POST /admin/settings/delivery/methods/{code}`: `version`, `name`, `days_min`, `days_max`, and for each rate
/// `order[n]`, `countries[n]`, `regions[n]`, `weight[n]`, `subtotal[n]`, `price[n]`, `remove[n]`.
pub async fn save(desk: Desk, Path(code): Path<String>, form: Form) -> Answer {
    store(desk, Some(code), &form).await
}

/// Puts one method in its place among those that hold now, if these are the ones that the form was made of.
async fn store(desk: Desk, stored: Option<String>, form: &Form) -> Answer {
    let built_on = version(form)?;
    let settings = desk.state.delivery.settings(&desk.cx).await?;
    let mut methods = settings.values.clone();
    let at = match &stored {
        Some(code) => position(&settings, code)?,
        None => methods.len(),
    };
    let entered = Entered::read(form);
    let code = stored.as_deref().unwrap_or_else(|| form.text("code"));
    let refusal = match entered.method(code, desk.state.shop.currency) {
        Err(errors) => Refusal::of(errors),
        Ok((method, kept)) => {
            let name = method.name.clone();
            methods.splice(at..(at + 1).min(methods.len()), [method]);
            match desk.state.delivery.replace_settings(&desk.cx, built_on, Some(methods)).await {
                Ok(_) => {
                    desk.state.shared.forget_settings().await;
                    let notice = format!("{name} is saved. The checkout offers it so from now on.");
                    return Ok(desk.go(PATH, Notice::success(notice)));
                }
                Err(error) => Refusal::from_service(error.into(), |field| place(at, &kept, field))?,
            }
        }
    };
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    // Only a present reading tells what a conflict was with.
    let present = desk.state.delivery.settings(&desk.cx).await?.version;
    let version = version_again(&refusal, built_on, present);
    show(desk, refusal.status, stored, version, entered, refusal.errors).await
}

/// `POST /admin/settings/delivery/methods/{code}/delete`: `version`.
pub async fn delete(desk: Desk, Path(code): Path<String>, form: Form) -> Answer {
    let built_on = version(&form)?;
    let settings = desk.state.delivery.settings(&desk.cx).await?;
    let mut methods = settings.values.clone();
    // Whoever was slower may find that it is gone already.
    let gone = match position(&settings, &code) {
        Ok(at) => methods.remove(at),
        Err(_) if settings.version != built_on && !desk.wants_json() => {
            let changed =
                Err(Failure::new(StatusCode::CONFLICT, "conflict", "the delivery methods were changed meanwhile"));
            return lead_back(desk, PATH, changed, String::new()).await;
        }
        Err(failure) => return Err(failure),
    };
    if methods.is_empty() {
        return Err(Failure::invalid("methods", "needs one at least: nothing could be delivered without any"));
    }
    let changed = desk.state.delivery.replace_settings(&desk.cx, built_on, Some(methods)).await;
    let done = format!("{} is not offered any more.", gone.name);
    lead_back(desk, PATH, changed.map(drop).map_err(Into::into), done).await
}
