//! What a service may rely on, on both engines.
#![expect(clippy::disallowed_methods, reason = "tests let tasks race")]

mod fixture;

use std::time::Duration;

use fixture::{THINGS, cx, cx_for, put, things};
use souk_store::{Row, Store, Tx, json_list, params, sql, testing::engines};
use souk_types::{Env, ErrorKind, EventId, Fault, FieldError, Timestamp};

fn env() -> Env {
    Env::system()
}

#[tokio::test]
async fn a_committed_write_is_seen_by_the_next_read() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        for number in 0..50 {
            put(&store, "p", &format!("sku-{number}"), number).await.unwrap();
            let seen = store
                .read(&cx(), move |tx| {
                    tx.query_opt(
                        sql!("SELECT size FROM things WHERE product_id = ?1 AND sku = ?2"),
                        params!["p", format!("sku-{number}")],
                        |row| row.get::<i64>(0),
                    )
                })
                .await
                .unwrap();
            assert_eq!(seen, Some(number), "{}", engine.name);
        }
    }
}

#[tokio::test]
async fn a_nul_in_a_text_is_kept_or_refused_as_the_callers_fault() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let refused = put(&store, "p", "a\0b", 1).await.err().map(|fault| fault.kind);
        assert!(matches!(refused, None | Some(ErrorKind::Invalid)), "{}: {refused:?}", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writes_at_once_are_all_kept() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let writers: Vec<_> = (0..200)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move { put(&store, "p", &format!("sku-{number:03}"), number).await })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap().unwrap();
        }
        assert_eq!(things(&store).await.len(), 200, "{}", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_write_leaves_its_neighbours_alone() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let writers: Vec<_> = (0..60)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    store
                        .write(&cx(), move |tx| {
                            tx.exec(
                                sql!("INSERT INTO things (product_id, sku, size) VALUES (?1, ?2, ?3)"),
                                params!["p", format!("sku-{number:02}"), number],
                            )?;
                            match number % 3 {
                                0 => Ok(()),
                                1 => Err(Fault::not_found("nothing")),
                                _ => panic!("boom {number}"),
                            }
                        })
                        .await
                })
            })
            .collect();
        for (number, writer) in writers.into_iter().enumerate() {
            let kind = writer.await.unwrap().map_err(|fault| fault.kind);
            match number % 3 {
                0 => assert_eq!(kind, Ok(())),
                1 => assert_eq!(kind, Err(ErrorKind::NotFound)),
                _ => assert_eq!(kind, Err(ErrorKind::Internal)),
            }
        }
        let kept = things(&store).await;
        assert_eq!(kept.len(), 20, "{}", engine.name);
        assert!(kept.iter().all(|(_, size)| size % 3 == 0), "{}", engine.name);
    }
}

#[tokio::test]
async fn a_panic_names_itself_in_the_logs_only() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let fault = store.write(&cx(), |_| -> Result<(), Fault> { panic!("the reason") }).await.unwrap_err();
        assert_eq!(fault.kind, ErrorKind::Internal);
        assert!(fault.internal.unwrap().contains("the reason"), "{}", engine.name);
        assert!(!fault.public.contains("the reason"), "{}", engine.name);
        let fault = store.read(&cx(), |_| -> Result<(), Fault> { panic!("another") }).await.unwrap_err();
        assert!(fault.internal.unwrap().contains("another"), "{}", engine.name);
        put(&store, "p", "after", 1).await.unwrap();
    }
}

#[tokio::test]
async fn work_after_its_deadline_is_not_begun() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let before = store.statements();
        let late = cx_for(Duration::ZERO);
        let fault = store.write(&late, |tx| fixture::insert(tx, "p", "late", 1)).await.unwrap_err();
        assert_eq!(fault.kind, ErrorKind::Unavailable, "{}", engine.name);
        assert!(store.read(&late, |_| Ok::<_, Fault>(())).await.is_err(), "{}", engine.name);
        assert!(store.scan(&late, |_| Ok::<_, Fault>(())).await.is_err(), "{}", engine.name);
        assert_eq!(store.statements(), before, "{}", engine.name);
        assert!(things(&store).await.is_empty(), "{}", engine.name);
    }
}

