//! Lighthouse over the shop's pages.

use anyhow::Result;

use crate::{
    browser,
    command::{self, command, root},
};

/// Builds the binary and has Lighthouse look at its pages; fails when a score is too low.
///
/// # Errors
/// When something cannot be installed, or a page falls short.
pub fn run(pages: &[&str]) -> Result<()> {
    browser::prepare()?;
    let mut arguments = vec!["run", "--silent", "lighthouse", "--"];
    arguments.extend(pages);
    let folder = root().join("tests/browser");
    let mut look = command("npm", &arguments);
    command::run("lighthouse", look.current_dir(&folder).env("SOUK_BIN", browser::binary("debug")))?;
    Ok(())
}
