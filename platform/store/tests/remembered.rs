//! What was read is remembered exactly as long as it is true.

mod fixture;

use fixture::{THINGS, put, things};
use souk_store::{Remembered, testing::engines};
use souk_types::Env;

#[tokio::test]
async fn what_was_read_is_known_until_the_next_commit_and_on_sqlite_only() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        put(&store, "p", "a", 1).await.unwrap();
        let remembered: Remembered<String, i64> = Remembered::new(10);
        let commits = store.commits();
        remembered.remember(commits, things(&store).await);
        let known = remembered.known(store.commits(), ["a", "b"]);
        assert_eq!(known, if commits.is_some() { vec![1] } else { vec![] }, "{}", engine.name);

        put(&store, "p", "b", 2).await.unwrap();
        assert!(remembered.known(store.commits(), ["a"]).is_empty(), "{}", engine.name);
    }
}

#[test]
fn what_was_read_before_a_commit_does_not_drive_out_what_was_read_after_it() {
    let remembered: Remembered<String, i64> = Remembered::new(10);
    remembered.remember(Some(7), [("a".to_owned(), 7)]);
    remembered.remember(Some(6), [("a".to_owned(), 6)]);
    assert_eq!(remembered.known(Some(7), ["a"]), [7]);
    assert!(remembered.known::<str>(Some(6), ["a"]).is_empty());
}

#[test]
fn no_more_is_remembered_than_there_is_room_for() {
    let remembered: Remembered<u64, u64> = Remembered::new(10);
    for number in 0..100 {
        remembered.remember(Some(1), [(number, number)]);
    }
    let known = remembered.known(Some(1), (0..100).collect::<Vec<_>>().iter());
    assert!(known.len() <= 10 && known.contains(&99), "{known:?}");
}
