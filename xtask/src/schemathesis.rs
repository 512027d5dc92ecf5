//! Schemathesis over the API: requests made of its description, good and bad, and whether the answers are as described.

use std::process::Command;

use anyhow::Result;

use crate::{
    browser::binary,
    command::{self, command, root},
    packages,
};

const VERSION: &str = "4.32.5";

/// Builds the binary and has Schemathesis try its API; fails when an answer is not as described.
///
/// # Errors
/// When something cannot be installed, or an answer is wrong.
pub fn run(options: &[&str]) -> Result<()> {
    let can_install = || Command::new("python3").args(["-c", "import ensurepip"]).status().is_ok_and(|it| it.success());
    packages::ensure("python3-venv", can_install)?;
    command::build()?;
    let place = root().join("target/schemathesis");
    let python = place.join("bin/python");
    if !place.join(VERSION).is_file() {
        command::run("python", command("python3", &["-m", "venv"]).arg(&place))?;
        let package = format!("schemathesis=={VERSION}");
        command::run("schemathesis", Command::new(&python).args(["-m", "pip", "install", "--quiet", &package]))?;
        std::fs::write(place.join(VERSION), "")?;
    }
    let mut tries = Command::new(&python);
    tries.arg(root().join("tests/schemathesis/run.py")).args(options).current_dir(&place);
    command::run("schemathesis", tries.env("SOUK_BIN", binary("debug")))?;
    Ok(())
}
