use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _, join_all};
use serde::Serialize;
use tokio::time;

type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

#[derive(Clone)]
struct Check {
    name: String,
    limit: Duration,
    probe: Probe,
}

/// What must work for this process to be of use, as named checks. Shared by its clones.
#[derive(Clone, Default)]
pub struct Health {
    checks: Arc<Mutex<Vec<Check>>>,
    leaving: Arc<AtomicBool>,
}

/// Whether the process should be sent requests, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Every check passed, and the process is not about to stop.
    pub ready: bool,
    /// About to stop: finishes what it has, wants nothing new.
    pub leaving: bool,
    /// Each check by name: `ok`, or what is wrong.
    pub checks: BTreeMap<String, String>,
}

impl Health {
    /// A registry without checks, which is ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a check that fails when it takes longer than `limit`; one of the same name is replaced.
    pub fn add<F, C>(&self, name: impl Into<String>, limit: Duration, check: F)
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future<Output = Result<(), String>> + Send + 'static,
    {
        let check = Check { name: name.into(), limit, probe: Arc::new(move || check().boxed()) };
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        checks.retain(|other| other.name != check.name);
        checks.push(check);
    }

    /// Says from now on that the process is not ready, so that nothing new is sent to it before it stops.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
    }

    /// Says whether the process is about to stop.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// Runs all checks, at the same time.
    pub async fn readiness(&self) -> Readiness {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let results = join_all(checks.iter().map(Check::run)).await;
        let leaving = self.is_leaving();
        let ready = !leaving && results.iter().all(Result::is_ok);
        let said = |result: Result<(), String>| result.err().unwrap_or_else(|| "ok".to_owned());
        let checks = checks.into_iter().zip(results).map(|(check, result)| (check.name, said(result))).collect();
        Readiness { ready, leaving, checks }
    }
}

impl Check {
    async fn run(&self) -> Result<(), String> {
        let result = time::timeout(self.limit, (self.probe)()).await;
        let result = result.unwrap_or_else(|_| Err(format!("no answer within {:?}", self.limit)));
        if let Err(reason) = &result {
            tracing::warn!(check = self.name, reason, "a health check failed");
        }
        result
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").finish_non_exhaustive()
    }
}
