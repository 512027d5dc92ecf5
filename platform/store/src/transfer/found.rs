//! What lies where a copy is to go.

use souk_types::Fault;

use super::{
    record::{self, Record},
    target::Target,
};
use crate::{Schema, outbox};

/// What lies where a copy is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// No rows.
    Nothing,
    /// A copy that was interrupted.
    Unfinished,
    /// A copy, as it was left.
    Copy,
    /// A copy that was used since: what differs, in words, a table each.
    Changed(Vec<String>),
    /// What did not come by a copy: what there is, in words, a table each.
    Others(Vec<String>),
}

pub(super) async fn found(target: &Target, schemas: &[&Schema]) -> Result<Found, Fault> {
    match record::read(target).await? {
        Some(Record { ended: false, .. }) => Ok(Found::Unfinished),
        Some(record) => {
            let changed = changes(target, schemas, &record).await?;
            Ok(if changed.is_empty() { Found::Copy } else { Found::Changed(changed) })
        }
        None => {
            let mut others = Vec::new();
            for schema in schemas {
                for table in target.tables(schema).await? {
                    let rows = target.count(schema, &table).await?;
                    if rows > 0 {
                        others.push(format!("{}.{table}: {rows} rows", schema.service));
                    }
                }
            }
            Ok(if others.is_empty() { Found::Nothing } else { Found::Others(others) })
        }
    }
}

/// What is no longer as a copy left it. What comes and goes by itself (events under way, jobs) does not count.
async fn changes(target: &Target, schemas: &[&Schema], record: &Record) -> Result<Vec<String>, Fault> {
    let mut changes = Vec::new();
    for schema in schemas {
        for table in target.tables(schema).await?.into_iter().filter(|table| !outbox::is_system(table)) {
            let place = format!("{}.{table}", schema.service);
            let now = target.digest(schema, &table).await?;
            match record.tables.get(&place) {
                Some(then) if *then == now => {}
                Some(then) if then.rows == now.rows => changes.push(format!("{place}: rows were changed")),
                Some(then) => changes.push(format!("{place}: {} rows, {} were copied", now.rows, then.rows)),
                None if now.rows > 0 => changes.push(format!("{place}: {} rows, none were copied", now.rows)),
                None => {}
            }
        }
    }
    Ok(changes)
}
