//! The writer thread: takes all waiting writes, gives each a savepoint, and commits them with one fsync.

use std::{collections::VecDeque, path::Path, sync::Arc, thread};

use rusqlite::Connection;
use souk_types::{Fault, limits};
use tokio::sync::{mpsc, oneshot};

use super::{
    checkpoint::{self, Checkpointer},
    error::fault,
    statement::run,
};
use crate::{Tx, core::Core, tx::Session, work::Job};

pub(super) enum Command {
    Write(Job),
    /// Ends the thread; tells when the file is closed.
    Close(oneshot::Sender<()>),
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
        while commands.blocking_recv_many(&mut taken, limits::STORE_BATCH_MAX) > 0 {
            #[expect(clippy::cast_precision_loss, reason = "the queue is far shorter than 2^53")]
            self.core.meters.queued_writes.set((commands.len() + taken.len()) as f64);
            let mut waiting = VecDeque::with_capacity(taken.len());
            for command in taken.drain(..) {
                match command {
                    Command::Write(job) => match job.check_wanted() {
                        Ok(()) => waiting.push_back(job),
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
                self.commit_together(&mut waiting);
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

    /// Runs the waiting jobs in one transaction and answers them. Leaves jobs waiting when the transaction breaks
    /// midway: they were not run and get another one.
    fn commit_together(&mut self, waiting: &mut VecDeque<Job>) {
        if let Err(error) = run(&self.connection, "BEGIN IMMEDIATE") {
            let fault = fault(&error, &self.core);
            return answer(waiting.drain(..), &Err(fault));
        }
        let alone = waiting.len() == 1;
        let mut done = Vec::with_capacity(waiting.len());
        let mut wakes = false;
        let mut wanted = false;
        let mut broken = None;
        while let Some(mut job) = waiting.pop_front() {
            let ran = self.run_one(&mut job, alone);
            done.push(job);
            match ran {
                Ok(Ran::Kept { wakes: more }) => {
                    wanted = true;
                    wakes |= more;
                }
                Ok(Ran::Undone) => {}
                Err(fault) => {
                    broken = Some(fault);
                    break;
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a batch is far smaller than 2^53")]
        self.core.meters.batch_writes.record(done.len() as f64);
        let saved = match broken {
            Some(fault) => Err(fault),
            None if wanted => run(&self.connection, "COMMIT").map_err(|error| fault(&error, &self.core)),
            None => Ok(()),
        };
        self.end_transaction();
        if let Err(fault) = &saved {
            tracing::error!(store = self.core.service, writes = done.len(), %fault, "writes were not saved");
        }
        answer(done, &saved);
        if saved.is_ok() && wakes {
            self.core.listeners.wake();
        }
        if wanted {
            self.checkpointer.committed(&self.connection);
        }
    }

    /// Runs one job inside the open transaction. The error means that the whole transaction is gone.
    fn run_one(&self, job: &mut Job, alone: bool) -> Result<Ran, Fault> {
        let connection = &self.connection;
        let broken = |error: rusqlite::Error| fault(&error, &self.core);
        if !alone {
            run(connection, "SAVEPOINT one").map_err(broken)?;
        }
        let Job { cx, work } = job;
        let mut tx = Tx::new(Session::Sqlite(connection), &self.core, cx);
        let kept = work.run(&mut tx);
        let (wakes, spoiled) = (tx.wakes(), tx.spoiled().cloned());
        if connection.is_autocommit() {
            // SQLite has rolled everything back by itself, as it may when the disk is full.
            return Err(spoiled.unwrap_or_else(|| Fault::unavailable("the transaction was rolled back")));
        }
        match (kept, alone) {
            (true, true) => {}
            (true, false) => run(connection, "RELEASE one").map_err(broken)?,
            (false, true) => return Ok(Ran::Undone),
            (false, false) => {
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

/// What became of one job of a batch.
enum Ran {
    Kept { wakes: bool },
    Undone,
}

fn answer(jobs: impl IntoIterator<Item = Job>, saved: &Result<(), Fault>) {
    for job in jobs {
        job.answer(saved.clone());
    }
}
