//! Measures the release binary over HTTP, on loopback, beside its references in the same run.
//!
//! `cargo xtask bench` builds everything and starts this; `--quick` is a short form of all runs, names choose among
//! them.

mod console;
mod fixed;
mod load;
mod reference;
mod runs;

use std::process::ExitCode;

use anyhow::{Context, Result};

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
    let (options, chosen): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with('-'));
    if let Some(option) = options.iter().find(|option| **option != "--quick") {
        anyhow::bail!("there is no {option}; there is --quick, and the runs are {}", NAMES.join(", "));
    }
    for name in &chosen {
        if !NAMES.contains(name) {
            anyhow::bail!("no run is called {name}; there are {}", NAMES.join(", "));
        }
    }
    let plan = runs::Plan::new(!options.is_empty(), chosen.into_iter().map(str::to_owned).collect());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(runs::all(&plan))
}
