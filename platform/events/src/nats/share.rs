//! An instance's share of its service's events: some partitions, each under a lease of its own in the service's store,
//! a fair number of them by how many instances there are. What others shall have is let go when nobody here works on
//! it any more, so that two never act on one key at the same time, short of a process that stood still for longer than
//! its lease.

use std::time::Duration;

use souk_store::{Store, Tx, json_list, params, sql};
use souk_types::{Cx, Env, Fault, Seldom, Timestamp};
use tokio::sync::Mutex;

use super::partition::{self, Partitions};

/// The rows of the `jobs` table that stand for leases and members: never due, so no worker takes them.
const QUEUE: &str = "events";
const MEMBER: &str = "member ";
const PARTITION: &str = "partition ";
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// Those in an instance that work on what it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Worker {
    Follower,
    Retry,
}

const WORKERS: usize = 2;

pub(crate) struct Share {
    span: Duration,
    owner: String,
    state: Mutex<State>,
    /// Keeps the log short while the store is away.
    not_renewed: Seldom,
}

struct State {
    held_until: Timestamp,
    renew_at: Timestamp,
    held: Partitions,
    /// Held still, for somebody is at them, but not to be begun with.
    leaving: Partitions,
    /// What each worker is at.
    at_hand: [Partitions; WORKERS],
    gone: [bool; WORKERS],
}

/// How the leases stand after a renewal.
struct Standing {
    ours: Partitions,
    /// As many as each instance shall have at most.
    fair: usize,
}

impl Share {
    pub(crate) fn new(span: Duration, env: &Env) -> Self {
        let state = State {
            held_until: Timestamp::EPOCH,
            renew_at: Timestamp::EPOCH,
            held: Partitions::new(),
            leaving: Partitions::new(),
            at_hand: Default::default(),
            gone: Default::default(),
        };
        let owner = format!("{:032x}", env.random_u128());
        Self { span, owner, state: Mutex::new(state), not_renewed: Seldom::default() }
    }

    /// What the worker, which is done with what it was given before, may work on now.
    pub(crate) async fn at_hand(&self, worker: Worker, store: &Store, env: &Env) -> Partitions {
        let state = &mut *self.state.lock().await;
        state.at_hand[worker as usize].clear();
        let now = env.now();
        if now >= state.renew_at || state.can_let_go() {
            self.renew(state, store, env).await;
        }
        if now >= state.held_until {
            state.held.clear();
            state.leaving.clear();
        }
        state.at_hand[worker as usize].clone_from(&state.held);
        state.held.clone()
    }

    /// Lets others take over at once, when all workers have ended.
    pub(crate) async fn end(&self, worker: Worker, store: &Store, env: &Env) {
        let state = &mut *self.state.lock().await;
        state.at_hand[worker as usize].clear();
        state.gone[worker as usize] = true;
        if state.gone.contains(&false) {
            return;
        }
        let owner = self.owner.clone();
        if let Err(fault) = store.write(&Cx::background(store.service(), env), move |tx| leave(tx, &owner)).await {
            tracing::warn!(service = store.service(), %fault, "the leases on events have to run out");
        }
    }

    async fn renew(&self, state: &mut State, store: &Store, env: &Env) {
        let now = env.now();
        let (owner, until) = (self.owner.clone(), now + self.span);
        let used = state.in_use();
        let (keep, go): (Partitions, Partitions) = state.leaving.iter().partition(|leaving| used.contains(leaving));
        let held = state.held.clone();
        let cx = Cx::background(store.service(), env);
        let settled = store.write(&cx, move |tx| settle(tx, &owner, until, &held, &keep, &go)).await;
        let Standing { ours, fair } = match settled {
            Ok(standing) => standing,
            Err(fault) => {
                if let Some(more) = self.not_renewed.pass() {
                    tracing::warn!(service = store.service(), %fault, more, "the leases on events were not renewed");
                }
                return;
            }
        };
        state.held_until = until;
        state.leaving.retain(|leaving| ours.contains(leaving));
        state.held = ours.difference(&state.leaving).copied().collect();
        while state.held.len() > fair {
            state.leaving.extend(state.held.pop_last());
        }
        // Renewed when a third is used up, so that a slow batch does not lose them; looked at sooner where others may
        // have let go.
        state.renew_at = now + self.span.mul_f64(if state.held.len() < fair { 0.1 } else { 1.0 / 3.0 });
    }
}

impl State {
    fn in_use(&self) -> Partitions {
        self.at_hand.iter().flatten().copied().collect()
    }

