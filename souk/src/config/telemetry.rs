//! Where traces go.

use anyhow::{Result, bail};
use http::Uri;
use serde::{Deserialize, Serialize};
use souk_telemetry::TracesConfig;
use souk_types::Env;

use super::Config;
use crate::fleet::SERVICES;

/// Where traces go.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// A collector that takes OTLP over HTTP, `http://host:4318`; without one there are no traces.
    pub otlp: Option<String>,
    /// The share of requests that are traced, 0 to 1.
    pub sample_ratio: f64,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { otlp: None, sample_ratio: 1.0 }
    }
}

impl Config {
    /// Where the traces of this process go, if anywhere.
    ///
    /// # Errors
    /// Names the key that is wrong.
    pub fn traces(&self, env: &Env) -> Result<Option<TracesConfig>> {
        let TelemetrySettings { otlp, sample_ratio } = &self.telemetry;
        if !(0.0..=1.0).contains(sample_ratio) {
            bail!("telemetry.sample_ratio: must be 0 to 1");
        }
        let Some(url) = otlp else { return Ok(None) };
        let collector = match url.parse::<Uri>() {
            Ok(uri) if uri.scheme_str() == Some("http") && uri.authority().is_some() && uri.query().is_none() => uri,
            _ => bail!("telemetry.otlp: {url:?} is not of the form http://host:4318"),
        };
        Ok(Some(TracesConfig {
            collector,
            sample_ratio: *sample_ratio,
            namespace: self.shop.name.clone(),
            instance: format!("{:032x}", env.random_u128()),
            services: SERVICES.into_iter().filter(|service| self.runs(service)).collect(),
        }))
    }
}
