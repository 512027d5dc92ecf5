//! Measures the release binary.

use anyhow::Result;

use crate::{
    browser::binary,
    command::{self, cargo},
};

/// Builds everything for release and hands over to the load generator, with its options.
///
/// # Errors
/// When the build or the run fails, or a figure's check does not hold.
pub fn run(options: &[&str]) -> Result<()> {
    command::run("build", &mut cargo(&["build", "--release", "--package", "souk", "--package", "souk-bench"]))?;
    let mut bench = command::command(&binary("release").with_file_name("souk-bench").to_string_lossy(), options);
    command::run("bench", bench.env("SOUK_BIN", binary("release")))?;
    Ok(())
}
