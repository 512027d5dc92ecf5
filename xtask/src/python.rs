//! Python packages for tests, each in a folder of its own below `target/`.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    command::{self, command, root},
    packages,
};

/// The Python that has this package, which is installed where it is missing.
///
/// # Errors
/// When something cannot be installed.
pub fn with(package: &str, version: &str) -> Result<PathBuf> {
    let can_install = || Command::new("python3").args(["-c", "import ensurepip"]).status().is_ok_and(|it| it.success());
    packages::ensure("python3-venv", can_install)?;
    let place = root().join("target").join(package);
    let python = place.join("bin/python");
    if !place.join(version).is_file() {
        command::run("python", command("python3", &["-m", "venv"]).arg(&place))?;
        let wanted = format!("{package}=={version}");
        command::run(package, Command::new(&python).args(["-m", "pip", "install", "--quiet", &wanted]))?;
        std::fs::write(place.join(version), "")?;
    }
    Ok(python)
}
