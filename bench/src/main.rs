//! Measures the release binary over HTTP, on loopback, beside its references in the same run.
//!
//! `cargo xtask bench` builds everything and starts this; `--quick` is a short form of all runs, names choose among
//! them. With `--fleet` first, it measures the shop on Postgres and in several processes; with `--growth`,
//! how its cost grows. README.md tells more.

mod console;
mod fixed;
mod fleet;
mod growth;
mod load;
mod options;
mod pairs;
mod reference;
mod runs;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::options::Options;

const NAMES: [&str; 8] = ["import", "fixed", "page", "search", "cart", "checkout", "flash", "console"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        // The reference handler is a process of its own, so that its CPU time is counted apart.
        Some("serve-fixed") => arguments.get(1).context("serve-fixed BYTES").and_then(|bytes| fixed::serve(bytes)),
        _ => run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match arguments {
        [word, rest @ ..] if word == "--fleet" => runtime.block_on(fleet::run(rest)),
        [word, rest @ ..] if word == "--growth" => runtime.block_on(growth::run(rest)),
        arguments => {
            let options = Options::read(arguments, &[], &NAMES)?;
            runtime.block_on(runs::all(&runs::Plan::new(options.quick, options.chosen)))
        }
    }
}
