//! A bounded pool of connections to one service's schema.

use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use souk_types::{ErrorKind, Fault};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_postgres::{Client, Config, SimpleQueryMessage, Statement, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{error, tls, wire::Wire};
use crate::{PostgresOptions, Schema, Tls};

/// A server whose machine is gone without a word is noticed after so long, whether it still owes an acknowledgement or
/// only an answer; the kernel alone would wait for a quarter of an hour, or for ever.
const SILENT_MAX: Duration = Duration::from_secs(10);
const ASKED_AFTER: Duration = Duration::from_secs(5);
const ASKED_EVERY: Duration = Duration::from_secs(2);
/// How long a connection keeps its plans at first, and at last.
const PLANS_FIRST: Duration = Duration::from_secs(1);
const PLANS_LAST: Duration = Duration::from_secs(10);

pub(super) struct Pool {
    door: Door,
    schema_name: String,
    /// What is said to a new connection.
    greeting: String,
    connect_timeout: Duration,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection with the statements that were prepared on it, by the address of their static text.
pub(super) struct Connection {
    pub(super) client: Arc<Client>,
    wire: Wire,
    pub(super) tls: MakeRustlsConnect,
    pub(super) prepared: HashMap<usize, Statement>,
    pub(super) plans: Plans,
    pub(super) broken: bool,
}

impl Connection {
    /// Waits for something that the server has to answer: on a connection of the pool, nothing moves by itself.
    pub(super) async fn carry<T>(&mut self, answer: impl Future<Output = T>) -> T {
        self.wire.carry(answer).await
    }

    /// Sends what was asked and is not waited for; says whether the connection is still there.
    pub(super) fn nudge(&mut self) -> bool {
        self.wire.nudge()
    }
}

/// When the plans of prepared statements are to be made anew. Postgres does so by itself once it has counted the rows,
/// which it does every minute. Until then what was planned for an empty table reads it from end to end, however many
/// rows come: the first buyers of a shop, or of its first sale, would wait longer and longer.
pub(super) struct Plans {
    kept_for: Duration,
    until: Instant,
}

impl Plans {
    fn new() -> Self {
        Self { kept_for: PLANS_FIRST, until: Instant::now() + PLANS_FIRST }
    }

    /// Says, once, that plans are to be made anew.
    pub(super) fn are_old(&mut self) -> bool {
        let now = Instant::now();
        let old = now >= self.until;
        if old {
            self.kept_for = (self.kept_for * 2).min(PLANS_LAST);
            self.until = now + self.kept_for;
        }
        old
    }
}

impl Pool {
    pub(super) fn new(
        url: &str,
        schema_prefix: &str,
        options: &PostgresOptions,
        schema: &Schema,
    ) -> Result<Self, Fault> {
        let schema_name = schema_name(schema_prefix, schema.service)?;
        Ok(Self {
            door: Door::try_new(url, options, &format!("souk-{}", schema.service))?,
            greeting: greeting(&schema_name, use_key(schema_prefix), options),
            schema_name,
            connect_timeout: options.connect_timeout,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(options.connections_max)),
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
            // Rare, and large: whoever waits for a connection that is there should not carry it along.
            None => Box::pin(self.connect(patience)).await?,
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
        std::iter::from_fn(|| idle.pop()).find_map(|mut connection| connection.nudge().then_some(connection))
    }

    async fn connect(&self, patience: Duration) -> Result<Connection, Fault> {
        let connecting = async {
            let (client, mut wire) = self.door.open().await?;
            let ready = wire.carry(client.simple_query(&self.greeting)).await.map_err(away)?;
            let shares = ready.iter().any(|answer| match answer {
                SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
                _ => false,
            });
            if !shares {
                return Err(Fault::new(ErrorKind::Unavailable, "the databases are being copied just now"));
            }
            Ok(Connection {
                client: Arc::new(client),
                wire,
                tls: self.door.tls.clone(),
                prepared: HashMap::new(),
                plans: Plans::new(),
                broken: false,
            })
        };
        timeout(patience.min(self.connect_timeout), connecting)
            .await
            .map_err(|_| Fault::unavailable("Postgres did not answer in time"))?
    }

    fn put_back(&self, connection: Connection) {
        if !connection.broken && !self.permits.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

/// The way to the server.
pub(super) struct Door {
    config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Door {
    pub(super) fn try_new(url: &str, options: &PostgresOptions, program: &str) -> Result<Self, Fault> {
        let mut config = Config::from_str(url)
            .map_err(|error| Fault::internal(format!("the Postgres URL cannot be read: {}", error::text(&error))))?;
        config.connect_timeout(options.connect_timeout).application_name(program);
        // What stands in the URL is meant.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENT_MAX).keepalives_idle(ASKED_AFTER).keepalives_interval(ASKED_EVERY);
        }
        match options.tls {
            Some(Tls::Disable) => drop(config.ssl_mode(SslMode::Disable)),
            Some(Tls::Prefer) => drop(config.ssl_mode(SslMode::Prefer)),
            Some(Tls::Require | Tls::VerifyFull) => drop(config.ssl_mode(SslMode::Require)),
            None => {}
        }
        Ok(Self { config, tls: tls::connector(options)? })
    }

    /// A connection, served by a task until it is closed.
    pub(super) async fn connect(&self) -> Result<Client, Fault> {
        let (client, wire) = self.open().await?;
        drop(wire);
        Ok(client)
    }

    async fn open(&self) -> Result<(Client, Wire), Fault> {
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(away)?;
        Ok((client, Wire::new(connection)))
    }
}

/// Settles a new connection, and says whether it may use the databases.
fn greeting(schema_name: &str, use_key: i64, options: &PostgresOptions) -> String {
    format!(
        "SET search_path TO {schema_name};
         SET statement_timeout = {statement_ms};
         SET lock_timeout = '30s';
         SET idle_in_transaction_session_timeout = {idle_ms};
         SELECT pg_try_advisory_lock_shared({use_key})",
        statement_ms = options.statement_timeout.as_millis(),
        idle_ms = options.idle_in_transaction_timeout.as_millis(),
    )
}

/// Postgres could not be asked.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(crate) fn away(error: tokio_postgres::Error) -> Fault {
    Fault::unavailable(format!("Postgres: {}", error::text(&error)))
}

/// The schema's name; safe to write into SQL without quotes.
pub(crate) fn schema_name(prefix: &str, service: &str) -> Result<String, Fault> {
    let name = format!("{prefix}{service}");
    let fits = name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if fits { Ok(name) } else { Err(Fault::internal(format!("{name:?} is no name for a Postgres schema"))) }
}

/// The key of the advisory lock that every connection to databases of a prefix shares, and that a copy has for itself.
pub(crate) fn use_key(prefix: &str) -> i64 {
    lock_key(&format!("{prefix} in use"))
}

/// A number that no other name has, as far as chance goes.
pub(super) fn lock_key(name: &str) -> i64 {
    let mut key = [0; 8];
    key.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..8]);
    i64::from_le_bytes(key)
}

/// A connection taken out of the pool. When dropped rather than given back, the connection is closed.
pub(super) struct Lease {
    pub(super) connection: Connection,
    pool: Arc<Pool>,
    permit: OwnedSemaphorePermit,
}

impl Lease {
    /// Waits for something larger that the server has to answer, and that is asked seldom.
    pub(super) async fn carry<T>(&mut self, answer: impl Future<Output = T>) -> T {
        Box::pin(self.connection.carry(answer)).await
    }

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
