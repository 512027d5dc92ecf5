//! A fleet that sells while its parts die.

use anyhow::Result;

use crate::{
    browser::binary,
    command::{self, cargo},
    nginx, packages, postgres, process,
};

/// Installs and builds everything and hands over to the run, with its options.
///
/// # Errors
/// When something cannot be installed or built, or what must hold did not.
pub fn run(options: &[&str]) -> Result<()> {
    let (release, options): (Vec<&str>, Vec<&str>) = options.iter().partition(|option| **option == "--release");
    let profile = if release.is_empty() { "debug" } else { "release" };
    postgres::install()?;
    let (nats, redis, nginx) = (packages::nats_server()?, packages::redis_server()?, nginx::program()?);
    if release.is_empty() {
        command::build()?;
    } else {
        let build = ["build", "--release", "--package", "souk", "--package", "souk-chaos"];
        command::run("build", &mut cargo(&build))?;
    }
    // Ctrl-C reaches the run as well, which then stops its processes: that is waited for.
    process::end_at_signals()?;
    let souk = binary(profile);
    let mut chaos = command::command(&souk.with_file_name("souk-chaos").to_string_lossy(), &options);
    chaos.env("SOUK_BIN", souk).env("SOUK_TEST_NATS_SERVER", nats).env("SOUK_TEST_REDIS_SERVER", redis);
    command::run("chaos", chaos.env("SOUK_TEST_NGINX", nginx))?;
    Ok(())
}
