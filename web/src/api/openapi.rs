//! The description of the API: OpenAPI 3.1, made of the operations' types.

use std::sync::LazyLock;

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{
    answer::{self, PARTIAL},
    caller::Access,
    idempotency::KEY_CHARS_MAX,
    model::Problem,
    operation::{Operation, Twice, Verb},
    parameters::{FIELDS, Known, Parameter, parameters},
    routes, schema, upload,
};

/// The description, made once.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| serde_json::to_vec(&*DOCUMENT).unwrap_or_default());

/// `GET /api/v1/openapi.json`.
pub async fn serve(headers: HeaderMap) -> Response {
    answer::ready(&BYTES, "application/json", &headers)
}

/// What the operations' types are called in the description.
pub struct Describing {
    answers: SchemaGenerator,
    bodies: Map<String, Value>,
}

fn document() -> Value {
    let mut describing = Describing { answers: schema::of_output().into_generator(), bodies: Map::new() };
    describing.answers.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes::all() {
        let described = route.describe(&mut describing);
        paths.entry(route.path).or_insert_with(|| json!({}))[route.verb.as_str()] = described;
    }
    let mut schemas = describing.answers.take_definitions(true);
    schemas.extend(describing.bodies);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Souk",
            "version": "1.0.0",
            "summary": "The public API of a shop.",
            "description": "Amounts are whole minor units of their currency. Errors are problem details (RFC 9457) \
                with a stable `code` and, where fields are wrong, `errors` by field. Lists are paged: `next` is the \
                `cursor` of what follows. Every GET takes `fields`, has an `ETag` and minds `If-None-Match`.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Problem": problem()},
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "The token of a guest (`souk_guest_…`) or of a customer's session (`souk_session_…`).",
            }, "key": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key (`souk_key_…`), which the owner makes in the admin console with the scopes that it needs.",
            }},
        },
    })
}

fn problem() -> Value {
    json!({
        "description": "It was not done; the body says why.",
        "content": {"application/problem+json": {"schema": schema::reference("Problem")}},
    })
}

/// What an operation is in the words of OpenAPI.
pub fn describe<O: Operation>(describing: &mut Describing) -> Value {
    let known = Known::of::<O>();
    let mut all: Vec<Value> =
        parameters(schema::whole_input::<O::Path>()).iter().map(|part| parameter(part, "path")).collect();
    all.extend(known.query.iter().map(|part| parameter(part, "query")));
    if !known.fields.is_empty() {
        all.push(chosen_fields(&known.fields));
    }
    if O::VERB == Verb::Post {
        all.push(idempotency_key(O::TWICE));
    }
    if O::VERSIONED {
        all.push(if_match());
    }
    let mut described = json!({
        "operationId": O::NAME,
        "summary": O::SUMMARY,
        "tags": [O::GROUP.as_str()],
        "parameters": all,
        "responses": responses::<O>(describing, &known),
        "security": match O::ACCESS {
            Access::Anyone => json!([{}, {"token": []}]),
            Access::Shopper | Access::Customer => json!([{"token": []}]),
            Access::Key(scope) => json!([{"key": [scope]}]),
        },
    });
    if let Some(body) = known.body {
        let name = <O::Body as JsonSchema>::schema_name().into_owned();
        described["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": schema::reference(&name)}}});
        describing.bodies.insert(name, body);
    }
    if let Some(wanted) = O::UPLOAD {
        described["requestBody"] = upload::described(wanted);
    }
    described
}

fn if_match() -> Value {
    json!({
        "name": "If-Match",
        "in": "header",
        "required": true,
        "description": "The `ETag` of what the caller saw. Refused with 412 when it has changed since.",
        "schema": {"type": "string", "pattern": "^\"[0-9]{1,18}\"$"},
    })
}

fn idempotency_key(twice: Twice) -> Value {
    let (text, schema) = match twice {
        Twice::Kept => (
            "A new one for every wish, the same one when it is tried again: it is then carried out once, and \
            the answer is the same for a day.",
            json!({"type": "string", "minLength": 1, "maxLength": KEY_CHARS_MAX, "pattern": "^[!-~]+$"}),
        ),
        Twice::Harmless => ("Taken, and not looked at: sent twice, this does no harm.", json!({"type": "string"})),
    };
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": twice == Twice::Kept,
        "description": text,
        "schema": schema,
    })
}

fn parameter(parameter: &Parameter, place: &str) -> Value {
    let mut schema = parameter.schema.clone();
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut described = json!({
        "name": parameter.name,
        "in": place,
        "required": parameter.required || place == "path",
        "schema": schema,
    });
    if let Some(text) = description {
        described["description"] = text;
    }
    described
}

fn chosen_fields(names: &[String]) -> Value {
    json!({
        "name": FIELDS,
        "in": "query",
        "required": false,
        "description": "Only these fields of the answer, or of the items of a list.",
        "style": "form",
        "explode": false,
        "schema": {"type": "array", "items": {"type": "string", "enum": names}, "minItems": 1},
    })
}

fn responses<O: Operation>(describing: &mut Describing, known: &Known) -> Value {
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let mut responses = json!({"default": problem});
    let kind = if O::STREAM { "text/event-stream" } else { "application/json" };
    let answer = named::<O::Answer>(&mut describing.answers);
    let mut content = json!({kind: {"schema": if O::STREAM { event(&answer) } else { answer }}});
    if !known.fields.is_empty() {
        let part = schema::partial(&schema::whole_output::<O::Answer>());
        content[PARTIAL] = json!({"schema": part});
        responses["304"] = json!({"description": "The caller has this already, by `If-None-Match`."});
    }
    let headers = json!({
        "ETag": {"description": "Changes with the answer.", "schema": {"type": "string"}},
        "Link": {"description": "The rest of a list, `rel=\"next\"`.", "schema": {"type": "string"}},
    });
    responses[O::STATUS.as_str()] = match O::STATUS {
        StatusCode::NO_CONTENT => json!({"description": "Done."}),
        _ => json!({"description": "Done.", "headers": headers, "content": content}),
    };
    responses
}

/// One of a stream's events, whose data is JSON.
fn event(data: &Value) -> Value {
    json!({
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data}},
    })
}

fn named<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_describes_its_parameters() {
        let mut names = HashSet::new();
        for route in routes::all() {
            assert!(names.insert(route.name), "{} is there twice", route.name);
            let described = &DOCUMENT["paths"][route.path][route.verb.as_str()];
            assert_eq!(described["operationId"], route.name);
            let in_path = route.path.matches('{').count();
            let parameters = described["parameters"].as_array().unwrap();
            assert_eq!(parameters.iter().filter(|part| part["in"] == "path").count(), in_path, "{}", route.path);
            for parameter in parameters {
                assert!(parameter["description"].is_string(), "{} of {}", parameter["name"], route.name);
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        references(&DOCUMENT, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(DOCUMENT.pointer(pointer).is_some(), "{reference}");
        }
    }
}
