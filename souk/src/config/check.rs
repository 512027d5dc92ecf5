//! Whether the configuration can work: what is wrong is named by its key.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use souk_types::{Env, Fault};

use super::{Config, OneOrMore};

/// What is shown of a secret.
const STARS: &str = "***";

/// What a service says is wrong, in the words of the file.
fn by_key(table: &str, checked: Result<(), Fault>) -> Result<()> {
    let Err(fault) = checked else { return Ok(()) };
    let wrong = fault.fields.iter().map(|field| format!("{table}{}: {}", field.field, field.message));
    bail!("{}", wrong.collect::<Vec<_>>().join("; "));
}

impl Config {
    /// Checks every value by itself; files only for being there.
    ///
    /// # Errors
    /// Names the key and what is wrong with it.
    pub fn check(&self) -> Result<()> {
        self.check_shop()?;
        if self.orders.recover_after_s == 0 {
            bail!("orders.recover_after_s: must be at least 1");
        }
        by_key("orders.", souk_orders::check_payment_rules(&self.orders.payment_rules()))?;
        if !self.delivery.sandbox_speed.is_finite() || self.delivery.sandbox_speed <= 0.0 {
            bail!("delivery.sandbox_speed: must be more than 0");
        }
        if self.delivery.methods.is_empty() {
            bail!("delivery.methods: at least one is needed, or nothing can be delivered");
        }
        by_key("delivery.", souk_delivery::check_methods(&self.delivery.methods))?;
        by_key("payments.", souk_payments::check_methods(&self.payments.methods))?;
        if self.email.keep_days == 0 {
            bail!("email.keep_days: must be at least 1");
        }
        by_key("email.", self.mail().map_or(Ok(()), |mail| souk_notifications::check_mail(&mail)))?;
        by_key("", souk_orders::check_taxes(&self.taxes))?;
        self.check_postgres()?;
        self.check_api()?;
        self.traces(&Env::system())?;
        self.check_fleet()?;
        if !(1..=86_400).contains(&self.search.copy_every_s) {
            bail!("search.copy_every_s: must be 1 to 86,400");
        }
        self.check_redis()?;
        self.check_s3()?;
        if let Some(file) = self.search.synonyms.as_deref().filter(|file| !file.is_file()) {
            bail!("search.synonyms: there is no file {}", file.display());
        }
        souk_telemetry::check_filter(&self.log.filter).context("log.filter")
    }

    fn check_api(&self) -> Result<()> {
        let api = &self.api;
        if api.requests_per_minute_key == 0 || api.requests_per_minute_address == 0 {
            bail!("api.requests_per_minute_key and api.requests_per_minute_address must be at least 1");
        }
        for (index, origin) in api.origins.iter().enumerate() {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let plain =
                |host: &str| !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
            if !(host.is_some_and(plain) || (origin == "*" && api.origins.len() == 1)) {
                bail!("api.origins[{index}]: {origin:?} is not an origin like https://client.example, nor * alone");
            }
        }
        Ok(())
    }

    fn check_shop(&self) -> Result<()> {
        let currency = self.currency()?;
        if !currency.is_known() {
            bail!("shop.currency: {currency} is not a currency of ISO 4217");
        }
        let country = &self.shop.country;
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            bail!("shop.country: {country:?} is not a country code like DE");
        }
        if !self.shop.public_url.starts_with("http://") && !self.shop.public_url.starts_with("https://") {
            bail!("shop.public_url: {:?} must start with http:// or https://", self.shop.public_url);
        }
        if let Some(folder) = self.shop.theme.as_deref().filter(|folder| !folder.is_dir()) {
            bail!("shop.theme: there is no folder {}", folder.display());
        }
        Ok(())
    }

    /// Reads the files that the configuration names, as serving does.
    ///
    /// # Errors
    /// Names the key, the file and what is wrong in it.
    pub fn check_files(&self) -> Result<()> {
        fn named<T>(key: &str, file: &Path, read: Result<T, Fault>) -> Result<()> {
            read.map(drop).map_err(|fault| {
                let wrong = fault.fields.first().map_or_else(|| fault.to_string(), |field| field.message.clone());
                anyhow!("{key}: {}: {wrong}", file.display())
            })
        }
        self.internal_identity(&Env::system())?;
        if let Some(file) = &self.search.synonyms {
            named("search.synonyms", file, souk_search::Synonyms::load(file))?;
        }
        if let Some(folder) = &self.shop.theme {
            named("shop.theme", folder, souk_web::Theme::load(Some(folder)))?;
            named("shop.theme", folder, souk_web::Emails::load(Some(folder)))?;
        }
        Ok(())
    }

    /// The configuration as it may be shown.
    #[must_use]
    pub fn without_password(&self) -> Self {
        let mut shown = self.clone();
        shown.data.postgres = shown.data.postgres.map(|url| without_password(&url));
        shown.email.smtp = shown.email.smtp.map(|url| without_password(&url));
        shown.internal.secret = shown.internal.secret.map(|_| STARS.to_owned());
        let hidden =
            |nats: OneOrMore| OneOrMore::More(nats.as_slice().iter().map(|url| without_password(url)).collect());
        shown.events.nats = shown.events.nats.map(hidden);
        shown.redis.urls = shown.redis.urls.map(hidden);
        shown.s3.secret_key = shown.s3.secret_key.map(|_| STARS.to_owned());
        shown
    }
}

