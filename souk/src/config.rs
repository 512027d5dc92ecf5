//! The configuration: `souk.toml`, then `SOUK_…` variables over it, into one typed struct.

mod check;
mod email;
mod fleet;
mod postgres;
mod redis;
mod s3;
mod telemetry;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use souk_contracts::orders::{PaymentRules, TaxRule};
use souk_delivery::MethodConfig;
use souk_payments::MethodSetting;
use souk_types::Currency;

pub use email::Email;
pub use fleet::{Events, Internal, OneOrMore, Place};
pub use postgres::{Postgres, TlsMode};
pub use redis::Redis;
pub use s3::S3;
pub use telemetry::TelemetrySettings;

/// Everything that can be set. Every key has a default that works.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the shop is.
    pub shop: Shop,
    /// Where it listens.
    pub server: Server,
    /// Where its data are.
    pub data: Data,
    /// How Postgres is reached.
    pub postgres: Postgres,
    /// The tax table; prices include tax or not as `shop.prices_include_tax` says.
    pub taxes: Vec<TaxRule>,
    /// How orders are made.
    pub orders: Orders,
    /// How things are delivered.
    pub delivery: Delivery,
    /// How they are paid.
    pub payments: Payments,
    /// How messages are sent.
    pub email: Email,
    /// How they are found.
    pub search: Search,
    /// The public API.
    pub api: Api,
    /// What is logged.
    pub log: Log,
    /// Where traces go.
    pub telemetry: TelemetrySettings,
    /// Where other processes reach the services of this one.
    pub internal: Internal,
    /// Where services are that do not run in this process.
    pub services: BTreeMap<String, Place>,
    /// What carries events between processes.
    pub events: Events,
    /// What the instances of a service share.
    pub redis: Redis,
    /// Where files are that processes share, instead of in a folder.
    pub s3: S3,
}

/// What the shop is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shop {
    /// Its name.
    pub name: String,
    /// The currency of all prices.
    pub currency: String,
    /// Where it is: ISO 3166-1 alpha-2. The first choice of country at checkout.
    pub country: String,
    /// The address that shoppers use; decides about `Secure` cookies and absolute links.
    pub public_url: String,
    /// Whether prices include the tax.
    pub prices_include_tax: bool,
    /// A folder whose templates, styles, scripts and icons go before the built-in ones.
    pub theme: Option<PathBuf>,
    /// Whether the storefront is closed, for as long as the shop runs.
    pub maintenance: bool,
    /// Products of the demo catalogue that fills an empty data folder; 0 starts empty.
    pub demo_products: usize,
    /// The demo catalogue's seed: the same seed gives the same shop.
    pub demo_seed: u64,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            name: "Souk".to_owned(),
            currency: "EUR".to_owned(),
            country: "DE".to_owned(),
            public_url: "http://localhost:8080".to_owned(),
            prices_include_tax: true,
            theme: None,
            maintenance: false,
            demo_products: 2_000,
            demo_seed: 1,
        }
    }
}

/// Where the shop listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: SocketAddr,
    /// How long a stop waits for what is under way, seconds.
    pub stop_within_s: u64,
    /// How long a process that is to stop still serves while `/readyz` says that it leaves, seconds.
    pub drain_s: u64,
    /// The services that run in this process; when none are named, all that are not placed elsewhere.
    pub services: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), stop_within_s: 30, drain_s: 0, services: Vec::new() }
    }
}

/// Where the data are.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The data folder: databases, pictures, search index, keys.
    pub folder: PathBuf,
    /// A Postgres URL for the databases; without one they are SQLite files in the folder.
    pub postgres: Option<String>,
    /// The folder of pictures and imports, when several processes share it; else it is in the data folder.
    pub files: Option<PathBuf>,
    /// The file of the shop's secret key, when several processes share it; else it is in the data folder.
    pub secret: Option<PathBuf>,
}

impl Default for Data {
    fn default() -> Self {
        Self { folder: PathBuf::from("souk-data"), postgres: None, files: None, secret: None }
    }
}

/// How orders are made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Orders {
    /// When the money is taken.
    pub capture: Capture,
    /// How long stock is set aside for an order that is not paid, minutes.
    pub pay_within_min: u64,
    /// How long an order may stand still before it is taken up again, seconds.
    pub recover_after_s: u64,
}

impl Default for Orders {
    fn default() -> Self {
        Self { capture: Capture::AtOnce, pay_within_min: 15, recover_after_s: 40 }
    }
}

impl Orders {
    /// When the money of orders is taken, and how long they wait for it.
    pub fn payment_rules(&self) -> PaymentRules {
        PaymentRules { capture_at_once: self.capture == Capture::AtOnce, pay_within_min: self.pay_within_min }
    }
}

/// When the money is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// When the order is placed.
    AtOnce,
    /// When the first parcel leaves.
    OnShipment,
}

/// How things are delivered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// The methods and their rates.
    pub methods: Vec<MethodConfig>,
    /// How fast the sandbox carrier's clock runs: 1 is real, 86400 makes a day a second.
    pub sandbox_speed: f64,
}

impl Default for Delivery {
    fn default() -> Self {
        Self { methods: souk_delivery::default_methods(), sandbox_speed: 1_440.0 }
    }
}

