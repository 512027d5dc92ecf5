use data_encoding::{BASE32_NOPAD, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use souk_types::Fault;

const REFERENCE_BYTES: usize = 16;

/// The sandbox's keys, one for each use, all made of one secret.
pub struct Keys {
    pub tokens: Hmac<Sha256>,
    pub webhooks: Hmac<Sha256>,
    references: Hmac<Sha256>,
}

impl Keys {
    pub fn try_new(secret: &[u8; 32]) -> Result<Self, Fault> {
        let key = |purpose: &str| -> Result<Hmac<Sha256>, Fault> {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(Fault::internal)?;
            mac.update(purpose.as_bytes());
            let derived = mac.finalize().into_bytes();
            Hmac::<Sha256>::new_from_slice(&derived).map_err(Fault::internal)
        };
        Ok(Self { tokens: key("tokens")?, webhooks: key("webhooks")?, references: key("references")? })
    }

    /// The reference of the charge that is made under an idempotency key. Nobody can guess it from the key.
    pub fn reference(&self, idempotency_key: &str) -> String {
        let mut mac = self.references.clone();
        mac.update(idempotency_key.as_bytes());
        let digest = mac.finalize().into_bytes();
        format!("ch_{}", lower(&BASE32_NOPAD, &digest[..REFERENCE_BYTES]))
    }
}

/// Encodes in lower case.
pub fn lower(encoding: &Encoding, bytes: &[u8]) -> String {
    encoding.encode(bytes).to_ascii_lowercase()
}
