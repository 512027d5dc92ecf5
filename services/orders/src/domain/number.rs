//! Numbers that people read out on the phone.

use souk_types::Env;

/// Crockford's base32 digits: no I, L, O or U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Digits of a number.
const WHOLE: usize = 8;
/// Digits of a beginning, at least: one in 32,768 numbers begins so.
const BEGINNING_MIN: usize = 3;

/// Draws an order number, like `K7P2-9XQ4`: 40 random bits, so that it tells nothing about other orders. The
/// store keeps numbers apart.
pub fn draw(env: &Env) -> String {
    let random: [u8; WHOLE] = env.random_bytes();
    grouped(&random.map(|byte| char::from(DIGITS[usize::from(byte % 32)])).iter().collect::<String>())
}

/// Reads a number as people type it: any case, with or without the dash, O for 0, I and L for 1.
pub fn normalise(typed: &str) -> Option<String> {
    digits(typed).filter(|digits| digits.len() == WHOLE).map(|digits| grouped(&digits))
}

/// Reads the beginning of a number as people type it, when it is long enough to tell numbers apart. What is no number,
/// an email address for example, is none.
pub fn beginning(typed: &str) -> Option<String> {
    digits(typed).filter(|digits| (BEGINNING_MIN..WHOLE).contains(&digits.len())).map(|digits| grouped(&digits))
}

fn digits(typed: &str) -> Option<String> {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let meant = letters.map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    let known = |letter: char| DIGITS.iter().any(|digit| char::from(*digit) == letter);
    meant.map(|letter| known(letter).then_some(letter)).collect()
}

fn grouped(digits: &str) -> String {
    match digits.split_at_checked(WHOLE / 2) {
        Some((left, right)) if !right.is_empty() => format!("{left}-{right}"),
        _ => digits.to_owned(),
    }
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

    #[test]
    fn a_beginning_is_read_like_a_number() {
        assert_eq!(beginning("k7po"), Some("K7P0".to_owned()));
        assert_eq!(beginning("K7P2-"), Some("K7P2".to_owned()));
        assert_eq!(beginning("k7p29l"), Some("K7P2-91".to_owned()));
        for other in ["", "K7", "K7P2-9XQ4", "ann@example.com", "zürich"] {
            assert_eq!(beginning(other), None, "{other}");
        }
    }
}
