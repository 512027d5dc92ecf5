use souk_contracts::accounts::Registration;
use souk_types::{Fault, FieldError};

use super::{
    normalised,
    password::{self, NewPassword},
};

const NAME_CHARS_MAX: usize = 200;

/// Somebody whose details are in order.
#[derive(Clone)]
pub struct NewPerson {
    /// Normalised.
    pub email: String,
    /// Trimmed.
    pub name: String,
    /// What they chose.
    pub password: NewPassword,
}

/// Checks a registration, but for whether its password is easily guessed.
///
/// # Errors
/// [`ErrorKind::Invalid`](souk_types::ErrorKind::Invalid) with every wrong field.
pub fn validated(registration: Registration) -> Result<NewPerson, Fault> {
    let Registration { email, password, name } = registration;
    let (email, name, mut wrong) = checked(&email, &name);
    wrong.extend(password::problem(&password, email.as_deref()));
    let (email, name) = all_right(email, name, wrong)?;
    let password = NewPassword { text: password, known: [email.clone(), name.clone()] };
    Ok(NewPerson { email, name, password })
}

/// Checks an email and a name, and answers them as they are kept.
///
/// # Errors
/// [`ErrorKind::Invalid`](souk_types::ErrorKind::Invalid) with every wrong field.
pub fn named(email: &str, name: &str) -> Result<(String, String), Fault> {
    let (email, name, wrong) = checked(email, name);
    all_right(email, name, wrong)
}

fn checked(email: &str, name: &str) -> (Option<String>, String, Vec<FieldError>) {
    let (email, name) = (normalised(email), name.trim().to_owned());
    let mut wrong = Vec::new();
    if email.is_none() {
        wrong.push(FieldError::new("email", "does not look like an email address"));
    }
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        wrong.push(FieldError::new("name", format!("must be 1 to {NAME_CHARS_MAX} characters on one line")));
    }
    (email, name, wrong)
}

fn all_right(email: Option<String>, name: String, wrong: Vec<FieldError>) -> Result<(String, String), Fault> {
    match email {
        Some(email) if wrong.is_empty() => Ok((email, name)),
        Some(_) | None => Err(Fault::invalid_fields(wrong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(email: &str, password: &str, name: &str) -> Vec<String> {
        let registration =
            Registration { email: email.to_owned(), password: password.to_owned(), name: name.to_owned() };
        validated(registration)
            .err()
            .map_or_else(Vec::new, |fault| fault.fields.into_iter().map(|wrong| wrong.field).collect())
    }

    #[test]
    fn every_wrong_field_is_named() {
        assert_eq!(wrong("ann", "short", " "), ["email", "name", "password"]);
        assert_eq!(wrong("ann@example.com", "0123456789", "Ann"), [""; 0]);
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert_eq!(wrong("ann@example.com", "äöüäöüäöü", "Ann"), ["password"]);
        assert_eq!(wrong("ann@example.com", "äöüäöüäöüä", "Ann"), [""; 0]);
        assert_eq!(wrong("ann@example.com", &"x".repeat(201), "Ann"), ["password"]);
    }

    #[test]
    fn the_email_is_no_password() {
        assert_eq!(wrong("ann@example.com", "ANN@example.com", "Ann"), ["password"]);
    }
}