/// How things are paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payments {
    /// How long the sandbox gateway takes to answer, milliseconds.
    pub sandbox_latency_ms: u64,
    /// How long it takes to send a webhook, milliseconds.
    pub sandbox_webhook_delay_ms: u64,
    /// What shoppers choose from, in this order, until staff save something else.
    pub methods: Vec<MethodSetting>,
}

impl Default for Payments {
    fn default() -> Self {
        Self { sandbox_latency_ms: 0, sandbox_webhook_delay_ms: 1_500, methods: souk_payments::default_methods() }
    }
}

/// How things are found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// A file of synonyms in place of the built-in ones.
    pub synonyms: Option<PathBuf>,
    /// How old the copy may be by which new instances begin, seconds.
    pub copy_every_s: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self { synonyms: None, copy_every_s: 600 }
    }
}

/// The public API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// Origins whose pages may use it, as `https://client.example`; `*` alone for all.
    pub origins: Vec<String>,
    /// Requests of one API key in a minute.
    pub requests_per_minute_key: u32,
    /// Requests of one customer, or of one address, in a minute.
    pub requests_per_minute_address: u32,
    /// Whether a proxy in front tells callers' addresses by `X-Forwarded-For`.
    pub behind_proxy: bool,
}

impl Default for Api {
    fn default() -> Self {
        let souk_web::ApiConfig { origins, requests_per_minute_key, requests_per_minute_address, behind_proxy } =
            souk_web::ApiConfig::default();
        Self { origins, requests_per_minute_key, requests_per_minute_address, behind_proxy }
    }
}

impl Api {
    /// What the gateway is told of it.
    pub fn for_web(&self) -> souk_web::ApiConfig {
        souk_web::ApiConfig {
            origins: self.origins.clone(),
            requests_per_minute_key: self.requests_per_minute_key,
            requests_per_minute_address: self.requests_per_minute_address,
            behind_proxy: self.behind_proxy,
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// What, in the form of `tracing`'s filters: `info`, `souk=debug,info`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info".to_owned() }
    }
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Coloured lines.
    Human,
    /// One JSON object a line.
    Json,
}

/// Variables that start with `SOUK_` and are not configuration.
const OTHER_VARIABLES: [&str; 4] = ["SOUK_BIN", "SOUK_CONFIG", "SOUK_FAILPOINT", "SOUK_TEST_"];

impl Config {
    /// Reads a file, if there is one, and the variables over it.
    ///
    /// # Errors
    /// Names the file, line and key, or the variable, that is wrong.
    pub fn load(file: Option<&Path>, variables: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
            None => String::new(),
        };
        // Once by itself, for an error with line and key.
        toml::from_str::<Self>(&text)
            .with_context(|| format!("{} is not right", file.unwrap_or(Path::new("souk.toml")).display()))?;
        let mut table: toml::Table = toml::from_str(&text)?;
        let mut named = BTreeMap::new();
        for (name, value) in variables.filter(|(name, _)| is_setting(name)) {
            overlay(&mut table, &name, &value)?;
            named.insert(name, value);
        }
        let config: Self = table.try_into().with_context(|| {
            let names: Vec<&str> = named.keys().map(String::as_str).collect();
            format!("one of the variables {} is not right", names.join(", "))
        })?;
        config.check()?;
        Ok(config)
    }

    /// The currency of all prices.
    pub fn currency(&self) -> Result<Currency> {
        self.shop.currency.parse().with_context(|| "shop.currency is not right")
    }
}

fn is_setting(name: &str) -> bool {
    name.starts_with("SOUK_") && !OTHER_VARIABLES.iter().any(|other| name.starts_with(other))
}

/// `SOUK_SERVER_LISTEN` sets `server.listen`: the first word is the section, the rest the key.
fn overlay(table: &mut toml::Table, name: &str, value: &str) -> Result<()> {
    let lower = name.trim_start_matches("SOUK_").to_lowercase();
    let (section, key) =
        lower.split_once('_').with_context(|| format!("{name}: has no key, like SOUK_SERVER_LISTEN"))?;
    // Numbers and booleans as such, everything else as text.
    let parsed =
        toml::from_str::<toml::Table>(&format!("value = {value}")).ok().and_then(|mut one| one.remove("value"));
    let value = parsed.unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    let Some(section) = section.as_table_mut() else {
        bail!("{name}: this cannot be set by a variable");
    };
    section.insert(key.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(file.path()), variables)
    }

    #[test]
    fn nothing_set_is_a_working_shop() {
        let config = load("", &[]).unwrap();
        assert_eq!(config.server.listen.port(), 8080);
        assert_eq!(config.currency().unwrap(), Currency::EUR);
    }

    #[test]
    fn a_variable_goes_before_the_file() {
        let config =
            load("[shop]\nname = \"A\"", &[("SOUK_SHOP_NAME", "B"), ("SOUK_ORDERS_PAY_WITHIN_MIN", "3")]).unwrap();
        assert_eq!(config.shop.name, "B");
        assert_eq!(config.orders.pay_within_min, 3);
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let error = format!("{:#}", load("[shop]\nnam = \"A\"", &[]).unwrap_err());
        assert!(error.contains("line 2") && error.contains("nam"), "{error}");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let error = format!("{:#}", load("", &[("SOUK_SERVER_LISTEN", "nowhere")]).unwrap_err());
        assert!(error.contains("SOUK_SERVER_LISTEN"), "{error}");
    }
}