/// A Postgres address, `postgres://user:password@host/…` or `host=… password=…`, with stars for the password.
fn without_password(url: &str) -> String {
    let (head, tail) = match (url.split_once("://"), url.rfind('@')) {
        (Some((scheme, _)), Some(at)) => {
            let user = &url[scheme.len() + 3..at];
            match user.split_once(':') {
                Some((name, _)) => (format!("{scheme}://{name}:{STARS}"), &url[at..]),
                None => (String::new(), url),
            }
        }
        _ => (String::new(), url),
    };
    let Some((before, value)) = tail.split_once("password") else { return head + tail };
    let value = value.trim_start().trim_start_matches('=').trim_start();
    let rest = match value.strip_prefix('\'') {
        Some(quoted) => quoted.split_once('\'').map_or("", |(_, rest)| rest),
        None => value.find([' ', '&']).map_or("", |end| &value[end..]),
    };
    format!("{head}{before}password={STARS}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let config: Config = toml::from_str(text).unwrap();
        format!("{:#}", config.check().and_then(|()| config.check_files()).unwrap_err())
    }

    #[test]
    fn what_is_wrong_is_named_by_its_key() {
        for (key, text) in [
            ("taxes[0].rate_bp", "[[taxes]]\ncountry = \"DE\"\nrate_bp = 20000\nname = \"VAT\""),
            ("taxes[0].country", "[[taxes]]\ncountry = \"Germany\"\nrate_bp = 1900\nname = \"VAT\""),
            ("api.origins[0]", "[api]\norigins = [\"https://client.example/\"]"),
            ("log.filter", "[log]\nfilter = \"souk=blah=x\""),
            ("search.synonyms", "[search]\nsynonyms = \"nofile.txt\""),
            ("search.copy_every_s", "[search]\ncopy_every_s = 0"),
            ("shop.theme", "[shop]\ntheme = \"nofolder\""),
            ("shop.currency", "[shop]\ncurrency = \"ABC\""),
            ("telemetry.otlp", "[telemetry]\notlp = \"https://collector:4318\""),
            ("telemetry.sample_ratio", "[telemetry]\nsample_ratio = 1.5"),
            ("data.postgres", "[data]\npostgres = \"garbage\""),
            ("redis.urls[1]", "[redis]\nurls = [\"redis://a:6379\", \"rediss://u:s3cret@b:6379\"]"),
            ("redis.urls[0]", "[redis]\nurls = \"rediss://u:s3cret@b:6379/#insecure\""),
            ("redis.urls", "[redis]\nurls = \"redis://a:6379\"\nauthorities = \"Cargo.toml\""),
            ("redis.authorities", "[redis]\nurls = \"rediss://a:6379\"\nauthorities = \"Cargo.toml\""),
            ("redis.key", "[redis]\nurls = \"rediss://a:6379\"\ncertificate = \"Cargo.toml\""),
            ("events.authorities", "[events]\nauthorities = \"nofile.pem\""),
            ("events.certificate", "[events]\nkey = \"nofile.pem\""),
            ("internal.key", "[internal]\ncertificate = \"a.pem\"\nauthorities = \"c.pem\""),
            (
                "internal.certificate",
                "[internal]\ncertificate = \"nofile\"\nkey = \"nofile\"\nauthorities = \"nofile\"",
            ),
            ("services.cart.url", "[services.cart]\nurl = \"https://a:1\""),
            ("redis.prefix", "[redis]\nurls = \"redis://a:6379\"\nprefix = \"a{b}\""),
            ("email.smtp", "[email]\nsmtp = \"garbage\""),
            ("email.from", "[email]\nsmtp = \"smtp://localhost\"\nfrom = \"nobody\""),
            ("payments.methods[0].code", "[[payments.methods]]\ncode = \"gold\"\nname = \"Gold\""),
            ("payments.methods", "[payments]\nmethods = []"),
            (
                "methods[0].name",
                "[[delivery.methods]]\ncode = \"a\"\nname = \"\"\ndays_min = 1\ndays_max = 2\nrates = []",
            ),
        ] {
            let error = refused(text);
            assert!(error.contains(key) && !error.contains("s3cret"), "{key}: {error}");
        }
    }

    #[test]
    fn files_are_read_as_serving_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let synonyms = folder.path().join("synonyms.txt");
        std::fs::write(&synonyms, "sofa =>").unwrap();
        std::fs::create_dir(folder.path().join("templates")).unwrap();
        std::fs::write(folder.path().join("templates/home.html"), "{% if %}").unwrap();
        let error = refused(&format!("[search]\nsynonyms = {synonyms:?}"));
        assert!(error.contains("search.synonyms") && error.contains("line 1"), "{error}");
        let error = refused(&format!("[shop]\ntheme = {:?}", folder.path()));
        assert!(error.contains("shop.theme") && error.contains("home.html"), "{error}");
    }

    #[test]
    fn a_wrong_postgres_address_is_refused_without_its_password() {
        let error = refused("[data]\npostgres = \"postgres://souk:s3cret@host:port/souk\"");
        assert!(error.contains("data.postgres") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://souk@127.0.0.1/souk", "postgres://souk@127.0.0.1/souk"),
            ("postgres://souk:s3:c@ret@db:5432/souk?x=1", "postgres://souk:***@db:5432/souk?x=1"),
            ("postgresql:///souk?host=/run&password=s3cret&x=1", "postgresql:///souk?host=/run&password=***&x=1"),
            ("host=db password=s3cret user=souk", "host=db password=*** user=souk"),
            ("host=db password = 's3 cret' user=souk", "host=db password=*** user=souk"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
