//! The description of the API as pages of the shop: made of the same document that programs read.

use axum::{
    extract::{Path, State},
    response::{Html, IntoResponse as _},
};
use serde::Serialize;
use serde_json::Value;

use super::{caller::Access, openapi::DOCUMENT, operation::Group, routes};
use crate::{
    error::{Answer, Failure},
    state::AppState,
    storefront::context::Base,
    tree,
};

/// Where the pages are.
const PATH: &str = "/api/docs";
/// How deep fields of fields are shown.
const DEPTH_MAX: usize = 5;

#[derive(Serialize)]
struct IndexPage {
    #[serde(flatten)]
    base: Base,
    groups: Vec<GroupView>,
}

#[derive(Serialize)]
struct GroupView {
    name: &'static str,
    operations: Vec<OperationLink>,
}

#[derive(Serialize)]
struct OperationLink {
    verb: String,
    path: String,
    summary: String,
    url: String,
}

#[derive(Serialize)]
struct OperationPage {
    #[serde(flatten)]
    base: Base,
    operation: OperationView,
}

#[derive(Serialize)]
struct OperationView {
    verb: String,
    path: String,
    summary: String,
    access: String,
    parameters: Vec<FieldView>,
    body: Vec<FieldView>,
    status: String,
    answer: Vec<FieldView>,
}

/// A parameter, or a field by its path.
#[derive(Serialize)]
struct FieldView {
    name: String,
    kind: String,
    place: String,
    required: bool,
    description: String,
}

/// `GET /api/docs`.
pub async fn index(State(state): State<AppState>) -> Answer {
    let routes = routes::all();
    let operations = |group: Group| {
        let of_group = routes.iter().filter(|route| route.group == group);
        let link = |route: &super::operation::Route| OperationLink {
            verb: route.verb.as_str().to_uppercase(),
            path: route.path.to_owned(),
            summary: route.summary.to_owned(),
            url: format!("{PATH}/{}", route.name),
        };
        of_group.map(link).collect::<Vec<_>>()
    };
    let groups = Group::ALL.iter().map(|group| GroupView { name: group.as_str(), operations: operations(*group) });
    let page = IndexPage { base: base(&state, PATH).await, groups: groups.collect() };
    Ok(Html(state.theme.render("api/docs.html", &page)?).into_response())
}

/// `GET /api/docs/{operation}`.
pub async fn operation(State(state): State<AppState>, Path(name): Path<String>) -> Answer {
    let routes = routes::all();
    let route = routes.iter().find(|route| route.name == name).ok_or_else(Failure::not_found)?;
    let described = &DOCUMENT["paths"][route.path][route.verb.as_str()];
    let responses = described["responses"].as_object();
    let done = responses.and_then(|all| all.iter().find(|(status, _)| status.starts_with('2')));
    let operation = OperationView {
        verb: route.verb.as_str().to_uppercase(),
        path: format!("/api/v1{}", route.path),
        summary: route.summary.to_owned(),
        access: who(route.access),
        parameters: described["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        body: fields(&described["requestBody"]["content"]["application/json"]["schema"]),
        status: done.map(|(status, _)| status.clone()).unwrap_or_default(),
        answer: done.map(|(_, done)| fields(answered(&done["content"]))).unwrap_or_default(),
    };
    let page = OperationPage { base: base(&state, &format!("{PATH}/{name}")).await, operation };
    Ok(Html(state.theme.render("api/operation.html", &page)?).into_response())
}

fn answered(content: &Value) -> &Value {
    match &content["text/event-stream"]["schema"]["properties"]["data"]["contentSchema"] {
        Value::Null => &content["application/json"]["schema"],
        event => event,
    }
}

/// Who may call, in words.
fn who(access: Access) -> String {
    match access {
        Access::Anyone => "Everybody, with a token or without.".to_owned(),
        Access::Shopper => "Guests and customers, by their token.".to_owned(),
        Access::Customer => "Customers, by the token of their session.".to_owned(),
        Access::Key(scope) => format!("Programs of the house, by an API key with the scope {scope}."),
    }
}

async fn base(state: &AppState, path: &str) -> Base {
    let tree = tree::tree_or_none(state).await;
    Base::shared(state, &tree, path).await
}

fn parameter(parameter: &Value) -> FieldView {
    FieldView {
        name: text(&parameter["name"]),
        kind: kind(&parameter["schema"]),
        place: text(&parameter["in"]),
        required: parameter["required"] == true,
        description: text(&parameter["description"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn fields(schema: &Value) -> Vec<FieldView> {
    let mut found = Vec::new();
    add_fields(schema, "", 0, &mut found);
    found
}

fn add_fields(schema: &Value, path: &str, depth: usize, found: &mut Vec<FieldView>) {
    let schema = real(schema);
    if schema["type"] == "array" {
        return add_fields(&schema["items"], &format!("{path}[]"), depth, found);
    }
    if depth == DEPTH_MAX {
        return;
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
        let described = [field, real(field)];
        let mut description = described.iter().map(|schema| text(&schema["description"]));
        found.push(FieldView {
            name: below.clone(),
            kind: kind(field),
            place: String::new(),
            required,
            description: description.find(|text| !text.is_empty()).unwrap_or_default(),
        });
        add_fields(field, &below, depth + 1, found);
    }
}

/// What a schema is behind references, and when it may not be null.
fn real(schema: &Value) -> &Value {
    if let Some(found) = schema["$ref"].as_str().and_then(|link| DOCUMENT.pointer(link.trim_start_matches('#'))) {
        return found;
    }
    let alternatives = schema["anyOf"].as_array().into_iter().flatten();
    let mut others = alternatives.filter(|one| one["type"] != "null");
    match (others.next(), others.next()) {
        (Some(only), None) => real(only),
        _ => schema,
    }
}

/// What a value may be, in words.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return words.join(" | ");
    }
    if let Some(link) = schema["$ref"].as_str() {
        let target = real(schema);
        return match target["type"] == "object" {
            true => link.rsplit('/').next().unwrap_or_default().to_owned(),
            false => kind(target),
        };
    }
    if let Some(alternatives) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return alternatives.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let name = match &schema["type"] {
        Value::String(name) if name == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    match (&schema["minimum"], &schema["maximum"]) {
        (Value::Number(least), Value::Number(most)) => format!("{name}, {least} to {most}"),
        (Value::Number(least), _) => format!("{name}, at least {least}"),
        _ => name,
    }
}
