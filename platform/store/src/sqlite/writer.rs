//! The writer thread: takes all waiting writes and commits them with one fsync.
//!
//! Almost every write wants to be kept, so a batch first runs without savepoints; when one of it changed rows and then
//! refused, the batch is rolled back and run again with a savepoint for each, as closures may be.

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use souk_types::{Fault, limits};
use tokio::sync::{mpsc, oneshot};

use super::{
    checkpoint::{self, Checkpointer},
    error::fault,
    statement::run,
};
use crate::{Tx, core::Core, tx::Session, work::Job};

/// How long a writer that is busy waits for company before it commits again.
const GATHER_MAX: Duration = Duration::from_millis(3);
/// The same while nobody waits for any of the writes that it has. Much longer, and events would fall behind under load.
const GATHER_UNHURRIED_MAX: Duration = Duration::from_millis(6);
/// How often it looks whether there is company.
const GATHER_LOOK: Duration = Duration::from_micros(1_500);

pub(super) enum Command {
    Write(Job),
    /// Ends the thread; tells when the file is closed.
    Close(oneshot::Sender<()>),
}

impl Command {
    fn is_hurried(&self) -> bool {
        match self {
            Self::Write(job) => !job.cx.unhurried,
            Self::Close(_) => true,
        }
    }
}

/// Starts the thread. It ends when it is told to, or when every sender is gone.
pub(super) fn start(
    connection: Connection,
    commands: mpsc::Receiver<Command>,
    core: Arc<Core>,
    path: &Path,
) -> Result<(), Fault> {
    let checkpointer = checkpoint::start(path, core.service)?;
    let writer = Writer { connection, core, checkpointer };
    thread::Builder::new()
        .name(format!("{}-writer", writer.core.service))
        .spawn(move || writer.serve(commands))
        .map(drop)
        .map_err(|error| Fault::unavailable(format!("a thread cannot be started: {error}")))
}

struct Writer {
    connection: Connection,
    core: Arc<Core>,
    checkpointer: Checkpointer,
}

impl Writer {
    fn serve(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut taken = Vec::with_capacity(limits::STORE_BATCH_MAX);
        let mut closing = Vec::new();
        let (mut busy, mut company) = (false, 0);
        while commands.blocking_recv_many(&mut taken, limits::STORE_BATCH_MAX) > 0 {
            if busy {
                gather(&mut commands, &mut taken, company);
            }
            (busy, company) = (taken.len() > 1, hurried_of(&taken));
            #[expect(clippy::cast_precision_loss, reason = "the queue is far shorter than 2^53")]
            self.core.meters.queued_writes.set((commands.len() + taken.len()) as f64);
            let mut waiting = Vec::with_capacity(taken.len());
            for command in taken.drain(..) {
                match command {
                    Command::Write(job) => match job.check_wanted() {
                        Ok(()) => {
                            self.core.meters.wait_seconds.record(job.since.elapsed());
                            waiting.push(job);
                        }
                        Err(fault) => job.answer(Err(fault)),
                    },
                    Command::Close(done) => {
                        // What is in line before or beside this is still done; nothing more gets in.
                        commands.close();
                        closing.push(done);
                    }
                }
            }
            while !waiting.is_empty() {
                waiting = self.commit_together(waiting);
            }
        }
        self.core.meters.queued_writes.set(0.0);
        self.checkpointer.stop();
        checkpoint::finish(&self.connection, self.core.service);
        drop(self.connection);
        for done in closing {
            let _ = done.send(());
        }
    }

    /// Runs jobs in one transaction and answers them. Gives back those that were not run because the transaction
    /// broke midway: they get another one.
    fn commit_together(&mut self, mut jobs: Vec<Job>) -> Vec<Job> {
        let mut ran = self.run_all(&mut jobs, Savepoints::None);
        if matches!(ran.end, End::Refused) {
            self.end_transaction();
            ran = self.run_all(&mut jobs, Savepoints::Each);
        }
        let left = jobs.split_off(ran.jobs);
        #[expect(clippy::cast_precision_loss, reason = "a batch is far smaller than 2^53")]
        self.core.meters.batch_writes.record(jobs.len() as f64);
        let saved = match ran.end {
            End::Broken(fault) => Err(fault),
            End::Whole | End::Refused if ran.kept => {
                let committed = run(&self.connection, "COMMIT").map_err(|error| fault(&error, &self.core));
                self.core.count_commit();
                committed
            }
            End::Whole | End::Refused => Ok(()),
        };
        self.end_transaction();
        if let Err(fault) = &saved {
            tracing::error!(store = self.core.service, writes = jobs.len(), %fault, "writes were not saved");
        }
        for job in jobs {
            job.answer(saved.clone());
        }
        if saved.is_ok() && ran.wakes {
            self.core.listeners.wake();
        }
        if ran.kept {
            self.checkpointer.committed(&self.connection);
        }
        left
    }

