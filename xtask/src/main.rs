//! `cargo xtask …`: the project's own chores.

use std::process::ExitCode;

use souk_xtask::{bench, browser, chaos, citus, deploy, fleet, lighthouse, postgres, schemathesis, test};

const HELP: &str = "\
cargo xtask test [--no-browser] [--fast]   every test there is; installs and starts what they need
cargo xtask browser [--fleet]              the browser journey alone, on one process or on a fleet; leaves screenshots
cargo xtask deploy                         what stands in deploy/ and the Dockerfile: by schemas, rules, and a running shop
cargo xtask lighthouse [PAGE …]            Lighthouse over the shop's pages, as a phone and a desk see them; 95 or better
cargo xtask schemathesis [OPTION …]        Schemathesis over the API of a throw-away shop; options are its own
cargo xtask bench [--quick] [NAME …]       measures the release binary over HTTP, beside its references
cargo xtask bench --fleet [OPTION …]       measures it on Postgres and in several processes; bench/README.md tells more
cargo xtask bench --growth [OPTION …]      measures how cost grows with products and orders
cargo xtask fleet [OPTION …]               starts a whole fleet on this machine, behind nginx, until Ctrl-C; --help tells more
cargo xtask chaos [OPTION …]               a fleet that sells while its parts die, and what becomes of its orders; --help tells more
cargo xtask citus URL                      tests of services and shops on a Citus that you give, with distributed tables
cargo xtask postgres                       starts a throw-away Postgres for tests, prints its URL, ends with Ctrl-C";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test", options @ ..] => test::run(options),
        ["browser", options @ ..] => browser::run(options),
        ["deploy"] => deploy::run(),
        ["lighthouse", pages @ ..] => lighthouse::run(pages),
        ["schemathesis", options @ ..] => schemathesis::run(options),
        ["bench", options @ ..] => bench::run(options),
        ["fleet", options @ ..] => fleet::run(options),
        ["chaos", options @ ..] => chaos::run(options),
        ["citus", url] => citus::run(url),
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
