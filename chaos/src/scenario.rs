//! What happens to the fleet.

use std::time::Duration;

use anyhow::{Result, bail};
use souk_xtask::{
    fleet::{EVERY_SERVICE_APART, POSTGRES, Way},
    link::Condition,
};

/// Ways between processes that are cut and made slow.
pub(crate) const WAYS: [Way; 3] = [("web", "orders"), ("orders", "payments"), ("orders", POSTGRES)];
/// What a slow way is like.
const POOR: Condition = Condition::Poor { delay: Duration::from_millis(300), loss: 0.05 };

/// One thing that happens, and then is over.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// How it is called, by those who choose, too.
    pub name: String,
    pub(crate) fault: Fault,
    /// Whether it is the last of its kind.
    pub(crate) ends_its_kind: bool,
}

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// A process is killed, and started again.
    Kill(&'static str),
    /// The database crashes, and is started again.
    CrashPostgres,
    /// A way is so, for a while.
    Way(Way, Condition),
}

/// All there are: every process of the shop, one of each cluster, the database, and the ways.
pub fn every() -> Vec<Scenario> {
    let processes = EVERY_SERVICE_APART.iter().map(|(name, _)| *name).filter(|name| *name != "web-2");
    let kill = |name| (format!("kill-{name}"), Fault::Kill(name));
    let engines = [kill("redis-1"), kill("nats-1"), ("crash-postgres".to_owned(), Fault::CrashPostgres)];
    let way = |word: &str, condition| {
        let name = |(from, to): Way| format!("{word}-{from}-{to}");
        WAYS.map(|way| (name(way), Fault::Way(way, condition)))
    };
    let kinds: [Vec<_>; 4] =
        [processes.map(kill).collect(), engines.into(), way("cut", Condition::Cut).into(), way("slow", POOR).into()];
    let mut all = Vec::new();
    for kind in kinds {
        let last = kind.len() - 1;
        all.extend(kind.into_iter().enumerate().map(|(at, (name, fault))| Scenario {
            name,
            fault,
            ends_its_kind: at == last,
        }));
    }
    all
}

/// Those whose names have one of these words in them; all, when there are no words.
///
/// # Errors
/// When none has a word; names those there are.
pub fn chosen(words: &[&str]) -> Result<Vec<Scenario>> {
    let all = every();
    if let Some(unknown) = words.iter().find(|word| !all.iter().any(|scenario| scenario.name.contains(**word))) {
        let names: Vec<&str> = all.iter().map(|scenario| scenario.name.as_str()).collect();
        bail!("nothing that can happen is called {unknown}; there are {}", names.join(", "));
    }
    let is_chosen = |scenario: &Scenario| words.is_empty() || words.iter().any(|word| scenario.name.contains(word));
    Ok(all.into_iter().filter(is_chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_choose_among_what_can_happen() {
        let names = |words: &[&str]| chosen(words).unwrap().into_iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names(&["postgres"]), ["crash-postgres", "cut-orders-postgres", "slow-orders-postgres"]);
        assert_eq!(names(&["kill-orders", "nats"]), ["kill-orders-1", "kill-orders-2", "kill-nats-1"]);
        assert_eq!(names(&[]).len(), every().len());
        let error = chosen(&["flood"]).unwrap_err().to_string();
        assert!(error.contains("flood") && error.contains("kill-web-1"), "{error}");
    }
}
