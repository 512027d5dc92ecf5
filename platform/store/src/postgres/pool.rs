//! A bounded pool of connections to one service's schema.

use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use souk_types::Fault;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::error;
use crate::Schema;

/// Connections of one store. A process has about ten stores, and a server takes 100 connections unless told otherwise.
const CONNECTIONS_MAX: usize = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    config: Config,
    schema_name: String,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection with the statements that were prepared on it, by the address of their static text.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) prepared: HashMap<usize, Statement>,
    pub(super) broken: bool,
}

impl Pool {
    pub(super) fn new(url: &str, schema_prefix: &str, schema: &Schema) -> Result<Self, Fault> {
        let mut config = Config::from_str(url)
            .map_err(|error| Fault::internal(format!("the Postgres URL cannot be read: {}", error::text(&error))))?;
        config.connect_timeout(CONNECT_TIMEOUT).application_name(format!("souk-{}", schema.service));
        Ok(Self {
            config,
            schema_name: schema_name(schema_prefix, schema)?,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        })
    }

    pub(super) fn schema_name(&self) -> &str {
        &self.schema_name
    }

    /// An idle connection, or a new one.
    pub(super) async fn lease(self: &Arc<Self>, patience: Duration) -> Result<Lease, Fault> {
        let permit = timeout(patience, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Fault::unavailable("no database connection became free in time"))?
            .map_err(|_| Fault::unavailable("the store is closed"))?;
        let connection = match self.idle_connection() {
            Some(connection) => connection,
            None => self.connect(patience).await?,
        };
        Ok(Lease { connection, pool: Arc::clone(self), permit })
    }

    /// Closes the idle connections and refuses new ones.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn idle_connection(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.client.is_closed())
    }

    #[expect(clippy::disallowed_methods, reason = "a connection is served by a task until it is closed")]
    async fn connect(&self, patience: Duration) -> Result<Connection, Fault> {
        let away = |error: tokio_postgres::Error| Fault::unavailable(format!("Postgres: {}", error::text(&error)));
        let connecting = async {
            let (client, connection) = self.config.connect(NoTls).await.map_err(away)?;
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(error = error::text(&error), "a connection to Postgres was lost");
                }
            });
            client
                .batch_execute(&format!(
                    "SET search_path TO {schema};
                     SET statement_timeout = '60s';
                     SET lock_timeout = '30s';
                     SET idle_in_transaction_session_timeout = '60s'",
                    schema = self.schema_name
                ))
                .await
                .map_err(away)?;
            Ok(Connection { client, prepared: HashMap::new(), broken: false })
        };
        timeout(patience.min(CONNECT_TIMEOUT), connecting)
            .await
            .map_err(|_| Fault::unavailable("Postgres did not answer in time"))?
    }

    fn put_back(&self, connection: Connection) {
        if !connection.broken && !connection.client.is_closed() && !self.permits.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// The schema's name; safe to write into SQL without quotes.
fn schema_name(prefix: &str, schema: &Schema) -> Result<String, Fault> {
    let name = format!("{prefix}{}", schema.service);
    let fits = name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if fits { Ok(name) } else { Err(Fault::internal(format!("{name:?} is no name for a Postgres schema"))) }
}

/// A connection taken out of the pool. When dropped rather than given back, the connection is closed.
pub(super) struct Lease {
    pub(super) connection: Connection,
    pool: Arc<Pool>,
    permit: OwnedSemaphorePermit,
}

impl Lease {
    /// Puts the connection back, if it is sound.
    pub(super) fn give_back(self) {
        self.pool.put_back(self.connection);
        drop(self.permit);
    }

    /// Closes the connection.
    pub(super) fn discard(self) -> Arc<Pool> {
        self.pool
    }
}
