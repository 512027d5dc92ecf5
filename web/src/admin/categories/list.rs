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
        forms::{self, Failed, Refusal, search_text},
        lists,
    },
    PATH, SECTION, crumbs, level, parent,
    ways::{Ways, names},
};
use crate::{
    body::Form,
    error::{Answer, Failure},
    flash::Notice,
    format, tree,
    view::{Crumb, Errors},
};

/// Categories that a page shows.
const ROWS: usize = lists::ROWS as usize;

#[derive(Serialize)]
struct CategoriesPage {
    crumbs: Vec<Crumb>,
    filters: Filters,
    export_url: String,
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
struct Filters {
    q: String,
}

#[derive(Serialize)]
struct Row {
    name: String,
    /// The names of what is above it, where the list is not of one level.
    above_text: String,
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
            above_text: String::new(),
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

/// Categories whose name has all words of a text, wherever they are.
pub fn matching<'t>(tree: &'t [Category], text: &str) -> Vec<&'t Category> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let has_all = |name: &str| words.iter().all(|word| name.contains(word));
    tree.iter().filter(|category| has_all(&category.name.to_lowercase())).collect()
}

/// `GET /admin/categories?in=&after=`, or `?q=&after=`.
pub async fn list(desk: Desk) -> Answer {
    let above = parent(desk.query.text("in"))?;
    match search_text(&desk.query, "q")? {
        Some(text) => find(desk, &text).await,
        None => show(desk, StatusCode::OK, above, Failed::default()).await,
    }
}

/// What of a list is on a page, and where its other pages are.
struct Part<'t> {
    rows: Vec<&'t Category>,
    first_url: Option<String>,
    next_url: Option<String>,
}

fn part<'t>(desk: &Desk, all: &[&'t Category], kept: (&str, &str)) -> Part<'t> {
    let after = desk.query.text("after").to_owned();
    let from = all.iter().position(|category| category.id.to_string() == after).map_or(0, |index| index + 1);
    let rows = all[from..all.len().min(from + ROWS)].to_vec();
    let address = |after: Option<&str>| lists::address(PATH, &[kept], after);
    let more = from + rows.len() < all.len();
    let last = rows.last().filter(|_| more).map(|category| category.id.to_string());
    Part { rows, first_url: (from > 0).then(|| address(None)), next_url: last.map(|last| address(Some(&last))) }
}

/// What a text finds, from everywhere in the tree.
async fn find(desk: Desk, text: &str) -> Answer {
    let tree = desk.state.catalog.categories(&desk.cx).await?;
    let found = matching(&tree, text);
    if desk.wants_json() {
        return Ok(desk.json(&found));
    }
    let part = part(&desk, &found, ("q", text));
    let ways = Ways::of(&tree);
    let row = |category: &&Category| {
        let mut way = ways.down_to(category.id);
        way.pop();
        Row { above_text: names(&way), ..Row::of(category, &tree) }
    };
    let content = CategoriesPage {
        crumbs: Vec::new(),
        filters: Filters { q: text.to_owned() },
        export_url: lists::address(&format!("{PATH}/export.csv"), &[("q", text)], None),
        parent: String::new(),
        title: "Categories".to_owned(),
        edit_url: None,
        categories: part.rows.iter().map(row).collect(),
        first_url: part.first_url,
        next_url: part.next_url,
        may_change: false,
        failed: Failed::default(),
    };
    desk.show(StatusCode::OK, SECTION, "admin/categories.html", content).await
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
    let above_text = above.map(|id| id.to_string()).unwrap_or_default();
    let part = part(&desk, &level_rows, ("in", &above_text));
    let content = CategoriesPage {
        crumbs: crumbs(&tree, above),
        filters: Filters { q: String::new() },
        export_url: format!("{PATH}/export.csv"),
        title,
        edit_url: above.map(|id| format!("{PATH}/{id}")),
        first_url: part.first_url,
        next_url: part.next_url,
        categories: part.rows.iter().map(|category| Row::of(category, &tree)).collect(),
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
