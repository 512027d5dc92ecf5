use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    CategoryId,
    catalog::{Category, Error},
    permission::CATALOG_MANAGE,
};

use super::{
    super::{
        desk::Desk,
        forms::{Failed, Refusal},
        products::Categories,
    },
    PATH, SECTION, crumbs, level,
    list::{draft, place},
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    tree,
    view::{Choice, Crumb, Values},
};

#[derive(Serialize)]
struct CategoryPage {
    crumbs: Vec<Crumb>,
    category: CategoryView,
    parents: Vec<Choice>,
    may_change: bool,
    #[serde(flatten)]
    failed: Failed,
}

#[derive(Serialize)]
struct CategoryView {
    name: String,
    action: String,
    shop_url: String,
    level_url: String,
}

/// `GET /admin/categories/{id}`.
pub async fn page(desk: Desk, Path(id): Path<String>) -> Answer {
    show(desk, StatusCode::OK, &id, Failed::default()).await
}

async fn show(desk: Desk, status: StatusCode, id: &str, mut failed: Failed) -> Answer {
    let tree = desk.state.catalog.categories(&desk.cx).await?;
    let id: CategoryId = id.parse().map_err(|_| Failure::not_found())?;
    let category = tree.iter().find(|category| category.id == id).ok_or_else(Failure::not_found)?;
    if desk.wants_json() {
        return Ok(desk.json(category));
    }
    if failed.failed_form != Some("save") {
        failed.values = values(category);
    }
    let own = id.to_string();
    let content = CategoryPage {
        crumbs: crumbs(&tree, Some(id)),
        category: CategoryView {
            name: category.name.clone(),
            action: format!("{PATH}/{id}"),
            shop_url: tree::url(&category.slug),
            level_url: level(Some(id)),
        },
        parents: Categories::of(&tree).choices().into_iter().filter(|choice| choice.value != own).collect(),
        may_change: desk.may(CATALOG_MANAGE),
        failed,
    };
    desk.show(status, SECTION, "admin/category.html", content).await
}

fn values(category: &Category) -> Values {
    let parent = category.parent.map(|parent| parent.to_string()).unwrap_or_default();
    let pairs = [
        ("name", category.name.clone()),
        ("parent", parent),
        ("position", category.position.to_string()),
        ("version", category.version.to_string()),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// `POST /admin/categories/{id}`: `name`, `parent`, `position`, and the `version` that was seen.
pub async fn save(desk: Desk, Path(id): Path<String>, mut form: Form) -> Answer {
    let known: CategoryId = id.parse().map_err(|_| Failure::not_found())?;
    let draft = match draft(Some(known), &form) {
        Ok(draft) => draft,
        Err(refusal) => return refuse(desk, &id, "save", refusal, &form).await,
    };
    let above = draft.parent;
    match desk.state.catalog.save_category(&desk.cx, draft).await {
        Ok(_) => Ok(desk.go(&level(above), Notice::success("The category is saved."))),
        Err(Error::VersionConflict { current }) => {
            // Saving once more is a decision.
            form.0.push(("version".to_owned(), current.to_string()));
            refuse(desk, &id, "save", Refusal::outdated("category"), &form).await
        }
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), place)?;
            refuse(desk, &id, "save", refusal, &form).await
        }
    }
}

/// `POST /admin/categories/{id}/delete`.
pub async fn delete(desk: Desk, Path(id): Path<String>, form: Form) -> Answer {
    let known: CategoryId = id.parse().map_err(|_| Failure::not_found())?;
    match desk.state.catalog.delete_category(&desk.cx, known, None).await {
        Ok(()) => Ok(desk.go(PATH, Notice::success("The category is deleted."))),
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), |_| None)?;
            refuse(desk, &id, "delete", refusal, &form).await
        }
    }
}

async fn refuse(desk: Desk, id: &str, name: &'static str, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    show(desk, refusal.status, id, Failed::form(name, refusal, form)).await
}
