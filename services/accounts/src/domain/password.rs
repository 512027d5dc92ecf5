use souk_contracts::accounts::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use souk_types::FieldError;
use zxcvbn::{Score, zxcvbn};

const FIELD: &str = "password";

/// A password that somebody chose, with what an attacker knows of them.
#[derive(Clone)]
pub struct NewPassword {
    /// As it was given: every character counts.
    pub text: String,
    /// Their email and name.
    pub known: [String; 2],
}

/// What is wrong with a password at first sight.
pub fn problem(password: &str, email: Option<&str>) -> Option<FieldError> {
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        return Some(FieldError::new(FIELD, format!("must be at least {PASSWORD_CHARS_MIN} characters")));
    }
    if length > PASSWORD_CHARS_MAX {
        return Some(FieldError::new(FIELD, format!("must be at most {PASSWORD_CHARS_MAX} characters")));
    }
    let is_email = email.is_some_and(|email| password.trim().to_lowercase() == *email);
    is_email.then(|| FieldError::new(FIELD, "must not be your email address"))
}

/// Says whether a password is among the first that attackers try: what was found in breaches, words, names, dates and
/// walks over the keyboard. Takes milliseconds.
///
/// Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016: a score below 2 is fewer than a
/// million guesses.
pub fn is_guessable(password: &NewPassword) -> Option<FieldError> {
    let known = password.known.iter().flat_map(|text| {
        let local = text.split('@').next().unwrap_or_default();
        text.split(['@', '.', ' ', '-', '_']).chain([text.as_str(), local])
    });
    let known: Vec<&str> = known.filter(|word| word.len() > 2).collect();
    (zxcvbn(&password.text, &known).score() < Score::Two).then(|| {
        FieldError::new(FIELD, "is among the first that attackers try; take a few words that do not belong together")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessable(password: &str) -> bool {
        let known = ["ann.lee@example.com".to_owned(), "Ann Lee".to_owned()];
        is_guessable(&NewPassword { text: password.to_owned(), known }).is_some()
    }

    #[test]
    fn what_attackers_try_first_is_known() {
        for common in
            ["password123", "qwertyuiop", "1234567890", "iloveyou12", "aaaaaaaaaaaa", "Passw0rd12", "ann.lee123"]
        {
            assert!(guessable(common), "{common}");
        }
    }

    #[test]
    fn words_in_a_row_and_random_letters_are_good() {
        for good in ["correct horse", "salt river chair", "x7Kq2pLm9w", "äöüßéàçñøå"] {
            assert!(!guessable(good), "{good}");
        }
    }
}
