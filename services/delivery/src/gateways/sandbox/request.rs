use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use souk_types::Timestamp;

use crate::gateways::LabelOrder;

const PREFIX: &str = "SP";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const STUCK_TRIGGER: &str = "exception";

/// When a parcel begins and how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Journey {
    begins_at_ms: u64,
    takes_ms: u64,
    /// It gets stuck on the way.
    pub stuck: bool,
    /// Tells parcels of the same instant apart.
    salt: u16,
}

impl Journey {
    /// Follows from the order alone, so that the same shipment gets the same number.
    pub fn plan(order: &LabelOrder, speed: f64) -> Self {
        let takes = DAY.mul_f64(f64::from(order.days_max.max(1)) / speed);
        let takes_ms = u64::try_from(takes.as_millis()).unwrap_or(u64::MAX);
        Self {
            begins_at_ms: u64::try_from(order.requested_at.as_millis()).unwrap_or(0),
            takes_ms: takes_ms.clamp(10, (1 << 40) - 1),
            stuck: order.address.line2.to_lowercase().contains(STUCK_TRIGGER),
            salt: u16::try_from(order.shipment.bits() & 0xFFFF).unwrap_or(0),
        }
    }

    pub fn begins_at(&self) -> Timestamp {
        self.part(0.0)
    }

    pub fn ends_at(&self) -> Timestamp {
        self.part(1.0)
    }

    /// The instant at which this part of the journey, from 0 to 1, is done.
    pub fn part(&self, part: f64) -> Timestamp {
        let begins_at = Timestamp::EPOCH + Duration::from_millis(self.begins_at_ms);
        begins_at + Duration::from_millis(self.takes_ms).mul_f64(part)
    }

    /// The tracking number: begin (6 bytes), duration (5), salt (2), stuck or not (1), check (1).
    pub fn to_number(self) -> String {
        let mut bytes = Vec::with_capacity(15);
        bytes.extend(&self.begins_at_ms.to_be_bytes()[2..]);
        bytes.extend(&self.takes_ms.to_be_bytes()[3..]);
        bytes.extend(self.salt.to_be_bytes());
        bytes.push(u8::from(self.stuck));
        bytes.push(check(&bytes));
        format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes))
    }

    /// Reads a tracking number.
    pub fn from_number(number: &str) -> Option<Self> {
        let bytes = BASE32_NOPAD.decode(number.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (body, [claimed]) = bytes.split_last_chunk::<1>()?;
        if body.len() != 14 || check(body) != *claimed {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            body[range].iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
        };
        Some(Self {
            begins_at_ms: number(0..6),
            takes_ms: number(6..11),
            salt: u16::try_from(number(11..13)).ok()?,
            stuck: body[13] == 1,
        })
    }
}

/// Catches mistyped numbers.
fn check(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0x5A, |sum, byte| sum.rotate_left(3) ^ byte)
}
