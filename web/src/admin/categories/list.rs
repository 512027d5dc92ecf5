use http::StatusCode;
use serde::Serialize;
use souk_contracts::{
    CategoryId,
    catalog::{Category, CategoryDraft},
    permission::CATALOG_MANAGE,
};

use super::{
    super::{
        desk::Desk,
        forms::{self, Failed, Refusal},
        lists,
    },
    PATH, SECTION, crumbs, level, parent,
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format, tree,
    view::{Crumb, Errors},
};

/// Categories of a level that a page shows.
const ROWS: usize = 100;

#[derive(Serialize)]
struct CategoriesPage {
    crumbs: Vec<Crumb>,
    /// The id of the category above; empty at the top.
    parent: String,
    title: String,
    edit_url: Option<String>,
    categories: Vec<Row>,
    first_url: Option<String>,
    next_url: Option<String>,
    may_change: bool,
    #[serde(flatten)]
    failed: Failed,
}

#[derive(Serialize)]
struct Row {
    name: String,
    url: String,
    edit_url: String,
    shop_url: String,
    below_text: String,
    position: i64,
}

impl Row {
    fn of(category: &Category, tree: &[Category]) -> Self {
        let below = tree.iter().filter(|other| other.parent == Some(category.id)).count();
        Self {
            name: category.name.clone(),
            url: level(Some(category.id)),
            edit_url: format!("{PATH}/{}", category.id),
            shop_url: tree::url(&category.slug),
            below_text: if below == 0 {
                String::new()
            } else {
                format::counted(below as u64, "category", "categories")
            },
            position: category.position,
        }
    }
}

/// `GET /admin/categories?in=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let above = parent(desk.query.text("in"))?;
    show(desk, StatusCode::OK, above, Failed::default()).await
}

async fn show(desk: Desk, status: StatusCode, above: Option<CategoryId>, failed: Failed) -> Answer {
    let tree = desk.state.catalog.categories(&desk.cx).await?;
    let title = match above {
        Some(id) => tree.iter().find(|category| category.id == id).ok_or_else(Failure::not_found)?.name.clone(),
        None => "Categories".to_owned(),
    };
    if desk.wants_json() {
        return Ok(desk.json(&tree));
    }
    let level_rows: Vec<&Category> = tree.iter().filter(|category| category.parent == above).collect();
    let after = desk.query.text("after").to_owned();
    let from = level_rows.iter().position(|category| category.id.to_string() == after).map_or(0, |index| index + 1);
    let shown = &level_rows[from..level_rows.len().min(from + ROWS)];
    let above_text = above.map(|id| id.to_string()).unwrap_or_default();
    let address = |after: Option<&str>| lists::address(PATH, &[("in", &above_text)], after);
    let more = from + shown.len() < level_rows.len();
    let last = shown.last().filter(|_| more).map(|category| category.id.to_string());
    let content = CategoriesPage {
        crumbs: crumbs(&tree, above),
        title,
        edit_url: above.map(|id| format!("{PATH}/{id}")),
        first_url: (from > 0).then(|| address(None)),
        next_url: last.map(|last| address(Some(&last))),
        categories: shown.iter().map(|category| Row::of(category, &tree)).collect(),
        may_change: desk.may(CATALOG_MANAGE),
        parent: above_text,
        failed,
    };
    desk.show(status, SECTION, "admin/categories.html", content).await
}

/// `POST /admin/categories`: `name`, `parent`, `position`.
pub async fn add(desk: Desk, form: Form) -> Answer {
    let above = parent(form.text("parent"))?;
    let draft = match draft(None, &form) {
        Ok(draft) => draft,
        Err(refusal) => return refuse(desk, above, refusal, &form).await,
    };
    let name = draft.name.clone();
    match desk.state.catalog.save_category(&desk.cx, draft).await {
        Ok(_) => Ok(desk.go(&level(above), Notice::success(format!("The category {name} is added.")))),
        Err(error) => {
            let refusal = Refusal::from_service(error.into(), place)?;
            refuse(desk, above, refusal, &form).await
        }
    }
}

async fn refuse(desk: Desk, above: Option<CategoryId>, refusal: Refusal, form: &Form) -> Answer {
    if desk.wants_json() {
        return Err(refusal.into_failure());
    }
    show(desk, refusal.status, above, Failed::form("add", refusal, form)).await
}

/// The form's field for the service's.
pub fn place(field: &str) -> Option<String> {
    matches!(field, "name" | "parent" | "position").then(|| field.to_owned())
}

/// A category as a form describes it, with the `version` that was seen of one that is there.
pub fn draft(id: Option<CategoryId>, form: &Form) -> Result<CategoryDraft, Refusal> {
    let mut errors = Errors::new();
    let name = forms::required(form, "name", "Give it a name.", &mut errors);
    let parent = match form.text("parent") {
        "" => None,
        _ => forms::parsed(form, "parent", "Choose a category that is there.", &mut errors),
    };
    let position = match form.text("position") {
        "" => Some(0),
        _ => forms::parsed(form, "position", "Enter a whole number; the lowest stands first.", &mut errors),
    };
    if errors.is_empty() {
        let version = id.map(|_| form.text("version").parse().unwrap_or(0));
        Ok(CategoryDraft { id, version, parent, name, position: position.unwrap_or(0) })
    } else {
        Err(Refusal::of(errors))
    }
}
