use souk_contracts::{
    LocationId,
    inventory::{Adjustment, Error, LevelChange, LevelFilter, Transfer},
};
use souk_types::{PageRequest, limits::LINE_BYTES_MAX};

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal},
        lists,
    },
    PATH, levels,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    view::Errors,
};

const WHOLE: &str = "Enter a whole number of pieces.";

/// `POST /admin/stock/adjust`: `sku`, `location`, `quantity` (signed change), `reason`, `note`.
pub async fn adjust(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let by = forms::parsed::<i64>(&form, "quantity", "Enter how many more or fewer, like 3 or -3.", &mut errors);
    if by == Some(0) {
        errors.insert("quantity".to_owned(), "Enter how many more or fewer, like 3 or -3.".to_owned());
    }
    let reason = forms::required(&form, "reason", "Choose a reason.", &mut errors);
    let reason = match form.text("note") {
        "" => reason,
        note => format!("{reason}: {note}"),
    };
    change(desk, &form, "adjust", by.map(LevelChange::By), reason, errors).await
}

/// `POST /admin/stock/receive`: `sku`, `location`, `quantity`, `note`.
pub async fn receive(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let pieces = forms::parsed::<u32>(&form, "quantity", WHOLE, &mut errors);
    if pieces == Some(0) {
        errors.insert("quantity".to_owned(), "Enter at least 1.".to_owned());
    }
    let note = note(&form, "Received");
    change(desk, &form, "receive", pieces.map(LevelChange::Receive), note, errors).await
}

/// `POST /admin/stock/count`: `sku`, `location`, `expected` (on hand when the count began), `counted`, `note`.
pub async fn count(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let expected = forms::parsed(&form, "expected", WHOLE, &mut errors);
    let counted = forms::parsed(&form, "counted", WHOLE, &mut errors);
    let change_to = expected.zip(counted).map(|(expected, counted)| LevelChange::Count { expected, counted });
    let note = note(&form, "Counted");
    change(desk, &form, "count", change_to, note, errors).await
}

/// `POST /admin/stock/safety`: `sku`, `location`, `quantity` (pieces that are never sold), `note`.
pub async fn safety(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let pieces = forms::parsed::<u32>(&form, "quantity", WHOLE, &mut errors);
    let note = note(&form, "Safety stock set");
    change(desk, &form, "safety", pieces.map(LevelChange::Safety), note, errors).await
}

/// `POST /admin/stock/transfer`: `sku`, `from`, `to`, `quantity`, `note`.
pub async fn transfer(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let sku = forms::required(&form, "sku", "Enter a SKU.", &mut errors);
    let from = forms::parsed::<LocationId>(&form, "from", "Choose a location.", &mut errors);
    let to = forms::parsed::<LocationId>(&form, "to", "Choose a location.", &mut errors);
    let quantity = forms::parsed::<u32>(&form, "quantity", WHOLE, &mut errors);
    let reason = note(&form, "Transferred");
    check_note(&reason, &mut errors);
    let (Some(from), Some(to), Some(quantity), true) = (from, to, quantity, errors.is_empty()) else {
        return levels::refuse(desk, "transfer", Refusal::of(errors), &form).await;
    };
    let transfer = Transfer { sku: sku.clone(), from, to, quantity, reason };
    match desk.state.inventory.transfer(&desk.cx, transfer).await {
        Ok(()) => Ok(done(desk, &sku, &format!("{quantity} pieces of {sku} are moved."))),
        Err(error) => refuse(desk, "transfer", error.into(), &form).await,
    }
}

async fn change(
    desk: Desk,
    form: &Form,
    name: &'static str,
    change: Option<LevelChange>,
    reason: String,
    mut errors: Errors,
) -> Answer {
    let sku = forms::required(form, "sku", "Enter a SKU.", &mut errors);
    let location = forms::parsed::<LocationId>(form, "location", "Choose a location.", &mut errors);
    check_note(&reason, &mut errors);
    let (Some(change), Some(location), true) = (change, location, errors.is_empty()) else {
        return levels::refuse(desk, name, Refusal::of(errors), form).await;
    };
    if !exists(&desk, &sku).await? {
        let unknown = "No product has this SKU. Check how it is written, or add the product first.";
        let errors = Errors::from([("sku".to_owned(), unknown.to_owned())]);
        return levels::refuse(desk, name, Refusal::of(errors), form).await;
    }
    let adjustment = Adjustment { sku: sku.clone(), location, change, reason };
    match desk.state.inventory.adjust(&desk.cx, adjustment).await {
        Ok(level) => {
            let text = format!("{sku}: {} on hand, {} available.", level.on_hand, level.available());
            Ok(done(desk, &sku, &text))
        }
        Err(error) => {
            let mut form = form.clone();
            if let Error::Changed { on_hand } = error {
                // The form comes again with the level as it is now: setting it all the same is a decision.
                form.0.push(("expected".to_owned(), on_hand.to_string()));
            }
            refuse(desk, name, error.into(), &form).await
        }
    }
}

/// Says whether there is such a thing: a product has it, in whatever status, or there is stock of it from when one had.
async fn exists(desk: &Desk, sku: &str) -> Result<bool, Failure> {
    if !desk.state.catalog.known_skus(&desk.cx, vec![sku.to_owned()]).await?.is_empty() {
        return Ok(true);
    }
    let filter = LevelFilter { sku_prefix: Some(sku.to_owned()), ..LevelFilter::default() };
    // The levels come by SKU: the SKU itself stands before all that begin with it.
    let levels = desk.state.inventory.levels(&desk.cx, filter, PageRequest::first(1)).await?;
    Ok(levels.items.iter().any(|level| level.sku == sku))
}

async fn refuse(desk: Desk, name: &'static str, failure: Failure, form: &Form) -> Answer {
    let place = |field: &str| match field {
        "change" if name == "count" => Some("counted".to_owned()),
        "change" => Some("quantity".to_owned()),
        "reason" => Some("note".to_owned()),
        "sku" | "location" | "from" | "to" | "quantity" => Some(field.to_owned()),
        _ => None,
    };
    let refusal = Refusal::from_service(failure, place)?;
    levels::refuse(desk, name, refusal, form).await
}

fn done(desk: Desk, sku: &str, text: &str) -> axum::response::Response {
    desk.act_on(sku);
    desk.go(&lists::address(PATH, &[("q", sku)], None), Notice::success(text))
}

fn note(form: &Form, otherwise: &str) -> String {
    Some(form.text("note")).filter(|note| !note.is_empty()).unwrap_or(otherwise).to_owned()
}

fn check_note(note: &str, errors: &mut Errors) {
    if note.len() > LINE_BYTES_MAX {
        errors.insert("note".to_owned(), "This is too long.".to_owned());
    }
}
