//! Payment methods: what a gateway can do, and what of it is offered to shoppers.

use std::collections::HashSet;

use souk_contracts::payments::{Method, MethodSetting};
use souk_types::{Fault, FieldError};

/// Longer names do not fit the checkout.
const NAME_CHARS_MAX: usize = 60;

/// Checks methods against those that the gateway has.
pub fn check(methods: &[MethodSetting], known: &[Method]) -> Result<(), Fault> {
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    for (index, method) in methods.iter().enumerate() {
        let mut wrong = |field: &str, message: String| {
            problems.push(FieldError::new(format!("methods[{index}].{field}"), message));
        };
        if known.iter().all(|known| known.code != method.code) {
            let codes: Vec<&str> = known.iter().map(|known| known.code.as_str()).collect();
            wrong("code", format!("must be one of {}", codes.join(", ")));
        } else if !seen.insert(method.code.as_str()) {
            wrong("code", "stands there twice".to_owned());
        }
        let chars = method.name.chars().count();
        if method.name.trim().is_empty() || chars > NAME_CHARS_MAX || method.name.chars().any(char::is_control) {
            wrong("name", format!("must be 1 to {NAME_CHARS_MAX} characters"));
        }
    }
    if methods.iter().all(|method| !method.offered) {
        problems.push(FieldError::new("methods", "offer one at least, or nobody can pay"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Fault::invalid_fields(problems)) }
}

/// All that the gateway has, in the order that was set; what was not spoken of comes last and is not offered. What was
/// set and is no more is left out.
pub fn complete(set: &[MethodSetting], known: &[Method]) -> Vec<MethodSetting> {
    let is_known = |method: &&MethodSetting| known.iter().any(|known| known.code == method.code);
    let mut methods: Vec<MethodSetting> = set.iter().filter(is_known).cloned().collect();
    let more = known.iter().filter(|known| set.iter().all(|method| method.code != known.code));
    methods.extend(more.map(|known| MethodSetting {
        code: known.code.clone(),
        name: known.name.clone(),
        offered: false,
    }));
    // A gateway is gone with all that was offered: somebody must be able to pay.
    if methods.iter().all(|method| !method.offered)
        && let Some(first) = methods.first_mut()
    {
        first.offered = true;
    }
    methods
}

/// What shoppers can choose from.
pub fn offered(set: &[MethodSetting], known: &[Method]) -> Vec<Method> {
    let kind = |code: &str| known.iter().find(|known| known.code == code).map(|known| known.kind);
    let offered = complete(set, known).into_iter().filter(|method| method.offered);
    offered
        .filter_map(|method| Some(Method { kind: kind(&method.code)?, code: method.code, name: method.name }))
        .collect()
}

#[cfg(test)]
mod tests {
    use souk_contracts::payments::MethodKind;

    use super::*;

    fn known() -> Vec<Method> {
        let method = |code: &str, kind| Method { code: code.into(), name: code.to_uppercase(), kind };
        vec![method("card", MethodKind::CardFields), method("hosted", MethodKind::HostedPage)]
    }

    fn set(methods: &[(&str, &str, bool)]) -> Vec<MethodSetting> {
        let setting = |(code, name, offered): &(&str, &str, bool)| MethodSetting {
            code: (*code).into(),
            name: (*name).into(),
            offered: *offered,
        };
        methods.iter().map(setting).collect()
    }

    fn wrong(methods: &[(&str, &str, bool)]) -> Vec<String> {
        let refused = check(&set(methods), &known()).unwrap_err();
        refused.fields.into_iter().map(|field| field.field).collect()
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_field() {
        assert_eq!(check(&set(&[("hosted", "Elsewhere", true), ("card", "Card", false)]), &known()), Ok(()));
        assert_eq!(wrong(&[("gold", "Gold", true)]), ["methods[0].code"]);
        assert_eq!(wrong(&[("card", "Card", true), ("card", "Card", true)]), ["methods[1].code"]);
        assert_eq!(wrong(&[("card", " ", true), ("hosted", "a\tb", false)]), ["methods[0].name", "methods[1].name"]);
        assert_eq!(wrong(&[("card", &"x".repeat(61), true)]), ["methods[0].name"]);
        assert_eq!(wrong(&[("card", "Card", false)]), ["methods"]);
        assert_eq!(wrong(&[]), ["methods"]);
    }

    #[test]
    fn what_was_not_spoken_of_comes_last_and_is_not_offered() {
        let all = complete(&set(&[("hosted", "Elsewhere", true)]), &known());
        assert_eq!(all, set(&[("hosted", "Elsewhere", true), ("card", "CARD", false)]));
        let offered = offered(&set(&[("hosted", "Elsewhere", true)]), &known());
        assert_eq!(offered, [Method { code: "hosted".into(), name: "Elsewhere".into(), kind: MethodKind::HostedPage }]);
    }

    #[test]
    fn when_all_that_was_offered_is_gone_something_else_is() {
        assert_eq!(
            complete(&set(&[("gold", "Gold", true)]), &known()),
            set(&[("card", "CARD", true), ("hosted", "HOSTED", false)])
        );
    }
}
