//! Lists of what was asked for and runs in the background, by when that was.

use souk_types::Timestamp;

/// Where such a list goes on: behind this moment and id.
#[derive(Debug, Clone)]
pub(crate) struct Started {
    pub(crate) at: Timestamp,
    pub(crate) id: String,
}

#[cfg(test)]
mod tests {
    use souk_store::{Sql, Tx, params, testing::TestEngine};
    use souk_types::{Cx, Env, Fault};

    use super::super::{bulk, imports};

    type Statement = fn(bool, bool) -> &'static Sql;

    #[tokio::test]
    async fn every_order_is_read_along_its_index() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("catalog", &env);
        let lists: [(_, _, Statement); 2] =
            [("imports", "import_id", imports::list_sql), ("bulk_edits", "bulk_edit_id", bulk::list_sql)];
        for (table, id, of) in lists {
            for (descending, by_state) in [(false, false), (false, true), (true, false), (true, true)] {
                let text = format!("EXPLAIN QUERY PLAN {}", of(descending, by_state).text());
                let sql: &'static Sql = Box::leak(Box::new(Sql::new(Box::leak(text.into_boxed_str()))));
                let explain = move |tx: &mut Tx<'_>| {
                    let read = |row: &souk_store::Row<'_>| row.get::<String>(3);
                    if by_state {
                        tx.query(sql, params![5, "", 51, "failed"], read)
                    } else {
                        tx.query(sql, params![5, "", 51], read)
                    }
                };
                let plan = store.read::<_, Fault>(&cx, explain).await.unwrap();
                let (index, equal) = if by_state { ("state", "state=? AND ") } else { ("created", "") };
                let along = format!("SEARCH {table} USING INDEX {table}_{index} ({equal}(created_at,{id})");
                assert!(plan.len() == 1 && plan[0].starts_with(&along), "{along}: {plan:#?}");
            }
        }
    }
}
