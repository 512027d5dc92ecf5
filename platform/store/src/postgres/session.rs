//! One run of a closure on one connection.

use std::{
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};

use futures::{FutureExt as _, TryStreamExt as _};
use souk_types::{Cx, ErrorKind, Fault};
use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::{Statement, error::SqlState};

use super::{error, pool::Connection};
use crate::{Param, Row, Sql, sql::Dialect, tx::Failure};

/// A commit is waited for at least this long: when it is given up, nobody knows whether it took place.
const COMMIT_PATIENCE: Duration = Duration::from_secs(5);
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

pub(crate) struct Session<'a> {
    runtime: &'a Handle,
    connection: &'a mut Connection,
    deadline: Instant,
    begin: &'static str,
    begun: bool,
    doubts_conflicts: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(runtime: &'a Handle, connection: &'a mut Connection, cx: &Cx, begin: &'static str) -> Self {
        Self { runtime, connection, deadline: cx.deadline, begin, begun: false, doubts_conflicts: false }
    }

    /// Whether a value that is not unique is worth another run: the row in the way may have been committed after this
    /// run's snapshot, and a closure that looks before it inserts would then see it.
    pub(super) fn doubts_conflicts(&mut self, yes: bool) {
        self.doubts_conflicts = yes;
    }

    /// Runs a statement that gives no rows; gives the number of rows that it changed.
    pub(crate) fn exec(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<u64, Failure> {
        let statement = self.prepare(sql)?;
        self.begin()?;
        let client = &self.connection.client;
        let outcome = wait(self.runtime, self.deadline, client.execute_raw(&statement, params));
        outcome.map_err(|stop| self.failure(stop, sql.text()))
    }

    /// Runs a statement and shows each row of its result.
    pub(crate) fn each_row(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Failure> {
        let statement = self.prepare(sql)?;
        self.begin()?;
        let client = &self.connection.client;
        let running = async {
            let mut rows = pin!(client.query_raw(&statement, params).await?);
            let mut visited = Ok(());
            // Read to the end in any case: an error may still follow, and it must not be overlooked.
            while let Some(row) = rows.try_next().await? {
                if visited.is_ok() {
                    visited = visit(&Row::postgres(&row));
                }
            }
            Ok(visited)
        };
        let outcome = wait(self.runtime, self.deadline, running);
        outcome.map_err(|stop| self.failure(stop, sql.text()))?.map_err(Failure::Row)
    }

    /// Commits what was written. A lost answer is not taken for a refusal: it is reported as unknown.
    pub(super) fn commit(mut self) -> Result<(), Failure> {
        if !self.begun {
            return Ok(());
        }
        let deadline = self.deadline.max(Instant::now() + COMMIT_PATIENCE);
        let committing = self.connection.client.batch_execute("COMMIT");
        let Err(stop) = wait(self.runtime, deadline, committing) else { return Ok(()) };
        let failure = self.failure(stop, "COMMIT");
        if self.connection.broken {
            let (Failure::Again(fault) | Failure::Statement(fault) | Failure::Row(fault)) = failure;
            let why = fault.internal.unwrap_or(fault.public);
            return Err(Failure::Statement(Fault::unavailable(format!("the outcome of a commit is not known: {why}"))));
        }
        Err(failure)
    }

    /// Undoes what was written. The answer is not waited for: the next transaction queues up behind it.
    pub(super) fn roll_back(self) {
        if self.begun && !self.connection.broken {
            let sent = self.connection.client.batch_execute("ROLLBACK").now_or_never();
            self.connection.broken |= matches!(sent, Some(Err(_)));
        }
    }

    /// The transaction starts with its first statement. The answer is awaited: were BEGIN refused, a statement sent
    /// along with it would commit by itself.
    fn begin(&mut self) -> Result<(), Failure> {
        if self.begun {
            return Ok(());
        }
        let beginning = self.connection.client.batch_execute(self.begin);
        let outcome = wait(self.runtime, self.deadline, beginning);
        outcome.map_err(|stop| self.failure(stop, self.begin))?;
        self.begun = true;
        Ok(())
    }

    fn prepare(&mut self, sql: &'static Sql) -> Result<Statement, Failure> {
        let address = std::ptr::from_ref(sql).addr();
        if let Some(statement) = self.connection.prepared.get(&address) {
            return Ok(statement.clone());
        }
        let text = sql.translated(Dialect::Postgres).map_err(Failure::Statement)?;
        let outcome = wait(self.runtime, self.deadline, self.connection.client.prepare(text));
        let statement = outcome.map_err(|stop| self.failure(stop, text))?;
        self.connection.prepared.insert(address, statement.clone());
        Ok(statement)
    }

    fn failure(&mut self, stop: Stop, text: &str) -> Failure {
        let failure = match stop {
            Stop::Refused(error) if self.doubts_conflicts && error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                return Failure::Again(Fault::conflict(error.to_string()));
            }
            Stop::Refused(error) => error::failure(&error, self.connection),
            Stop::Deadline => {
                self.connection.broken = true;
                cancel(self.runtime, self.connection);
                Failure::Statement(Fault::deadline())
            }
        };
        match failure {
            Failure::Statement(fault) if fault.kind == ErrorKind::Internal => {
                let why = fault.internal.as_deref().unwrap_or("");
                Failure::Statement(Fault::internal(format!("{why}, in the statement: {text}")))
            }
            other => other,
        }
    }
}

/// Why there is no answer.
enum Stop {
    Refused(tokio_postgres::Error),
    Deadline,
}

fn wait<T>(
    runtime: &Handle,
    deadline: Instant,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Stop> {
    let remaining = deadline.saturating_duration_since(Instant::now());
    runtime.block_on(async { timeout(remaining, answer).await }).map_err(|_| Stop::Deadline)?.map_err(Stop::Refused)
}

/// Asks the server to stop what the connection still does.
fn cancel(runtime: &Handle, connection: &Connection) {
    let (token, tls) = (connection.client.cancel_token(), connection.tls.clone());
    runtime.spawn(async move {
        // Whether it succeeds makes no difference: the connection is given up.
        let _ = timeout(CANCEL_TIMEOUT, token.cancel_query(tls)).await;
    });
}
