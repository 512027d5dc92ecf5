//! Copies all databases of a program from SQLite to Postgres, whatever tables they have.
//!
//! Architecture invariant: a copy is there whole or not at all. All rows of all services come in one transaction, in
//! which they are read back and compared by a digest; a record beside them says from its beginning on that it is not
//! finished, and no store opens on such databases. While it is made, nobody else can use them.

mod found;
mod record;
mod rows;
mod source;
mod target;

use std::path::Path;

use souk_types::{Env, Fault, failpoint};
use tokio::{sync::mpsc, task};

pub use self::found::Found;
pub(crate) use self::record::refuse_unfinished;
use self::{
    rows::{CHUNKS_MAX, Digest},
    target::Target,
};
use crate::{Engine, Schema, migrate::refusal, sqlite};

/// A copy of all databases of a program, SQLite to Postgres. The target is this one's alone for as long as it lives.
pub struct Transfer {
    schemas: &'static [&'static Schema],
    target: Target,
}

/// One table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Whose table it is.
    pub service: &'static str,
    /// Its name.
    pub table: String,
    /// Its rows, there and here.
    pub rows: u64,
    /// The digest of its rows, there and here.
    pub digest: String,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Whose table is under way.
    pub service: &'static str,
    /// The table.
    pub table: &'a str,
    /// Rows that were copied, of all tables.
    pub rows: u64,
    /// Rows that there are.
    pub rows_all: u64,
}

impl Transfer {
    /// Takes hold of the target, which nobody else can use from now on.
    ///
    /// # Errors
    /// When the target is no Postgres, is in use, or cannot be reached.
    pub async fn begin(to: &Engine, schemas: &'static [&'static Schema]) -> Result<Self, Fault> {
        let Engine::Postgres { url, schema_prefix, options } = to else {
            return Err(refusal("copies go to Postgres".to_owned()));
        };
        Ok(Self { schemas, target: Target::connect(url, schema_prefix, options).await? })
    }

    /// Looks what lies there already. Reads all of a copy.
    ///
    /// # Errors
    /// When the target cannot be read.
    pub async fn found(&self) -> Result<Found, Fault> {
        found::found(&self.target, self.schemas).await
    }

    /// Replaces whatever lies there by a copy, and lets go of the target. Nobody may change the source meanwhile:
    /// whoever calls this sees to it.
    ///
    /// # Errors
    /// When the source is no SQLite, lacks a database, has one of no schema, or is not up to date: then nothing was
    /// changed. When either side cannot be read or written, when a table or column has no counterpart, or when what
    /// was written is not what was read: the target then says that it is not finished.
    pub async fn copy(
        self,
        from: &Engine,
        env: &Env,
        on_progress: impl FnMut(Progress<'_>),
    ) -> Result<Vec<Copied>, Fault> {
        let Engine::Sqlite { folder } = from else {
            return Err(refusal("copies come from SQLite".to_owned()));
        };
        source::check_files(folder, self.schemas)?;
        for schema in self.schemas {
            if !crate::pending(from, schema).await?.is_empty() {
                return Err(refusal(format!("the database of {} is not up to date", schema.service)));
            }
        }
        let Self { schemas, target } = self;
        Copying { folder, schemas, target }.run(env, on_progress).await
    }
}

/// A copy that is under way.
struct Copying<'a> {
    folder: &'a Path,
    schemas: &'static [&'static Schema],
    target: Target,
}

impl Copying<'_> {
    async fn run(&self, env: &Env, mut on_progress: impl FnMut(Progress<'_>)) -> Result<Vec<Copied>, Fault> {
        let target = &self.target;
        record::begin(target, self.folder, env).await?;
        failpoint("transfer.begun");
        for schema in self.schemas {
            target.bring_up_to_date(schema, env).await?;
        }
        let tables = self.tables().await?;
        let rows_all = tables.iter().map(|table| table.rows).sum();
        target.begin().await?;
        let (mut copied, mut rows) = (Vec::new(), 0);
        for Table { schema, name, .. } in &tables {
            let digest = self.copy_table(schema, name, |more| {
                rows += more;
                on_progress(Progress { service: schema.service, table: name, rows, rows_all });
            });
            copied.push((*schema, name.clone(), digest.await?));
            failpoint("transfer.table_copied");
        }
        for schema in self.schemas {
            target.finish_schema(schema, &source::sequences(self.folder, schema)?).await?;
        }
        for (schema, table, read) in &copied {
            let written = target.digest(schema, table).await?;
            if written != *read {
                return Err(refusal(format!(
                    "{}.{table} has {} rows there and {} here, or others; nothing was kept",
                    schema.service, written.rows, read.rows
                )));
            }
        }
        record::end(target, &copied, env).await?;
        target.commit().await?;
        Ok(copied.into_iter().map(|(schema, table, digest)| Copied::of(schema, table, digest)).collect())
    }

    /// Every table of the source, after a look whether the target has the very same.
    async fn tables(&self) -> Result<Vec<Table>, Fault> {
        let mut all = Vec::new();
        for schema in self.schemas {
            let here = source::tables(self.folder, schema)?;
            let there = self.target.tables(schema).await?;
            if let Some(missing) = there.iter().find(|name| here.iter().all(|(table, _)| table != *name)) {
                return Err(refusal(format!("{}.{missing} is there, but not here", schema.service)));
            }
            for (name, rows) in here {
                if !there.contains(&name) {
                    return Err(refusal(format!("{}.{name} is here, but not there", schema.service)));
                }
                all.push(Table { schema, name, rows });
            }
        }
        Ok(all)
    }

    async fn copy_table(&self, schema: &Schema, table: &str, mut on_rows: impl FnMut(u64)) -> Result<Digest, Fault> {
        let columns = self.target.columns(schema, table).await?;
        let (sender, mut chunks) = mpsc::channel(CHUNKS_MAX);
        let (file, name, read_columns) =
            (sqlite::database_path(self.folder, schema), table.to_owned(), columns.clone());
        let reading = task::spawn_blocking(move || source::read(&file, &name, &read_columns, &sender));
        let writing = self.target.write(schema, table, &columns, &mut chunks, &mut on_rows).await;
        // Else whoever reads would wait for whoever writes no more.
        drop(chunks);
        let read = reading.await.map_err(Fault::internal)?;
        // What stopped the writer is told first; the reader only noticed that it was gone.
        match (writing, read) {
            (Err(fault), _) | (Ok(_), Err(fault)) => {
                Err(Fault { public: format!("{}.{table}: {}", schema.service, fault.public), ..fault })
            }
            (Ok(pending), Ok(digest)) => {
                pending.finish().await?;
                Ok(digest)
            }
        }
    }
}

/// A table that is to be copied.
struct Table {
    schema: &'static Schema,
    name: String,
    rows: u64,
}

impl Copied {
    fn of(schema: &'static Schema, table: String, digest: Digest) -> Self {
        Self { service: schema.service, table, rows: digest.rows, digest: digest.hex() }
    }
}

impl std::fmt::Debug for Transfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transfer").finish_non_exhaustive()
    }
}

/// The path as it is told.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
