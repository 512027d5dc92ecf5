//! One run of a closure on one connection.

use std::{
    future::Future,
    mem,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt as _, TryStreamExt as _, future::BoxFuture};
use souk_types::{Cx, ErrorKind, Fault};
use tokio::{join, runtime::Handle, time::timeout};
use tokio_postgres::{Statement, error::SqlState};

use super::{error, pool::Connection};
use crate::{
    Param, Row, Sql,
    sql::Dialect,
    tx::{Expect, Failure},
};

/// A commit is waited for at least this long: when it is given up, nobody knows whether it took place.
const COMMIT_PATIENCE: Duration = Duration::from_secs(5);
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);
/// Statements that are on their way unanswered.
const SENT_MAX: usize = 64;

pub(crate) struct Session<'a> {
    runtime: &'a Handle,
    connection: &'a mut Connection,
    deadline: Instant,
    begin: &'static str,
    begun: bool,
    doubts_conflicts: bool,
    /// What the server has been told and has not answered yet. It answers in the same order, and refuses all that comes
    /// after a refusal.
    sent: Vec<Sent>,
}

struct Sent {
    text: &'static str,
    expected: Expect,
    answer: BoxFuture<'static, Result<u64, tokio_postgres::Error>>,
}

impl<'a> Session<'a> {
    pub(super) fn new(runtime: &'a Handle, connection: &'a mut Connection, cx: &Cx, begin: &'static str) -> Self {
        let (deadline, sent) = (cx.deadline, Vec::new());
        Self { runtime, connection, deadline, begin, begun: false, doubts_conflicts: false, sent }
    }

    /// Whether a value that is not unique is worth another run: the row in the way may have been committed after this
    /// run's snapshot, and a closure that looks before it inserts would then see it.
    pub(super) fn doubts_conflicts(&mut self, yes: bool) {
        self.doubts_conflicts = yes;
    }

    /// Runs a statement that gives no rows; gives the number of rows that it changed.
    pub(crate) fn exec(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<u64, Failure> {
        let statement = self.prepare(sql)?;
        self.begin(sql)?;
        let client = Arc::clone(&self.connection.client);
        let running = async {
            let changed = client.execute_raw(&statement, params).await;
            changed.map_err(|error| Stop::Refused(error, sql.text()))
        };
        self.wait(running)
    }

    /// Sends a statement that gives no rows, and does not wait for its answer.
    pub(crate) fn send(&mut self, sql: &'static Sql, params: &[Param<'_>], expected: Expect) -> Result<(), Failure> {
        if self.sent.len() >= SENT_MAX {
            self.settle()?;
        }
        let statement = self.prepare(sql)?;
        self.begin(sql)?;
        let client = Arc::clone(&self.connection.client);
        let params: Vec<_> = params.iter().cloned().map(Param::into_owned).collect();
        let answer = async move { client.execute_raw(&statement, params).await };
        self.hand_over(sql.text(), expected, answer.boxed());
        Ok(())
    }

    /// Runs a statement and shows each row of its result.
    pub(crate) fn each_row(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Failure> {
        let statement = self.prepare(sql)?;
        self.begin(sql)?;
        let client = Arc::clone(&self.connection.client);
        let refused = |error| Stop::Refused(error, sql.text());
        let running = async {
            let mut rows = pin!(client.query_raw(&statement, params).await.map_err(refused)?);
            let mut visited = Ok(());
            // Read to the end in any case: an error may still follow, and it must not be overlooked.
            while let Some(row) = rows.try_next().await.map_err(refused)? {
                if visited.is_ok() {
                    visited = visit(&Row::postgres(&row));
                }
            }
            Ok(visited)
        };
        self.wait(running)?.map_err(Failure::Row)
    }

    /// Commits what was written. A lost answer is not taken for a refusal: it is reported as unknown.
    pub(super) fn commit(mut self) -> Result<(), Failure> {
        if !self.begun {
            return Ok(());
        }
        // The server would commit what did not change as many rows as it should have.
        if self.sent.iter().any(|sent| sent.expected != Expect::Any)
            && let Err(failure) = self.settle()
        {
            self.roll_back();
            return Err(failure);
        }
        self.deadline = self.deadline.max(Instant::now() + COMMIT_PATIENCE);
        let client = Arc::clone(&self.connection.client);
        let committing = async { client.batch_execute("COMMIT").await.map_err(|error| Stop::Refused(error, "COMMIT")) };
        let Err(failure) = self.wait(committing) else { return Ok(()) };
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
            self.connection.broken |= matches!(sent, Some(Err(_))) || !self.connection.nudge();
        }
    }

