use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest as _, Sha256};
use souk_types::Env;
use subtle::ConstantTimeEq;

const TOKEN_BYTES: usize = 32;
/// Longer texts are no tokens, and not worth hashing.
const TEXT_BYTES_MAX: usize = 100;

/// A secret of 256 random bits, as its holder has it.
pub struct Token(String);

/// The SHA-256 digest of a token, as it is kept. A random token needs no salt and no slow hash.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Token {
    /// Draws a new one.
    pub fn generate(env: &Env) -> Self {
        Self(BASE64URL_NOPAD.encode(&env.random_bytes::<TOKEN_BYTES>()))
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0.as_bytes()).into())
    }

    /// Hands it over.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Digest {
    /// The digest of what somebody says is a token; `None` when it cannot be one.
    pub fn of_text(text: &str) -> Option<Self> {
        (text.len() <= TEXT_BYTES_MAX).then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }

    /// A digest as its holder is told it, which gives no access.
    pub fn id_of(bytes: &[u8]) -> String {
        HEXLOWER.encode(bytes)
    }

    /// The digest that was told so.
    pub fn of_id(id: &str) -> Option<Self> {
        HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// The bytes, to look it up by.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time.
    pub fn is(&self, kept: &[u8]) -> bool {
        self.0.as_slice().ct_eq(kept).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_text() {
        let env = Env::for_tests(1);
        let (token, other) = (Token::generate(&env), Token::generate(&env));
        let (digest, other) = (token.digest(), other.digest());
        let text = token.into_text();
        assert_eq!(text.len(), 43);
        assert!(Digest::of_text(&text).is_some_and(|found| found.is(digest.bytes()) && !found.is(other.bytes())));
        assert!(!digest.is(&[]));
        assert!(Digest::of_text(&"x".repeat(101)).is_none());
    }
}
