//! Choosing fields of an answer.

use serde_json::Value;

/// Keeps only the chosen fields: of a list, those of its items.
pub fn choose(answer: &mut Value, chosen: &[String]) {
    match answer.get_mut("items").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(|item| keep(item, chosen)),
        None => keep(answer, chosen),
    }
}

fn keep(value: &mut Value, chosen: &[String]) {
    if let Value::Object(fields) = value {
        fields.retain(|name, _| chosen.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_list_the_items_are_cut() {
        let chosen = ["id".to_owned()];
        let mut list = json!({"items": [{"id": 1, "title": "a"}], "next": null});
        choose(&mut list, &chosen);
        assert_eq!(list, json!({"items": [{"id": 1}], "next": null}));
        let mut one = json!({"id": 1, "title": "a"});
        choose(&mut one, &chosen);
        assert_eq!(one, json!({"id": 1}));
    }
}
