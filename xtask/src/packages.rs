//! Installs Debian packages that tests need, where that is possible.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use anyhow::{Context, Result, bail};

/// As [`ensure`], for a package whose service Debian would start at once.
///
/// # Errors
/// When it is not there and cannot be installed; says what to install by hand.
pub fn ensure_unstarted(package: &str, is_there: impl Fn() -> bool) -> Result<()> {
    // Debian asks this program whether services may be started; 101 says no (invoke-rc.d's policy layer).
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let ours = !policy.exists() && fs::write(policy, "#!/bin/sh\nexit 101\n").is_ok();
    if ours {
        fs::set_permissions(policy, fs::Permissions::from_mode(0o755))?;
    }
    let outcome = ensure(package, is_there);
    if ours {
        fs::remove_file(policy)?;
    }
    outcome
}

/// Makes sure that a program is there: asks the machine, else installs its Debian package.
///
/// # Errors
/// When it is not there and cannot be installed; says what to install by hand.
pub fn ensure(package: &str, is_there: impl Fn() -> bool) -> Result<()> {
    if is_there() {
        return Ok(());
    }
    println!("── installing the Debian package {package}");
    let apt = |arguments: &[&str]| -> Result<bool> {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        Ok(command.status().with_context(|| format!("install {package} by hand: there is no apt-get here"))?.success())
    };
    // An old package list is often good enough, and a fresh one costs seconds.
    let installed = apt(&["install", "-y", "-qq", "--no-install-recommends", package])?
        || (apt(&["update", "-qq"])? && apt(&["install", "-y", "-qq", "--no-install-recommends", package])?);
    if !installed || !is_there() {
        bail!("{package} could not be installed; install it by hand (as root: apt-get install {package})");
    }
    Ok(())
}

/// The program of the NATS server, installed where it is missing.
///
/// # Errors
/// When it cannot be installed.
pub fn nats_server() -> Result<&'static str> {
    const PROGRAM: &str = "/usr/sbin/nats-server";
    ensure("nats-server", || any_file(&[PROGRAM]))?;
    Ok(PROGRAM)
}

/// The program of the Redis server, installed where it is missing.
///
/// # Errors
/// When it cannot be installed.
pub fn redis_server() -> Result<&'static str> {
    const PROGRAM: &str = "/usr/bin/redis-server";
    ensure_unstarted("redis-server", || any_file(&[PROGRAM]))?;
    Ok(PROGRAM)
}

/// Unpacks a Debian package into a folder, without installing it or what it builds on.
///
/// # Errors
/// When it cannot be had.
pub fn unpack(package: &str, folder: &Path) -> Result<()> {
    let load = tempfile::tempdir()?;
    let got = || -> Result<bool> {
        let mut command = Command::new("apt-get");
        command.args(["download", "-qq", "-o", "APT::Sandbox::User=root", package]).current_dir(load.path());
        Ok(command.status().context("there is no apt-get here")?.success())
    };
    println!("── unpacking the Debian package {package}");
    let update = || Command::new("apt-get").args(["update", "-qq"]).status().is_ok_and(|it| it.success());
    if !(got()? || (update() && got()?)) {
        bail!("the Debian package {package} could not be downloaded");
    }
    let file = std::fs::read_dir(load.path())?.next().with_context(|| format!("{package} is empty"))??.path();
    let unpacked = Command::new("dpkg-deb").arg("-x").arg(file).arg(folder).status()?;
    if !unpacked.success() {
        bail!("the Debian package {package} could not be unpacked");
    }
    Ok(())
}

/// Says whether a program is on the PATH.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Says whether any of these files exists.
pub fn any_file(paths: &[&str]) -> bool {
    paths.iter().any(|path| Path::new(path).is_file())
}
