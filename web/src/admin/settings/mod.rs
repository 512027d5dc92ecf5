//! Settings: how things are delivered, taxed and paid, and where stock lies. What staff save of the first three goes before
//! the configuration file until they go back to it. Locations are known here alone.

use http::StatusCode;
use serde::Serialize;
use souk_contracts::settings::Settings;

use super::{desk::Desk, forms::Refusal};
use crate::{
    body::Form,
    error::{Answer, Failure, sentence},
    flash::Notice,
    format,
    view::TimeView,
};

mod countries;
mod decimals;
mod delivery;
mod entered_method;
mod location;
mod locations;
mod method;
mod payment;
mod taxes;

pub use delivery::{page as delivery, reset as reset_delivery};
pub use location::{
    CHANGE as CHANGE_LOCATIONS, create as create_location, new_page as new_location, page as location,
    save as save_location, switch_off as switch_location_off, switch_on as switch_location_on,
};
pub use locations::page as locations;
pub use method::{
    create as create_method, delete as delete_method, new_page as new_method, page as method, save as save_method,
};
pub use payment::{page as payment, reset as reset_payment, reset_rules, save as save_payment, save_rules};
pub use taxes::{page as taxes, reset as reset_taxes, save as save_taxes};

const SECTION: &str = "settings";
/// Rows for more than there is yet.
const SPARE_ROWS: usize = 2;
/// Rows that are read of a form; more than any service takes.
const ROWS_MAX: usize = 1_001;

/// Where settings come from.
#[derive(Serialize)]
struct Origin {
    /// `None`: the configuration file holds.
    saved: Option<SavedView>,
    version: i64,
}

#[derive(Serialize)]
struct SavedView {
    at: TimeView,
    by: String,
}

impl Origin {
    fn of<T>(desk: &Desk, settings: &Settings<T>) -> Self {
        let view = |saved: &souk_contracts::settings::Saved| SavedView {
            at: format::time(saved.at),
            by: desk.actor_name(&saved.by),
        };
        Self { saved: settings.saved.as_ref().map(view), version: settings.version }
    }
}

/// The version that a form was made of.
fn version(form: &Form) -> Result<i64, Failure> {
    form.text("version").parse().map_err(|_| Failure::invalid("version", "is missing"))
}

/// The version for the page that shows a refused form again. Who was told that somebody else was faster may put theirs
/// in place of that; after any other refusal, what somebody else saves meanwhile is still found out.
fn version_again(refusal: &Refusal, entered: i64, present: i64) -> i64 {
    if refusal.status == StatusCode::CONFLICT { present } else { entered }
}

/// Leads back to a page of settings after a change that has no form to show again. Who was slower than somebody else is
/// told so there.
async fn lead_back(desk: Desk, to: &str, changed: Result<(), Failure>, done: String) -> Answer {
    match changed {
        Ok(()) => {
            desk.state.shared.forget_settings().await;
            Ok(desk.go(to, Notice::success(done)))
        }
        Err(failure) if failure.status == StatusCode::CONFLICT && !desk.wants_json() => {
            let text = format!("{} Nothing of yours was changed: look at what holds now.", sentence(&failure.message));
            Ok(desk.go(to, Notice::warning(text)))
        }
        Err(failure) => Err(failure),
    }
}

/// Numbers of a form's rows, in the order of the page.
fn row_numbers(form: &Form, field: &str) -> Vec<usize> {
    let mut numbers: Vec<usize> =
        form.keyed(field).filter_map(|(number, _)| number.parse::<u16>().ok()).map(usize::from).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(ROWS_MAX);
    numbers
}
