//! Instances of search, each with an index of its own: a new one begins with a copy of another's.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod shop;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use shop::{Making, Shop, placed, product, query, with};
use souk_contracts::{
    ProductId,
    catalog::ProductsChanged,
    search::{RebuildState, RebuildWanted},
};
use souk_files::{Files, testing::S3Server};
use souk_search::Copies;
use souk_types::{Env, ErrorKind, ServiceError};
use tempfile::TempDir;

const EVERY: Duration = Duration::from_millis(50);

/// Files that instances share.
struct Shared {
    disk: TempDir,
    s3: Option<S3Server>,
}

impl Shared {
    fn folder() -> Self {
        Self { disk: tempfile::tempdir().unwrap(), s3: None }
    }

    fn s3() -> Self {
        Self { s3: Some(S3Server::start()), ..Self::folder() }
    }

    /// The same files as another instance has them.
    fn files(&self) -> Files {
        let env = Env::system();
        let scratch = self.disk.path().join(format!("scratch-{:032x}", env.random_u128()));
        match &self.s3 {
            Some(s3) => Files::in_s3(&s3.config(), scratch, env).unwrap(),
            None => Files::in_folder(self.path(), scratch, env),
        }
    }

    /// Where they lie by their keys.
    fn path(&self) -> PathBuf {
        self.s3.as_ref().map_or_else(|| self.disk.path().join("files"), S3Server::files)
    }
}

fn copies(shared: &Shared) -> Option<Copies> {
    // A copy is read while others are made, and goes when two are newer: over a network that takes a while.
    let every = if shared.s3.is_some() { EVERY * 20 } else { EVERY };
    Some(Copies { files: shared.files().below("search"), every })
}

/// An instance that has heard of everything, and has these products.
async fn first(shared: &Shared, titles: &[&str]) -> Shop {
    let first = Shop::make(Making { copies: copies(shared), ..Making::default() }).await;
    first.catch_up();
    let numbered = (1..).zip(titles);
    first.put(numbered.map(|(number, title)| product(number, title)).collect()).await;
    first
}

/// Another instance, on an empty disk.
async fn another(shared: &Shared, first: &Shop) -> Shop {
    Shop::make(Making { world: Arc::clone(&first.world), copies: copies(shared), ..Making::default() }).await
}

fn complete(shared: &Shared) -> Vec<PathBuf> {
    let found = fs::read_dir(shared.path().join("search")).into_iter().flatten();
    let paths = found.map(|found| found.unwrap().path());
    let is_complete = |path: &PathBuf| path.to_string_lossy().contains("/copy-") && path.join("copy.json").is_file();
    let mut paths: Vec<PathBuf> = paths.filter(is_complete).collect();
    paths.sort_unstable();
    paths
}

/// A copy that somebody is still writing, and newer than any other: it does not say what it is yet.
fn half(shared: &Shared) {
    let half = shared.path().join("search/copy-08888888888888888888-0");
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("search.db"), "half").unwrap();
}

/// Waits for a copy that was begun after this moment.
async fn newer_copy(shop: &Shop, shared: &Shared) {
    let last = complete(shared).pop();
    shop.soon("a copy was made", async |_| complete(shared).pop() > last).await;
    let seen = complete(shared).pop();
    // The next one is begun after it.
    shop.soon("another copy was made", async |_| complete(shared).pop() > seen).await;
    assert!(complete(shared).len() <= 3, "old ones are removed");
}

#[tokio::test]
async fn a_new_instance_begins_with_a_copy_and_asks_for_no_catalogue() {
    for shared in [Shared::folder(), Shared::s3()] {
        let first = first(&shared, &["Red lamp", "Blue lamp"]).await;
        first.tell(&placed(&first, 2, 40)).await;
        first.soon("the one that sells comes first", async |shop| shop.titles("lamp").await[0] == "Blue lamp").await;
        half(&shared);
        newer_copy(&first, &shared).await;
        first.world.is_down.store(true, Ordering::SeqCst);

        let second = another(&shared, &first).await;
        second.catch_up();
        assert_eq!(second.titles("lamp").await, ["Blue lamp", "Red lamp"]);
        // What it hears from now on it has by itself.
        first.world.is_down.store(false, Ordering::SeqCst);
        second.put(vec![product(3, "Green lamp")]).await;
        assert_eq!((second.titles("green").await.len(), first.titles("green").await.len()), (1, 0));
    }
}

