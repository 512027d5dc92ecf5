//! Reading forms, and saying what is wrong with them in place.

use std::{collections::BTreeMap, str::FromStr};

use http::StatusCode;
use serde::Serialize;
use souk_types::{FieldError, limits::LINE_BYTES_MAX};

use crate::{
    body::Form,
    error::{Failure, sentence},
    view::{Errors, Values},
};

/// A form that was not carried out: what was entered and what is wrong with it.
#[derive(Debug, Default)]
pub struct Refusal {
    /// The answer's status.
    pub status: StatusCode,
    /// What is wrong, by field.
    pub errors: Errors,
}

impl Refusal {
    /// The fields say what is wrong.
    pub fn of(errors: Errors) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, errors }
    }

    /// One field is wrong.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::of(BTreeMap::from([(name.to_owned(), message.into())]))
    }

    /// Somebody else was faster.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, ..Self::field("form", message) }
    }

    /// Somebody else saved the same thing, which is a `what`, meanwhile.
    pub fn outdated(what: &str) -> Self {
        Self::conflict(format!(
            "Somebody else changed this {what} meanwhile. What you entered is kept below and not saved yet; \
             saving it now replaces their change."
        ))
    }

    /// What a service refused, in place; `place` names the form's field for the service's, if it has one. What
    /// nobody can mend in the form is left to the error page.
    ///
    /// # Errors
    /// The failure, when it is not about what was entered.
    pub fn from_service(failure: Failure, place: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let in_place = matches!(failure.status.as_u16(), 402 | 409 | 422 | 429 | 503);
        if !in_place {
            return Err(failure);
        }
        let mut errors = Errors::new();
        let mut elsewhere = Vec::new();
        for (field, message) in failure.field_map() {
            match place(&field) {
                Some(name) => {
                    errors.entry(name).or_insert_with(|| sentence(&message));
                }
                None => elsewhere.push(format!("{field}: {message}")),
            }
        }
        if !elsewhere.is_empty() {
            errors.insert("form".to_owned(), sentence(&elsewhere.join("; ")));
        } else if errors.is_empty() {
            errors.insert("form".to_owned(), sentence(&failure.message));
        }
        Ok(Self { status: failure.status, errors })
    }
}

impl Refusal {
    /// The same for a program.
    pub fn into_failure(self) -> Failure {
        let fields: Vec<FieldError> =
            self.errors.into_iter().map(|(field, message)| FieldError::new(field, message)).collect();
        let message = fields.first().map(|wrong| wrong.message.clone()).unwrap_or_default();
        Failure { fields, ..Failure::new(self.status, "refused", message) }
    }
}

/// What a page with several forms is told of the one that was not carried out.
#[derive(Debug, Default, Serialize)]
pub struct Failed {
    /// Which form; `None`: none failed.
    pub failed_form: Option<&'static str>,
    /// What is wrong, by field.
    pub errors: Errors,
    /// What was entered.
    pub values: Values,
}

impl Failed {
    /// A form that was refused.
    pub fn form(name: &'static str, refusal: Refusal, form: &Form) -> Self {
        Self { failed_form: Some(name), errors: refusal.errors, values: values(form) }
    }
}

/// What was entered; passwords are not given back.
pub fn values(form: &Form) -> Values {
    form.0.iter().filter(|(name, _)| name != "password").cloned().collect()
}

/// A parameter that names one of a few things; `None` when it is left open.
///
/// # Errors
/// Invalid: it names none of them.
pub fn choice<T: FromStr>(form: &Form, name: &str) -> Result<Option<T>, Failure>
where
    T::Err: std::fmt::Display,
{
    match form.text(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error: T::Err| Failure::invalid(name, &error.to_string())),
    }
}

/// A text to look for; `None` when nothing was entered.
///
/// # Errors
/// Invalid: it is too long.
pub fn search_text(form: &Form, name: &str) -> Result<Option<String>, Failure> {
    match form.text(name) {
        "" => Ok(None),
        text if text.len() > LINE_BYTES_MAX => Err(Failure::invalid(name, "is too long")),
        text => Ok(Some(text.to_owned())),
    }
}

/// A field that must be filled in.
pub fn required(form: &Form, name: &str, message: &str, errors: &mut Errors) -> String {
    let text = form.text(name);
    if text.is_empty() {
        errors.insert(name.to_owned(), message.to_owned());
    } else if text.len() > LINE_BYTES_MAX {
        errors.insert(name.to_owned(), "This is too long.".to_owned());
    }
    text.to_owned()
}

/// A field with a number or an id.
pub fn parsed<T: FromStr>(form: &Form, name: &str, message: &str, errors: &mut Errors) -> Option<T> {
    let value = form.text(name).parse().ok();
    if value.is_none() {
        errors.insert(name.to_owned(), message.to_owned());
    }
    value
}