    fn can_let_go(&self) -> bool {
        !self.leaving.is_empty() && !self.leaving.is_subset(&self.in_use())
    }
}

/// Says that the owner is there, renews what it keeps, gives up what it lets go, and takes what is free up to its share.
fn settle(
    tx: &mut Tx<'_>,
    owner: &str,
    until: Timestamp,
    held: &Partitions,
    keep: &Partitions,
    go: &Partitions,
) -> Result<Standing, Fault> {
    give_up(tx, owner, go)?;
    let members = join(tx, owner, until)?;
    let fair = usize::from(partition::COUNT).div_ceil(members.max(1));
    let mut ours = Partitions::new();
    for kept in held.union(keep) {
        if take(tx, owner, *kept, until)? {
            ours.insert(*kept);
        }
    }
    let wanted = fair.saturating_sub(ours.intersection(held).count());
    if wanted > 0 {
        let free = free(tx)?;
        for free in free.difference(go).take(wanted) {
            if take(tx, owner, *free, until)? {
                ours.insert(*free);
            }
        }
    }
    Ok(Standing { ours, fair })
}

/// Answers how many instances there are, this one included, and forgets those that are not there any more.
fn join(tx: &mut Tx<'_>, owner: &str, until: Timestamp) -> Result<usize, Fault> {
    let now = tx.now();
    let _ = tx.exec(
        sql!(
            "INSERT INTO jobs (queue, key, payload, due_at, lease_until, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (queue, key) DO UPDATE SET lease_until = excluded.lease_until"
        ),
        params![QUEUE, format!("{MEMBER}{owner}"), owner, NEVER, until, now],
    )?;
    let sql = sql!("DELETE FROM jobs WHERE queue = ?1 AND key LIKE ?2 AND lease_until <= ?3");
    let _ = tx.exec(sql, params![QUEUE, format!("{MEMBER}%"), now])?;
    let sql = sql!("SELECT COUNT(*) FROM jobs WHERE queue = ?1 AND key LIKE ?2");
    let members: Option<i64> = tx.query_opt(sql, params![QUEUE, format!("{MEMBER}%")], |row| row.get(0))?;
    Ok(members.and_then(|members| usize::try_from(members).ok()).unwrap_or_default())
}

/// Takes or renews the lease of one partition; false when somebody else has it.
fn take(tx: &mut Tx<'_>, owner: &str, partition: u16, until: Timestamp) -> Result<bool, Fault> {
    let now = tx.now();
    let taken = tx.exec(
        sql!(
            "INSERT INTO jobs (queue, key, payload, due_at, lease_until, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (queue, key) DO UPDATE SET payload = excluded.payload, lease_until = excluded.lease_until
             WHERE jobs.lease_until <= ?6 OR jobs.payload = excluded.payload"
        ),
        params![QUEUE, row(partition), owner, NEVER, until, now],
    )?;
    Ok(taken.rows() == 1)
}

/// The partitions that nobody has.
fn free(tx: &mut Tx<'_>) -> Result<Partitions, Fault> {
    let now = tx.now();
    let taken = tx.query(
        sql!("SELECT key FROM jobs WHERE queue = ?1 AND key IN {each:?2} AND lease_until > ?3"),
        params![QUEUE, rows(&partition::all()), now],
        |row| row.get::<String>(0),
    )?;
    Ok(partition::all().into_iter().filter(|partition| !taken.contains(&row(*partition))).collect())
}

fn give_up(tx: &mut Tx<'_>, owner: &str, partitions: &Partitions) -> Result<(), Fault> {
    if partitions.is_empty() {
        return Ok(());
    }
    let sql = sql!("UPDATE jobs SET lease_until = 0 WHERE queue = ?1 AND key IN {each:?2} AND payload = ?3");
    tx.exec(sql, params![QUEUE, rows(partitions), owner]).map(drop)
}

fn leave(tx: &mut Tx<'_>, owner: &str) -> Result<(), Fault> {
    give_up(tx, owner, &partition::all())?;
    let sql = sql!("DELETE FROM jobs WHERE queue = ?1 AND key = ?2");
    tx.exec(sql, params![QUEUE, format!("{MEMBER}{owner}")]).map(drop)
}

fn row(partition: u16) -> String {
    format!("{PARTITION}{partition}")
}

