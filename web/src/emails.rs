//! The words of messages by email: the templates below `emails/`, which see what happened rather than what a page shows.

use std::path::Path;

use minijinja::{Environment, Error, ErrorKind, Value, value::Serde};
use serde::Serialize;
use souk_types::{Fault, Money, Timestamp};

use crate::{
    format,
    theme::{Files, broken},
};

/// Where their templates are, below `templates/`.
pub const FOLDER: &str = "emails/";
/// Letters of a subject; mail programs show fewer.
const SUBJECT_CHARS_MAX: usize = 200;

/// The templates of messages.
pub struct Emails(Environment<'static>);

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailText {
    /// One line.
    pub subject: String,
    /// For programs that show HTML.
    pub html: String,
    /// For all others.
    pub text: String,
}

impl Emails {
    /// Loads the embedded templates, with the files of a folder in place of those of the same name.
    ///
    /// # Errors
    /// When the folder cannot be read or a template in it is broken (names the file and the line).
    pub fn load(folder: Option<&Path>) -> Result<Self, Fault> {
        let mut templates = Files::read(folder)?.engine(|path| path.starts_with(FOLDER))?;
        templates.add_filter("money", money);
        templates.add_filter("day", |micros: i64| format::day_text(Timestamp::from_micros(micros)));
        templates
            .add_filter("time", |micros: i64| format!("{} UTC", format::time(Timestamp::from_micros(micros)).text));
        templates.add_filter("country", |code: String| format::country(&code).to_owned());
        Ok(Self(templates))
    }

    /// Renders `emails/<name>.html` and `emails/<name>.txt`, whose block `subject` is the subject.
    ///
    /// # Errors
    /// Internal: a template is missing, or does not fit what it was given.
    pub fn render(&self, name: &str, context: &impl Serialize) -> Result<EmailText, Fault> {
        let (html, text) = (format!("{FOLDER}{name}.html"), format!("{FOLDER}{name}.txt"));
        let context = Value::from(Serde(context));
        let plain = self.0.get_template(&text).and_then(|template| {
            let mut rendered = template.render_captured(context.clone())?;
            let subject = rendered.with_state_mut(|state| state.render_block("subject"))?;
            Ok((one_line(&subject), rendered.into_output()))
        });
        let (subject, plain) = plain.map_err(|error| broken(&text, &error))?;
        let marked_up = self.0.get_template(&html).and_then(|template| template.render(context));
        Ok(EmailText { subject, html: marked_up.map_err(|error| broken(&html, &error))?, text: plain })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SUBJECT_CHARS_MAX).collect()
}

/// An amount as pages show it, of what the contracts say of it.
fn money(amount: &Value) -> Result<String, Error> {
    let minor = i64::try_from(amount.get_attr("minor")?)?;
    let currency = amount.get_attr("currency")?;
    let known = currency.as_str().and_then(|code| code.parse().ok());
    let currency = known.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "this is not an amount of money"))?;
    Ok(format::money_text(Money::new(minor, currency)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order() -> serde_json::Value {
        let eur = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
        json!({
            "shop": { "name": "Souk & Co", "url": "https://souk.example" },
            "name": "Ana <Silva>",
            "track_url": "https://souk.example/orders/K7P2-9XQ4?key=abc",
            "order": {
                "number": "K7P2-9XQ4",
                "lines": [{
                    "title": "Bag <red>", "variant_title": "Size: S", "quantity": 2, "total": eur(2_500), "slug": "bag",
                }],
                "totals": {
                    "subtotal": eur(2_500), "delivery": eur(490), "tax": eur(477), "tax_included": true,
                    "tax_name": "VAT", "total": eur(2_990),
                },
                "delivery": { "method": "standard", "name": "Standard" },
                "address": {
                    "name": "Ana <Silva>", "line1": "Rua 1", "line2": "", "city": "Porto", "region": "",
                    "postal_code": "4000", "country": "PT", "phone": "",
                },
                "money": { "authorised": eur(2_990), "captured": eur(2_990), "refunded": eur(0) },
                "cancel_reason": "not wanted",
                "placed_at": 1_767_225_600_000_000_i64,
            },
            "pieces": [{ "title": "Bag <red>", "variant_title": "Size: S", "quantity": 2 }],
            "parcel": {
                "carrier": "Post", "tracking_number": "RR1", "tracking_url": "https://post.example/RR1",
                "expected_at": 1_767_225_600_000_000_i64,
            },
            "refund": { "amount": eur(500), "instrument": "Visa •••• 4242" },
        })
    }

    const OF_ORDERS: [&str; 5] =
        ["order_confirmed", "order_shipped", "order_delivered", "order_cancelled", "order_refunded"];

    #[test]
    fn messages_about_orders_name_the_order_and_lead_to_its_page() {
        let emails = Emails::load(None).unwrap();
        for name in OF_ORDERS {
            let EmailText { subject, html, text } = emails.render(name, &order()).unwrap();
            assert!(subject.contains("K7P2-9XQ4") && !subject.contains('\n'), "{name}: {subject}");
            for body in [&html, &text] {
                assert!(body.contains("https://souk.example/orders/K7P2-9XQ4?key=abc"), "{name}: {body}");
            }
            assert!(text.contains("Souk & Co") && html.contains("Souk &amp; Co"), "{name}: {text} {html}");
            assert!(!text.contains("&lt;") && !text.contains("\n\n\n"), "{name}: {text}");
        }
    }

    #[test]
    fn what_people_entered_is_text_in_html() {
        let emails = Emails::load(None).unwrap();
        for name in OF_ORDERS {
            let html = emails.render(name, &order()).unwrap().html;
            assert!(!html.contains("<Silva>") && !html.contains("<red>"), "{name}: {html}");
        }
    }

    #[test]
    fn a_confirmation_says_what_was_bought_for_how_much_and_where_it_goes() {
        let EmailText { html, text, .. } = Emails::load(None).unwrap().render("order_confirmed", &order()).unwrap();
        for said in ["2 × ", "Size: S", "€25.00", "€4.90", "€29.90", "VAT", "Rua 1", "Portugal"] {
            assert!(html.contains(said), "{said}: {html}");
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    #[test]
    fn a_folder_replaces_a_template_and_a_broken_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let emails = folder.path().join("templates/emails");
        std::fs::create_dir_all(&emails).unwrap();
        let template = emails.join("order_confirmed.txt");
        std::fs::write(&template, "{% block subject %}Mine\n{{ order.number }}{% endblock %}").unwrap();
        let text = Emails::load(Some(folder.path())).unwrap().render("order_confirmed", &order()).unwrap();
        assert_eq!(text.subject, "Mine K7P2-9XQ4");
        std::fs::write(&template, "\n{% if %}").unwrap();
        let fault = Emails::load(Some(folder.path())).err().unwrap();
        assert!(fault.internal.unwrap().contains("emails/order_confirmed.txt line 2"));
    }
}
