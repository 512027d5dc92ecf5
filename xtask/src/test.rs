//! Every test there is.

use anyhow::{Result, bail};

use crate::{
    browser,
    command::{self, cargo},
    deploy, nginx, packages,
    postgres::Postgres,
};

fn parts(fast: bool, with_browser: bool) -> Result<()> {
    command::run("rustfmt", &mut cargo(&["fmt", "--all", "--check"]))?;
    command::run("clippy", &mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))?;
    // The whole-system tests drive the real binary.
    command::build()?;
    let postgres = if fast { None } else { Some(Postgres::start()?) };
    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if let Some(postgres) = &postgres {
        tests.env("SOUK_TEST_POSTGRES_URL", &postgres.url).env("SOUK_TEST_NATS_SERVER", packages::nats_server()?);
        tests.env("SOUK_TEST_REDIS_SERVER", packages::redis_server()?).env("SOUK_TEST_NGINX", nginx::program()?);
        tests.env("SOUK_TEST_POSTGRES_CA", &postgres.authority);
    } else {
        println!("── NOT RUN: tests on Postgres, NATS and Redis, and behind nginx");
    }
    command::run("tests", &mut tests)?;
    if fast {
        println!("── NOT RUN: tests of deploy/");
    } else {
        deploy::run()?;
    }
    if with_browser {
        browser::prepare()?;
        browser::drive(browser::Shop::Alone)?;
    } else {
        println!("── NOT RUN: tests in the browser");
    }
    Ok(())
}

/// Reads the options and runs the tests.
///
/// # Errors
/// On an unknown option, on a part left out in CI, and at the first part that fails.
pub fn run(options: &[&str]) -> Result<()> {
    if let Some(unknown) = options.iter().find(|option| !["--fast", "--no-browser"].contains(option)) {
        bail!("unknown option {unknown}");
    }
    if !options.is_empty() && std::env::var_os("CI").is_some() {
        bail!("in CI nothing is left out");
    }
    let fast = options.contains(&"--fast");
    parts(fast, !fast && !options.contains(&"--no-browser"))
}
