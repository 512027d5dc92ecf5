use std::time::Duration;

use souk_types::{Timestamp, text_enum};

/// After so long without a try, earlier ones do not count.
pub const FORGET_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

text_enum! {
    /// Where somebody tries to sign in.
    pub enum Door {
        /// The shop.
        Customer = "customer",
        /// The admin console.
        Staff = "staff",
        /// Nowhere: a message is to be sent to an address that may not be theirs.
        Messages = "messages",
    }
}

/// How many tries there are before one has to wait, and how long.
struct Pace {
    free: u32,
    wait_min: Duration,
    wait_max: Duration,
}

impl Door {
    const fn pace(self) -> Pace {
        match self {
            // Wrong passwords that cost nothing but time.
            Self::Customer | Self::Staff => {
                Pace { free: 5, wait_min: Duration::from_secs(15), wait_max: Duration::from_mins(15) }
            }
            // Nobody is to fill a stranger's mailbox.
            Self::Messages => Pace { free: 3, wait_min: Duration::from_mins(2), wait_max: Duration::from_hours(1) },
        }
    }
}

/// Tries to sign in with an email since the last that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub count: u32,
    /// When the last was.
    pub last_at: Timestamp,
    /// No more until then.
    pub blocked_until: Timestamp,
}

/// Counts another try, before its outcome is known: many at the same time are no way around the wait.
///
/// # Errors
/// How long to wait.
pub fn another(door: Door, before: Option<Tries>, now: Timestamp) -> Result<Tries, Duration> {
    let Pace { free, wait_min, wait_max } = door.pace();
    let before = before.filter(|before| now.since(before.last_at) < FORGET_AFTER);
    if let Some(before) = before
        && now < before.blocked_until
    {
        return Err(before.blocked_until.since(now));
    }
    let count = before.map_or(0, |before| before.count).saturating_add(1);
    let blocked_until = match count.checked_sub(free) {
        None => now,
        Some(doublings) => now + wait_min.saturating_mul(1 << doublings.min(16)).min(wait_max),
    };
    Ok(Tries { count, last_at: now, blocked_until })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let mut tries = None;
        let mut waits = Vec::new();
        let mut now = Timestamp::EPOCH;
        for _ in 0..13 {
            let next = another(Door::Customer, tries, now).unwrap();
            waits.push(next.blocked_until.since(now).as_secs());
            now = next.blocked_until;
            tries = Some(next);
        }
        assert_eq!(waits, [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn who_does_not_wait_is_told_how_long() {
        let tries = Tries { count: 5, last_at: after(0), blocked_until: after(15) };
        assert_eq!(another(Door::Staff, Some(tries), after(5)), Err(Duration::from_secs(10)));
        assert_eq!(another(Door::Staff, Some(tries), after(15)).map(|tries| tries.count), Ok(6));
    }

    #[test]
    fn a_day_later_all_is_forgotten() {
        let tries = Tries { count: 50, last_at: after(0), blocked_until: after(900) };
        assert_eq!(another(Door::Staff, Some(tries), after(86_400)).map(|tries| tries.count), Ok(1));
    }
}
