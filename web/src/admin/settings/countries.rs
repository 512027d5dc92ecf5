//! Countries as staff write them: by code or by name, `EU` for its member states.

use souk_contracts::places;
use souk_types::limits::LINE_BYTES_MAX;

/// Stands for the member states of the European Union.
const UNION: &str = "EU";

/// The code of a country by code or name, in any case.
pub fn code(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let same =
        |(code, name): &(&str, &str)| code.eq_ignore_ascii_case(text) || name.to_lowercase() == text.to_lowercase();
    places::countries().find(same).map(|(code, _)| code)
}

/// The codes that a list means, each once.
///
/// # Errors
/// The first word that is no country.
pub fn read(text: &str) -> Result<Vec<String>, String> {
    let mut codes: Vec<String> = Vec::new();
    let mut add = |code: &str| {
        if codes.iter().all(|known| known != code) {
            codes.push(code.to_owned());
        }
    };
    for part in text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        if let Some(code) = code(part) {
            add(code);
            continue;
        }
        // No name of one: several codes with spaces in between.
        for word in part.split_whitespace() {
            match code(word) {
                Some(code) => add(code),
                None if word.eq_ignore_ascii_case(UNION) => places::european_union().for_each(&mut add),
                None => return Err(word.chars().take(LINE_BYTES_MAX).collect()),
            }
        }
    }
    Ok(codes)
}

/// The list as it is written, with `EU` in place of all its member states.
pub fn text(codes: &[String]) -> String {
    let in_union = |code: &String| places::european_union().any(|member| member == code);
    if places::european_union().all(|member| codes.iter().any(|code| code == member)) {
        let others = codes.iter().filter(|code| !in_union(code)).map(String::as_str);
        return std::iter::once(UNION).chain(others).collect::<Vec<_>>().join(", ");
    }
    codes.join(", ")
}

/// What shoppers would call the list: names while they are few.
pub fn words(codes: &[String]) -> String {
    const NAMED_MAX: usize = 4;
    let short = text(codes);
    let listed: Vec<&str> = short.split(", ").collect();
    match listed.as_slice() {
        _ if codes.is_empty() => "Anywhere".to_owned(),
        few if few.len() <= NAMED_MAX => {
            let names = few.iter().map(|code| match *code {
                UNION => "European Union",
                code => places::country_name(code).unwrap_or(code),
            });
            names.collect::<Vec<_>>().join(", ")
        }
        many => many.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_read_by_code_name_and_union() {
        assert_eq!(read("de, Austria;  ch li").unwrap(), ["DE", "AT", "CH", "LI"]);
        assert_eq!(read("South Korea\nDE DE").unwrap(), ["KR", "DE"]);
        assert_eq!(read("eu, CH").unwrap().len(), 28);
        assert_eq!(read(" , ").unwrap(), Vec::<String>::new());
        assert_eq!(read("DE, Narnia"), Err("Narnia".to_owned()));
    }

    #[test]
    fn the_union_is_written_short_and_read_back_alike() {
        let codes = read("EU, CH").unwrap();
        assert_eq!(text(&codes), "EU, CH");
        assert_eq!(read(&text(&codes)).unwrap(), codes);
        assert_eq!(words(&codes), "European Union, Switzerland");
        assert_eq!(words(&[]), "Anywhere");
        assert_eq!(text(&codes[1..]).split(", ").count(), 27);
    }
}
