//! `cargo xtask …`: the project's own chores.

mod bench;
mod browser;
mod command;
mod packages;
mod postgres;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [--no-browser] [--fast]   every test there is; installs and starts what they need
cargo xtask browser                        the browser journey alone; leaves screenshots in tests/browser/artifacts
cargo xtask bench [--quick] [NAME …]       measures the release binary over HTTP, beside its references
cargo xtask postgres                       starts a throw-away Postgres for tests, prints its URL, ends with Ctrl-C";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test", options @ ..] => test::run(options),
        ["browser"] => browser::run(),
        ["bench", options @ ..] => bench::run(options),
        ["postgres"] => postgres::run(),
        _ => {
            println!("{HELP}");
            return if arguments.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
