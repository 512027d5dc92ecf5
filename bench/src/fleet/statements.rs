//! The statements of one checkout, as Postgres hears them: what `bench/sql/checkout.pgbench.sql` is made of, and is held
//! against.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use souk_bench::{
    client::Client,
    server::{Server, souk_command_with},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};
use souk_xtask::postgres::Postgres;

use super::{database, pgbench};
use crate::runs::wares;

/// Every statement, with its connection and its database.
const LOGGED: [&str; 2] = ["log_statement=all", "log_line_prefix=%p %d "];
const DATABASE: &str = "shop";
const PRODUCTS: usize = 200;
/// Checkouts before: on every connection statements are prepared.
const BEFORE: usize = 8;
/// How long nobody buys, to hear what goes on all the same.
const IDLE: Duration = Duration::from_secs(15);
/// How long what an order causes may take, its events and its email; settings are remembered for longer.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// Search takes up what was sold every few seconds, for all orders since.
const SHARED: [&str; 3] = ["FROM stock_news", "FROM popularity", "UPDATE popularity SET shown"];

/// Buys once, prints what that took, and what the script has.
pub async fn run() -> Result<()> {
    let postgres = Postgres::durable(&LOGGED)?;
    let url = database(&postgres, DATABASE)?;
    let folder = tempfile::tempdir_in(".")?;
    let settings = [("SOUK_DATA_POSTGRES", url.as_str())];
    souk_command_with(folder.path(), &["demo", "--products", &PRODUCTS.to_string()], &settings)?;
    let server = Server::souk(folder.path(), &settings)?;
    let skus = wares(PRODUCTS).skus;
    let mut client = Client::new(server.address);
    for sku in skus.iter().take(BEFORE) {
        buy(&mut client, sku).await?;
    }
    tokio::time::sleep(IDLE).await;
    let begun = postgres.said()?.len();
    tokio::time::sleep(IDLE).await;
    let idle = postgres.said()?.len();
    // What is remembered for seconds is read by this one.
    buy(&mut client, skus.get(BEFORE).context("the catalogue is too small")?).await?;
    tokio::time::sleep(SETTLED_AFTER).await;
    let ready = postgres.said()?.len();
    buy(&mut client, skus.get(BEFORE + 1).context("the catalogue is too small")?).await?;
    tokio::time::sleep(SETTLED_AFTER).await;
    let said = postgres.said()?;
    server.stop()?;
    let nobody = heard(said.get(begun..idle).context("the log is cut")?);
    let nobody: HashSet<&str> = nobody.iter().map(|statement| statement.text.as_str()).collect();
    let bought = heard(said.get(ready..).context("the log is cut")?);
    let transactions = caused(transactions(&bought), &nobody);
    for transaction in &transactions {
        println!("{}\n", transaction.join("\n"));
    }
    let script = pgbench::text("checkout")?;
    compare(&kinds(transactions.into_iter().flatten()), &kinds(statements_of(&script)));
    Ok(())
}

async fn buy(client: &mut Client, sku: &str) -> Result<()> {
    client.forget();
    add_to_cart(client, sku, 1).await?.expect(hyper::StatusCode::OK)?;
    match check_out(client, GOOD_CARD).await? {
        Purchase::Ordered(order) if order.state == "placed" => Ok(()),
        other => bail!("{sku} was not bought: {other:?}"),
    }
}

/// A statement, and the connection that it came by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    connection: String,
    text: String,
}

/// The statements in a piece of the log, in their order, each on one line.
fn heard(log: &str) -> Vec<Heard> {
    let mut all: Vec<Heard> = Vec::new();
    // A statement of several lines goes on behind a tab; what stands between two statements is of no matter.
    let mut open = false;
    for line in log.lines() {
        if let Some(more) = line.strip_prefix('\t') {
            if let Some(last) = all.last_mut().filter(|_| open) {
                last.text.push(' ');
                last.text.push_str(more.trim());
            }
            continue;
        }
        let mut words = line.splitn(3, ' ');
        let (connection, database, rest) = (words.next(), words.next(), words.next().unwrap_or_default());
        let said = rest.strip_prefix("LOG:  ").unwrap_or_default();
        let text = match said.split_once(": ") {
            Some((how, text)) if how == "statement" || how.starts_with("execute ") => text,
            _ => "",
        };
        open = database == Some(DATABASE) && !text.is_empty();
        if let Some(connection) = connection.filter(|_| open) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            all.push(Heard { connection: connection.to_owned(), text });
        }
    }
    all
}

