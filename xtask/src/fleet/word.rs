//! `cargo xtask fleet`: a fleet to try, until Ctrl-C.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{EVERY_SERVICE_APART, Fleet, Plan};
use crate::{
    browser::binary,
    command::{self, cargo},
    nginx, packages,
    postgres::Postgres,
    process,
};

const HELP: &str = "\
cargo xtask fleet [OPTION …]   (SOUK_BIN names a binary to take instead of building one)
  --release           the release binary, rather than the debug one
  --listen ADDRESS    where nginx listens; 127.0.0.1:8080 when left out
  --products N        products of the demo catalogue; 200 when left out
  --no-redis          without a Redis cluster of three and their replicas
  --no-limits         nginx limits nobody: for loads from one machine
  --check             audits the books at the end, and fails when they do not agree or a process has warned of something
  --keep              leaves the folder with configuration, data and logs";

const LINK_WITHIN: Duration = Duration::from_secs(20);

struct Options {
    release: bool,
    listen: SocketAddr,
    products: usize,
    redis: bool,
    limits: bool,
    check: bool,
    keep: bool,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Self> {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut options =
            Self { release: false, listen, products: 200, redis: true, limits: true, check: false, keep: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match *argument {
                "--release" => options.release = true,
                "--listen" => options.listen = value()?.parse().context("--listen is not of the form address:port")?,
                "--products" => options.products = value()?.parse().context("--products is no number")?,
                "--no-redis" => options.redis = false,
                "--no-limits" => options.limits = false,
                "--check" => options.check = true,
                "--keep" => options.keep = true,
                unknown => bail!("unknown option {unknown}\n{HELP}"),
            }
        }
        Ok(options)
    }
}

/// Starts a fleet, tells where it is, and stops it at Ctrl-C or SIGTERM.
///
/// # Errors
/// On an unknown option, when something does not start or does not stop, and when what is checked is not as it should be.
pub fn run(arguments: &[&str]) -> Result<()> {
    if arguments.contains(&"--help") {
        println!("{HELP}");
        return Ok(());
    }
    let options = Options::read(arguments)?;
    // From the beginning, so that nothing is left behind however early it comes.
    process::end_at_signals()?;
    let (souk, nginx) = (built(options.release)?, nginx::program()?.to_owned());
    let nats = packages::nats_server()?.into();
    let redis = if options.redis { Some(packages::redis_server()?.into()) } else { None };
    let postgres = Postgres::start()?;
    let plan = Plan {
        souk,
        nginx,
        nats,
        nats_servers: 3,
        redis,
        database: postgres.url.clone(),
        parts: EVERY_SERVICE_APART,
        demo_products: options.products,
        limits: options.limits,
        listen: Some(options.listen),
        settings: String::new(),
    };
    println!("── starting {} processes of the shop, Redis, NATS and nginx", plan.parts.len());
    let mut fleet = Fleet::start(&plan)?;
    if options.keep {
        fleet.keep();
    }
    greet(&fleet);
    let before = fleet.said();
    stay(&mut fleet);
    let warnings = warnings(&before, &fleet.said());
    println!("── stopping");
    fleet.close()?;
    process::go_on();
    let checked = if options.check { check(&fleet, &plan.souk, &warnings) } else { Ok(()) };
    fleet.stop()?;
    if options.keep {
        println!("── configuration, data and logs are in {}", fleet.path().display());
    }
    checked
}

/// What processes warned of while the fleet was open: not while they waited for each other, nor while they left.
fn warnings(before: &[String], now: &[String]) -> Vec<String> {
    let new = before.iter().zip(now).flat_map(|(before, now)| now.get(before.len()..).unwrap_or_default().lines());
    new.filter(|line| line.contains(" WARN ") || line.contains(" ERROR ")).map(str::to_owned).collect()
}

fn check(fleet: &Fleet, souk: &Path, warnings: &[String]) -> Result<()> {
    println!("{}", fleet.command(souk, &["audit"])?);
    if !warnings.is_empty() {
        bail!("processes of the shop have warned:\n{}", warnings.join("\n"));
    }
    Ok(())
}

/// The shop's binary: `SOUK_BIN`, or what is built now.
fn built(release: bool) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SOUK_BIN") {
        return Ok(PathBuf::from(path));
    }
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    command::run("build", cargo(&["build", "--package", "souk"]).args(profile))?;
    let souk = binary(if release { "release" } else { "debug" });
    if !Path::new(&souk).is_file() {
        bail!("{} was not built", souk.display());
    }
    Ok(souk)
}

fn greet(fleet: &Fleet) {
    println!("\n  The fleet is open\n\n  Storefront   http://{0}/\n  Admin        http://{0}/admin", fleet.address);
    let begun = Instant::now();
    let mut link = fleet.owner_link();
    while link.is_none() && begun.elapsed() < LINK_WITHIN {
        std::thread::sleep(Duration::from_millis(100));
        link = fleet.owner_link();
    }
    if let Some(link) = link {
        println!("\n  Create the owner's account with this one-time link:\n  {link}");
    }
    println!("\n  Processes    {}", fleet.names().join(", "));
    println!("  Folder       {}\n\n  Stop with Ctrl-C.\n", fleet.path().display());
}

/// Waits until it is told to stop. Of a process that ends by itself it tells once.
fn stay(fleet: &mut Fleet) {
    let mut known = Vec::new();
    while !process::is_ending() {
        let ended = fleet.ended();
        for name in ended.iter().filter(|name| !known.contains(*name)) {
            println!("── {name} has ended; its log is in the folder");
        }
        known = ended;
        std::thread::sleep(Duration::from_millis(200));
    }
}
