use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{PoisonError, RwLock},
};

/// What was read of a store and is still true, because nothing was committed since. For what is read far more often
/// than anything in its database changes. Remembers nothing on Postgres, where other processes write as well.
#[derive(Debug)]
pub struct Remembered<K, V> {
    capacity: usize,
    values: RwLock<Values<K, V>>,
}

#[derive(Debug)]
struct Values<K, V> {
    commits: u64,
    by_key: HashMap<K, V>,
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// Remembers so many values at most; when there are more, it begins anew.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, values: RwLock::new(Values { commits: 0, by_key: HashMap::new() }) }
    }

    /// What is known of these keys at this count of [`Store::commits`](crate::Store::commits).
    pub fn known<'k, Q>(&self, commits: Option<u64>, keys: impl IntoIterator<Item = &'k Q>) -> Vec<V>
    where
        Q: Eq + Hash + ?Sized + 'k,
        K: Borrow<Q>,
    {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        match commits == Some(values.commits) {
            true => keys.into_iter().filter_map(|key| values.by_key.get(key).cloned()).collect(),
            false => Vec::new(),
        }
    }

    /// Remembers what was read after [`Store::commits`](crate::Store::commits) was at this count.
    pub fn remember(&self, commits: Option<u64>, read: impl IntoIterator<Item = (K, V)>) {
        let Some(commits) = commits else {
            return;
        };
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if values.commits > commits {
            return;
        }
        if values.commits < commits || values.by_key.len() >= self.capacity {
            values.commits = commits;
            values.by_key.clear();
        }
        values.by_key.extend(read);
    }
}
