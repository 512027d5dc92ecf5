//! The sandbox's own pages. They owe nothing to the shop's theme: a real gateway's pages do not look like the shop.

use data_encoding::BASE64;
use http::HeaderValue;
use minijinja::{Environment, Value};
use sha2::{Digest, Sha256};
use souk_types::Fault;

const STYLE: &str = include_str!("pages/style.css");

pub struct Pages {
    templates: Environment<'static>,
    policy: HeaderValue,
}

impl Pages {
    pub fn try_new() -> Result<Self, Fault> {
        let mut templates = Environment::new();
        for (name, text) in [
            ("page.html", include_str!("pages/page.html")),
            ("pay.html", include_str!("pages/pay.html")),
            ("challenge.html", include_str!("pages/challenge.html")),
            ("message.html", include_str!("pages/message.html")),
        ] {
            templates.add_template(name, text).map_err(Fault::internal)?;
        }
        templates.add_global("style", STYLE);
        let digest = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        Ok(Self { templates, policy: HeaderValue::from_str(&policy).map_err(Fault::internal)? })
    }

    /// Allows the pages' own style and nothing else.
    pub fn policy(&self) -> HeaderValue {
        self.policy.clone()
    }

    pub fn render(&self, name: &str, context: Value) -> Result<String, Fault> {
        let template = self.templates.get_template(name).map_err(Fault::internal)?;
        template.render(context).map_err(Fault::internal)
    }
}
