//! JSON Schemas of what goes in and out, and the limits in them, which are enforced as they are described.

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Value, json};
use souk_types::{FieldError, IdKind};

/// Where the description keeps what is named.
pub const COMPONENTS: &str = "/components/schemas";

/// Makes schemas of what comes in.
pub fn of_input() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = COMPONENTS.into();
        settings.meta_schema = None;
    })
}

/// Makes schemas of what goes out.
pub fn of_output() -> SchemaSettings {
    of_input().for_serialize()
}

/// The schema of an input with nothing behind references.
pub fn whole_input<T: JsonSchema>() -> Value {
    whole::<T>(of_input())
}

/// The schema of an answer with nothing behind references.
pub fn whole_output<T: JsonSchema>() -> Value {
    whole::<T>(of_output())
}

fn whole<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of an id.
pub fn id<K: IdKind>(_: &mut SchemaGenerator) -> Schema {
    let prefix = K::PREFIX;
    json_schema!({"type": "string", "pattern": format!("^{prefix}_[0-7][0-9A-HJKMNP-TV-Z]{{25}}$")})
}

/// The schema of an instant.
pub fn instant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time"})
}

/// The schema of an instant that may not have come.
pub fn maybe_instant(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "null"], "format": "date-time"})
}

/// Declares functions that give the schema of an enum of words.
macro_rules! words {
    ($($name:ident: $type:ty;)*) => {$(
        pub fn $name(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            let words: Vec<&str> = <$type>::ALL.iter().map(|word| word.as_str()).collect();
            schemars::json_schema!({"type": "string", "enum": words})
        }
    )*};
}
pub(super) use words;

/// Takes `null` out of what a schema allows: a parameter is left out rather than null.
pub fn never_null(schema: &mut Value) {
    if let Some(kinds) = schema.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            schema["type"] = only.clone();
        }
    }
    let alternatives = schema["anyOf"].as_array().cloned().unwrap_or_default();
    let mut real = alternatives.iter().filter(|one| one["type"] != "null");
    if let (Some(only), None, Value::Object(whole)) = (real.next(), real.next(), &mut *schema) {
        whole.remove("anyOf");
        for (key, value) in only.as_object().into_iter().flatten() {
            whole.entry(key).or_insert_with(|| value.clone());
        }
    }
    if let Value::Object(whole) = schema {
        whole.retain(|key, value| key != "default" || !value.is_null());
    }
}

/// Finds where a value goes beyond the limits that its schema states. Types and names are not looked at: whoever
/// reads the value into a Rust type minds those.
pub fn check(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<FieldError>) {
    let mut tell = |text: String| wrong.push(FieldError::new(path, text));
    let limit = |name: &str| schema[name].as_f64();
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN);
            if limit("minimum").is_some_and(|least| number < least) {
                tell(format!("must be at least {}", schema["minimum"]));
            }
            if limit("maximum").is_some_and(|most| number > most) {
                tell(format!("must be at most {}", schema["maximum"]));
            }
        }
        Value::String(text) => {
            let length = text.chars().count() as f64;
            if limit("minLength").is_some_and(|least| length < least) {
                tell(match schema["minLength"].as_u64() {
                    Some(1) => "must not be empty".to_owned(),
                    _ => format!("must have at least {} characters", schema["minLength"]),
                });
            }
            if limit("maxLength").is_some_and(|most| length > most) {
                tell(format!("must have at most {} characters", schema["maxLength"]));
            }
            if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
                tell(format!("must be one of {}", list(&schema["enum"])));
            }
        }
        Value::Array(items) => {
            if limit("minItems").is_some_and(|least| (items.len() as f64) < least) {
                tell(format!("must have at least {}", schema["minItems"]));
            }
            if limit("maxItems").is_some_and(|most| items.len() as f64 > most) {
                tell(format!("must have at most {}", schema["maxItems"]));
                return;
            }
            for (index, item) in items.iter().enumerate() {
                check(&schema["items"], item, &format!("{path}[{index}]"), wrong);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                check(&schema["properties"][name], field, &below, wrong);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
    let fits = |one: &&Value| {
        let mut fixed =
            one["properties"].as_object().into_iter().flatten().filter(|(_, field)| field["const"].is_string());
        fixed.all(|(name, field)| value[name] == field["const"])
    };
    if let Some(variant) = schema["oneOf"].as_array().and_then(|variants| variants.iter().find(fits)) {
        check(variant, value, path, wrong);
    }
    if !value.is_null() {
        let alternatives = schema["anyOf"].as_array().into_iter().flatten();
        let mut real = alternatives.filter(|one| one["type"] != "null");
        if let (Some(only), None) = (real.next(), real.next()) {
            check(only, value, path, wrong);
        }
    }
}

/// Words for people.
pub fn list(words: &Value) -> String {
    let words = words.as_array().into_iter().flatten();
    words.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

/// The names of an object's fields; of a list, those of its items.
pub fn field_names(answer: &Value) -> Vec<String> {
    let items = &answer["properties"]["items"]["items"];
    let of = if items.is_object() { items } else { answer };
    of["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// The schema of an answer of which only some fields were asked for.
pub fn partial(answer: &Value) -> Value {
    let mut part = answer.clone();
    let is_list = part.pointer("/properties/items/items").is_some_and(Value::is_object);
    let of = if is_list { "/properties/items/items" } else { "" };
    if let Some(Value::Object(fields)) = part.pointer_mut(of) {
        fields.remove("required");
    }
    part
}

/// A schema that is a reference to what is named so.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#{COMPONENTS}/{name}")})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Sample {
        #[schemars(length(min = 1, max = 3))]
        name: String,
        #[schemars(range(min = 1, max = 9))]
        count: Option<u32>,
        #[schemars(length(max = 1), inner(length(max = 2)))]
        tags: Vec<String>,
    }

    fn wrong(value: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        check(&whole_input::<Sample>(), value, "", &mut wrong);
        wrong.into_iter().map(|wrong| format!("{}: {}", wrong.field, wrong.message)).collect()
    }

    #[test]
    fn limits_are_enforced_as_the_schema_states_them() {
        assert_eq!(wrong(&json!({"name": "äöü", "count": 9, "tags": ["ab"]})), [""; 0]);
        assert_eq!(wrong(&json!({"name": "", "count": null, "tags": []})), ["name: must not be empty"]);
        assert_eq!(
            wrong(&json!({"name": "abcd", "count": 0, "tags": ["abc"]})),
            [
                "count: must be at least 1",
                "name: must have at most 3 characters",
                "tags[0]: must have at most 2 characters"
            ]
        );
        assert_eq!(wrong(&json!({"name": "a", "tags": ["a", "b"]})), ["tags: must have at most 1"]);
    }

    #[test]
    fn a_parameter_is_never_null() {
        let mut schema = whole_input::<Sample>()["properties"]["count"].clone();
        never_null(&mut schema);
        assert_eq!(schema["type"], "integer");
    }
}
