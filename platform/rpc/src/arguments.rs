//! A call's arguments as a JSON object, each under its name.

use std::{fmt, marker::PhantomData};

use bytes::Bytes;
use serde::{
    Deserializer, Serialize,
    de::{self, DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use souk_types::Fault;

/// The arguments of a call that goes out.
pub struct ArgumentsOut {
    json: Vec<u8>,
    failed: Option<Fault>,
}

impl ArgumentsOut {
    /// No arguments yet.
    #[expect(clippy::new_without_default, reason = "made by the macro's expansion only")]
    pub fn new() -> Self {
        let mut json = Vec::with_capacity(128);
        json.push(b'{');
        Self { json, failed: None }
    }

    /// Adds an argument. `name` is a Rust identifier and needs no escaping.
    pub fn put<T: Serialize>(&mut self, name: &str, value: &T) {
        if self.json.len() > 1 {
            self.json.push(b',');
        }
        self.json.push(b'"');
        self.json.extend_from_slice(name.as_bytes());
        self.json.extend_from_slice(b"\":");
        if let Err(error) = serde_json::to_writer(&mut self.json, value) {
            self.failed.get_or_insert_with(|| Fault::internal(format!("argument {name} has no JSON form: {error}")));
        }
    }

    /// The JSON object.
    pub fn finish(mut self) -> Result<Bytes, Fault> {
        self.json.push(b'}');
        self.failed.map_or_else(|| Ok(self.json.into()), Err)
    }
}

/// Finds the named arguments in the JSON object, unread; an empty body has none. Others are passed over,
/// so that a newer caller may say more than this service knows.
pub fn arguments<'b, const N: usize>(
    body: &'b [u8],
    names: [&'static str; N],
) -> Result<[Option<&'b RawValue>; N], Fault> {
    if body.trim_ascii().is_empty() {
        return Ok([None; N]);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let found = deserializer.deserialize_map(ByName { names, body: PhantomData });
    found
        .and_then(|found| deserializer.end().map(|()| found))
        .map_err(|error| Fault::invalid("body", format!("not a JSON object of the arguments: {error}")))
}

/// Reads one argument. One that is not there reads as `null` does.
pub fn argument<T: DeserializeOwned>(name: &'static str, found: Option<&RawValue>) -> Result<T, Fault> {
    match found {
        Some(json) => serde_json::from_str(json.get()).map_err(|error| Fault::invalid(name, error.to_string())),
        None => serde_json::from_str("null").map_err(|_| Fault::invalid(name, "is missing")),
    }
}

struct ByName<'b, const N: usize> {
    names: [&'static str; N],
    body: PhantomData<&'b [u8]>,
}

impl<'b, const N: usize> Visitor<'b> for ByName<'b, N> {
    type Value = [Option<&'b RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {}", self.names.join(", "))
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(at) = map.next_key_seed(Name(&self.names))? {
            match at {
                Some(at) if found[at].is_some() => {
                    return Err(de::Error::duplicate_field(self.names[at]));
                }
                Some(at) => found[at] = Some(map.next_value::<&RawValue>()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Reads a key as its place among the names, if it is one of them.
struct Name<'n>(&'n [&'static str]);

impl<'b> DeserializeSeed<'b> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'b>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an argument's name")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|name| *name == text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_the_wire() {
        let mut out = ArgumentsOut::new();
        out.put("sku", &"a \"quoted\" sku");
        out.put("count", &7_u32);
        let body = out.finish().unwrap();
        let [count, sku] = arguments(&body, ["count", "sku"]).unwrap();
        assert_eq!(argument::<u32>("count", count), Ok(7));
        assert_eq!(argument::<String>("sku", sku), Ok("a \"quoted\" sku".to_owned()));
    }

    #[test]
    fn an_unknown_argument_is_passed_over() {
        let [count] = arguments(br#"{"new": {"deep": []}, "count": 7}"#, ["count"]).unwrap();
        assert_eq!(argument::<u32>("count", count), Ok(7));
    }

    #[test]
    fn only_an_optional_argument_may_be_missing() {
        let [sku] = arguments(b"", ["sku"]).unwrap();
        assert_eq!(argument::<Option<String>>("sku", sku), Ok(None));
        assert_eq!(argument::<String>("sku", sku), Err(Fault::invalid("sku", "is missing")));
    }

    #[test]
    fn an_argument_given_twice_is_refused() {
        let refused = arguments(br#"{"count": 1, "count": 2}"#, ["count"]).unwrap_err();
        assert!(refused.public.contains("duplicate field `count`"), "{refused}");
    }

    #[test]
    fn more_than_one_object_is_refused() {
        assert!(arguments(b"{} {}", ["count"]).is_err());
    }

    #[test]
    fn an_argument_without_json_form_is_a_defect_of_the_caller() {
        let mut out = ArgumentsOut::new();
        out.put("odd", &std::collections::BTreeMap::from([((1, 2), 3)]));
        assert!(out.finish().is_err());
    }
}
