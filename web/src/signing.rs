//! Signs what visitors keep for the shop, and derives guests' ids.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use souk_contracts::CustomerId;
use souk_types::{Env, Id, Timestamp};

/// Bytes of a signature.
const TAG_BYTES: usize = 20;
/// Random bytes of a guest's secret.
const GUEST_BYTES: usize = 16;
/// Bytes of the moment before them, milliseconds since the Unix epoch, big-endian.
const MOMENT_BYTES: usize = 6;

/// Signs with keys that are derived from the shop's secret, one for each purpose.
pub struct Signer {
    guests: [u8; 32],
    seals: [u8; 32],
}

impl Signer {
    /// Derives the keys.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self {
            guests: blake3::derive_key("souk web 2026 guest ids", secret),
            seals: blake3::derive_key("souk web 2026 sealed cookies", secret),
        }
    }

    /// Draws a guest's secret. It begins with the moment, which goes into the id as well: the rows of shoppers who
    /// come at the same time then lie side by side, and a batch of their orders changes few pages of a table.
    pub fn new_guest(&self, env: &Env) -> String {
        let mut bytes = [0; MOMENT_BYTES + GUEST_BYTES];
        let (moment, random) = bytes.split_at_mut(MOMENT_BYTES);
        moment.copy_from_slice(&env.now().as_millis().to_be_bytes()[8 - MOMENT_BYTES..]);
        random.copy_from_slice(&env.random_bytes::<GUEST_BYTES>());
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// The customer that a guest's secret stands for; `None` when it is not a secret of the right form.
    pub fn guest(&self, secret: &str) -> Option<CustomerId> {
        let bytes = BASE64URL_NOPAD.decode(secret.as_bytes()).ok()?;
        let bytes: [u8; MOMENT_BYTES + GUEST_BYTES] = bytes.try_into().ok()?;
        let mut moment = [0; 8];
        moment[8 - MOMENT_BYTES..].copy_from_slice(&bytes[..MOMENT_BYTES]);
        let hash = blake3::keyed_hash(&self.guests, &bytes);
        let random = hash.as_bytes().first_chunk().copied().unwrap_or_default();
        Some(Id::derived(u64::from_be_bytes(moment), u128::from_be_bytes(random)))
    }

    /// Makes a text that only this shop can have made, for one purpose, that holds until some time. Fit for a
    /// cookie; readable, not secret.
    pub fn seal(&self, purpose: &str, payload: &[u8], until: Timestamp) -> String {
        let until = until.as_secs().to_be_bytes();
        let mut bytes = Vec::with_capacity(TAG_BYTES + until.len() + payload.len());
        bytes.extend_from_slice(&self.tag(purpose, until, payload));
        bytes.extend_from_slice(&until);
        bytes.extend_from_slice(payload);
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// The payload of a sealed text; `None` when it was made by somebody else, for another purpose, or long ago.
    pub fn open(&self, purpose: &str, sealed: &str, now: Timestamp) -> Option<Vec<u8>> {
        let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (tag, rest) = bytes.split_first_chunk::<TAG_BYTES>()?;
        let (until, payload) = rest.split_first_chunk::<8>()?;
        let right = self.tag(purpose, *until, payload);
        let valid = constant_time_eq(tag, &right) && i64::from_be_bytes(*until) > now.as_secs();
        valid.then(|| payload.to_vec())
    }

    fn tag(&self, purpose: &str, until: [u8; 8], payload: &[u8]) -> [u8; TAG_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(&self.seals);
        hasher.update(&(purpose.len() as u64).to_be_bytes()).update(purpose.as_bytes());
        hasher.update(&until).update(payload);
        hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default()
    }
}

/// Compares without telling by its duration where the difference is.
fn constant_time_eq(left: &[u8; TAG_BYTES], right: &[u8; TAG_BYTES]) -> bool {
    left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// How long something sealed now holds.
pub fn until(env: &Env, span: Duration) -> Timestamp {
    env.now() + span
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn what_was_sealed_opens_until_its_time() {
        let (env, signer) = (Env::for_tests(1), Signer::new(&[7; 32]));
        let sealed = signer.seal("form", b"hello", until(&env, MINUTE));
        assert_eq!(signer.open("form", &sealed, env.now()).as_deref(), Some(&b"hello"[..]));
        assert_eq!(signer.open("form", &sealed, env.now() + MINUTE), None);
    }

    #[test]
    fn what_was_sealed_elsewhere_or_for_something_else_does_not_open() {
        let (env, signer) = (Env::for_tests(1), Signer::new(&[7; 32]));
        let sealed = signer.seal("form", b"hello", until(&env, MINUTE));
        assert_eq!(signer.open("notice", &sealed, env.now()), None);
        assert_eq!(Signer::new(&[8; 32]).open("form", &sealed, env.now()), None);
        let mut forged = sealed.into_bytes();
        let last = forged.len() - 2;
        forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
        assert_eq!(signer.open("form", std::str::from_utf8(&forged).unwrap(), env.now()), None);
    }

    #[test]
    fn a_guest_is_the_same_customer_every_time_and_another_in_another_shop() {
        let (env, signer) = (Env::for_tests(1), Signer::new(&[7; 32]));
        let secret = signer.new_guest(&env);
        let customer = signer.guest(&secret).unwrap();
        assert_eq!(i64::try_from(customer.made_at_ms()).unwrap(), env.now().as_millis());
        assert_eq!(signer.guest(&secret), signer.guest(&secret));
        assert_ne!(signer.guest(&secret), Signer::new(&[8; 32]).guest(&secret));
        assert_eq!(signer.guest("short"), None);
    }
}