#[tokio::test]
async fn violated_constraints_say_the_same_on_both_engines() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        put(&store, "p", "a", 1).await.unwrap();

        let unique = put(&store, "p", "a", 2).await.unwrap_err();
        assert_eq!(unique.kind, ErrorKind::Conflict, "{}", engine.name);
        assert_eq!(unique.fields, [FieldError::new("sku", "is already taken")], "{}", engine.name);
        assert_eq!(unique.internal.as_deref(), Some("sku_unique"), "{}", engine.name);

        let check = put(&store, "p", "b", -1).await.unwrap_err();
        assert_eq!(check.kind, ErrorKind::Conflict, "{}", engine.name);
        assert_eq!(check.internal.as_deref(), Some("size_valid"), "{}", engine.name);
        assert!(check.fields.is_empty(), "{}", engine.name);

        for _ in 0..2 {
            let repeated = store
                .write(&cx(), |tx| {
                    let name = sql!("INSERT INTO names (id, email) VALUES (?1, ?2)");
                    tx.exec(name, params![1, "a@example.com"])?;
                    tx.exec(name, params![1, "b@example.com"]).map(drop)
                })
                .await;
            let fault: Fault = repeated.unwrap_err();
            assert_eq!((fault.kind, fault.fields.len()), (ErrorKind::Conflict, 0), "{}", engine.name);
        }
        let email = store
            .write(&cx(), |tx| {
                let name = sql!("INSERT INTO names (id, email) VALUES (?1, ?2)");
                tx.exec(name, params![1, "a@example.com"])?;
                tx.exec(name, params![2, "a@example.com"]).map(drop)
            })
            .await;
        let email: Fault = email.unwrap_err();
        assert_eq!(email.fields, [FieldError::new("email", "is already taken")], "{}", engine.name);
    }
}

#[tokio::test]
async fn a_failed_statement_spoils_its_transaction() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let fault = store
            .write(&cx(), |tx| {
                fixture::insert(tx, "p", "kept-not", 1)?;
                assert!(fixture::insert(tx, "p", "negative", -1).is_err());
                assert!(tx.query_one(sql!("SELECT 1"), params![], |row| row.get::<i64>(0)).is_err());
                Ok::<_, Fault>(())
            })
            .await
            .unwrap_err();
        assert_eq!(fault.internal.as_deref(), Some("size_valid"), "{}", engine.name);
        assert!(things(&store).await.is_empty(), "{}", engine.name);
    }
}

#[tokio::test]
async fn parameters_may_repeat_and_come_in_any_order() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let found = store
            .read(&cx(), |tx| {
                tx.query_one(
                    sql!("SELECT CAST(?2 AS TEXT), CAST(?1 AS TEXT), '?1', 'it''s ?2', CAST(?2 AS TEXT), ?3 + 1 -- ?9"),
                    params!["one", "two", 41],
                    |row| {
                        let texts: Vec<String> = (0..5).map(|column| row.get(column)).collect::<Result<_, Fault>>()?;
                        Ok((texts, row.get::<i64>(5)?))
                    },
                )
            })
            .await
            .unwrap();
        let expected = ["two", "one", "?1", "it's ?2", "two"].map(str::to_owned).to_vec();
        assert_eq!(found, (expected, 42), "{}", engine.name);
    }
}

#[tokio::test]
async fn every_kind_of_value_survives_the_way_there_and_back() {
    type Everything = (i64, String, f64, bool, Vec<u8>, Option<String>, Timestamp, EventId);
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let event = EventId::generate(&env());
        let at = env().now();
        let found: Vec<Everything> = store
            .write(&cx(), move |tx| {
                tx.query(
                    sql!(
                        "INSERT INTO kinds (id, whole, text, part, yes, raw, absent, at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                         RETURNING whole, text, part, yes, raw, absent, at, id"
                    ),
                    params![event, i64::MIN, "é'\"?1", 0.1, true, [0_u8, 255], None::<&str>, at],
                    |row| {
                        Ok((
                            row.get(0)?,
                            row.get(1)?,
                            row.get(2)?,
                            row.get(3)?,
                            row.get(4)?,
                            row.get(5)?,
                            row.get(6)?,
                            row.get(7)?,
                        ))
                    },
                )
            })
            .await
            .unwrap();
        let expected = (i64::MIN, "é'\"?1".to_owned(), 0.1, true, vec![0, 255], None, at, event);
        assert_eq!(found, [expected], "{}", engine.name);
    }
}

type Check = fn(&Row<'_>) -> Result<(), Fault>;

#[tokio::test]
async fn a_column_of_another_kind_is_a_fault_and_not_a_panic() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let checks: [Check; 6] = [
            |row| row.get::<i64>(0).map(drop),
            |row| row.get::<u32>(1).map(drop),
            |row| row.get::<bool>(1).map(drop),
            |row| row.parse::<i64>(0).map(drop),
            |row| row.json::<Vec<String>>(0).map(drop),
            |row| row.get::<i64>(2).map(drop),
        ];
        for check in checks {
            let fault = store
                .read(&cx(), move |tx| {
                    tx.query_one(sql!("SELECT CAST('abc' AS TEXT), CAST(-1 AS BIGINT)"), params![], check)
                })
                .await
                .unwrap_err();
            assert_eq!(fault.kind, ErrorKind::Internal, "{}", engine.name);
        }
    }
}

