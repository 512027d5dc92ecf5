//! In a binary of its own: logs are set up once in a process.

use souk_telemetry::{LogFormat, TelemetryError, init};

#[test]
fn a_wrong_filter_is_refused_and_can_be_mended() {
    let refused = init(LogFormat::Human, "souk=loudly", std::io::stderr).unwrap_err();
    assert!(matches!(refused, TelemetryError::Filter { .. }), "{refused}");
    assert!(refused.to_string().contains("souk=loudly"));
    init(LogFormat::Human, "souk=debug", std::io::stderr).unwrap();
}
