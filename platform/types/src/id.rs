//! Typed, prefixed, time-ordered identifiers: `ord_01J9ZK…`.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ulid::{ULID_LEN, Ulid};

use crate::Env;

/// Names a kind of thing that has ids.
pub trait IdKind: 'static {
    /// The letters before the underscore, for example `ord`.
    const PREFIX: &'static str;
}

/// An identifier of one kind of thing: a `UUIDv7` (RFC 9562) in Crockford base32, so that ids sort by
/// the millisecond they were made in.
pub struct Id<K>(u128, PhantomData<fn() -> K>);

impl<K: IdKind> Id<K> {
    /// Makes a new id from the environment's clock and randomness.
    pub fn generate(env: &Env) -> Self {
        Self::derived(u64::try_from(env.now().as_millis()).unwrap_or(0), env.random_u128())
    }

    /// The id of a millisecond since the Unix epoch and of 74 of these bits, which must be as good as random.
    pub const fn derived(millis: u64, random: u128) -> Self {
        // RFC 9562, 5.7: 48 bits of milliseconds, version 7, variant 0b10.
        let bits = ((millis as u128 & 0xFFFF_FFFF_FFFF) << 80)
            | (0x7 << 76)
            | (random & (0xFFF << 64))
            | (0b10 << 62)
            | (random & 0x3FFF_FFFF_FFFF_FFFF);
        Self::from_bits(bits)
    }

    /// Wraps 128 bits, for ids that are derived (from a hash, say) rather than drawn.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits, PhantomData)
    }

    /// The 128 bits.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The millisecond, since the Unix epoch, in which the id was made.
    pub const fn made_at_ms(self) -> u64 {
        (self.0 >> 80) as u64
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; ULID_LEN];
        f.write_str(K::PREFIX)?;
        f.write_str("_")?;
        f.write_str(Ulid(self.0).array_to_str(&mut text))
    }
}

impl<K: IdKind> From<Id<K>> for String {
    fn from(id: Id<K>) -> Self {
        id.to_string()
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_…")]
pub struct ParseIdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|rest| Ulid::from_string(rest).ok())
            .map(|ulid| Self::from_bits(ulid.0))
            .ok_or(ParseIdError { prefix: K::PREFIX })
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<K>(PhantomData<fn() -> K>);
        impl<K: IdKind> de::Visitor<'_> for Text<K> {
            type Value = Id<K>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an id of the form {}_…", K::PREFIX)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id<K>, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text(PhantomData))
    }
}

/// Declares id types: `id_types! { OrderId = "ord"; }` makes `OrderId` an alias of `Id<OrderIdKind>`.
#[macro_export]
macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident / $kind:ident = $prefix:literal;)*) => {$(
        #[doc = concat!("Marks ids that start with `", $prefix, "_`.")]
        pub enum $kind {}
        impl $crate::IdKind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        $(#[$doc])*
        pub type $name = $crate::Id<$kind>;
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::id_types! {
        /// A thing.
        ThingId / ThingIdKind = "thg";
        /// Another.
        OtherId / OtherIdKind = "oth";
    }

    #[test]
    fn an_id_survives_its_text() {
        let env = Env::for_tests(1);
        let id = ThingId::generate(&env);
        assert_eq!(id.to_string().parse::<ThingId>(), Ok(id));
        assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = ThingId::generate(&Env::for_tests(1));
        assert!(id.to_string().parse::<OtherId>().is_err());
    }

    #[test]
    fn ids_carry_version_variant_and_millisecond() {
        let env = Env::for_tests(1);
        let id = ThingId::generate(&env);
        assert_eq!((id.bits() >> 76) & 0xF, 7);
        assert_eq!((id.bits() >> 62) & 0b11, 0b10);
        assert_eq!(i64::try_from(id.made_at_ms()).unwrap(), env.now().as_millis());
    }

    #[test]
    fn text_sorts_as_the_ids_do() {
        let env = Env::for_tests(1);
        let mut ids: Vec<_> = (0..100).map(|_| ThingId::generate(&env)).collect();
        ids.sort();
        let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted());
    }
}