#[tokio::test]
async fn without_news_no_copy_is_made_however_old_the_last_one_is() {
    let shared = Shared::folder();
    let first = first(&shared, &["Lamp"]).await;
    first.follow(7).await;
    // One that was under way does not know the place yet; the one after it does.
    let place = |copy: &PathBuf| fs::read_to_string(copy.join("copy.json")).unwrap().contains(r#""events":7"#);
    first.soon("there is a copy", async |_| complete(&shared).last().is_some_and(place)).await;
    let last = || complete(&shared).pop();
    let copied = last();
    tokio::time::sleep(EVERY * 20).await;
    assert_eq!(last(), copied);
    // Neither does an instance that has come less far.
    let second = another(&shared, &first).await;
    second.catch_up();
    second.follow(6).await;
    tokio::time::sleep(EVERY * 20).await;
    assert_eq!(last(), copied);
    first.follow(8).await;
    first.soon("news are copied", async |_| last() > copied).await;
}

#[tokio::test]
async fn an_instance_answers_only_when_it_is_up_to_date() {
    let shared = Shared::folder();
    let first = first(&shared, &["Lamp"]).await;
    newer_copy(&first, &shared).await;
    let second = another(&shared, &first).await;
    let refused = second.search.search(&second.cx(), query("lamp")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    assert!(!second.search.status(&second.cx()).await.unwrap().up_to_date);
    second.catch_up();
    assert_eq!(second.titles("lamp").await, ["Lamp"]);
    assert!(second.search.status(&second.cx()).await.unwrap().up_to_date);
}

#[tokio::test]
async fn whoever_missed_events_builds_the_index_anew() {
    let shared = Shared::folder();
    let shop = first(&shared, &["Old name"]).await;
    shop.set(with(product(1, "New name"), |new| new.version = 2));
    shop.miss();
    shop.soon("the name is the new one", async |shop| shop.titles("new").await.len() == 1).await;
}

#[tokio::test]
async fn a_copy_that_is_no_use_is_passed_over() {
    let shared = Shared::folder();
    let first = first(&shared, &["Lamp"]).await;
    newer_copy(&first, &shared).await;
    let world = Arc::clone(&first.world);
    first.stop().await;
    let [.., before, last] = &complete(&shared)[..] else { panic!("the copy before the last is kept") };
    let fresh = async || {
        // It makes none itself, so that none is removed.
        let rarely = copies(&shared).map(|copies| Copies { every: Duration::from_hours(1), ..copies });
        let making = Making { world: Arc::clone(&world), copies: rarely, ..Making::default() };
        let fresh = Shop::make(making).await;
        fresh.catch_up();
        fresh.soon("it is full", async |shop| shop.search.status(&shop.cx()).await.unwrap().up_to_date).await;
        assert_eq!(fresh.titles("lamp").await, ["Lamp"]);
        fresh.stop().await;
    };
    // What is damaged is noticed when the index is opened.
    fs::write(segment(&last.join("index")), "nothing").unwrap();
    fresh().await;
    // The last does not say what it is, and the one before has another layout: the catalogue is read.
    fs::remove_file(last.join("copy.json")).unwrap();
    fs::write(before.join("copy.json"), r#"{"index_version": 1, "documents": 1}"#).unwrap();
    fresh().await;
}

#[tokio::test]
async fn an_instance_that_has_an_index_keeps_it() {
    let shared = Shared::folder();
    let first = first(&shared, &["Lamp"]).await;
    newer_copy(&first, &shared).await;
    let second = another(&shared, &first).await;
    second.catch_up();
    second.set(product(2, "Later lamp"));
    second.tell(&ProductsChanged { products: vec![ProductId::from_bits(2)] }).await;
    let (index, databases) = (second.index_folder(), second.databases());
    copies(&shared).unwrap().restore(&index, &databases).await.unwrap();
    assert_eq!(second.titles("later").await, ["Later lamp"]);
}

#[tokio::test]
async fn every_instance_builds_its_index_anew_when_one_is_told_to() {
    let shared = Shared::folder();
    let first = first(&shared, &["Lamp"]).await;
    let second = another(&shared, &first).await;
    second.catch_up();
    first.search.start_reindex(&first.staff()).await.unwrap();
    let (id, wanted) = first.emitted::<RebuildWanted>().await;
    let finished = async |shop: &Shop| {
        let rebuild = shop.search.status(&shop.cx()).await.unwrap().rebuild;
        rebuild.is_some_and(|rebuild| rebuild.state == RebuildState::Finished)
    };
    first.soon("the first is done", finished).await;
    let once = first.search.status(&first.cx()).await.unwrap().rebuild;
    first.tell_as(&wanted, id).await;
    second.tell_as(&wanted, id).await;
    second.soon("the second is done", finished).await;
    assert_eq!(first.search.status(&first.cx()).await.unwrap().rebuild, once, "once is enough");
}

/// A file of a segment.
fn segment(index: &Path) -> PathBuf {
    let files = fs::read_dir(index).unwrap().map(|file| file.unwrap().path());
    files.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "store")).unwrap()
}
