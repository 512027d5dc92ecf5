//! Which migrations there are, and which of them a database lacks.

use souk_types::{ErrorKind, Fault};

use crate::{Engine, Migration, Placement, Schema, ddl, outbox, postgres, sql::Dialect, sqlite};

/// One migration with what is recorded of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
    pub(crate) checksum: String,
}

/// A migration that a database has had: name and checksum.
pub(crate) type Applied = (String, String);

impl Step {
    fn of(migration: &'static Migration) -> Self {
        Self { name: migration.name, sql: migration.sql, checksum: checksum(migration) }
    }

    /// The statements for an engine.
    pub(crate) fn translated(&self, dialect: Dialect) -> Result<String, Fault> {
        ddl::translate(self.sql, dialect).map_err(|why| Fault::internal(format!("migration {}: {why}", self.name)))
    }
}

/// What tells a migration from another text of the same name. Where rows lie is no part of a schema's history: a table
/// from before it was clustered serves as well.
fn checksum(migration: &Migration) -> String {
    blake3::hash(migration.sql.replace(" {clustered}", "").as_bytes()).to_hex().to_string()
}

/// The names of the migrations that the database of a schema's service lacks; the database is not changed.
///
/// # Errors
/// As [`Store::open`](crate::Store::open).
pub async fn pending(engine: &Engine, schema: &'static Schema) -> Result<Vec<String>, Fault> {
    let applied = match engine {
        Engine::Sqlite { folder } => sqlite::applied(folder, schema).await?,
        Engine::Postgres { url, schema_prefix, options } => {
            postgres::applied(url, schema_prefix, options, schema).await?
        }
    };
    let steps = steps(schema)?;
    Ok(lacking(schema, &steps, &applied)?.into_iter().map(|step| step.name.to_owned()).collect())
}

/// The tables of a schema's service that a Citus database has not where they belong, when all migrations are run; `None`
/// where there is no Citus. The database is not changed.
///
/// # Errors
/// When Citus knows a table otherwise, or cannot be reached.
pub async fn misplaced(engine: &Engine, schema: &'static Schema) -> Result<Option<Vec<(String, Placement)>>, Fault> {
    match engine {
        Engine::Sqlite { .. } => Ok(None),
        Engine::Postgres { url, schema_prefix, options } => {
            postgres::misplaced(url, schema_prefix, options, schema).await
        }
    }
}

/// Spreads the tables of a schema's service, which are up to date, over the nodes of a Citus database, and tells which
/// were not where they belong; `None` where there is no Citus. From then on migrations put what they make where it
/// belongs, whoever runs them.
///
/// # Errors
/// When Citus refuses or knows a table otherwise: then nothing was changed. When it cannot be reached.
pub async fn distribute(engine: &Engine, schema: &'static Schema) -> Result<Option<Vec<(String, Placement)>>, Fault> {
    match engine {
        Engine::Sqlite { .. } => Ok(None),
        Engine::Postgres { url, schema_prefix, options } => {
            postgres::distribute(url, schema_prefix, options, schema).await
        }
    }
}

/// All migrations of a schema in order: the system's, then the service's.
pub(crate) fn steps(schema: &'static Schema) -> Result<Vec<Step>, Fault> {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if schema.service.is_empty() || !schema.service.chars().all(is_name) {
        return Err(refusal(format!("{:?} is no name for a service's database", schema.service)));
    }
    if !schema.migrations.is_sorted_by(|earlier, later| earlier.name < later.name) {
        return Err(refusal(format!("the migrations of {} are not in the order of their names", schema.service)));
    }
    Ok(outbox::MIGRATIONS.iter().chain(schema.migrations).map(Step::of).collect())
}

/// The steps that are not applied yet.
pub(crate) fn lacking<'a>(schema: &Schema, steps: &'a [Step], applied: &[Applied]) -> Result<Vec<&'a Step>, Fault> {
    let service = schema.service;
    for (name, checksum) in applied {
        match steps.iter().find(|step| step.name == name) {
            None => {
                return Err(refusal(format!(
                    "the database of {service} is newer than this program: it has the migration {name}, which this \
                     program does not know. Nothing was changed; start a newer program"
                )));
            }
            Some(step) if step.checksum != *checksum => {
                return Err(refusal(format!(
                    "the migration {name} of {service} is not the one that its database was made with. Nothing was \
                     changed; restore the migration's text and put the change into a new one"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(steps.iter().filter(|step| applied.iter().all(|(name, _)| name != step.name)).collect())
}

pub(crate) fn refusal(public: String) -> Fault {
    Fault::new(ErrorKind::Internal, public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_from_before_its_tables_were_clustered_is_still_its_own() {
        let before = Migration { name: "0001", sql: "CREATE TABLE a (b TEXT PRIMARY KEY);" };
        let after = Migration { name: "0001", sql: "CREATE TABLE a (b TEXT PRIMARY KEY) {clustered};" };
        let other = Migration { name: "0001", sql: "CREATE TABLE a (c TEXT PRIMARY KEY);" };
        let [before, after, other] = [before, after, other].map(|migration| checksum(&migration));
        assert_eq!(before, after);
        assert_ne!(before, other);
    }
}
