//! Numbers that people read out on the phone.

use souk_types::Env;

/// Crockford's base32 digits: no I, L, O or U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Draws an order number, like `K7P2-9XQ4`: 40 random bits, so that it tells nothing about other orders. The
/// store keeps numbers apart.
pub fn draw(env: &Env) -> String {
    let random: [u8; 8] = env.random_bytes();
    let digits = random.map(|byte| char::from(DIGITS[usize::from(byte % 32)]));
    let (left, right) = digits.split_at(4);
    left.iter().chain(['-'].iter()).chain(right).collect()
}

/// Reads a number as people type it: any case, with or without the dash, O for 0, I and L for 1.
pub fn normalise(typed: &str) -> Option<String> {
    let digits: Vec<char> = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let known = |letter: &char| letter.is_ascii() && DIGITS.iter().any(|digit| char::from(*digit) == *letter);
    if digits.len() != 8 || !digits.iter().all(known) {
        return None;
    }
    let (left, right) = digits.split_at(4);
    Some(left.iter().chain(['-'].iter()).chain(right).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_number_reads_as_itself() {
        let env = Env::for_tests(5);
        for _ in 0..100 {
            let number = draw(&env);
            assert_eq!(normalise(&number), Some(number));
        }
    }

    #[test]
    fn misread_letters_are_understood() {
        assert_eq!(normalise(" k7po-lxq4"), Some("K7P0-1XQ4".to_owned()));
        assert_eq!(normalise("K7P2-9XQ"), None);
        assert_eq!(normalise("K7P2-9XQ!"), None);
    }
}
