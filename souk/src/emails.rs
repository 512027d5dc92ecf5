//! The theme's texts of messages, for the service that sends them.

use std::path::Path;

use serde_json::Value;
use souk_contracts::notifications::MessageKind;
use souk_notifications::{Rendered, Templates};
use souk_types::Fault;
use souk_web::{EmailText, Emails};

/// Renders messages by the theme.
pub struct ThemeEmails(Emails);

impl ThemeEmails {
    /// Loads the theme's texts.
    ///
    /// # Errors
    /// When one is broken: names the file and the line.
    pub fn load(folder: Option<&Path>) -> Result<Self, Fault> {
        Emails::load(folder).map(Self)
    }
}

impl Templates for ThemeEmails {
    fn render(&self, kind: MessageKind, context: &Value) -> Result<Rendered, Fault> {
        let EmailText { subject, html, text } = self.0.render(kind.as_str(), context)?;
        Ok(Rendered { subject, html, text })
    }
}
