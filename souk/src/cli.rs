//! The command line.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, error::ErrorKind};
use souk_contracts::catalog::FileFormat;
use souk_telemetry::Telemetry;
use souk_types::Env;

use crate::{
    commands::{self, events::Wish, transfer::Move},
    config::{Config, LogFormat},
    metrics, progress,
    say::say,
    serve,
};

/// How long a stop waits for the last traces to be sent.
const FLUSH_WITHIN: Duration = Duration::from_secs(3);

/// A whole online shop in one program.
///
/// Started without a command, it serves the shop: storefront, admin console and API. The first start fills an empty
/// data folder with a demo catalogue and prints a one-time link that creates the owner.
#[derive(Debug, Parser)]
#[command(name = "souk", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    general: General,
    #[command(flatten)]
    serving: Serving,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  souk                                         serve ./souk-data on http://localhost:8080
  souk --data /srv/shop --listen 0.0.0.0:80    serve another, to everybody
  souk --data /srv/shop import products.csv    add a Shopify product CSV to it
  souk --config shop.toml config check         see what is set, and whether it is right";

/// How to serve.
#[derive(Debug, Default, Args)]
struct Serving {
    /// Address and port to serve on, in place of the configured one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The services that run in this process, in place of the configured ones, as `web,catalog,search`.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    services: Vec<String>,
}

/// What every command understands.
#[derive(Debug, Args)]
pub struct General {
    /// Configuration file; ./souk.toml when it is there.
    #[arg(long, global = true, env = "SOUK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder, in place of the configured one.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop (the default).
    Serve(Serving),
    /// Import products from a file; bad rows are reported and left out. Stop the shop first, or use its admin console.
    Import {
        /// A Shopify product CSV, or JSON Lines.
        file: PathBuf,
        /// How to read it; by default told from the file's ending.
        #[arg(long)]
        format: Option<Format>,
    },
    /// Export all products to a file. Stop the shop first.
    Export {
        /// The file to write; it must not exist.
        file: PathBuf,
        /// How to write it; by default told from the file's ending.
        #[arg(long)]
        format: Option<Format>,
    },
    /// Add the products of the demo catalogue. Stop the shop first.
    Demo {
        /// How many products.
        #[arg(long, default_value_t = 2_000)]
        products: usize,
        /// The same seed gives the same products.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Build the search index anew from the catalogue. A shop that is serving does it itself, and goes on serving.
    Reindex,
    /// Work on search.
    #[command(subcommand)]
    Search(SearchCommand),
    /// Bring the databases up to date, which serving does by itself, or move them to Postgres. Stop the shop first.
    Migrate {
        /// Only say what would be done; fails when something would be.
        #[arg(long)]
        check: bool,
        /// Move the databases of an embedded shop: `sqlite:` and its data folder, which stays as it is.
        #[arg(long, value_name = "sqlite:FOLDER", conflicts_with = "check")]
        from: Option<String>,
        /// Where to: a Postgres address; without it, `data.postgres`.
        #[arg(long, value_name = "postgres://…", requires = "from")]
        to: Option<String>,
        /// Whatever shop is there already goes.
        #[arg(long, requires = "from")]
        replace: bool,
    },
    /// Check all books: stock, reservations, ledger, orders with their money and parcels. Stop the shop first.
    Audit,
    /// Work on events. Stop the shop first; beside a fleet, leave it running.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Work on the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum SearchCommand {
    /// Measure ranking: nDCG@10 and condensed nDCG@10 of judged queries, over a temporary index.
    Evaluate {
        /// Products: JSON, JSON Lines, a zip of them, or a folder of such files.
        products: PathBuf,
        /// Judgments: CSV with the columns query, docid, rating.
        judgments: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Deliver events of the past to a service once more. What it remembers having done, it does not do again.
    Replay {
        /// The service that is to hear of them.
        #[arg(long, value_name = "NAME")]
        service: String,
        /// What happened since then, as 2026-11-28T10:00:00Z: a time of the last three days, or with NATS seven.
        #[arg(long, value_name = "TIME")]
        since: String,
        /// Only this consumer of the service; by default all.
        #[arg(long, value_name = "NAME")]
        consumer: Option<String>,
        /// Only events of this kind, as `orders.placed` or `orders.*`.
        #[arg(long, value_name = "TOPIC", default_value = "*")]
        topic: String,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the configuration and the files that it names, and show it with all defaults.
    Check,
}

/// A file format.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Shopify's product CSV.
    Shopify,
    /// One product in JSON a line.
    Jsonl,
}

impl From<Format> for FileFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Shopify => Self::ShopifyCsv,
            Format::Jsonl => Self::JsonLines,
        }
    }
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("souk: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let mut config = load(&cli.general)?;
    if let Some(Command::Config(ConfigCommand::Check)) = cli.command {
        config.check_files()?;
        say!("{}", toml::to_string_pretty(&config.without_password())?);
        return Ok(ExitCode::SUCCESS);
    }
    let format = match config.log.format {
        LogFormat::Human => souk_telemetry::LogFormat::Human,
        LogFormat::Json => souk_telemetry::LogFormat::Json,
    };
    let serving = matches!(cli.command, None | Some(Command::Serve(_)));
    if cli.serving.listen.is_some() && !serving {
        Cli::command().error(ErrorKind::ArgumentConflict, "--listen is for serving, not for a command").exit();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if !serving {
        // A command's own words go to the terminal: its log stays quiet unless something is wrong.
        souk_telemetry::init(format, "warn", progress::log)?;
    }
    runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve(Serving::default())) {
            Command::Serve(serving) => {
                config.server.listen = serving.listen.or(cli.serving.listen).unwrap_or(config.server.listen);
                for chosen in [cli.serving.services, serving.services].into_iter().filter(|chosen| !chosen.is_empty()) {
                    config.server.services = chosen;
                    config.check()?;
                }
                let telemetry = telemetry(&config, format)?;
                let ended = serve::run(config, telemetry.clone()).await;
                telemetry.flush(FLUSH_WITHIN).await;
                ended
            }
            Command::Import { file, format } => commands::import::run(config, &file, format.map(Into::into)).await,
            Command::Export { file, format } => commands::export::run(config, &file, format.map(Into::into)).await,
            Command::Demo { products, seed } => commands::demo::run(config, products, seed).await,
            Command::Reindex => commands::search::reindex(config).await,
            Command::Search(SearchCommand::Evaluate { products, judgments }) => {
                commands::search::evaluate(&config, &products, &judgments).await
            }
            Command::Migrate { from: Some(from), to, replace, .. } => {
                commands::transfer::run(config, Move { from, to, replace }).await
            }
            Command::Migrate { check, .. } => commands::migrate::run(config, check).await,
            Command::Audit => commands::audit::run(config).await,
            Command::Events(EventsCommand::Replay { service, since, consumer, topic }) => {
                let wish = Wish { service, since: commands::events::time(&since)?, consumer, topic };
                commands::events::replay(config, &wish).await
            }
            Command::Config(ConfigCommand::Check) => Ok(ExitCode::SUCCESS),
        }
    })
}

