//! A service's error on the wire: an HTTP status and
//! `{ "code": "out_of_stock", "message": "…", "error": {…} }`, where `error` is the whole error.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use souk_types::{Fault, ServiceError};

/// Letters of a body that was not understood which are kept for the logs.
const EXCERPT_CHARS_MAX: usize = 200;

/// An answer that tells of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireFailure {
    /// The HTTP status.
    pub status: u16,
    /// The JSON envelope, or whatever else came with the status.
    pub body: Bytes,
}

#[derive(Serialize)]
struct Outgoing<'e, E> {
    code: &'static str,
    message: String,
    error: &'e E,
}

#[derive(Deserialize)]
struct Incoming<'b> {
    #[serde(borrow)]
    code: Cow<'b, str>,
    #[serde(borrow)]
    error: &'b RawValue,
}

impl WireFailure {
    /// Puts a service's error, whole, into its envelope.
    pub fn of<E: ServiceError>(error: &E) -> Self {
        let envelope = Outgoing { code: error.code(), message: error.public_message(), error };
        let status = error.kind().http_status();
        match serde_json::to_vec(&envelope) {
            Ok(json) => Self { status, body: json.into() },
            Err(defect) => {
                tracing::error!(%error, %defect, "a service's error has no JSON form");
                Self { status, body: Bytes::new() }
            }
        }
    }

    /// Takes the service's error out. What is not understood, from a proxy or a newer service, becomes a
    /// [`Fault`]: unavailable when the status says that a retry may help, else internal.
    pub fn into_error<E: ServiceError>(self) -> E {
        let envelope = serde_json::from_slice::<Incoming<'_>>(&self.body);
        if let Ok(envelope) = &envelope {
            let json = envelope.error.get();
            if let Ok(error) = serde_json::from_str::<E>(json) {
                return error;
            }
            // The platform itself answers with faults, where no method's error type is known.
            if let Ok(fault) = serde_json::from_str::<Fault>(json) {
                return fault.into();
            }
        }
        let about = match envelope {
            Ok(envelope) => format!("status {}, unknown error {:?}", self.status, envelope.code),
            Err(_) => format!("status {}, body {:?}", self.status, self.excerpt()),
        };
        match self.status {
            408 | 429 | 502 | 503 | 504 => Fault::unavailable(about).into(),
            _ => Fault::internal(about).into(),
        }
    }

    fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(EXCERPT_CHARS_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use souk_types::ErrorKind;

    use super::*;

    fn read(status: u16, body: &'static str) -> Fault {
        WireFailure { status, body: Bytes::from_static(body.as_bytes()) }.into_error()
    }

    #[test]
    fn a_fault_survives_its_envelope() {
        let fault = Fault::invalid("sku", "is not known").because("looked in the wrong place");
        let failure = WireFailure::of(&fault);
        assert_eq!(failure.status, 422);
        assert_eq!(failure.into_error::<Fault>(), fault);
    }

    #[test]
    fn the_envelope_has_code_and_public_message() {
        let failure = WireFailure::of(&Fault::conflict("it has changed").because("secret"));
        let json: serde_json::Value = serde_json::from_slice(&failure.body).unwrap();
        assert_eq!(json["code"], "conflict");
        assert_eq!(json["message"], "it has changed");
    }

    #[test]
    fn an_unknown_shape_is_judged_by_its_status() {
        assert_eq!(read(503, "<h1>Bad gateway</h1>").kind, ErrorKind::Unavailable);
        assert_eq!(read(404, "").kind, ErrorKind::Internal);
        let newer = read(409, r#"{"code": "frozen", "message": "…", "error": {"Frozen": {}}}"#);
        assert_eq!(newer.kind, ErrorKind::Internal);
        assert!(newer.internal.is_some_and(|text| text.contains("frozen")));
    }
}
