//! The partitions of a service's events: what instances of it share among each other. An event belongs to the
//! partition of its key, so that those of one key stay in order, whoever acts on them.

use std::collections::BTreeSet;

/// How many there are, and so how many instances of one service can act at the same time. Places of the stream are kept
/// by partition: another number would make them those of other keys.
pub(crate) const COUNT: u16 = 16;

/// Some of the partitions.
pub(crate) type Partitions = BTreeSet<u16>;

pub(crate) fn all() -> Partitions {
    (0..COUNT).collect()
}

/// The partition of an event's key, the same in every process.
pub(crate) fn of(key: &str) -> u16 {
    let partition = crc32fast::hash(key.as_bytes()) % u32::from(COUNT);
    u16::try_from(partition).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use souk_types::{Env, EventId};

    use super::*;

    #[test]
    fn keys_are_spread_over_all_partitions_and_stay_where_they_are() {
        let env = Env::for_tests(1);
        let mut counts = BTreeMap::<u16, u32>::new();
        for _ in 0..16_000 {
            *counts.entry(of(&EventId::generate(&env).to_string())).or_default() += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Partitions>(), all());
        assert!(counts.values().all(|count| (800..1_200).contains(count)), "{counts:?}");
        // Places in stores are by these.
        assert_eq!(["", "tea", "ord_01J00000000000000000000000"].map(of), [0, 2, 5]);
    }
}