#[tokio::test]
async fn sums_averages_and_lists_read_alike() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        for (sku, size) in [("a", 1), ("b", 2), ("c", 4)] {
            put(&store, "p", sku, size).await.unwrap();
        }
        let (sum, mean, some, sized): (i64, f64, i64, i64) = store
            .read(&cx(), |tx| {
                let (sum, mean) = tx.query_one(
                    sql!(fan_out "SELECT SUM(size), AVG(size) FROM things"),
                    params![],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
                let some = tx.query_one(
                    sql!("SELECT COUNT(*) FROM things WHERE product_id = ?1 AND sku IN {each:?2}"),
                    params!["p", json_list(["a", "c", "x\"y"])],
                    |row| row.get(0),
                )?;
                let sized = tx.query_one(
                    sql!(fan_out "SELECT COUNT(*) FROM things JOIN {each_int:?1} AS sizes ON sizes.value = things.size"),
                    params![json_list([2, 4, 9])],
                    |row| row.get(0),
                )?;
                Ok::<_, Fault>((sum, mean, some, sized))
            })
            .await
            .unwrap();
        assert_eq!((sum, some, sized), (7, 2, 2), "{}", engine.name);
        assert!((mean - 7.0 / 3.0).abs() < 1e-9, "{}", engine.name);
    }
}

#[tokio::test]
async fn texts_sort_by_their_bytes_and_like_minds_case() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        for sku in ["a", "B", "_c", "é", "A-b", "Ab"] {
            put(&store, "p", sku, 1).await.unwrap();
        }
        let skus: Vec<String> = things(&store).await.into_iter().map(|(sku, _)| sku).collect();
        assert_eq!(skus, ["A-b", "Ab", "B", "_c", "a", "é"], "{}", engine.name);
        let like: i64 = store
            .read(&cx(), |tx| {
                tx.query_one(sql!(fan_out "SELECT COUNT(*) FROM things WHERE sku LIKE 'a%'"), params![], |row| {
                    row.get(0)
                })
            })
            .await
            .unwrap();
        assert_eq!(like, 1, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_read_cannot_write() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        assert!(store.read(&cx(), |tx| fixture::insert(tx, "p", "a", 1)).await.is_err(), "{}", engine.name);
        assert!(store.scan(&cx(), |tx| fixture::insert(tx, "p", "a", 1)).await.is_err(), "{}", engine.name);
        assert!(things(&store).await.is_empty(), "{}", engine.name);
    }
}

#[tokio::test]
async fn one_row_is_neither_none_nor_two() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        put(&store, "p", "a", 1).await.unwrap();
        put(&store, "p", "b", 1).await.unwrap();
        let sku = |row: &Row<'_>| row.get::<String>(0);
        let all = sql!("SELECT sku FROM things WHERE product_id = ?1");
        let two = store.read(&cx(), move |tx| tx.query_opt(all, params!["p"], sku)).await;
        assert!(two.is_err(), "{}", engine.name);
        let none = store.read(&cx(), move |tx| tx.query_opt(all, params!["q"], sku)).await;
        assert_eq!(none, Ok(None), "{}", engine.name);
        let none = store.read(&cx(), move |tx| tx.query_one(all, params!["q"], sku)).await;
        assert!(none.is_err(), "{}", engine.name);
        let changed = store
            .write(&cx(), |tx| {
                tx.exec(sql!("UPDATE things SET size = 2 WHERE product_id = ?1 AND sku = ?2"), params!["p", "z"])?
                    .expect_one()
            })
            .await;
        assert_eq!(changed.unwrap_err().kind, ErrorKind::Conflict, "{}", engine.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_may_be_made_from_a_spawned_task() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let task = tokio::spawn(async move {
            put(&store, "p", "a", 1).await?;
            let one = |tx: &mut Tx<'_>| tx.query_one(sql!("SELECT 1"), params![], |row| row.get::<i64>(0));
            let sum = store.read(&cx(), one).await? + store.scan(&cx(), one).await?;
            store.close().await;
            Ok::<_, Fault>(sum)
        });
        assert_eq!(task.await.unwrap(), Ok(2), "{}", engine.name);
    }
}

#[tokio::test]
async fn statements_are_counted() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let before = store.statements();
        put(&store, "p", "a", 1).await.unwrap();
        things(&store).await;
        assert_eq!(store.statements() - before, 2, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_text_can_be_checked_without_running_it() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        let good = "DELETE FROM things WHERE product_id = ?1 AND sku IN {each:?2}";
        assert_eq!(store.check_sql(good).await, Ok(()), "{}", engine.name);
        for bad in ["SELECT nothing FROM things", "SELECT 1 FROM", "SELECT {now}", "SELECT 1 WHERE 1 = ?"] {
            assert!(store.check_sql(bad).await.is_err(), "{} takes {bad}", engine.name);
        }
    }
}

#[tokio::test]
async fn a_closed_store_keeps_what_it_has_and_takes_no_more() {
    for engine in engines() {
        let store = engine.open(&THINGS, env()).await;
        put(&store, "p", "a", 1).await.unwrap();
        let clone: Store = store.clone();
        store.close().await;
        assert_eq!(put(&clone, "p", "b", 1).await.unwrap_err().kind, ErrorKind::Unavailable, "{}", engine.name);
        let again = engine.open(&THINGS, env()).await;
        assert_eq!(things(&again).await, [("a".to_owned(), 1)], "{}", engine.name);
    }
}
