//! Names that are derived from the trait's.

/// Turns `CartItems` into `cart_items`.
pub fn snake_case(camel: &str) -> String {
    let letters: Vec<char> = camel.chars().collect();
    let mut snake = String::with_capacity(camel.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let after_word = at > 0 && !letters[at - 1].is_uppercase() && letters[at - 1] != '_';
        let before_word = at > 0 && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_word || before_word) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Says whether a service's name can stand in a path, a metric label and a schema name.
pub fn is_service_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_underscores() {
        assert_eq!(snake_case("Inventory"), "inventory");
        assert_eq!(snake_case("CartItems"), "cart_items");
        assert_eq!(snake_case("HTTPProbe"), "http_probe");
        assert_eq!(snake_case("Level2Cache"), "level2_cache");
    }

    #[test]
    fn a_service_name_is_lower_case_and_starts_with_a_letter() {
        assert!(is_service_name("order_items2"));
        assert!(!is_service_name("Orders"));
        assert!(!is_service_name("2orders"));
        assert!(!is_service_name("or/ders"));
        assert!(!is_service_name(""));
    }
}
