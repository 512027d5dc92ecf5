//! The tables that every service's database has, and the two doors to them that belong to the transaction.

use souk_types::{Event, EventId, Fault};

use crate::{Expect, Migration, Tx, params, sql};

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { name: "system/0001_system", sql: include_str!("../migrations/0001_system.sql") },
    Migration { name: "system/0002_failed_by_time", sql: include_str!("../migrations/0002_failed_by_time.sql") },
    Migration { name: "system/0003_event_positions", sql: include_str!("../migrations/0003_event_positions.sql") },
    Migration { name: "system/0004_traces", sql: include_str!("../migrations/0004_traces.sql") },
];

/// Says whether a table is one of those that every database has.
pub(crate) fn is_system(table: &str) -> bool {
    MIGRATIONS.iter().any(|migration| migration.sql.contains(&format!("CREATE TABLE {table} (")))
}

impl Tx<'_> {
    /// Publishes an event, if and when this transaction commits. The only way to publish.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when the event cannot be written as JSON.
    pub fn emit<E: Event>(&mut self, event: &E) -> Result<EventId, Fault> {
        let id = EventId::generate(self.env());
        let payload = serde_json::to_string(event)
            .map_err(|error| Fault::internal(format!("an event of {} is no JSON: {error}", E::TOPIC)))?;
        let aggregate_type = E::TOPIC.split_once('.').map_or(E::TOPIC, |(service, _)| service);
        let (at, trace, parent) = (self.now(), self.cx().trace, self.cx().parent);
        self.send(
            sql!(
                "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, trace, at, traceparent)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            ),
            params![id, aggregate_type, event.key(), E::TOPIC, payload, trace, at, parent],
            Expect::Any,
        )?;
        self.wake();
        Ok(id)
    }

    /// Records that a consumer acts on an event; `false` when it has done so before and must do nothing.
    pub fn first_delivery(&mut self, consumer: &str, event: EventId) -> Result<bool, Fault> {
        let at = self.now();
        let inserted = self.exec(
            sql!("INSERT INTO inbox (consumer, event_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"),
            params![consumer, event, at],
        )?;
        Ok(inserted.rows() == 1)
    }
}