    /// The transaction starts with its first statement. Unless that one only reads, the answer is awaited: were BEGIN
    /// refused, what is written by a statement sent along with it would be committed by itself.
    fn begin(&mut self, first: &Sql) -> Result<(), Failure> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        if self.connection.plans.are_old() {
            self.say("DISCARD PLANS");
        }
        self.say(self.begin);
        if first.only_reads() { Ok(()) } else { self.settle() }
    }

    fn say(&mut self, command: &'static str) {
        let client = Arc::clone(&self.connection.client);
        let answer = async move { client.batch_execute(command).await.map(|()| 0) };
        self.hand_over(command, Expect::Any, answer.boxed());
    }

    /// Keeps an answer for later, after a first look at it, which is what sends the question.
    fn hand_over(
        &mut self,
        text: &'static str,
        expected: Expect,
        mut answer: BoxFuture<'static, Result<u64, tokio_postgres::Error>>,
    ) {
        if let Some(early) = (&mut answer).now_or_never() {
            answer = std::future::ready(early).boxed();
        }
        self.sent.push(Sent { text, expected, answer });
    }

    /// Waits for the answers to all that was sent.
    fn settle(&mut self) -> Result<(), Failure> {
        self.wait(std::future::ready(Ok(())))
    }

    /// Waits for the answers to all that was sent, and for the one to what is asked now, which does not wait for them.
    fn wait<T>(&mut self, answer: impl Future<Output = Result<T, Stop>>) -> Result<T, Failure> {
        let sent = mem::take(&mut self.sent);
        let all = async {
            let (before, answer) = join!(settled(sent), answer);
            // What was refused first is the reason why the rest was.
            before.and(answer)
        };
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        let (runtime, connection) = (self.runtime, &mut *self.connection);
        let outcome = runtime.block_on(async { timeout(remaining, connection.carry(all)).await });
        outcome.unwrap_or(Err(Stop::Deadline)).map_err(|stop| self.failure(stop))
    }

    fn prepare(&mut self, sql: &'static Sql) -> Result<Statement, Failure> {
        let address = std::ptr::from_ref(sql).addr();
        if let Some(statement) = self.connection.prepared.get(&address) {
            return Ok(statement.clone());
        }
        let text = sql.translated(Dialect::Postgres).map_err(Failure::Statement)?;
        let client = Arc::clone(&self.connection.client);
        let preparing = async { client.prepare(text).await.map_err(|error| Stop::Refused(error, sql.text())) };
        let statement = self.wait(preparing)?;
        self.connection.prepared.insert(address, statement.clone());
        Ok(statement)
    }

    fn failure(&mut self, stop: Stop) -> Failure {
        let (failure, text) = match stop {
            Stop::Refused(error, _) if self.doubts_conflicts && error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                return Failure::Again(Fault::conflict(error.to_string()));
            }
            Stop::Refused(error, text) => (error::failure(&error, self.connection), text),
            Stop::Unexpected(fault) => return Failure::Statement(fault),
            Stop::Deadline => {
                self.connection.broken = true;
                cancel(self.runtime, self.connection);
                return Failure::Statement(Fault::deadline());
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
    /// Postgres, or the way to it, failed at this statement.
    Refused(tokio_postgres::Error, &'static str),
    /// Not as many rows were changed as should have been.
    Unexpected(Fault),
    Deadline,
}

async fn settled(sent: Vec<Sent>) -> Result<(), Stop> {
    for Sent { text, expected, answer } in sent {
        let rows = answer.await.map_err(|error| Stop::Refused(error, text))?;
        expected.check(rows).map_err(Stop::Unexpected)?;
    }
    Ok(())
}

/// Asks the server to stop what the connection still does.
fn cancel(runtime: &Handle, connection: &Connection) {
    let (token, tls) = (connection.client.cancel_token(), connection.tls.clone());
    runtime.spawn(async move {
        // Whether it succeeds makes no difference: the connection is given up.
        let _ = timeout(CANCEL_TIMEOUT, token.cancel_query(tls)).await;
    });
}
