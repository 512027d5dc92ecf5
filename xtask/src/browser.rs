//! The journey in headless Chromium.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{
    command::{self, command, root},
    nginx, packages,
};

/// What the browser looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shop {
    /// One process.
    Alone,
    /// A fleet with every service in a process of its own, on Postgres, NATS and Redis, behind nginx.
    Fleet,
}

/// Reads the options, builds the binary and drives it in a browser; leaves screenshots in `tests/browser/artifacts`.
///
/// # Errors
/// On an unknown option, when something cannot be installed, or a test fails.
pub fn run(options: &[&str]) -> Result<()> {
    let shop = match options {
        [] => Shop::Alone,
        ["--fleet"] => Shop::Fleet,
        _ => bail!("unknown options {options:?}"),
    };
    prepare()?;
    drive(shop)
}

/// Drives what was [prepared](prepare).
///
/// # Errors
/// When something of a fleet cannot be installed, or a test fails.
pub fn drive(shop: Shop) -> Result<()> {
    let (script, heading) = match shop {
        Shop::Alone => ("test", "browser"),
        // One test file after the other: each has a fleet of its own.
        Shop::Fleet => ("fleet", "browser, on a fleet"),
    };
    let mut test = command("npm", &["run", script]);
    test.current_dir(root().join("tests/browser")).env("SOUK_BIN", binary("debug"));
    if shop == Shop::Fleet {
        // Installed now, for the tests wait for the fleet, and not for packages.
        packages::nats_server()?;
        packages::redis_server()?;
        nginx::program()?;
        // As it was built just now: this program itself may have been replaced by that.
        test.env("SOUK_TEST_FLEET", binary("debug").with_file_name("xtask"));
    }
    command::run(heading, &mut test)?;
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