fn rows(partitions: &Partitions) -> String {
    let rows: Vec<String> = partitions.iter().map(|partition| row(*partition)).collect();
    json_list(rows.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use souk_store::{Schema, testing};
    use souk_types::{ManualClock, SeededEntropy};

    use super::{Worker::*, *};

    static SCHEMA: Schema = Schema { service: "shop", migrations: &[] };
    const SPAN: Duration = Duration::from_secs(10);

    struct Rig {
        clock: Arc<ManualClock>,
        env: Env,
        store: Store,
    }

    impl Rig {
        fn share(&self) -> Share {
            Share::new(SPAN, &self.env)
        }

        async fn ask(&self, share: &Share, worker: Worker) -> Partitions {
            share.at_hand(worker, &self.store, &self.env).await
        }

        /// Both workers of an instance begin their next round.
        async fn round(&self, share: &Share) -> Partitions {
            let _ = self.ask(share, Retry).await;
            self.ask(share, Follower).await
        }

        /// Lets time pass, in which these instances go on.
        async fn pass(&self, span: Duration, shares: &[&Share]) {
            let steps = u32::try_from(span.as_millis() / 500).unwrap();
            for _ in 0..steps {
                self.clock.advance(Duration::from_millis(500));
                for share in shares {
                    self.round(share).await;
                }
            }
        }
    }

    async fn each(test: impl AsyncFn(Rig)) {
        for engine in testing::engines() {
            let clock = Arc::new(ManualClock::default());
            let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
            let store = engine.open(&SCHEMA, env.clone()).await;
            test(Rig { clock, env, store }).await;
        }
    }

    #[tokio::test]
    async fn one_alone_has_all_and_more_have_about_as_many_each() {
        each(async |rig: Rig| {
            let (first, second, third) = (rig.share(), rig.share(), rig.share());
            assert_eq!(rig.round(&first).await, partition::all());
            rig.pass(SPAN, &[&first, &second]).await;
            let (one, two) = (rig.round(&first).await, rig.round(&second).await);
            assert_eq!((one.len(), two.len()), (8, 8));
            assert_eq!(one.union(&two).copied().collect::<Partitions>(), partition::all());
            rig.pass(SPAN, &[&first, &second, &third]).await;
            let mut all = Vec::new();
            for share in [&first, &second, &third] {
                all.extend(rig.round(share).await);
            }
            all.sort_unstable();
            assert_eq!(all, (0..partition::COUNT).collect::<Vec<_>>());
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_is_given_what_another_is_at() {
        each(async |rig: Rig| {
            let (first, second) = (rig.share(), rig.share());
            let slow = rig.ask(&first, Follower).await;
            // Retries of the first go on, its follower is at one batch all the time.
            for _ in 0..30 {
                rig.clock.advance(Duration::from_millis(500));
                let _ = rig.ask(&first, Retry).await;
                assert!(rig.round(&second).await.is_empty());
            }
            assert_eq!(slow, partition::all());
            assert_eq!(rig.ask(&first, Retry).await.len(), 8);
            rig.pass(SPAN, &[&first, &second]).await;
            assert_eq!(rig.round(&second).await.len(), 8);
        })
        .await;
    }

    #[tokio::test]
    async fn what_one_had_that_died_goes_to_the_others_when_its_lease_is_over() {
        each(async |rig: Rig| {
            let (first, second) = (rig.share(), rig.share());
            rig.pass(SPAN, &[&first, &second]).await;
            assert_eq!(rig.round(&second).await.len(), 8);
            rig.pass(SPAN / 2, &[&second]).await;
            assert_eq!(rig.round(&second).await.len(), 8);
            rig.pass(SPAN, &[&second]).await;
            assert_eq!(rig.round(&second).await, partition::all());
            // Whoever stood still for so long has nothing, and is one of two again.
            assert!(rig.round(&first).await.is_empty());
            rig.pass(SPAN, &[&first, &second]).await;
            assert_eq!(rig.round(&first).await.len(), 8);
        })
        .await;
    }

    #[tokio::test]
    async fn one_that_ends_leaves_everything_at_once() {
        each(async |rig: Rig| {
            let (first, second) = (rig.share(), rig.share());
            rig.round(&first).await;
            assert!(rig.round(&second).await.is_empty());
            first.end(Retry, &rig.store, &rig.env).await;
            rig.pass(SPAN / 10, &[&second]).await;
            assert!(rig.round(&second).await.is_empty());
            first.end(Follower, &rig.store, &rig.env).await;
            rig.pass(SPAN / 10, &[&second]).await;
            assert_eq!(rig.round(&second).await, partition::all());
        })
        .await;
    }
}
