//! `cargo xtask chaos` builds everything and starts this.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use souk_bench::server::souk;
use souk_chaos::{Plan, Programs, chosen, run};
use souk_xtask::process;

const HELP: &str = "\
cargo xtask chaos [OPTION …]
  --minutes M      how long something new may begin; everything happens once in any case. 10 when left out
  --only NAME,…    only what has one of these words in its name: kill-orders, nats, cut, slow-web …
  --shoppers N     how many buy at the same time; 50 when left out
  --release        the release binary, rather than the debug one
  --keep           leaves the folder with configuration, data and logs";

/// How long a scenario may take at most, with all checks; the run ends then whatever it is waiting for.
const SCENARIO_MAX: Duration = Duration::from_mins(4);
const START_MAX: Duration = Duration::from_mins(4);

struct Options {
    minutes: u64,
    only: Vec<String>,
    shoppers: usize,
    keep: bool,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { minutes: 10, only: Vec::new(), shoppers: 50, keep: false };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--minutes" => options.minutes = value()?.parse().context("--minutes is no number")?,
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--shoppers" => options.shoppers = value()?.parse().context("--shoppers is no number")?,
                "--keep" => options.keep = true,
                unknown => bail!("unknown option {unknown}\n{HELP}"),
            }
        }
        if !(1..=1_000).contains(&options.shoppers) || options.minutes > 24 * 60 {
            bail!("--shoppers: 1 to 1000; --minutes: a day at most");
        }
        Ok(options)
    }

    fn plan(&self) -> Result<Plan> {
        let program = |name: &str| -> Result<PathBuf> {
            Ok(std::env::var_os(name).with_context(|| format!("{name} names no program"))?.into())
        };
        let only: Vec<&str> = self.only.iter().map(String::as_str).collect();
        Ok(Plan {
            programs: Programs {
                souk: souk()?,
                nginx: program("SOUK_TEST_NGINX")?,
                nats: program("SOUK_TEST_NATS_SERVER")?,
                redis: program("SOUK_TEST_REDIS_SERVER")?,
            },
            shoppers: self.shoppers,
            scenarios: chosen(&only)?,
            lasts: Duration::from_mins(self.minutes),
            calm: Duration::from_secs(3),
            fault: Duration::from_secs(10),
            quiet: Duration::from_secs(3),
            audit_each: true,
            keep: self.keep,
        })
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let outcome = Options::read(arguments.into_iter()).and_then(|options| watched(&options));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nchaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs, and ends everything when it takes too long or is told to.
fn watched(options: &Options) -> Result<()> {
    process::end_at_signals()?;
    let plan = options.plan()?;
    let once = SCENARIO_MAX * u32::try_from(plan.scenarios.len())?;
    let limit = START_MAX + plan.lasts.max(once) + SCENARIO_MAX;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Whatever is left undone, the processes end with what holds them, at the latest with the runtime.
    runtime.block_on(async {
        tokio::select! {
            done = run(&plan) => done.map(drop),
            () = told() => bail!("ended by a signal; all processes are stopped"),
            () = tokio::time::sleep(limit) => {
                process::end();
                bail!("it was not over within {limit:?}; all processes are stopped")
            }
        }
    })
}

async fn told() {
    while !process::is_ending() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
