use std::{fmt, sync::OnceLock};

use souk_types::Fault;

use crate::lexer::{Token, tokens};

/// The SQL that an engine understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// One statement in the dialect that both engines share. Made by [`sql!`](crate::sql), translated once per engine.
pub struct Sql {
    text: &'static str,
    fan_out: bool,
    sqlite: OnceLock<Result<String, String>>,
    postgres: OnceLock<Result<String, String>>,
}

impl Sql {
    /// A statement that names the shard key of every sharded table in it.
    pub const fn new(text: &'static str) -> Self {
        Self { text, fan_out: false, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// A statement that may ask every shard.
    pub const fn fan_out(text: &'static str) -> Self {
        Self { text, fan_out: true, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The text as it was written.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Says whether the statement may ask every shard.
    pub const fn is_fan_out(&self) -> bool {
        self.fan_out
    }

    /// Says whether the statement certainly writes nothing.
    pub(crate) fn only_reads(&self) -> bool {
        self.text.split_whitespace().next() == Some("SELECT")
    }

    pub(crate) fn translated(&self, dialect: Dialect) -> Result<&str, Fault> {
        let cell = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        match cell.get_or_init(|| expand(self.text, dialect)) {
            Ok(text) => Ok(text),
            Err(why) => Err(Fault::internal(format!("{why}, in the statement: {}", self.text))),
        }
    }
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sql").field(&self.text).finish()
    }
}

/// Makes a `&'static Sql` of a literal with `?1`-style parameters; `sql!(fan_out "…")` when it may omit the shard key.
///
/// Fragments that differ between the engines: `{each:?1}` and `{each_int:?1}` are subqueries with one column, `value`,
/// over the JSON array in the parameter (see [`json_list`](crate::json_list)); `{for_update}`, `{for_share}` and
/// `{skip_locked}` stand at the end of a SELECT that locks its rows; those locked to share, others may still share.
/// `{indexed_by:name}` stands behind a table that SQLite, which keeps no statistics of its rows, is to read by that
/// index.
#[macro_export]
macro_rules! sql {
    (fan_out $text:literal) => {{
        static SQL: $crate::Sql = $crate::Sql::fan_out($text);
        &SQL
    }};
    ($text:literal) => {{
        static SQL: $crate::Sql = $crate::Sql::new($text);
        &SQL
    }};
}

/// Replaces the parameters and fragments of a text by what the engine understands.
///
/// SQLite numbers `$N` by first appearance, not by N, hence `?N` in the source.
pub(crate) fn expand(text: &str, dialect: Dialect) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = tokens(text);
    while let Some(token) = rest.next() {
        match token {
            Token::Symbol("?") => {
                let number = rest.next().map_or("", Token::text);
                out.push_str(&parameter(number, dialect)?);
            }
            Token::Symbol("{") => {
                let inner: String = rest.by_ref().map(Token::text).take_while(|text| *text != "}").collect();
                out.push_str(&fragment(&inner, dialect)?);
            }
            Token::Word(_) | Token::Symbol(_) | Token::Quoted(_) | Token::Blank(_) => out.push_str(token.text()),
        }
    }
    Ok(out)
}

fn parameter(number: &str, dialect: Dialect) -> Result<String, String> {
    if number.parse::<u16>().is_ok_and(|number| number > 0) {
        Ok(match dialect {
            Dialect::Sqlite => format!("?{number}"),
            Dialect::Postgres => format!("${number}"),
        })
    } else {
        Err("a parameter must be numbered, like ?1".to_owned())
    }
}

fn fragment(inner: &str, dialect: Dialect) -> Result<String, String> {
    use Dialect::{Postgres, Sqlite};
    let (name, argument) = inner.split_once(':').unwrap_or((inner, ""));
    let list = || parameter(argument.strip_prefix('?').unwrap_or(""), dialect);
    Ok(match (name, dialect) {
        ("each", Sqlite) => format!("(SELECT value FROM json_each({}))", list()?),
        // An array, which Postgres expects to be short: of other sets of unknown size it expects so many that it would
        // rather read a table from end to end.
        ("each", Postgres) => format!("(SELECT value FROM unnest(CAST({} AS TEXT[])) AS list(value))", list()?),
        ("each_int", Sqlite) => format!("(SELECT CAST(value AS INTEGER) AS value FROM json_each({}))", list()?),
        ("each_int", Postgres) => format!("(SELECT value FROM unnest(CAST({} AS BIGINT[])) AS list(value))", list()?),
        ("for_update" | "for_share" | "skip_locked", Sqlite) | ("indexed_by", Postgres) => String::new(),
        ("indexed_by", Sqlite) => format!("INDEXED BY {argument}"),
        ("for_update", Postgres) => "FOR UPDATE".to_owned(),
        ("for_share", Postgres) => "FOR SHARE".to_owned(),
        ("skip_locked", Postgres) => "FOR UPDATE SKIP LOCKED".to_owned(),
        // Stands after a table's closing parenthesis: rows of a few short columns lie in the primary key's own tree,
        // which saves SQLite the second tree of a table. Postgres has no such tables.
        ("clustered", Sqlite) => ", WITHOUT ROWID".to_owned(),
        ("clustered", Postgres) => String::new(),
        ("sequence", Sqlite) => "INTEGER PRIMARY KEY AUTOINCREMENT".to_owned(),
        ("sequence", Postgres) => "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY".to_owned(),
        _ => return Err(format!("{{{inner}}} is not a fragment")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(text: &str) -> String {
        expand(text, Dialect::Postgres).unwrap()
    }

    #[test]
    fn parameters_keep_their_numbers() {
        assert_eq!(postgres("SELECT ?2, ?1, ?2 + ?10"), "SELECT $2, $1, $2 + $10");
        assert_eq!(expand("SELECT ?2, ?1", Dialect::Sqlite).unwrap(), "SELECT ?2, ?1");
    }

    #[test]
    fn literals_names_and_comments_are_left_alone() {
        let text = "SELECT '?1 {x}', 'it''s ?1', \"a?1\" -- ?1 {y}\n/* ?1 */";
        assert_eq!(postgres(text), text);
    }

    #[test]
    fn fragments_become_what_the_engine_knows() {
        assert_eq!(postgres("SELECT 1 {skip_locked}"), "SELECT 1 FOR UPDATE SKIP LOCKED");
        assert_eq!(postgres("SELECT 1 {for_share}"), "SELECT 1 FOR SHARE");
        assert_eq!(expand("SELECT 1 {for_update}{for_share}", Dialect::Sqlite).unwrap(), "SELECT 1 ");
        assert_eq!(expand("x IN {each:?3}", Dialect::Sqlite).unwrap(), "x IN (SELECT value FROM json_each(?3))");
        assert!(postgres("x IN {each:?3}").contains("unnest(CAST($3 AS TEXT[]))"));
        assert_eq!(expand("FROM a {indexed_by:a_b}", Dialect::Sqlite).unwrap(), "FROM a INDEXED BY a_b");
        assert_eq!(postgres("FROM a {indexed_by:a_b}"), "FROM a ");
    }

    #[test]
    fn mistakes_are_named() {
        assert!(expand("SELECT ?", Dialect::Sqlite).is_err());
        assert!(expand("SELECT ?0", Dialect::Sqlite).is_err());
        assert!(expand("SELECT {now}", Dialect::Postgres).is_err());
        assert!(expand("x IN {each}", Dialect::Postgres).is_err());
    }
}
