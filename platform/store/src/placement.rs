//! Where the rows of each table lie when one database is several machines: its migration says so in a comment.

use std::{collections::BTreeMap, fmt};

use souk_types::Fault;

use crate::{Schema, migrate::refusal, outbox};

/// Where the rows of a table lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// `-- shard: COLUMN`. Spread over all machines by a column; rows of tables that share a column's name lie together.
    Sharded(String),
    /// `-- reference`. Every machine has all of them: few rows that seldom change.
    Reference,
    /// `-- local`. The first machine has all of them: what one process at a time works off.
    Local,
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sharded(column) => write!(f, "spread by {column}"),
            Self::Reference => f.write_str("on every machine"),
            Self::Local => f.write_str("on the first machine"),
        }
    }
}

/// The tables that a schema's database has once all migrations are run, the system's among them.
///
/// # Errors
/// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when a migration does not say where a table lies.
pub fn placements(schema: &Schema) -> Result<BTreeMap<String, Placement>, Fault> {
    let mut all = BTreeMap::new();
    for migration in outbox::MIGRATIONS.iter().chain(schema.migrations) {
        follow(migration.sql, &mut all).map_err(|why| refusal(format!("migration {}: {why}", migration.name)))?;
    }
    Ok(all)
}

/// What a migration's text does to the tables that there are.
pub(crate) fn follow(text: &str, tables: &mut BTreeMap<String, Placement>) -> Result<(), String> {
    let mut said = None;
    for line in text.lines().map(str::trim) {
        if let Some(column) = line.strip_prefix("-- shard:") {
            said = Some(Placement::Sharded(column.trim().to_owned()));
        } else if line == "-- reference" {
            said = Some(Placement::Reference);
        } else if line == "-- local" {
            said = Some(Placement::Local);
        } else if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            let table = name(rest.trim_start_matches("IF NOT EXISTS "));
            let placement = said
                .take()
                .ok_or_else(|| format!("{table} is not marked: -- shard: COLUMN, -- reference or -- local"))?;
            tables.insert(table, placement);
        } else if let Some(rest) = line.strip_prefix("DROP TABLE ") {
            tables.remove(&name(rest));
        }
    }
    Ok(())
}

fn name(rest: &str) -> String {
    rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(text: &str) -> Result<BTreeMap<String, Placement>, String> {
        let mut tables = BTreeMap::new();
        follow(text, &mut tables).map(|()| tables)
    }

    #[test]
    fn tables_lie_where_the_comment_before_them_says() {
        let tables = placed(
            "-- Carts.
            -- shard: customer_id
            CREATE TABLE carts (customer_id TEXT PRIMARY KEY);
            -- reference
            CREATE TABLE IF NOT EXISTS rates (country TEXT PRIMARY KEY);
            -- local
            CREATE TABLE imports (import_id TEXT PRIMARY KEY);
            -- local
            CREATE TABLE gone (id TEXT PRIMARY KEY);
            DROP TABLE gone;",
        )
        .unwrap();
        let told: Vec<String> = tables.iter().map(|(table, placement)| format!("{table} {placement}")).collect();
        assert_eq!(told, ["carts spread by customer_id", "imports on the first machine", "rates on every machine"]);
    }

    #[test]
    fn a_table_that_nobody_placed_is_refused() {
        let why = placed("-- local\nCREATE TABLE a (b TEXT);\nCREATE TABLE c (d TEXT);").unwrap_err();
        assert!(why.starts_with("c is not marked"), "{why}");
    }
}