/// What a shop that serves tells of itself.
fn telemetry(config: &Config, format: souk_telemetry::LogFormat) -> Result<Telemetry> {
    let filter = &config.log.filter;
    let telemetry = match config.traces(&Env::system())? {
        Some(traces) => souk_telemetry::init_with_traces(format, filter, progress::log, traces),
        None => souk_telemetry::init(format, filter, progress::log),
    };
    metrics::describe();
    telemetry.context("log.filter")
}

fn load(general: &General) -> Result<Config> {
    let beside = PathBuf::from("souk.toml");
    let file = general.config.clone().or_else(|| beside.is_file().then_some(beside));
    let mut config = Config::load(file.as_deref(), std::env::vars())?;
    if let Some(folder) = &general.data {
        config.data.folder.clone_from(folder);
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Cli {
        Cli::try_parse_from(line.split(' ')).unwrap()
    }

    #[test]
    fn serving_needs_no_command_to_be_told_where() {
        for line in ["souk --data x --listen 127.0.0.1:81", "souk serve --data x --listen 127.0.0.1:81"] {
            let cli = parse(line);
            let given = match cli.command {
                Some(Command::Serve(serving)) => serving.listen,
                _ => cli.serving.listen,
            };
            assert_eq!(given.map(|address| address.port()), Some(81), "{line}");
            assert_eq!(cli.general.data, Some(PathBuf::from("x")), "{line}");
        }
    }

    #[test]
    fn the_data_folder_may_stand_before_or_behind_a_command() {
        for line in ["souk --data x audit", "souk audit --data x"] {
            let cli = parse(line);
            assert!(matches!(cli.command, Some(Command::Audit)));
            assert_eq!(cli.general.data, Some(PathBuf::from("x")), "{line}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
