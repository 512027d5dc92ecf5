//! Statements that nobody waits for.

mod fixture;

use fixture::{THINGS, cx, insert, put, things};
use souk_store::{Expect, Store, Tx, params, sql, testing::engines};
use souk_types::{Env, ErrorKind, Fault, FieldError};

fn send(tx: &mut Tx<'_>, sku: &str, size: i64) -> Result<(), Fault> {
    let insert = sql!("INSERT INTO things (product_id, sku, size) VALUES (?1, ?2, ?3)");
    tx.send(insert, params!["p", sku, size], Expect::Any)
}

fn resize(tx: &mut Tx<'_>, sku: &str, size: i64) -> Result<(), Fault> {
    let update = sql!("UPDATE things SET size = ?3 WHERE product_id = ?1 AND sku = ?2");
    tx.send(update, params!["p", sku, size], Expect::Rows(1))
}

async fn write(store: &Store, closure: fn(&mut Tx<'_>) -> Result<(), Fault>) -> Result<(), Fault> {
    store.write(&cx(), closure).await
}

/// Fails unless only this is kept, and the store goes on.
async fn assert_kept(store: &Store, wanted: &[(&str, i64)]) {
    let kept = things(store).await;
    let kept: Vec<_> = kept.iter().map(|(sku, size)| (sku.as_str(), *size)).collect();
    assert_eq!(kept, wanted);
    assert_eq!(put(store, "q", "after", 1).await, Ok(()));
    assert_eq!(things(store).await.len(), wanted.len() + 1);
}

#[tokio::test]
async fn what_is_sent_is_seen_by_what_comes_after_and_kept() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let cx = cx();
        let seen = store.write(&cx, |tx| {
            for number in 0..200 {
                send(tx, &format!("sku-{number:03}"), number)?;
            }
            tx.query_one(sql!("SELECT COUNT(*) FROM things WHERE product_id = ?1"), params!["p"], |row| row.get(0))
        });
        let seen: Result<i64, Fault> = seen.await;
        assert_eq!(seen.unwrap(), 200, "{}", engine.name);
        write(&store, |tx| resize(tx, "sku-007", 1_000)).await.unwrap();
        let kept = things(&store).await;
        assert_eq!((kept.len(), kept[7].1), (200, 1_000), "{}", engine.name);
    }
}

#[tokio::test]
async fn what_is_refused_is_told_at_the_commit() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        let refused = write(&store, |tx| {
            send(tx, "good", 1)?;
            send(tx, "bad", -1)
        });
        let fault = refused.await.unwrap_err();
        assert_eq!(fault.kind, ErrorKind::Conflict, "{}", engine.name);
        assert_eq!(fault.internal.as_deref(), Some("size_valid"), "{}", engine.name);
        assert_kept(&store, &[]).await;
    }
}

#[tokio::test]
async fn the_first_refusal_is_told_whatever_comes_after() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        put(&store, "p", "there", 1).await.unwrap();
        let refused = write(&store, |tx| {
            send(tx, "there", 2)?;
            let _ = send(tx, "bad", -1);
            let _ = insert(tx, "p", "more", 3);
            let sizes = tx.query(sql!("SELECT size FROM things WHERE product_id = ?1"), params!["p"], |row| row.get(0));
            let sizes: Vec<i64> = sizes?;
            panic!("{} sizes were read in a spoiled transaction", sizes.len())
        });
        let fault = refused.await.unwrap_err();
        assert_eq!(fault.kind, ErrorKind::Conflict, "{}: {fault}", engine.name);
        assert_eq!(fault.fields, [FieldError::new("sku", "is already taken")], "{}", engine.name);
        assert_kept(&store, &[("there", 1)]).await;
    }
}

#[tokio::test]
async fn what_changes_other_rows_than_expected_is_not_committed() {
    for engine in engines() {
        let store = engine.open(&THINGS, Env::system()).await;
        put(&store, "p", "there", 1).await.unwrap();
        let at_the_commit = write(&store, |tx| {
            resize(tx, "there", 2)?;
            resize(tx, "nowhere", 2)
        });
        assert_eq!(at_the_commit.await.unwrap_err().kind, ErrorKind::Conflict, "{}", engine.name);
        let before_another = write(&store, |tx| {
            let _ = resize(tx, "nowhere", 2);
            let _ = insert(tx, "p", "more", 3);
            Ok(())
        });
        assert_eq!(before_another.await.unwrap_err().kind, ErrorKind::Conflict, "{}", engine.name);
        assert_kept(&store, &[("there", 1)]).await;
    }
}