/// Statements between a BEGIN and its end, and those that stand alone; in the order in which they ended.
fn transactions(all: &[Heard]) -> Vec<Vec<&str>> {
    let mut open: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut ended = Vec::new();
    for statement in all {
        let (connection, text) = (statement.connection.as_str(), statement.text.as_str());
        match kind(text) {
            "BEGIN" => {
                ended.extend(open.insert(connection, vec![text]));
            }
            "COMMIT" | "ROLLBACK" => {
                let mut whole = open.remove(connection).unwrap_or_default();
                whole.push(text);
                ended.push(whole);
            }
            _ => match open.get_mut(connection) {
                Some(begun) => begun.push(text),
                None => ended.push(vec![text]),
            },
        }
    }
    ended.extend(open.into_values());
    ended
}

/// Transactions of which some statement is neither heard when nobody buys, as those are that look for work, nor shared.
fn caused<'t>(transactions: Vec<Vec<&'t str>>, nobody: &HashSet<&str>) -> Vec<Vec<&'t str>> {
    let is_own = |text: &str| !SHARED.iter().any(|shared| text.contains(shared));
    let acts = |text: &str| !["BEGIN", "COMMIT", "ROLLBACK"].contains(&kind(text));
    let is_news =
        |transaction: &Vec<&str>| transaction.iter().any(|text| acts(text) && is_own(text) && !nobody.contains(text));
    transactions.into_iter().filter(is_news).collect()
}

/// A statement's first word; of one that begins with WITH, the first that does something.
fn kind(text: &str) -> &str {
    let words = || text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let first = words().next().unwrap_or_default();
    let acts = ["INSERT", "UPDATE", "DELETE"];
    if first == "WITH" { words().find(|word| acts.contains(word)).unwrap_or("SELECT") } else { first }
}

fn kinds<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeMap<&'t str, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(kind(text)).or_default() += 1;
    }
    counts
}

/// The statements of a script, by their first lines: what goes on is indented.
fn statements_of(script: &str) -> impl Iterator<Item = &str> {
    script.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
}

fn compare(bought: &BTreeMap<&str, usize>, script: &BTreeMap<&str, usize>) {
    println!("{:<12} {:>9} {:>9}", "statements", "checkout", "script");
    let mut names: Vec<&&str> = bought.keys().chain(script.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |counts: &BTreeMap<&str, usize>| counts.get(*name).copied().unwrap_or(0);
        println!("{name:<12} {:>9} {:>9}", of(bought), of(script));
    }
    let sum = |counts: &BTreeMap<&str, usize>| counts.values().sum::<usize>();
    println!("{:<12} {:>9} {:>9}", "in all", sum(bought), sum(script));
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "7 shop LOG:  statement: BEGIN READ ONLY\n\
        8 shop LOG:  execute s1: SELECT 1\n\
        9 other LOG:  execute s1: SELECT 2\n\tFROM elsewhere\n\
        7 shop LOG:  execute s2: WITH due AS (SELECT 1)\n\t    UPDATE jobs\n\
        7 shop DETAIL:  parameters: $1 = 'x'\n\ty'\n\
        7 shop LOG:  statement: ROLLBACK\n";

    #[test]
    fn statements_are_put_together_by_their_connections() {
        let all = heard(LOG);
        let whole = transactions(&all);
        assert_eq!(
            whole,
            [vec!["SELECT 1"], vec!["BEGIN READ ONLY", "WITH due AS (SELECT 1) UPDATE jobs", "ROLLBACK"]]
        );
        let known = HashSet::from(["SELECT 1"]);
        let news = caused(whole, &known);
        assert_eq!(kinds(news.into_iter().flatten()), BTreeMap::from([("BEGIN", 1), ("ROLLBACK", 1), ("UPDATE", 1)]));
    }

    #[test]
    fn the_script_ends_every_transaction_that_it_begins() {
        let script = pgbench::text("checkout").unwrap();
        let counts = kinds(statements_of(&script));
        let of = |name: &str| counts.get(name).copied().unwrap_or(0);
        assert!(of("BEGIN") > 0 && of("BEGIN") == of("COMMIT") + of("ROLLBACK"), "{counts:?}");
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), KINDS);
    }

    const KINDS: [&str; 7] = ["BEGIN", "COMMIT", "DELETE", "INSERT", "ROLLBACK", "SELECT", "UPDATE"];
}
