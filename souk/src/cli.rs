//! The command line.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use souk_contracts::catalog::FileFormat;

use crate::{
    commands,
    config::{Config, LogFormat},
    serve,
};

/// A whole online shop in one program.
///
/// Started without a command, it serves the shop: storefront, admin console and API. The first start fills an empty
/// data folder with a demo catalogue and prints a one-time link that creates the owner.
#[derive(Debug, Parser)]
#[command(name = "souk", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    general: General,
    #[command(subcommand)]
    command: Option<Command>,
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
    Serve {
        /// Address and port, in place of the configured one.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<std::net::SocketAddr>,
    },
    /// Import products from a file; bad rows are reported and left out.
    Import {
        /// A Shopify product CSV, or JSON Lines.
        file: PathBuf,
        /// How to read it; by default told from the file's ending.
        #[arg(long)]
        format: Option<Format>,
    },
    /// Export all products to a file.
    Export {
        /// The file to write; it must not exist.
        file: PathBuf,
        /// How to write it; by default told from the file's ending.
        #[arg(long)]
        format: Option<Format>,
    },
    /// Add the products of the demo catalogue.
    Demo {
        /// How many products.
        #[arg(long, default_value_t = 2_000)]
        products: usize,
        /// The same seed gives the same products.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Build the search index anew from the catalogue.
    Reindex,
    /// Work on search.
    #[command(subcommand)]
    Search(SearchCommand),
    /// Bring the databases up to date; serving does so by itself.
    Migrate {
        /// Only say what would be done; fails when something would be.
        #[arg(long)]
        check: bool,
    },
    /// Check all books: stock, reservations, ledger, orders with their money and parcels. Stop the shop first.
    Audit,
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
enum ConfigCommand {
    /// Check the configuration, and show it with all defaults.
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
        println!("{}", toml::to_string_pretty(&config)?);
        return Ok(ExitCode::SUCCESS);
    }
    let format = match config.log.format {
        LogFormat::Human => souk_telemetry::LogFormat::Human,
        LogFormat::Json => souk_telemetry::LogFormat::Json,
    };
    let serving = matches!(cli.command, None | Some(Command::Serve { .. }));
    // A command's own words go to the terminal: its log stays quiet unless something is wrong.
    let filter = if serving { config.log.filter.clone() } else { "warn".to_owned() };
    let telemetry = souk_telemetry::init(format, &filter).context("log.filter")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve { listen: None }) {
            Command::Serve { listen } => {
                config.server.listen = listen.unwrap_or(config.server.listen);
                serve::run(config, telemetry).await
            }
            Command::Import { file, format } => commands::import::run(config, &file, format.map(Into::into)).await,
            Command::Export { file, format } => commands::export::run(config, &file, format.map(Into::into)).await,
            Command::Demo { products, seed } => commands::demo::run(config, products, seed).await,
            Command::Reindex => commands::search::reindex(config).await,
            Command::Search(SearchCommand::Evaluate { products, judgments }) => {
                commands::search::evaluate(&config, &products, &judgments).await
            }
            Command::Migrate { check } => commands::migrate::run(config, check).await,
            Command::Audit => commands::audit::run(config).await,
            Command::Config(ConfigCommand::Check) => Ok(ExitCode::SUCCESS),
        }
    })
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
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
