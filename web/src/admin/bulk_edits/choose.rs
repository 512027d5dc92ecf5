use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    BulkEditId, ProductId,
    catalog::{
        BULK_EDIT_CHOSEN_MAX, BulkChange, BulkPreview, BulkSelection, NewBulkEdit, PriceChange, PriceRounding,
        ProductFilter,
    },
};
use souk_types::{Currency, Money};

use super::{
    super::{
        desk::Desk,
        forms::{self, Refusal, choice, search_text},
        labels, products,
    },
    PATH, SECTION, words,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::{Choice, Errors, Values},
};

#[derive(Serialize)]
struct ChoosePage {
    /// `3 chosen products`, `All that match “mug”: at least 10,000 products`.
    selection_text: String,
    /// What names the products, as hidden fields.
    hidden: Vec<Hidden>,
    statuses: Vec<Choice>,
    roundings: Vec<Choice>,
    preview: Option<Preview>,
    errors: Errors,
    values: Values,
}

#[derive(Serialize)]
struct Hidden {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Preview {
    id: String,
    change_text: String,
    button: String,
    /// The change, as hidden fields.
    hidden: Vec<Hidden>,
    examples: Vec<Example>,
}

#[derive(Serialize)]
struct Example {
    title: String,
    url: String,
    before: String,
    after: String,
    refusal: Option<String>,
}

/// The fields that say what to change.
const CHANGE_FIELDS: [&str; 7] = ["change", "status_to", "add_tag", "remove_tag", "brand", "percent", "rounding"];

/// `GET /admin/products/bulk`: `product` (several), or `all=1` with the list's `q` and `status`; with `change` and its
/// fields it shows what that does.
pub async fn choose(desk: Desk) -> Answer {
    let form = desk.query.clone();
    let selection = match selection(&form) {
        Ok(selection) => selection,
        Err(refused) if desk.wants_json() => return Err(refused),
        Err(refused) => {
            let text = refused.field_map().remove("product").unwrap_or(refused.message);
            return Ok(desk.go("/admin/products", Notice::error(text)));
        }
    };
    match change(&form) {
        Ok(change) => show(desk, StatusCode::OK, selection, change, &form, Errors::new()).await,
        Err(refusal) => show(desk, refusal.status, selection, None, &form, refusal.errors).await,
    }
}

/// `POST /admin/products/bulk`: the same fields and `id`.
pub async fn start(desk: Desk, form: Form) -> Answer {
    let selection = selection(&form)?;
    let id: BulkEditId = form.text("id").parse().map_err(|_| Failure::invalid("id", "is not an id"))?;
    let change = match change(&form) {
        Ok(Some(change)) => change,
        Ok(None) => return refuse(desk, selection, Refusal::field("change", "Choose what to change."), &form).await,
        Err(refusal) => return refuse(desk, selection, refusal, &form).await,
    };
    let edit = NewBulkEdit { selection: selection.clone(), change };
    match desk.state.catalog.start_bulk_edit(&desk.cx, id, edit).await {
        Ok(()) => Ok(desk.go(&format!("{PATH}/{id}"), Notice::success("The products are being changed."))),
        Err(error) => refuse(desk, selection, Refusal::from_service(error.into(), place)?, &form).await,
    }
}

async fn refuse(desk: Desk, selection: BulkSelection, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    show(desk, refusal.status, selection, None, form, refusal.errors).await
}

/// The form's field for the service's.
fn place(field: &str) -> Option<String> {
    let name = field.strip_prefix("change.")?;
    Some(if name == "tag" { "add_tag" } else { name }.to_owned())
}

async fn show(
    desk: Desk,
    status: StatusCode,
    selection: BulkSelection,
    change: Option<BulkChange>,
    form: &Form,
    errors: Errors,
) -> Answer {
    let asked = desk.state.catalog.preview_bulk_edit(&desk.cx, selection.clone(), change.clone()).await?;
    if desk.wants_json() {
        return Ok(desk.json(&asked));
    }
    let preview = change.map(|change| Preview {
        id: BulkEditId::generate(&desk.state.env).to_string(),
        change_text: words::change(&change),
        button: format!("Change {}", count(&asked)),
        hidden: hidden(form, |name| CHANGE_FIELDS.contains(&name)),
        examples: asked
            .examples
            .iter()
            .map(|example| Example {
                title: example.title.clone(),
                url: products::address(example.product),
                before: words::facts(&change, &example.before),
                after: words::facts(&change, &example.after),
                refusal: example.refusal.clone(),
            })
            .collect(),
    });
    let content = ChoosePage {
        selection_text: match &selection {
            BulkSelection::Chosen(_) => format!("{}, chosen in the list", count(&asked)),
            BulkSelection::Matching(_) => format!("All that match: {}", count(&asked)),
        },
        hidden: hidden(form, |name| matches!(name, "product" | "all" | "q" | "status")),
        statuses: products::statuses(),
        roundings: PriceRounding::ALL
            .iter()
            .map(|rounding| Choice::new(rounding.as_str(), labels::words(words::rounding(*rounding))))
            .collect(),
        preview,
        errors,
        values: forms::values(form),
    };
    desk.show(status, SECTION, "admin/product_bulk.html", content).await
}

fn count(preview: &BulkPreview) -> String {
    let products = format::counted(preview.count, "product", "products");
    if preview.more { format!("at least {products}") } else { products }
}

fn hidden(form: &Form, is_kept: impl Fn(&str) -> bool) -> Vec<Hidden> {
    let kept = form.0.iter().filter(|(name, value)| is_kept(name) && !value.is_empty());
    kept.map(|(name, value)| Hidden { name: name.clone(), value: value.clone() }).collect()
}

fn selection(form: &Form) -> Result<BulkSelection, Failure> {
    if form.text("all") == "1" {
        return Ok(BulkSelection::Matching(ProductFilter {
            status: choice(form, "status")?,
            text: search_text(form, "q")?,
            sort: None,
        }));
    }
    let ids = form.0.iter().filter(|(name, _)| name == "product");
    let ids: Result<Vec<ProductId>, _> = ids.map(|(_, id)| id.parse()).collect();
    let ids = ids.map_err(|_| Failure::invalid("product", "is not a product's id"))?;
    if ids.is_empty() {
        return Err(Failure::invalid("product", "Choose at least one product in the list."));
    }
    if ids.len() > BULK_EDIT_CHOSEN_MAX {
        let text = format!("Choose at most {BULK_EDIT_CHOSEN_MAX} products at once.");
        return Err(Failure::invalid("product", &text));
    }
    Ok(BulkSelection::Chosen(ids))
}

/// What to change; `None` when nothing was chosen yet.
fn change(form: &Form) -> Result<Option<BulkChange>, Refusal> {
    let mut errors = Errors::new();
    let change = match form.text("change") {
        "" => return Ok(None),
        "status" => forms::parsed(form, "status_to", "Choose a status.", &mut errors).map(BulkChange::Status),
        "add_tag" => Some(BulkChange::AddTag(forms::required(form, "add_tag", "Enter a tag.", &mut errors))),
        "remove_tag" => Some(BulkChange::RemoveTag(forms::required(form, "remove_tag", "Enter a tag.", &mut errors))),
        "brand" => Some(BulkChange::Brand(form.text("brand").to_owned())),
        "price" => {
            let rounding = forms::parsed(form, "rounding", "Choose how to round.", &mut errors);
            let percent = basis_points(form.text("percent"));
            if percent.is_none() {
                errors.insert("percent".to_owned(), "Enter a percentage like -10 or 2.5.".to_owned());
            }
            percent
                .zip(rounding)
                .map(|(basis_points, rounding)| BulkChange::Price(PriceChange { basis_points, rounding }))
        }
        _ => return Err(Refusal::field("change", "Choose what to change.")),
    };
    if errors.is_empty() { Ok(change) } else { Err(Refusal::of(errors)) }
}

/// `-2.5` as -250: an amount with two decimals reads the same.
fn basis_points(percent: &str) -> Option<i64> {
    let percent = percent.trim_end_matches('%').trim().replace('−', "-");
    Money::parse_decimal(percent.trim_start_matches('+'), Currency::EUR).ok().map(|money| money.minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_without_floats() {
        assert_eq!(basis_points("-10"), Some(-1_000));
        assert_eq!(basis_points("+2.5 %"), Some(250));
        assert_eq!(basis_points("ten"), None);
    }
}
