//! Schemathesis over the API: requests made of its description, good and bad, and whether the answers are as described.

use std::process::Command;

use anyhow::Result;

use crate::{
    browser::binary,
    command::{self, root},
    python,
};

const VERSION: &str = "4.32.5";

/// Builds the binary and has Schemathesis try its API; fails when an answer is not as described.
///
/// # Errors
/// When something cannot be installed, or an answer is wrong.
pub fn run(options: &[&str]) -> Result<()> {
    command::build()?;
    let python = python::with("schemathesis", VERSION)?;
    let mut tries = Command::new(&python);
    tries.arg(root().join("tests/schemathesis/run.py")).args(options).current_dir(root().join("target/schemathesis"));
    command::run("schemathesis", tries.env("SOUK_BIN", binary("debug")))?;
    Ok(())
}