    /// Opens a transaction and runs jobs in it, as far as that goes.
    fn run_all(&self, jobs: &mut [Job], savepoints: Savepoints) -> Batch {
        let mut batch = Batch { jobs: 0, kept: false, wakes: false, end: End::Whole };
        if let Err(error) = run(&self.connection, "BEGIN IMMEDIATE") {
            return Batch { jobs: jobs.len(), end: End::Broken(fault(&error, &self.core)), ..batch };
        }
        let alone = jobs.len() == 1;
        for job in jobs {
            batch.jobs += 1;
            match self.run_one(job, savepoints) {
                Ok(Ran::Kept { wakes }) => {
                    batch.kept = true;
                    batch.wakes |= wakes;
                }
                Ok(Ran::Undone) => {}
                // A transaction with nothing else in it needs no second run: it is simply not committed.
                Ok(Ran::Remains) if alone => {}
                Ok(Ran::Remains) => {
                    batch.end = End::Refused;
                    break;
                }
                Err(fault) => {
                    batch.end = End::Broken(fault);
                    break;
                }
            }
        }
        batch
    }

    /// Runs one job inside the open transaction. The error means that the whole transaction is gone.
    fn run_one(&self, job: &mut Job, savepoints: Savepoints) -> Result<Ran, Fault> {
        let connection = &self.connection;
        let broken = |error: rusqlite::Error| fault(&error, &self.core);
        if savepoints == Savepoints::Each {
            run(connection, "SAVEPOINT one").map_err(broken)?;
        }
        let changes = connection.total_changes();
        let Job { cx, work, .. } = job;
        let mut tx = Tx::new(Session::Sqlite(connection), &self.core, cx);
        let kept = work.run(&mut tx);
        let (wakes, spoiled) = (tx.wakes(), tx.spoiled().cloned());
        if connection.is_autocommit() {
            // SQLite has rolled everything back by itself, as it may when the disk is full.
            return Err(spoiled.unwrap_or_else(|| Fault::unavailable("the transaction was rolled back")));
        }
        match (kept, savepoints) {
            (true, Savepoints::None) => {}
            (true, Savepoints::Each) => run(connection, "RELEASE one").map_err(broken)?,
            (false, Savepoints::None) if connection.total_changes() == changes => return Ok(Ran::Undone),
            (false, Savepoints::None) => return Ok(Ran::Remains),
            (false, Savepoints::Each) => {
                run(connection, "ROLLBACK TO one").map_err(broken)?;
                run(connection, "RELEASE one").map_err(broken)?;
            }
        }
        Ok(if kept { Ran::Kept { wakes } } else { Ran::Undone })
    }

    /// Rolls back what is still open: a batch without a result, or one that could not be committed.
    fn end_transaction(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = run(&self.connection, "ROLLBACK")
        {
            tracing::error!(store = self.core.service, %error, "a rollback failed");
        }
    }
}

/// Whether each job of a batch can be undone alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoints {
    None,
    Each,
}

/// How far a batch has come.
struct Batch {
    /// Jobs that were run.
    jobs: usize,
    /// At least one of them wants to be kept.
    kept: bool,
    wakes: bool,
    end: End,
}

enum End {
    Whole,
    /// A job refused, and what it changed cannot be undone alone.
    Refused,
    /// The whole transaction is gone.
    Broken(Fault),
}

/// What became of one job of a batch.
enum Ran {
    Kept {
        wakes: bool,
    },
    /// It refused, and nothing is left of it.
    Undone,
    /// It refused, and what it changed is still there.
    Remains,
}

/// Waits for company: until as many hurried writes are there as were committed together before, or a moment has passed.
/// Under load this pays for all. A commit costs the same for one write and for twenty, and disk writes of other stores
/// wait for it.
fn gather(commands: &mut mpsc::Receiver<Command>, taken: &mut Vec<Command>, company: usize) {
    let started = Instant::now();
    loop {
        thread::sleep(GATHER_LOOK);
        while taken.len() < limits::STORE_BATCH_MAX
            && let Ok(command) = commands.try_recv()
        {
            taken.push(command);
        }
        let (hurried, waited) = (hurried_of(taken), started.elapsed());
        let enough = if hurried == 0 { GATHER_UNHURRIED_MAX } else { GATHER_MAX };
        if taken.len() == limits::STORE_BATCH_MAX || waited >= enough || hurried > 0 && hurried >= company {
            return;
        }
    }
}

fn hurried_of(commands: &[Command]) -> usize {
    commands.iter().filter(|command| command.is_hurried()).count()
}

#[cfg(test)]
mod tests {
    use souk_types::{Cx, Env};

    use super::*;
    use crate::work;

    fn write(cx: &Cx) -> Command {
        Command::Write(work::job(cx, |_| Ok::<_, Fault>(())).0)
    }

    #[test]
    fn only_writes_that_nobody_waits_for_wait_long_for_company() {
        let hurried = Cx::background("test", &Env::system());
        let unhurried = hurried.clone().unhurried();
        let (sender, mut commands) = mpsc::channel(8);
        let mut wait = |first: &Cx| {
            sender.try_send(write(&unhurried)).unwrap();
            let (mut taken, began) = (vec![write(first)], Instant::now());
            gather(&mut commands, &mut taken, 1);
            assert_eq!(taken.len(), 2, "what is there comes along");
            began.elapsed()
        };
        assert!(wait(&unhurried) >= GATHER_UNHURRIED_MAX);
        // A busy machine may sleep longer than it was asked to, though not each time.
        let quickest = (0..8).map(|_| wait(&hurried)).min();
        assert!(quickest < Some(GATHER_UNHURRIED_MAX), "{quickest:?}");
    }
}
