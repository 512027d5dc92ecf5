//! Hashing and checking passwords: slow on purpose, so only a few at a time, and never on the threads that
//! serve everybody.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error as HashError, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use souk_contracts::accounts::Error;
use souk_types::{Cx, Env, Fault};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::domain::{NewPassword, is_guessable};

/// Hashes that are computed at the same time.
const RUNNING_MAX: usize = 2;
/// Those who wait for one: about a second's work. More would only wait for their deadlines.
const WAITING_MAX: usize = 64;
const RETRY_AFTER_S: u64 = 5;

/// OWASP's first choice for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// A hash that no password has, for emails without an account: checking takes as long as for the others.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cyBzYWx0IDE2Yg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords with argon2id.
pub struct Passwords {
    env: Env,
    line: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// A place in line.
pub struct Place {
    _place: OwnedSemaphorePermit,
    running: Arc<Semaphore>,
    env: Env,
}

impl Passwords {
    pub fn new(env: Env) -> Self {
        Self {
            env,
            line: Arc::new(Semaphore::new(RUNNING_MAX + WAITING_MAX)),
            running: Arc::new(Semaphore::new(RUNNING_MAX)),
        }
    }

    /// Takes a place in line, before anything is written down about the try.
    ///
    /// # Errors
    /// [`Error::Throttled`] when the line is full.
    pub fn place(&self) -> Result<Place, Error> {
        let place = Arc::clone(&self.line)
            .try_acquire_owned()
            .map_err(|_| Error::Throttled { retry_after_s: RETRY_AFTER_S })?;
        Ok(Place { _place: place, running: Arc::clone(&self.running), env: self.env.clone() })
    }
}

impl Place {
    /// Hashes a new password, unless it is easily guessed.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](souk_types::ErrorKind::Invalid) on `password`.
    pub async fn hash(&self, cx: &Cx, password: NewPassword) -> Result<String, Fault> {
        let salt = self.env.random_bytes::<SALT_BYTES>();
        self.run(cx, move || {
            if let Some(wrong) = is_guessable(&password) {
                return Err(Fault::invalid_fields(vec![wrong]));
            }
            let hash = hasher()?.hash_password_with_salt(password.text.as_bytes(), &salt).map_err(Fault::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Says whether a password is the one that was hashed; takes as long when there is none.
    pub async fn check(&self, cx: &Cx, password: String, hash: Option<String>) -> Result<bool, Fault> {
        self.run(cx, move || {
            let known = PasswordHash::new(hash.as_deref().unwrap_or(NOBODYS)).map_err(Fault::internal)?;
            match hasher()?.verify_password(password.as_bytes(), &known) {
                Ok(()) => Ok(hash.is_some()),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(Fault::internal(error)),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        cx: &Cx,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let turn = timeout(cx.remaining(), Arc::clone(&self.running).acquire_owned())
            .await
            .map_err(|_| Fault::deadline())?
            .map_err(Fault::internal)?;
        // The turn goes with the work: a caller who goes away does not make room for another hash.
        let hashing = spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        hashing.await.map_err(Fault::internal)?
    }
}

fn hasher() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Fault::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use souk_types::{Actor, TraceId};

    use super::*;

    fn cx() -> Cx {
        Cx::new(Actor::ANONYMOUS, std::time::Duration::from_secs(30), TraceId::from_bits(1))
    }

    fn new(text: &str) -> NewPassword {
        NewPassword { text: text.to_owned(), known: [String::new(), String::new()] }
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_salted_hash() {
        let place = Passwords::new(Env::for_tests(1)).place().unwrap();
        let first = place.hash(&cx(), new("correct horse")).await.unwrap();
        let second = place.hash(&cx(), new("correct horse")).await.unwrap();
        assert_ne!(first, second);
        assert!(place.check(&cx(), "correct horse".to_owned(), Some(first.clone())).await.unwrap());
        assert!(!place.check(&cx(), "battery staple".to_owned(), Some(first)).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_password_costs_as_much_and_is_never_right() {
        let place = Passwords::new(Env::for_tests(1)).place().unwrap();
        let real = place.hash(&cx(), new("correct horse")).await.unwrap();
        let shape = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(shape(NOBODYS), shape(&real));
        assert_eq!(NOBODYS.len(), real.len());
        assert!(!place.check(&cx(), "correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn the_line_is_bounded() {
        let passwords = Passwords::new(Env::for_tests(1));
        let places: Vec<_> = (0..RUNNING_MAX + WAITING_MAX).map(|_| passwords.place().unwrap()).collect();
        assert!(matches!(passwords.place(), Err(Error::Throttled { retry_after_s: RETRY_AFTER_S })));
        drop(places);
        assert!(passwords.place().is_ok());
    }
}
