use souk_types::{Cx, Env, Fault, Subject, Timestamp};

use crate::{Param, Row, Sql, core::Core, postgres, sqlite};

/// An open transaction.
///
/// A statement that fails spoils it: later statements are refused with the same fault and it cannot commit, even when
/// the closure answers `Ok`. What the closure itself refuses (no row found, a version that moved on) does not spoil it.
pub struct Tx<'a> {
    session: Session<'a>,
    core: &'a Core,
    cx: &'a Cx,
    now: Timestamp,
    spoiled: Option<Fault>,
    run_again: bool,
    wakes: bool,
}

pub(crate) enum Session<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(postgres::Session<'a>),
}

/// Why a statement gave no result.
pub(crate) enum Failure {
    /// The row was refused by the code that reads it; the transaction is sound.
    Row(Fault),
    /// The engine refused.
    Statement(Fault),
    /// The engine refused because of another transaction, or was lost: a fresh run of the closure may succeed.
    Again(Fault),
}

impl<'a> Tx<'a> {
    pub(crate) fn new(session: Session<'a>, core: &'a Core, cx: &'a Cx) -> Self {
        Self { session, core, cx, now: core.env.now(), spoiled: None, run_again: false, wakes: false }
    }

    /// Runs a statement that gives no rows.
    pub fn exec(&mut self, sql: &'static Sql, params: &[Param<'_>]) -> Result<Affected, Fault> {
        self.before_statement(sql)?;
        let outcome = match &mut self.session {
            Session::Sqlite(connection) => sqlite::exec(connection, self.core, sql, params),
            Session::Postgres(session) => session.exec(sql, params),
        };
        outcome.map(Affected).map_err(|failure| self.note(failure))
    }

    /// Runs a statement that gives no rows, without waiting for what comes of it: over a network it travels along with
    /// the statements after it, which saves a way there and back. What goes wrong with it, a later statement or the
    /// commit tells. For what the closure need not know to go on.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict), sooner or later, when it does not change as many rows as
    /// expected.
    pub fn send(&mut self, sql: &'static Sql, params: &[Param<'_>], expected: Expect) -> Result<(), Fault> {
        self.before_statement(sql)?;
        let outcome = match &mut self.session {
            Session::Sqlite(connection) => sqlite::exec(connection, self.core, sql, params)
                .and_then(|rows| expected.check(rows).map_err(Failure::Statement)),
            Session::Postgres(session) => session.send(sql, params, expected),
        };
        outcome.map_err(|failure| self.note(failure))
    }

    /// Runs a statement and turns every row of its result into something.
    pub fn query<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut all = Vec::new();
        self.each_row(sql, params, &mut |found| {
            all.push(row(found)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Runs a statement that gives one row or none.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when there are more.
    pub fn query_opt<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut only = None;
        self.each_row(sql, params, &mut |found| {
            if only.is_some() {
                return Err(Fault::internal(format!("more than one row came of: {}", sql.text())));
            }
            only = Some(row(found)?);
            Ok(())
        })?;
        Ok(only)
    }

    /// Runs a statement that gives exactly one row, a count for example.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](souk_types::ErrorKind::Internal) when there are none or more.
    pub fn query_one<T>(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.query_opt(sql, params, row)?.ok_or_else(|| Fault::internal(format!("no row came of: {}", sql.text())))
    }

    /// The instant at which this run of the closure began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Time and randomness.
    pub fn env(&self) -> &Env {
        &self.core.env
    }

    /// The context of the call that this transaction belongs to.
    pub fn cx(&self) -> &Cx {
        self.cx
    }

    /// After the commit, wakes those who wait on [`Store::outbox_changed`](crate::Store::outbox_changed).
    pub fn wake(&mut self) {
        self.wakes = true;
    }

    /// The fault of the first statement that failed.
    pub(crate) fn spoiled(&self) -> Option<&Fault> {
        self.spoiled.as_ref()
    }

    /// Says whether a fresh run of the closure may succeed.
    pub(crate) fn run_again(&self) -> bool {
        self.run_again
    }

    pub(crate) fn wakes(&self) -> bool {
        self.wakes
    }

    pub(crate) fn into_session(self) -> Session<'a> {
        self.session
    }

    #[cfg(test)]
    pub(crate) fn sqlite_connection(&self) -> &rusqlite::Connection {
        match &self.session {
            Session::Sqlite(connection) => connection,
            Session::Postgres(_) => panic!("this is Postgres"),
        }
    }

    fn each_row(
        &mut self,
        sql: &'static Sql,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.before_statement(sql)?;
        let outcome = match &mut self.session {
            Session::Sqlite(connection) => sqlite::each_row(connection, self.core, sql, params, visit),
            Session::Postgres(session) => session.each_row(sql, params, visit),
        };
        outcome.map_err(|failure| self.note(failure))
    }

    fn before_statement(&self, sql: &'static Sql) -> Result<(), Fault> {
        self.core.count_statement();
        // Every statement can be listed, by the trace that it belongs to: with the log filter `souk_store::statement=trace`.
        let by_service = matches!(self.cx.actor.subject, Subject::Service(_));
        tracing::trace!(target: "souk_store::statement", trace = %self.cx.trace, by_service, sql = sql.text(), "statement");
        self.spoiled.clone().map_or(Ok(()), Err)
    }

    fn note(&mut self, failure: Failure) -> Fault {
        let fault = match failure {
            Failure::Row(fault) => return fault,
            Failure::Statement(fault) => fault,
            Failure::Again(fault) => {
                self.run_again = true;
                fault
            }
        };
        self.spoiled = Some(fault.clone());
        fault
    }
}

/// How many rows a statement changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affected(u64);

impl Affected {
    /// The number of rows.
    pub const fn rows(self) -> u64 {
        self.0
    }

    /// Refuses unless exactly one row was changed.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](souk_types::ErrorKind::Conflict): the row has changed since the caller looked, or the
    /// statement's condition forbids the change.
    pub fn expect_one(self) -> Result<(), Fault> {
        Expect::Rows(1).check(self.0)
    }
}

/// How many rows a statement should change that nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// None or any number.
    Any,
    /// So many.
    Rows(u64),
}

impl Expect {
    pub(crate) fn check(self, changed: u64) -> Result<(), Fault> {
        match self {
            Self::Rows(wanted) if wanted != changed => {
                Err(Fault::conflict("this has changed meanwhile, please look again")
                    .because(format!("{changed} rows changed, not {wanted}")))
            }
            Self::Any | Self::Rows(_) => Ok(()),
        }
    }
}
