//! Runs programs, loudly.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// A command that runs in the workspace's root.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Cargo, the same that runs this.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&cargo, arguments)
}

/// Builds the binaries that tests drive. With the whole workspace, for one package alone would have more dependencies built
/// a second time with other features than the tests want.
///
/// # Errors
/// When something does not compile.
pub fn build() -> Result<()> {
    run("build", &mut cargo(&["build", "--workspace", "--bins"])).map(drop)
}

/// Runs a command to its end under a heading.
///
/// # Errors
/// When it cannot be started, or does not succeed.
pub fn run(heading: &str, command: &mut Command) -> Result<Duration> {
    println!("\n── {heading}");
    let started = Instant::now();
    let status =
        command.status().with_context(|| format!("{heading}: {:?} cannot be started", command.get_program()))?;
    if !status.success() {
        bail!("{heading}: {status}");
    }
    let took = started.elapsed();
    println!("── {heading}: {:.0} s", took.as_secs_f64());
    Ok(took)
}
