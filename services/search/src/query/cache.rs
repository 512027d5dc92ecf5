//! Answers to queries that come again before the index changes.

use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// Answers by question, for one generation of the index. At most as many as `capacity` are kept: those
/// asked for since the younger half filled up.
#[derive(Debug)]
pub struct Answers<K, V> {
    capacity: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    generation: u64,
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
}

impl<K: Hash + Eq + Clone, V> Answers<K, V> {
    /// Room for so many answers.
    pub fn new(capacity: usize) -> Self {
        let kept = Kept { generation: 0, young: HashMap::new(), old: HashMap::new() };
        Self { capacity, kept: Mutex::new(kept) }
    }

    /// The answer of this generation, if it is known.
    pub fn get(&self, generation: u64, question: &K) -> Option<Arc<V>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation != generation {
            return None;
        }
        if let Some(answer) = kept.young.get(question) {
            return Some(Arc::clone(answer));
        }
        let answer = kept.old.remove(question)?;
        self.insert(&mut kept, question.clone(), Arc::clone(&answer));
        Some(answer)
    }

    /// Keeps an answer.
    pub fn put(&self, generation: u64, question: K, answer: Arc<V>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation > generation {
            return;
        }
        if kept.generation < generation {
            *kept = Kept { generation, young: HashMap::new(), old: HashMap::new() };
        }
        self.insert(&mut kept, question, answer);
    }

    fn insert(&self, kept: &mut Kept<K, V>, question: K, answer: Arc<V>) {
        if kept.young.len() >= self.capacity / 2 {
            kept.old = mem::take(&mut kept.young);
        }
        kept.young.insert(question, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_one_generation() {
        let answers = Answers::new(4);
        answers.put(1, "a", Arc::new(1));
        assert_eq!(answers.get(1, &"a").as_deref(), Some(&1));
        assert_eq!(answers.get(2, &"a"), None);
        answers.put(2, "b", Arc::new(2));
        assert_eq!(answers.get(2, &"a"), None);
        answers.put(1, "c", Arc::new(3));
        assert_eq!(answers.get(2, &"c"), None);
    }

    #[test]
    fn what_is_asked_often_stays() {
        let answers = Answers::new(4);
        answers.put(0, 0, Arc::new(0));
        for n in 1..50 {
            answers.put(0, n, Arc::new(n));
            assert!(answers.get(0, &0).is_some());
        }
        let kept = answers.kept.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 5);
    }
}
