use std::{sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use souk_redis::Redis;
use souk_store::{Store, Tx};
use souk_types::{Cx, ErrorKind, Fault, Timestamp};
use tokio::time::sleep;

use crate::{
    Expired,
    decision::{After, decided, parsed},
    in_store::Row,
    left_behind::LeftBehind,
    scripts::{Scripts, Slot},
};

/// Others that were faster, before a change is given up.
const LOST_MAX: u32 = 100;
/// From so many on, a pause before the next try, give or take half.
const LOST_AT_ONCE_MAX: u32 = 3;
const PAUSE: Duration = Duration::from_millis(2);
/// A document outlives its life by so much, so that it can be told of before it is gone.
const AFTER_LIFE: Duration = Duration::from_hours(24);

/// How long it is remembered that a document was brought from the store. One whose bringer was cut off before it had
/// taken it away there is taken away within minutes; had it ended here meanwhile, it must not come again.
const BROUGHT_REMEMBERED: Duration = Duration::from_hours(24);

/// Documents in Redis, a hash for each: its content, a tag that is drawn anew with every change, and when that was.
#[derive(Debug, Clone)]
pub(crate) struct InRedis {
    redis: Redis,
    name: &'static str,
    store: Store,
    life: Duration,
    scripts: Arc<Scripts>,
    /// What lay in the store when Redis was switched on.
    left_behind: Arc<LeftBehind>,
}

/// A document as it lies there.
#[derive(Default)]
struct Kept {
    tag: Option<String>,
    content: Option<String>,
}

/// What was tried with a document that nobody else has changed meanwhile.
enum Put {
    Done,
    /// Somebody else was faster.
    Lost,
}

impl InRedis {
    pub(crate) fn new(redis: Redis, name: &'static str, store: Store, life: Duration) -> Self {
        let left_behind = Arc::new(LeftBehind::of(store.clone()));
        Self { redis, name, store, life, scripts: Arc::default(), left_behind }
    }

    pub(crate) async fn read<T>(&self, cx: &Cx, key: &str) -> Result<T, Fault>
    where
        T: Default + DeserializeOwned,
    {
        cx.check_deadline()?;
        parsed(self.find(cx, &Slot::of(&self.redis, self.name, key), key).await?.content.as_deref())
    }

    async fn find(&self, cx: &Cx, slot: &Slot, key: &str) -> Result<Kept, Fault> {
        // Asked before: what is brought over by somebody else meanwhile would be in neither place.
        let none_left = self.left_behind.is_known_to_be_none();
        let kept = self.find_here(slot).await?;
        if none_left || kept.tag.is_some() {
            return Ok(kept);
        }
        if let Some(row) = self.left_behind.find(cx, key).await? {
            self.bring(&row).await?;
            self.left_behind.remove(cx, vec![row]).await?;
        }
        self.find_here(slot).await
    }

    async fn find_here(&self, slot: &Slot) -> Result<Kept, Fault> {
        let (tag, content) = self.redis.fields("document.read", &slot.document, &["tag", "content"]).await?;
        Ok(Kept { tag, content })
    }

    /// Puts a document of the store here, unless it is here or was brought before: then what has become of it here is
    /// what counts.
    async fn bring(&self, row: &Row) -> Result<(), Fault> {
        let (slot, env) = (Slot::of(&self.redis, self.name, &row.key), self.store.env());
        let tag = format!("{:032x}", env.random_u128());
        // One that is too old stays for as long as any that has expired, so that it is told of.
        let life = self.life.saturating_sub(env.now().since(row.changed_at)) + AFTER_LIFE;
        let (changed_at, brought) = (row.changed_at.as_micros().to_string(), slot.brought(&row.key));
        let [life_ms, remembered_ms] = [life, BROUGHT_REMEMBERED].map(|span| span.as_millis().to_string());
        let keys = [slot.document.as_str(), &slot.changed, &brought];
        let arguments = [&tag, &row.content, &changed_at, &life_ms, &row.key, &remembered_ms].map(String::as_bytes);
        self.redis.run::<bool>(&self.scripts.bring, &keys, &arguments).await.map(drop)
    }

    /// Brings so many documents here that were left behind in the store; says how many there were.
    pub(crate) async fn bring_over(&self, cx: &Cx, limit: usize) -> Result<usize, Fault> {
        let rows = self.left_behind.oldest(cx, limit).await?;
        let count = rows.len();
        for row in &rows {
            cx.check_deadline()?;
            self.bring(row).await?;
        }
        if count > 0 {
            self.left_behind.remove(cx, rows).await?;
        }
        Ok(count)
    }

    pub(crate) async fn change<T, R, E>(
        &self,
        cx: &Cx,
        key: &str,
        mut decide: impl FnMut(&mut T, Timestamp) -> Result<R, E>,
    ) -> Result<R, E>
    where
        T: Default + Serialize + DeserializeOwned,
        E: From<Fault>,
    {
        let (slot, env) = (Slot::of(&self.redis, self.name, key), self.store.env());
        for lost in 0..LOST_MAX {
            cx.check_deadline()?;
            if lost > LOST_AT_ONCE_MAX {
                sleep(env.jitter(PAUSE)).await;
            }
            let (kept, now) = (self.find(cx, &slot, key).await?, env.now());
            let (after, answer) = decided(kept.content.as_deref(), now, &mut decide)?;
            let content = match &after {
                After::Same => return Ok(answer),
                After::Content(content) => content.as_str(),
                After::Gone => "",
            };
            match self.put(&slot, key, kept.tag.as_deref().unwrap_or_default(), content, now).await? {
                Put::Done => return Ok(answer),
                Put::Lost => {}
            }
        }
        Err(Fault::unavailable(format!("{}: others are always faster", self.name)).into())
    }

    /// Writes a document if it still has the tag, with a new one.
    async fn put(&self, slot: &Slot, key: &str, tag: &str, content: &str, now: Timestamp) -> Result<Put, Fault> {
        let new_tag = format!("{:032x}", self.store.env().random_u128());
        let life_ms = (self.life + AFTER_LIFE).as_millis().to_string();
        let now = now.as_micros().to_string();
        let keys = [slot.document.as_str(), &slot.changed];
        let arguments = [tag, &new_tag, content, &now, &life_ms, key].map(str::as_bytes);
        match self.redis.run(&self.scripts.put, &keys, &arguments).await {
            Ok(true) => Ok(Put::Done),
            Ok(false) => Ok(Put::Lost),
            // It may have been done: by its new tag, the script knows whether it was. When it was not, or somebody has
            // changed the document since, nobody can tell, and what was decided must not be done twice.
            Err(fault) if fault.kind == ErrorKind::Unavailable => {
                match self.redis.run(&self.scripts.put, &keys, &arguments).await {
                    Ok(true) => Ok(Put::Done),
                    Ok(false) | Err(_) => Err(fault),
                }
            }
            Err(fault) => Err(fault),
        }
    }

    pub(crate) async fn expire<T>(
        &self,
        cx: &Cx,
        since: Timestamp,
        limit: usize,
        mut tell: impl FnMut(&mut Tx<'_>, Expired<T>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<usize, Fault>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let mut told = Vec::new();
        for slot in Slot::all(&self.redis, self.name) {
            cx.check_deadline()?;
            told.extend(
                self.put_aside(&slot, since, limit - told.len()).await?.into_iter().map(|aside| (slot.clone(), aside)),
            );
            if told.len() >= limit {
                break;
            }
        }
        if told.is_empty() {
            return Ok(0);
        }
        let expired = told.iter().map(|(_, aside)| aside.clone()).collect::<Vec<_>>();
        let work = move |tx: &mut Tx<'_>| {
            for Aside { label, content } in &expired {
                let (key, changed_at) = read_label(label)?;
                let document = serde_json::from_str(content).map_err(Fault::internal)?;
                tell(tx, Expired { key, document, changed_at })?;
            }
            Ok::<_, Fault>(())
        };
        self.store.write(cx, work).await?;
        for (slot, Aside { label, .. }) in &told {
            self.redis.run::<u32>(&self.scripts.forget, &[&slot.aside], &[label.as_bytes()]).await?;
        }
        Ok(told.len())
    }

    /// Puts what is due aside, where no reader finds it, and says what is there: what was put there before and not told of
    /// comes again.
    async fn put_aside(&self, slot: &Slot, since: Timestamp, limit: usize) -> Result<Vec<Aside>, Fault> {
        let (since, limit) = (since.as_micros().to_string(), limit.to_string());
        let arguments = [since.as_bytes(), limit.as_bytes()];
        let due: Vec<String> = self.redis.run(&self.scripts.due, &[&slot.changed], &arguments).await?;
        for key in &due {
            let document = slot.document(key);
            let keys = [document.as_str(), &slot.changed, &slot.aside];
            self.redis.run::<bool>(&self.scripts.put_aside, &keys, &[key.as_bytes(), since.as_bytes()]).await?;
        }
        let aside: Vec<(String, String)> =
            self.redis.run(&self.scripts.aside, &[&slot.aside], &[limit.as_bytes()]).await?;
        Ok(aside.into_iter().map(|(label, content)| Aside { label, content }).collect())
    }
}

/// A document that is put aside, under the moment of its last change and its key.
#[derive(Debug, Clone)]
struct Aside {
    label: String,
    content: String,
}

fn read_label(label: &str) -> Result<(String, Timestamp), Fault> {
    let wrong = || Fault::internal(format!("{label} is no label"));
    let (micros, key) = label.split_once(':').ok_or_else(wrong)?;
    Ok((key.to_owned(), Timestamp::from_micros(micros.parse().map_err(|_| wrong())?)))
}
