use std::{sync::Arc, time::Duration};

use souk_contracts::accounts::{Identity, Person, Session};
use souk_jobs::Background;
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, Timestamp};
use tokio::sync::Semaphore;

use crate::{
    SCHEMA,
    domain::{Digest, Token},
    store::sessions::{self, Known},
};

/// Every use makes a session last this long again.
const CUSTOMER_LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const STAFF_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// A session that is used all the time is written this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60 * 60);
/// Such writes at a time; a session that gets none is touched at its next use.
const TOUCHES_MAX: usize = 8;

/// Keeps sessions.
pub struct Sessions {
    store: Store,
    touches: Arc<Semaphore>,
}

impl Sessions {
    pub fn new(store: Store) -> Self {
        Self { store, touches: Arc::new(Semaphore::new(TOUCHES_MAX)) }
    }

    /// Whose session a token is.
    pub async fn find(&self, cx: &Cx, token: &str) -> Result<Option<Identity>, Fault> {
        let Some(digest) = Digest::of_text(token) else {
            return Ok(None);
        };
        let known = self.store.read(cx, move |tx| sessions::find(tx, &digest)).await?;
        Ok(known.map(|Known { identity, touched_at }| {
            let now = self.store.env().now();
            if now.since(touched_at) >= TOUCH_EVERY {
                self.touch(digest, touched_at, now + life(identity.person));
            }
            identity
        }))
    }

    /// Lets a session last longer, in the background: the answer does not wait for the disk.
    fn touch(&self, digest: Digest, touched_at: Timestamp, expires_at: Timestamp) {
        let Ok(permit) = Arc::clone(&self.touches).try_acquire_owned() else { return };
        let store = self.store.clone();
        let touching = Background::start(async move {
            let _permit = permit;
            let cx = Cx::background(SCHEMA.service, store.env());
            let touching = store.write(&cx, move |tx| sessions::touch(tx, &digest, touched_at, expires_at));
            if let Err(fault) = touching.await {
                tracing::warn!(%fault, "a session was not made to last longer");
            }
        });
        touching.detach();
    }

    /// Ends a session.
    pub async fn end(&self, cx: &Cx, token: &str) -> Result<(), Fault> {
        let Some(digest) = Digest::of_text(token) else {
            return Ok(());
        };
        self.store.write(cx, move |tx| sessions::delete(tx, &digest)).await
    }
}

/// Begins a session in the transaction that found out who somebody is.
pub fn begin(tx: &mut Tx<'_>, person: Person, email: &str, name: &str) -> Result<Session, Fault> {
    let token = Token::generate(tx.env());
    let expires_at = tx.now() + life(person);
    let identity = Identity { person, email: email.to_owned(), name: name.to_owned(), expires_at };
    sessions::insert(tx, &token.digest(), &identity)?;
    Ok(Session { token: token.into_text(), identity })
}

const fn life(person: Person) -> Duration {
    match person {
        Person::Customer(_) => CUSTOMER_LIFE,
        Person::Staff(..) => STAFF_LIFE,
    }
}
