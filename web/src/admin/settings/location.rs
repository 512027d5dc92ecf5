use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    LocationId,
    inventory::{DEFAULT_LOCATION, Error, Location},
    permission::{OPERATIONS, STOCK_MANAGE},
};
use souk_types::Permissions;

use super::{
    super::{
        desk::Desk,
        forms::{self, Failed, Refusal},
        lists,
    },
    SECTION,
    locations::PATH,
    version, version_again,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::{Errors, Values},
};

/// Who changes locations in the console: those who may change settings, and stock.
pub const CHANGE: Permissions = OPERATIONS.union(STOCK_MANAGE);

#[derive(Serialize)]
struct LocationPage {
    /// What is stored; `None`: a new one.
    stored: Option<Stored>,
    action: String,
    /// The id of a new one.
    id: String,
    version: i64,
    #[serde(flatten)]
    failed: Failed,
}

#[derive(Serialize)]
struct Stored {
    name: String,
    priority: i64,
    active: bool,
    default: bool,
    stock_url: String,
    /// Whether somebody else saved it since the form was made.
    changed: bool,
}

/// The page of a location.
pub(super) fn address(id: LocationId) -> String {
    format!("{PATH}/{id}")
}

/// Which entry of the sidebar the pages belong to: not everybody who sees them sees the settings.
pub(super) fn section(desk: &Desk) -> &'static str {
    if desk.may(OPERATIONS) { SECTION } else { "stock" }
}

fn values(location: &Location) -> Values {
    let pairs = [("name", location.name.clone()), ("priority", location.priority.to_string())];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn find(desk: &Desk, id: &str) -> Result<Location, Failure> {
    let id: LocationId = id.parse().map_err(|_| Failure::not_found())?;
    let all = desk.state.inventory.locations(&desk.cx).await?;
    all.into_iter().find(|location| location.id == id).ok_or_else(Failure::not_found)
}

/// `GET /admin/settings/locations/new`.
pub async fn new_page(desk: Desk) -> Answer {
    show_new(desk, StatusCode::OK, Failed::default(), None).await
}

async fn show_new(desk: Desk, status: StatusCode, failed: Failed, id: Option<LocationId>) -> Answer {
    // The id is made with the page, so that a form that is sent twice adds one location.
    let id = id.unwrap_or_else(|| LocationId::generate(&desk.state.env));
    let content = LocationPage { stored: None, action: format!("{PATH}/new"), id: id.to_string(), version: 0, failed };
    let section = section(&desk);
    desk.show(status, section, "admin/settings_location.html", content).await
}

/// `GET /admin/settings/locations/{id}`.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    let location = find(&desk, &id).await?;
    if desk.wants_json() {
        return Ok(desk.json(&location));
    }
    let failed = Failed { values: values(&location), ..Failed::default() };
    let version = location.version;
    show(desk, StatusCode::OK, &location, version, failed).await
}

async fn show(desk: Desk, status: StatusCode, location: &Location, version: i64, failed: Failed) -> Answer {
    let id = location.id.to_string();
    let content = LocationPage {
        stored: Some(Stored {
            name: location.name.clone(),
            priority: location.priority,
            active: location.active,
            default: location.id == DEFAULT_LOCATION,
            stock_url: lists::address("/admin/stock", &[("location", &id)], None),
            changed: status == StatusCode::CONFLICT && failed.failed_form == Some("save"),
        }),
        action: address(location.id),
        id,
        version,
        failed,
    };
    let section = section(&desk);
    desk.show(status, section, "admin/settings_location.html", content).await
}

/// What a form says of a location: `name`, `priority`.
fn entered(form: &Form) -> Result<(String, i64), Refusal> {
    let mut errors = Errors::new();
    let name = forms::required(form, "name", "Give it a name.", &mut errors);
    let priority = match form.text("priority") {
        "" => Some(0),
        _ => forms::parsed(form, "priority", "Enter a whole number; the lowest comes first.", &mut errors),
    };
    if errors.is_empty() { Ok((name, priority.unwrap_or(0))) } else { Err(Refusal::of(errors)) }
}

/// The form's field for the service's.
fn place(field: &str) -> Option<String> {
    match field {
        "name" | "priority" => Some(field.to_owned()),
        "id" | "active" => Some("form".to_owned()),
        _ => None,
    }
}

