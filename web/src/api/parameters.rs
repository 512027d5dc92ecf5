//! The parameters of a request, read as their schemas say.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use souk_types::{Fault, FieldError};

use super::{
    operation::{Operation, Verb},
    schema,
};
use crate::{body::misfit, error::Failure};

/// Bytes of everything after the `?`.
const QUERY_BYTES_MAX: usize = 8 * 1024;
/// Parameters of one request.
const PAIRS_MAX: usize = 100;
/// The parameter that chooses fields of the answer.
pub const FIELDS: &str = "fields";

/// What is known of an operation before anybody asks.
pub struct Known {
    /// Its parameters after the `?`.
    pub query: Vec<Parameter>,
    /// The fields of its answer that can be chosen; none when it has no such choice.
    pub fields: Vec<String>,
    /// What is sent along, if anything.
    pub body: Option<Value>,
}

impl Known {
    /// Looks at the types of an operation.
    pub fn of<O: Operation>() -> Self {
        let answer = schema::whole_output::<O::Answer>();
        let fields = if O::VERB == Verb::Get && !O::STREAM { schema::field_names(&answer) } else { Vec::new() };
        let body = Some(schema::whole_input::<O::Body>()).filter(|body| body["properties"].is_object());
        Self { query: parameters(schema::whole_input::<O::Query>()), fields, body }
    }
}

/// A parameter after the `?`.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it has to be there.
    pub required: bool,
    /// What it may be.
    pub schema: Value,
}

/// The fields of a struct's schema as parameters.
pub fn parameters(mut whole: Value) -> Vec<Parameter> {
    let required = whole["required"].take();
    let Value::Object(properties) = whole["properties"].take() else { return Vec::new() };
    let parameter = |(name, mut schema): (String, Value)| {
        schema::never_null(&mut schema);
        let required = required.as_array().is_some_and(|names| names.iter().any(|known| *known == name));
        Parameter { name, required, schema }
    };
    properties.into_iter().map(parameter).collect()
}

/// What was asked after the `?`: the parameters, and the chosen fields.
pub struct Query {
    pairs: Vec<(String, String)>,
    /// The chosen fields; `None` for all.
    pub fields: Option<Vec<String>>,
}

impl Query {
    /// Takes what stands after the `?` apart.
    ///
    /// # Errors
    /// Bad request, when it cannot be read; invalid, when a field is chosen that there is not.
    pub fn parse(text: &str, known: &Known) -> Result<Self, Failure> {
        if text.len() > QUERY_BYTES_MAX {
            return Err(Failure::bad_request("The address is too long."));
        }
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(text).map_err(|_| Failure::bad_request("The address cannot be read."))?;
        if pairs.len() > PAIRS_MAX {
            return Err(Failure::bad_request("The address has too many parameters."));
        }
        let (chosen, pairs): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| name == FIELDS && !known.fields.is_empty());
        let fields = (!chosen.is_empty()).then(|| {
            let names = chosen.iter().flat_map(|(_, names)| names.split(','));
            names.map(|name| name.trim().to_owned()).collect::<Vec<_>>()
        });
        let unknown = fields.iter().flatten().find(|name| !known.fields.contains(name));
        if let Some(name) = unknown {
            let text = format!("{name:?} is no field of this: choose from {}", known.fields.join(", "));
            return Err(Failure::invalid(FIELDS, &text));
        }
        Ok(Self { pairs, fields })
    }

    /// Reads the parameters as their schemas say.
    ///
    /// # Errors
    /// Invalid, with every wrong parameter.
    pub fn read<T: DeserializeOwned>(self, parameters: &[Parameter]) -> Result<T, Failure> {
        let mut values = Map::new();
        let mut wrong = Vec::new();
        for (name, text) in self.pairs {
            match parameters.iter().find(|parameter| parameter.name == name) {
                Some(parameter) => take(parameter, text, &mut values, &mut wrong),
                None => wrong.push(FieldError::new(name, "is no parameter of this")),
            }
        }
        for parameter in parameters {
            match values.get(&parameter.name) {
                Some(value) => schema::check(&parameter.schema, value, &parameter.name, &mut wrong),
                None if parameter.required => wrong.push(FieldError::new(&parameter.name, "must be given")),
                None => {}
            }
        }
        if !wrong.is_empty() {
            return Err(Fault::invalid_fields(wrong).into());
        }
        typed(Value::Object(values))
    }
}

/// Reads a value that fits its schema into its type.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_path_to_error::deserialize(value).map_err(|error| misfit(&error))
}

fn take(parameter: &Parameter, text: String, values: &mut Map<String, Value>, wrong: &mut Vec<FieldError>) {
    let name = parameter.name.as_str();
    let kind = parameter.schema["type"].as_str().unwrap_or("string");
    if kind == "array" {
        if let Some(many) = values.entry(name).or_insert_with(|| json!([])).as_array_mut() {
            many.push(text.into());
        }
        return;
    }
    let value = match (kind, text.as_str()) {
        ("integer", number) => number.parse::<i64>().map(Value::from).map_err(|_| "must be a whole number"),
        ("boolean", "true") => Ok(Value::Bool(true)),
        ("boolean", "false") => Ok(Value::Bool(false)),
        ("boolean", _) => Err("must be true or false"),
        _ => Ok(Value::String(text)),
    };
    match value {
        Ok(_) if values.contains_key(name) => wrong.push(FieldError::new(name, "is given twice")),
        Ok(value) => drop(values.insert(name.to_owned(), value)),
        Err(message) => wrong.push(FieldError::new(name, message)),
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Wish {
        /// Needed.
        q: String,
        #[schemars(range(min = 1, max = 10))]
        limit: Option<u32>,
        #[serde(default)]
        brand: Vec<String>,
        in_stock: Option<bool>,
    }

    fn read(text: &str) -> Result<Wish, Vec<String>> {
        let known =
            Known { query: parameters(schema::whole_input::<Wish>()), fields: vec!["id".to_owned()], body: None };
        let told = |failure: Failure| failure.field_map().into_keys().collect::<Vec<_>>();
        Query::parse(text, &known).and_then(|query| query.read(&known.query)).map_err(told)
    }

    #[test]
    fn parameters_become_what_their_types_say() {
        let wish = Wish {
            q: "red bag".to_owned(),
            limit: Some(3),
            brand: vec!["A".to_owned(), "B".to_owned()],
            in_stock: Some(true),
        };
        assert_eq!(read("q=red+bag&limit=3&brand=A&brand=B&in_stock=true&fields=id"), Ok(wish));
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        assert_eq!(
            read("limit=11&in_stock=maybe&colour=red"),
            Err(["colour", "in_stock", "limit", "q"].map(String::from).to_vec())
        );
        assert_eq!(read("q=a&q=b"), Err(vec!["q".to_owned()]));
        assert_eq!(read("q=a&limit=three"), Err(vec!["limit".to_owned()]));
        assert_eq!(read("q=a&fields=id,secret"), Err(vec!["fields".to_owned()]));
    }
}
