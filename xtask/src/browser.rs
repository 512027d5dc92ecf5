//! The journey in headless Chromium.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    command::{self, command, root},
    packages,
};

/// Builds the binary and drives it in a browser; leaves screenshots in `tests/browser/artifacts`.
///
/// # Errors
/// When something cannot be installed, or a test fails.
pub fn run() -> Result<()> {
    prepare()?;
    let folder = root().join("tests/browser");
    command::run("browser", command("npm", &["test"]).current_dir(&folder).env("SOUK_BIN", binary("debug")))?;
    Ok(())
}

/// Installs what the browser tests need, and builds the binary.
///
/// # Errors
/// When something cannot be installed or built.
pub fn prepare() -> Result<()> {
    packages::ensure("chromium", || packages::any_file(&["/usr/bin/chromium"]))?;
    packages::ensure("npm", || packages::on_path("npm"))?;
    command::build()?;
    for folder in ["tests/browser", "examples/storefront"] {
        let mut install = command("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        command::run("npm packages", install.current_dir(root().join(folder)))?;
    }
    Ok(())
}

/// Where cargo puts the shop's binary.
pub fn binary(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join(profile).join("souk")
}
