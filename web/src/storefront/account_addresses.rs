//! The addresses that a customer keeps.

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _, Redirect},
};
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use souk_contracts::{
    Address, AddressId, CustomerId,
    accounts::{ADDRESSES_MAX, AddressDraft, Error, SavedAddress},
};

use super::{
    checkout::default_country,
    checkout_form::{self, address_of, address_values},
    checkout_page::AddressFields,
    context::Base,
    order_view::address_lines,
};
use crate::{
    body::Form,
    error::{Answer, Failure, sentence},
    flash::{self, Notice},
    kept::Kept,
    session::Visitor,
    state::AppState,
    view::{Errors, Values},
};

const PATH: &str = "/account/addresses";
const NEW_PATH: &str = "/account/addresses/new";
/// An address that was entered waits there while its customer signs in again.
const KEPT: Kept = Kept { cookie: "souk_address", purpose: "address", path: PATH };

#[derive(Serialize)]
struct ListPage {
    #[serde(flatten)]
    base: Base,
    addresses: Vec<Row>,
    can_add: bool,
    addresses_max: usize,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    lines: Vec<String>,
    is_default: bool,
}

#[derive(Serialize)]
struct FormPage {
    #[serde(flatten)]
    base: Base,
    fields: AddressFields,
    errors: Errors,
    values: Values,
    is_new: bool,
    /// The version that was seen; none of a new one.
    version: Option<i64>,
    is_default: bool,
}

/// `GET /account/addresses`.
pub async fn list(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, PATH) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let kept = state.accounts.addresses(&visitor.cx, customer).await?;
    let notice = flash::take(&state, &headers, &mut visitor.jar);
    let page = ListPage {
        base: Base::of(&state, PATH, &visitor, notice).await,
        can_add: kept.len() < ADDRESSES_MAX,
        addresses: kept.iter().map(row).collect(),
        addresses_max: ADDRESSES_MAX,
    };
    let html = state.theme.render("account/addresses.html", &page)?;
    Ok(visitor.jar.onto(Html(html).into_response()))
}

fn row(saved: &SavedAddress) -> Row {
    Row {
        id: saved.id.to_string(),
        name: saved.address.name.clone(),
        lines: address_lines(&saved.address),
        is_default: saved.is_default,
    }
}

/// `GET /account/addresses/new`.
pub async fn add_page(State(state): State<AppState>, headers: HeaderMap, mut visitor: Visitor) -> Answer {
    if let Err(elsewhere) = visitor.require_account(&state, NEW_PATH) {
        return Ok(visitor.jar.onto(*elsewhere));
    }
    if let Some(kept) = KEPT.read::<AddressDraft>(&state, &headers) {
        KEPT.forget(&mut visitor.jar);
        return show(&state, visitor, kept, true, (StatusCode::OK, Errors::new())).await;
    }
    let name = visitor.identity.as_ref().map(|identity| identity.name.clone()).unwrap_or_default();
    let address = Address { name, country: default_country(&state).await?, ..Address::default() };
    // The id is the page's: however often it is sent, one address is saved.
    let draft = AddressDraft { id: AddressId::generate(&state.env), version: None, address, is_default: false };
    show(&state, visitor, draft, true, (StatusCode::OK, Errors::new())).await
}

/// `GET /account/addresses/{id}`.
pub async fn edit_page(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
    mut visitor: Visitor,
) -> Answer {
    let customer = match visitor.require_account(&state, PATH) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let id: AddressId = id.parse().map_err(|_| Failure::not_found())?;
    let SavedAddress { address, is_default, version, .. } =
        find(&state, &visitor, customer, id).await?.ok_or_else(Failure::not_found)?;
    let mut draft = AddressDraft { id, version: Some(version), address, is_default };
    if let Some(kept) = KEPT.read::<AddressDraft>(&state, &headers).filter(|kept| kept.id == id) {
        KEPT.forget(&mut visitor.jar);
        draft = AddressDraft { version: kept.version.or(draft.version), ..kept };
    }
    show(&state, visitor, draft, false, (StatusCode::OK, Errors::new())).await
}

async fn find(
    state: &AppState,
    visitor: &Visitor,
    customer: CustomerId,
    id: AddressId,
) -> Result<Option<SavedAddress>, Failure> {
    let kept = state.accounts.addresses(&visitor.cx, customer).await?;
    Ok(kept.into_iter().find(|saved| saved.id == id))
}

