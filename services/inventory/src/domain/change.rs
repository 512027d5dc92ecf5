use souk_contracts::inventory::{Level, LevelChange, MovementKind};

use super::Delta;

/// Why a level cannot be changed like that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is not what the caller saw.
    Changed,
    /// Fewer are free than it would take away.
    NotEnough,
    /// It would change nothing, or count beyond what can be counted.
    Meaningless,
}

/// What a change by hand does to a level.
///
/// # Errors
/// When the level does not allow it.
pub fn delta_of(level: &Level, change: &LevelChange) -> Result<(MovementKind, Delta), Refusal> {
    let (kind, delta) = match *change {
        LevelChange::Receive(0) | LevelChange::By(0) => return Err(Refusal::Meaningless),
        LevelChange::Receive(pieces) => (MovementKind::Received, Delta::on_hand(i64::from(pieces))),
        LevelChange::By(pieces) => (MovementKind::Adjusted, Delta::on_hand(pieces)),
        LevelChange::Count { expected, .. } if expected != level.on_hand => return Err(Refusal::Changed),
        LevelChange::Count { counted, .. } if counted < 0 => return Err(Refusal::Meaningless),
        LevelChange::Count { expected, counted } => (MovementKind::Adjusted, Delta::on_hand(counted - expected)),
        LevelChange::Safety(pieces) => (MovementKind::Adjusted, Delta::safety(i64::from(pieces) - level.safety)),
    };
    let on_hand = level.on_hand.checked_add(delta.on_hand).ok_or(Refusal::Meaningless)?;
    if on_hand > i64::from(u32::MAX) {
        return Err(Refusal::Meaningless);
    }
    // What is already short (nothing is, but by a defect) may still be made better.
    if delta.available() < 0 && level.available() + delta.available() < 0 {
        return Err(Refusal::NotEnough);
    }
    Ok((kind, delta))
}

#[cfg(test)]
mod tests {
    use souk_contracts::LocationId;

    use super::*;

    const LEVEL: Level = Level {
        sku: String::new(),
        location: LocationId::from_bits(1),
        on_hand: 10,
        committed: 3,
        reserved: 2,
        safety: 1,
    };

    #[test]
    fn what_is_spoken_for_cannot_be_taken_away() {
        assert_eq!(delta_of(&LEVEL, &LevelChange::By(-4)), Ok((MovementKind::Adjusted, Delta::on_hand(-4))));
        assert_eq!(delta_of(&LEVEL, &LevelChange::By(-5)), Err(Refusal::NotEnough));
        assert_eq!(delta_of(&LEVEL, &LevelChange::Safety(5)), Ok((MovementKind::Adjusted, Delta::safety(4))));
        assert_eq!(delta_of(&LEVEL, &LevelChange::Safety(6)), Err(Refusal::NotEnough));
    }

    #[test]
    fn a_count_is_refused_when_the_level_moved_meanwhile() {
        let count = |expected, counted| delta_of(&LEVEL, &LevelChange::Count { expected, counted });
        assert_eq!(count(9, 12), Err(Refusal::Changed));
        assert_eq!(count(10, 12), Ok((MovementKind::Adjusted, Delta::on_hand(2))));
        assert_eq!(count(10, 10), Ok((MovementKind::Adjusted, Delta::on_hand(0))));
        assert_eq!(count(10, 5), Err(Refusal::NotEnough));
        assert_eq!(count(10, -1), Err(Refusal::Meaningless));
    }

    #[test]
    fn numbers_beyond_counting_are_refused() {
        assert_eq!(delta_of(&LEVEL, &LevelChange::By(i64::MAX)), Err(Refusal::Meaningless));
        assert_eq!(delta_of(&LEVEL, &LevelChange::By(i64::MIN)), Err(Refusal::NotEnough));
    }
}
