//! The keys of programs that use the public API.

use std::collections::BTreeMap;

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{ApiKeyId, accounts::ApiKey, permission::Scope};

use super::{
    desk::Desk,
    forms::{self, Refusal},
    lists::{self, Pager},
};
use crate::{
    api::caller::KEY,
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format,
    view::{Choice, Errors, TimeView, Values},
};

const PATH: &str = "/admin/api-keys";

#[derive(Serialize)]
struct KeysPage {
    keys: Vec<KeyView>,
    #[serde(flatten)]
    pager: Pager,
    scopes: Vec<Choice>,
    /// A key that was just made: shown this once.
    made: Option<MadeView>,
    errors: Errors,
    values: Values,
}

#[derive(Serialize)]
struct KeyView {
    id: String,
    name: String,
    scopes: Vec<String>,
    hint: String,
    created_at: TimeView,
    created_by: String,
    last_used_at: Option<TimeView>,
}

#[derive(Serialize)]
struct MadeView {
    name: String,
    token: String,
}

impl KeyView {
    fn of(desk: &Desk, key: &ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            hint: key.hint.clone(),
            created_at: format::time(key.created_at),
            created_by: desk.actor_name(&key.created_by),
            last_used_at: key.last_used_at.map(format::time),
        }
    }
}

/// What a scope permits, for whoever chooses.
fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::OrdersRead => "See orders and customers",
        Scope::OrdersManage => "Ship, hold and cancel orders",
        Scope::Refunds => "Give money back",
        Scope::CatalogRead => "See drafts and archived products",
        Scope::CatalogManage => "Change products, categories and collections; import",
        Scope::StockRead => "See stock levels and movements",
        Scope::StockManage => "Receive, adjust and transfer stock",
        Scope::Operations => "See and replay what failed behind the scenes",
    }
}

/// `GET /admin/api-keys?after=`.
pub async fn list(desk: Desk) -> Answer {
    show(desk, StatusCode::OK, None, Errors::new(), Values::new()).await
}

/// `POST /admin/api-keys`: `name`, `scope` (several).
pub async fn create(desk: Desk, form: Form) -> Answer {
    let mut errors = Errors::new();
    let name = forms::required(&form, "name", "Say what the key is for.", &mut errors);
    let chosen = form.0.iter().filter(|(field, _)| field == "scope");
    let scopes: Vec<Scope> = chosen.filter_map(|(_, scope)| scope.parse().ok()).collect();
    if scopes.is_empty() {
        errors.insert("scope".to_owned(), "Choose what the key is good for.".to_owned());
    }
    if !errors.is_empty() {
        return refuse(desk, Refusal::of(errors), &form).await;
    }
    match desk.state.accounts.create_api_key(&desk.cx, name, scopes).await {
        Ok(made) => {
            let made = MadeView { name: made.key.name, token: format!("{KEY}{}", made.token) };
            desk.acted();
            show(desk, StatusCode::OK, Some(made), Errors::new(), Values::new()).await
        }
        Err(error) => {
            let place = |field: &str| match field {
                "name" => Some("name".to_owned()),
                "scopes" => Some("scope".to_owned()),
                _ => None,
            };
            let refusal = Refusal::from_service(error.into(), place)?;
            refuse(desk, refusal, &form).await
        }
    }
}

async fn refuse(desk: Desk, refusal: Refusal, form: &Form) -> Answer {
    let mut values: BTreeMap<String, String> = forms::values(form);
    let chosen = form.0.iter().filter(|(field, _)| field == "scope");
    values.extend(chosen.map(|(_, scope)| (format!("scope.{scope}"), "on".to_owned())));
    show(desk, refusal.status, None, refusal.errors, values).await
}

/// `POST /admin/api-keys/{id}/revoke`.
pub async fn revoke(desk: Desk, Path(id): Path<String>) -> Answer {
    let id: ApiKeyId = id.parse().map_err(|_| Failure::not_found())?;
    desk.state.accounts.revoke_api_key(&desk.cx, id).await?;
    desk.state.keys.forget();
    Ok(desk.go(PATH, Notice::success("The key is revoked: it is not good any more.")))
}

async fn show(desk: Desk, status: StatusCode, made: Option<MadeView>, errors: Errors, values: Values) -> Answer {
    let request = lists::request(&desk.query)?;
    let page = desk.state.accounts.api_keys(&desk.cx, request.clone()).await?;
    let content = KeysPage {
        pager: Pager::of(PATH, &[], &page, &request),
        keys: page.items.iter().map(|key| KeyView::of(&desk, key)).collect(),
        scopes: Scope::ALL.iter().map(|scope| Choice::new(scope.as_str(), words(*scope))).collect(),
        made,
        errors,
        values,
    };
    desk.show(status, "api_keys", "admin/api_keys.html", content).await
}