/// `POST /admin/settings/locations/new`: `id`, `name`, `priority`.
pub async fn create(desk: Desk, form: Form) -> Answer {
    let id: Option<LocationId> = form.text("id").parse().ok();
    let refusal = match entered(&form) {
        Err(refusal) => refusal,
        Ok((name, priority)) => {
            let id = id.unwrap_or_else(|| LocationId::generate(&desk.state.env));
            let location = Location { id, version: 0, name, priority, active: true };
            match desk.state.inventory.save_location(&desk.cx, location).await {
                Ok(saved) => {
                    desk.act_on(&saved.id.to_string());
                    return Ok(desk.go(PATH, Notice::success(format!("The location {} is added.", saved.name))));
                }
                Err(Error::VersionConflict { .. }) => {
                    Refusal::conflict("This form has added a location already. Save it again to add another one.")
                }
                Err(error) => Refusal::from_service(error.into(), place)?,
            }
        }
    };
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    let status = refusal.status;
    let id = id.filter(|_| status != StatusCode::CONFLICT);
    show_new(desk, status, Failed::form("save", refusal, &form), id).await
}

/// `POST /admin/settings/locations/{id}`: `version`, `name`, `priority`.
pub async fn save(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let built_on = version(&form)?;
    let stored = find(&desk, &id).await?;
    let refusal = match entered(&form) {
        Err(refusal) => refusal,
        Ok((name, priority)) => match store(&desk, Location { name, priority, version: built_on, ..stored }).await {
            Ok(saved) => return Ok(desk.go(PATH, Notice::success(format!("{} is saved.", saved.name)))),
            Err(error) => refused(error)?,
        },
    };
    refuse(desk, &id, built_on, "save", refusal, &form).await
}

/// `POST /admin/settings/locations/{id}/switch-off`: `version`.
pub async fn switch_off(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    switch(desk, &id, &form, false).await
}

/// `POST /admin/settings/locations/{id}/switch-on`: `version`.
pub async fn switch_on(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    switch(desk, &id, &form, true).await
}

async fn switch(desk: Desk, id: &str, form: &Form, active: bool) -> Answer {
    let built_on = version(form)?;
    let stored = find(&desk, id).await?;
    match store(&desk, Location { active, version: built_on, ..stored }).await {
        Ok(saved) => {
            let state = if active { "in use again" } else { "switched off. It takes no stock until it is on again" };
            Ok(desk.go(PATH, Notice::success(format!("{} is {state}.", saved.name))))
        }
        Err(error) => refuse(desk, id, built_on, "switch", refused(error)?, form).await,
    }
}

/// A location that is there stays one that is there.
async fn store(desk: &Desk, location: Location) -> Result<Location, Error> {
    if location.version == 0 {
        return Err(Error::VersionConflict { current: 0 });
    }
    desk.state.inventory.save_location(&desk.cx, location).await
}

fn refused(error: Error) -> Result<Refusal, Failure> {
    match error {
        Error::VersionConflict { .. } => Ok(Refusal::conflict("Somebody else saved this location meanwhile.")),
        Error::StillStocked { skus, pieces, held } => Ok(Refusal::conflict(still_stocked(skus, pieces, held))),
        error => Refusal::from_service(error.into(), place),
    }
}

fn still_stocked(skus: i64, pieces: i64, held: i64) -> String {
    let counted = |number: i64, one: &str, many: &str| format::counted(number.unsigned_abs(), one, many);
    let there = format!("{} of {}", counted(pieces, "piece", "pieces"), counted(skus, "SKU", "SKUs"));
    let verb = if pieces == 1 { "is" } else { "are" };
    if held > 0 {
        let held = format::count(held.unsigned_abs());
        format!("{there} {verb} still here, {held} of them for orders. Ship or cancel these, and transfer the rest.")
    } else {
        format!("{there} {verb} still here. Transfer them to another location first, or write them off.")
    }
}

async fn refuse(desk: Desk, id: &str, built_on: i64, name: &'static str, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    // Only a present reading tells what a conflict was with.
    let location = find(&desk, id).await?;
    let (status, version) = (refusal.status, version_again(&refusal, built_on, location.version));
    let mut failed = Failed::form(name, refusal, form);
    if name == "switch" {
        failed.values = values(&location);
    }
    show(desk, status, &location, version, failed).await
}