/// `POST /account/addresses`: `address`, the fields of an address, `default`, and `new` or the `version` that was seen;
/// `intent=update` shows the form anew, as another country needs it.
pub async fn save(State(state): State<AppState>, mut visitor: Visitor, form: Form) -> Answer {
    let id: AddressId =
        form.text("address").parse().map_err(|_| Failure::invalid("address", "is not the id of an address"))?;
    let is_new = form.text("new") == "yes";
    // A theme of the shop's own may tell none; what is no number is no version that there is.
    let version = Some(form.text("version")).filter(|text| !is_new && !text.is_empty());
    let version = version.map(|text| text.parse().unwrap_or(0));
    let draft = AddressDraft { id, version, address: address_of(&form), is_default: form.text("default") == "yes" };
    let back = if is_new { NEW_PATH.to_owned() } else { format!("{PATH}/{id}") };
    let customer = match visitor.require_account(&state, &back) {
        Ok(customer) => customer,
        Err(elsewhere) => {
            KEPT.keep(&state, &mut visitor.jar, &draft);
            return Ok(visitor.jar.onto(*elsewhere));
        }
    };
    if form.text("intent") == "update" {
        return show(&state, visitor, draft, is_new, (StatusCode::OK, Errors::new())).await;
    }
    let failure = match state.accounts.save_address(&visitor.cx, customer, draft.clone()).await {
        Ok(()) => return saved(&state, visitor),
        Err(Error::TooManyAddresses { addresses_max }) => {
            let text = format!("You keep {addresses_max} addresses already. Remove one first.");
            return go(&state, visitor, Notice::warning(text));
        }
        Err(Error::VersionConflict { .. }) => return outdated(&state, visitor, customer, draft).await,
        Err(error) => Failure::from(error),
    };
    if failure.status == StatusCode::NOT_FOUND && version.is_some() {
        return outdated(&state, visitor, customer, draft).await;
    }
    if failure.fields.is_empty() {
        return Err(failure);
    }
    let errors = checkout_form::errors(&failure.fields);
    show(&state, visitor, draft, is_new, (StatusCode::UNPROCESSABLE_ENTITY, errors)).await
}

/// The address was changed or removed since its form was made. The form comes again as it was filled in, so that saving
/// once more is a decision, unless what is kept is just that.
async fn outdated(state: &AppState, visitor: Visitor, customer: CustomerId, draft: AddressDraft) -> Answer {
    let present = find(state, &visitor, customer, draft.id).await?;
    let is_so = |kept: &SavedAddress| kept.address == draft.address && (kept.is_default || !draft.is_default);
    if present.as_ref().is_some_and(is_so) {
        return saved(state, visitor);
    }
    let (what, then) = match &present {
        Some(_) => ("changed", "saving it now replaces that change"),
        None => ("removed", "saving it now keeps it as a new one"),
    };
    let text = format!(
        "This address was {what} meanwhile, in another window perhaps. What you entered is kept below and not saved \
         yet; {then}."
    );
    let version = present.map(|kept| kept.version);
    let draft = AddressDraft { version, ..draft };
    show(state, visitor, draft, version.is_none(), (StatusCode::CONFLICT, Errors::from([("form".to_owned(), text)])))
        .await
}

fn saved(state: &AppState, visitor: Visitor) -> Answer {
    go(state, visitor, Notice::success("The address is saved."))
}

/// `POST /account/addresses/{id}/default`.
pub async fn prefer(State(state): State<AppState>, Path(id): Path<String>, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, PATH) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let id: AddressId = id.parse().map_err(|_| Failure::not_found())?;
    let notice = match state.accounts.prefer_address(&visitor.cx, customer, id).await {
        Ok(()) => Notice::success("This is your default address now."),
        Err(error) => match Failure::from(error) {
            gone if gone.status == StatusCode::NOT_FOUND => Notice::warning(sentence("this address was removed")),
            failure => return Err(failure),
        },
    };
    go(&state, visitor, notice)
}

/// `POST /account/addresses/{id}/remove`.
pub async fn remove(State(state): State<AppState>, Path(id): Path<String>, mut visitor: Visitor) -> Answer {
    let customer = match visitor.require_account(&state, PATH) {
        Ok(customer) => customer,
        Err(elsewhere) => return Ok(visitor.jar.onto(*elsewhere)),
    };
    let id: AddressId = id.parse().map_err(|_| Failure::not_found())?;
    state.accounts.remove_address(&visitor.cx, customer, id, None).await?;
    go(&state, visitor, Notice::success("The address is removed."))
}

fn go(state: &AppState, mut visitor: Visitor, notice: Notice) -> Answer {
    flash::leave(state, &mut visitor.jar, notice);
    Ok(visitor.jar.onto(Redirect::to(PATH).into_response()))
}

async fn show(
    state: &AppState,
    visitor: Visitor,
    draft: AddressDraft,
    is_new: bool,
    (status, errors): (StatusCode, Errors),
) -> Answer {
    let fields = AddressFields::of(state, &draft.address).await?;
    let mut values = address_values(&draft.address);
    fields.choose_region(&draft.address, &mut values);
    values.insert("address".to_owned(), draft.id.to_string());
    let base = Base::of(state, PATH, &visitor, None).await;
    let (version, is_default) = (draft.version, draft.is_default);
    let page = FormPage { base, fields, errors, values, is_new, version, is_default };
    let html = state.theme.render("account/address.html", &page)?;
    Ok(visitor.jar.onto((status, Html(html)).into_response()))
}
