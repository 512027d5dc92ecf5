use std::{sync::Arc, time::Duration};

use souk_contracts::{
    ApiKeyId,
    accounts::{API_KEYS_MAX, ApiKey, Error, NewApiKey},
    permission::Scope,
};
use souk_jobs::Background;
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, Page, PageRequest, limits::LINE_BYTES_MAX};
use tokio::sync::Semaphore;

use crate::{
    SCHEMA,
    domain::{Digest, Token},
    store::keys,
};

/// The use of a key is written this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// Such writes at a time; a key that gets none is touched at its next use.
const TOUCHES_MAX: usize = 8;
/// Characters at the end of a secret that are told for ever.
const HINT_CHARS: usize = 4;

/// Keeps the keys of programs.
pub struct Keys {
    store: Store,
    touches: Arc<Semaphore>,
}

impl Keys {
    pub fn new(store: Store) -> Self {
        Self { store, touches: Arc::new(Semaphore::new(TOUCHES_MAX)) }
    }

    /// Makes a key.
    pub async fn create(&self, cx: &Cx, name: &str, mut scopes: Vec<Scope>) -> Result<NewApiKey, Error> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.len() > LINE_BYTES_MAX || name.chars().any(char::is_control) {
            return Err(Fault::invalid("name", "must be filled in, on one line").into());
        }
        if scopes.is_empty() {
            return Err(Fault::invalid("scopes", "must be at least one").into());
        }
        scopes.sort_unstable();
        scopes.dedup();
        // Nobody gives away what they do not have.
        for scope in &scopes {
            cx.actor.require(scope.permissions())?;
        }
        let env = self.store.env();
        let token = Token::generate(env);
        let digest = token.digest();
        let token = token.into_text();
        let key = ApiKey {
            id: ApiKeyId::generate(env),
            name,
            scopes,
            hint: token[token.len() - HINT_CHARS..].to_owned(),
            created_by: cx.actor.label().to_owned(),
            created_at: env.now(),
            last_used_at: None,
        };
        let kept = key.clone();
        let work = move |tx: &mut Tx<'_>| {
            if usize::try_from(keys::count(tx)?).is_ok_and(|count| count >= API_KEYS_MAX) {
                return Err(Error::from(Fault::conflict("there are too many keys; revoke some first")));
            }
            Ok(keys::add(tx, &kept, &digest)?)
        };
        self.store.write(cx, work).await?;
        Ok(NewApiKey { token, key })
    }

    /// Lists keys, oldest first.
    pub async fn page(&self, cx: &Cx, page: PageRequest) -> Result<Page<ApiKey>, Fault> {
        let work = move |tx: &mut Tx<'_>| {
            let after = page.after.as_ref().map_or("", |cursor| cursor.0.as_str());
            let rows = keys::page(tx, after, &page)?;
            Ok(Page::from_rows(rows, &page, |last| last.id.to_string()))
        };
        self.store.read(cx, work).await
    }

    /// Revokes a key.
    pub async fn revoke(&self, cx: &Cx, id: ApiKeyId) -> Result<(), Fault> {
        self.store.write(cx, move |tx| keys::delete(tx, id)).await
    }

    /// Whose key a token is.
    pub async fn find(&self, cx: &Cx, token: &str) -> Result<Option<ApiKey>, Fault> {
        let Some(digest) = Digest::of_text(token) else {
            return Ok(None);
        };
        let key = self.store.read(cx, move |tx| keys::find(tx, &digest)).await?;
        if let Some(key) = &key
            && key.last_used_at.is_none_or(|at| self.store.env().now().since(at) >= TOUCH_EVERY)
        {
            self.touch(key.id);
        }
        Ok(key)
    }

    /// Notes the use of a key, in the background: the answer does not wait for the disk.
    fn touch(&self, id: ApiKeyId) {
        let Ok(permit) = Arc::clone(&self.touches).try_acquire_owned() else { return };
        let store = self.store.clone();
        let touching = Background::start(async move {
            let _permit = permit;
            let cx = Cx::background(SCHEMA.service, store.env());
            let at = store.env().now();
            if let Err(fault) = store.write(&cx, move |tx| keys::touch(tx, id, at)).await {
                tracing::warn!(%fault, "the use of an API key was not noted");
            }
        });
        touching.detach();
    }
}
