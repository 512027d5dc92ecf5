//! The list of products in each of its orders.

use std::{collections::HashMap, ops::RangeInclusive};

use souk_contracts::{
    ProductId,
    catalog::{ProductSort, ProductStatus, ProductSummary},
};
use souk_store::{Param, Sql, ToParam as _, Tx, json_list, params, sql};
use souk_types::Fault;

use super::{
    KEY_BYTES_MAX,
    lists::summary,
    search_key,
    title_words::{Counts, Wanted},
};

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Title,
    Price,
    Changed,
}

fn column(sort: ProductSort) -> (Column, bool) {
    match sort {
        ProductSort::Title => (Column::Title, false),
        ProductSort::TitleReversed => (Column::Title, true),
        ProductSort::Cheapest => (Column::Price, false),
        ProductSort::Dearest => (Column::Price, true),
        ProductSort::ChangedFirst => (Column::Changed, false),
        ProductSort::ChangedLast => (Column::Changed, true),
    }
}

/// Where a list goes on: behind this key, which is a title's or a number, and this product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Behind {
    text: String,
    number: i64,
    id: String,
}

impl Behind {
    /// Before all products.
    pub(crate) fn none(sort: ProductSort) -> Self {
        let (_, descending) = column(sort);
        // Longer than any key of the last code point alone could be.
        let last = || char::MAX.to_string().repeat(KEY_BYTES_MAX / char::MAX.len_utf8() + 1);
        Self {
            text: if descending { last() } else { String::new() },
            number: if descending { i64::MAX } else { i64::MIN },
            id: String::new(),
        }
    }

    /// Behind a product; `None` when the key is none of this order.
    pub(crate) fn product(sort: ProductSort, key: &str, id: &str) -> Option<Self> {
        let (text, number) = match column(sort).0 {
            Column::Title => (key.to_owned(), 0),
            Column::Price | Column::Changed => (String::new(), key.parse().ok()?),
        };
        Some(Self { text, number, id: id.to_owned() })
    }
}

/// The key of a product in an order.
pub(crate) fn key(sort: ProductSort, product: &ProductSummary) -> String {
    match column(sort).0 {
        Column::Title => search_key(&product.title),
        Column::Price => product.price_min.minor.to_string(),
        Column::Changed => product.updated_at.as_micros().to_string(),
    }
}

/// Products, of one status or of all.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductSummary>, Fault> {
    let products = walk(tx, sort, status, behind, rows)?;
    summaries(tx, &products)
}

/// Products of a walk that are asked at a time whether they are wanted.
const ASKED_AT_ONCE: usize = 500;

/// Those of the next products of a list that are wanted: so many are looked at, and so many answered.
fn along(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    wanted: &Wanted,
    status: Option<ProductStatus>,
    behind: &Behind,
    [walked, rows]: [i64; 2],
) -> Result<Vec<ProductId>, Fault> {
    let rows = usize::try_from(rows).unwrap_or_default();
    let mut met = Vec::with_capacity(rows);
    for products in walk(tx, sort, status, behind, walked)?.chunks(ASKED_AT_ONCE) {
        let wanted = wanted.among(tx, products)?;
        met.extend(products.iter().filter(|product| wanted.contains(product)));
        if met.len() >= rows {
            break;
        }
    }
    met.truncate(rows);
    Ok(met)
}

/// The next products of a list. Each status is read along the index of the order, and all are merged: no index more for
/// the list of all.
fn walk(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductId>, Fault> {
    let statuses = match status {
        Some(status) => [status.as_str(), "", ""],
        None => [ProductStatus::Active, ProductStatus::Draft, ProductStatus::Archived].map(ProductStatus::as_str),
    };
    let (column, descending) = column(sort);
    let (sql, key): (_, Param<'_>) = match column {
        Column::Title => (by_title(descending), behind.text.to_param()),
        Column::Price => (by_price(descending), behind.number.to_param()),
        Column::Changed => (by_change(descending), behind.number.to_param()),
    };
    let first = [key, behind.id.to_param(), rows.to_param()];
    let statuses = statuses.map(|status| Param::Text(status.into()));
    tx.query(sql, &[&first[..], &statuses].concat(), |row| row.get(0))
}

fn by_title(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT product_id, title_key FROM products WHERE status = ?4 AND (title_key, product_id) < (?1, ?2)
             UNION ALL SELECT product_id, title_key FROM products WHERE status = ?5 AND (title_key, product_id) < (?1, ?2)
             UNION ALL SELECT product_id, title_key FROM products WHERE status = ?6 AND (title_key, product_id) < (?1, ?2)
             ORDER BY title_key DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT product_id, title_key FROM products WHERE status = ?4 AND (title_key, product_id) > (?1, ?2)
             UNION ALL SELECT product_id, title_key FROM products WHERE status = ?5 AND (title_key, product_id) > (?1, ?2)
             UNION ALL SELECT product_id, title_key FROM products WHERE status = ?6 AND (title_key, product_id) > (?1, ?2)
             ORDER BY title_key, product_id LIMIT ?3"
        )
    }
}

fn by_price(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT product_id, price_min FROM products WHERE status = ?4 AND (price_min, product_id) < (?1, ?2)
             UNION ALL SELECT product_id, price_min FROM products WHERE status = ?5 AND (price_min, product_id) < (?1, ?2)
             UNION ALL SELECT product_id, price_min FROM products WHERE status = ?6 AND (price_min, product_id) < (?1, ?2)
             ORDER BY price_min DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT product_id, price_min FROM products WHERE status = ?4 AND (price_min, product_id) > (?1, ?2)
             UNION ALL SELECT product_id, price_min FROM products WHERE status = ?5 AND (price_min, product_id) > (?1, ?2)
             UNION ALL SELECT product_id, price_min FROM products WHERE status = ?6 AND (price_min, product_id) > (?1, ?2)
             ORDER BY price_min, product_id LIMIT ?3"
        )
    }
}

fn by_change(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT product_id, updated_at FROM products WHERE status = ?4 AND (updated_at, product_id) < (?1, ?2)
             UNION ALL SELECT product_id, updated_at FROM products WHERE status = ?5 AND (updated_at, product_id) < (?1, ?2)
             UNION ALL SELECT product_id, updated_at FROM products WHERE status = ?6 AND (updated_at, product_id) < (?1, ?2)
             ORDER BY updated_at DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT product_id, updated_at FROM products WHERE status = ?4 AND (updated_at, product_id) > (?1, ?2)
             UNION ALL SELECT product_id, updated_at FROM products WHERE status = ?5 AND (updated_at, product_id) > (?1, ?2)
             UNION ALL SELECT product_id, updated_at FROM products WHERE status = ?6 AND (updated_at, product_id) > (?1, ?2)
             ORDER BY updated_at, product_id LIMIT ?3"
        )
    }
}

/// What lists say of products, in this order.
fn summaries(tx: &mut Tx<'_>, products: &[ProductId]) -> Result<Vec<ProductSummary>, Fault> {
    let sql = sql!(
        "SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image, updated_at
         FROM products WHERE product_id IN {each:?1}"
    );
    let found = tx.query(sql, params![json_list(products)], summary)?;
    let mut by_id: HashMap<ProductId, ProductSummary> = found.into_iter().map(|found| (found.id, found)).collect();
    Ok(products.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Up to so many products are looked up and sorted; when more have the words, a walk past the next `WALKED` of the list
/// is tried first.
const SORTED_MAX: i64 = 12_000;
const WALKED: RangeInclusive<i64> = 3_000..=6_000;
/// Of a list of a million with so many that are wanted, a page is met within `WALKED_TIMES_WANTED` by that number,
/// unless they stand at its far end.
const WALKED_TIMES_WANTED: i64 = 72_000_000;

/// Products that are wanted by their words or SKUs. Few are found by these and sorted; of many, the next are soon met on
/// a walk along the list.
pub(crate) fn wanted(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    text: &str,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductSummary>, Fault> {
    let (wanted, Counts { titles, skus }) = Wanted::by(tx, text)?;
    if titles > SORTED_MAX && skus <= SORTED_MAX {
        let walked = (WALKED_TIMES_WANTED / titles).clamp(*WALKED.start(), *WALKED.end()).max(rows);
        let met = along(tx, sort, &wanted, status, behind, [walked, rows])?;
        if i64::try_from(met.len()).is_ok_and(|met| met == rows) {
            return summaries(tx, &met);
        }
    }
    let found = found(tx, sort, &wanted, status, behind, rows)?;
    summaries(tx, &found)
}

/// All that are wanted, found and sorted.
fn found(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    wanted: &Wanted,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductId>, Fault> {
    let (column, descending) = column(sort);
    let name = match column {
        Column::Title => "title",
        Column::Price => "price",
        Column::Changed => "changed",
    };
    let status = status.map_or("", ProductStatus::as_str);
    let Behind { text, number, id } = behind;
    let first = params![text, number, id, rows, status, name];
    tx.query(by_words(descending), &[first, &wanted.found()].concat(), |row| row.get(0))
}

fn by_words(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT product_id
             FROM (SELECT product_id, CASE WHEN ?6 = 'title' THEN title_key ELSE '' END AS text_key,
                     CASE ?6 WHEN 'price' THEN price_min WHEN 'changed' THEN updated_at ELSE 0 END AS number_key
                 FROM products {indexed_by:products_sort_keys}
                 WHERE product_id IN (
                         SELECT t.product_id FROM title_words t
                         WHERE t.word >= ?7 AND t.word < ?8
                             AND (?9 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?9 AND w.word < ?9 || ?13))
                             AND (?10 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?10 AND w.word < ?10 || ?13))
                             AND (?11 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?11 AND w.word < ?11 || ?13))
                             AND (?12 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?12 AND w.word < ?12 || ?13))
                         UNION ALL SELECT product_id FROM skus WHERE sku_key >= ?14 AND sku_key < ?15)
                     AND (?5 = '' OR status = ?5)) AS found
             WHERE (text_key, number_key, product_id) < (?1, ?2, ?3)
             ORDER BY text_key DESC, number_key DESC, product_id DESC LIMIT ?4"
        )
    } else {
        sql!(fan_out
            "SELECT product_id
             FROM (SELECT product_id, CASE WHEN ?6 = 'title' THEN title_key ELSE '' END AS text_key,
                     CASE ?6 WHEN 'price' THEN price_min WHEN 'changed' THEN updated_at ELSE 0 END AS number_key
                 FROM products {indexed_by:products_sort_keys}
                 WHERE product_id IN (
                         SELECT t.product_id FROM title_words t
                         WHERE t.word >= ?7 AND t.word < ?8
                             AND (?9 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?9 AND w.word < ?9 || ?13))
                             AND (?10 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?10 AND w.word < ?10 || ?13))
                             AND (?11 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?11 AND w.word < ?11 || ?13))
                             AND (?12 = '' OR EXISTS (SELECT 1 FROM title_words w
                                 WHERE w.product_id = t.product_id AND w.word >= ?12 AND w.word < ?12 || ?13))
                         UNION ALL SELECT product_id FROM skus WHERE sku_key >= ?14 AND sku_key < ?15)
                     AND (?5 = '' OR status = ?5)) AS found
             WHERE (text_key, number_key, product_id) > (?1, ?2, ?3)
             ORDER BY text_key, number_key, product_id LIMIT ?4"
        )
    }
}

#[cfg(test)]
mod tests {
    use souk_store::{Store, testing::TestEngine};
    use souk_types::{Cx, Env};

    use super::*;

    async fn plan(store: &Store, cx: &Cx, sql: &Sql, params: &[Param<'static>]) -> Vec<String> {
        let text: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {}", sql.text()).into_boxed_str());
        let (sql, params): (&'static Sql, _) = (Box::leak(Box::new(Sql::fan_out(text))), params.to_vec());
        store.read::<_, Fault>(cx, move |tx| tx.query(sql, &params, |row| row.get::<String>(3))).await.unwrap()
    }

    #[tokio::test]
    async fn every_order_is_read_along_its_index() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("catalog", &env);
        for (of, key) in [(by_title as fn(bool) -> _, "title_key"), (by_price, "price_min"), (by_change, "updated_at")]
        {
            for sql in [of(false), of(true)] {
                let plan = plan(&store, &cx, sql, params!["", "", 51, "active", "draft", "archived"]).await;
                let along = format!("(status=? AND ({key},product_id)");
                let along =
                    |step: &&String| step.starts_with("SEARCH products USING COVERING INDEX ") && step.contains(&along);
                assert_eq!(plan.iter().filter(along).count(), 3, "{plan:#?}");
                assert!(!plan.iter().any(|step| step.starts_with("SCAN products")), "{plan:#?}");
            }
        }
    }

    #[tokio::test]
    async fn those_with_a_word_are_sorted_without_reading_their_rows() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("catalog", &env);
        for descending in [false, true] {
            let sql = by_words(descending);
            let plan = plan(&store, &cx, sql, params!["", 0, "", 51, "", "", "", "", "", "", "", "", "", "", ""]).await;
            let step = |wanted: &str| plan.iter().filter(|step| step.starts_with(wanted)).count();
            let keys = "SEARCH products USING COVERING INDEX products_sort_keys (product_id=?)";
            let skus = "SEARCH skus USING COVERING INDEX skus_key (sku_key>? AND sku_key<?)";
            assert_eq!((step(keys), step(skus), step("SCAN products")), (1, 1, 0), "{plan:#?}");
        }
    }

    /// So many mugs that they and the blue ones, seven of eight, are met on a walk; a tenth are old, one is golden.
    const MUGS: i64 = 14_000;

    fn add_mugs(tx: &mut Tx<'_>) -> Result<(), Fault> {
        let products = sql!(fan_out
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
             INSERT INTO products (product_id, version, slug, title, title_key, brand, status, variants, price_min,
                 price_max, currency, created_at, updated_at, fingerprint, document)
             SELECT 'prd_' || CAST(10000000000000000 + n AS TEXT) || '000000000', 1, 'mug-' || n, 'Mug ' || n, 'mug ' || n,
                 '', CASE WHEN n % 3 = 0 THEN 'draft' WHEN n % 50 = 0 THEN 'archived' ELSE 'active' END, 1, n * 7 % 1000,
                 n * 7 % 1000, 'EUR', 0, n * 13 % 5000, ?2, '{}'
             FROM numbers"
        );
        tx.exec(products, params![MUGS, [0_u8]])?;
        let words = sql!(fan_out
            "INSERT INTO title_words (product_id, word)
             SELECT product_id, 'mug' FROM products
             UNION ALL SELECT product_id, 'blue' FROM products WHERE price_min % 8 <> 0
             UNION ALL SELECT product_id, 'old' FROM products WHERE updated_at < 500
             UNION ALL SELECT product_id, 'golden' FROM products WHERE title_key = 'mug 4711'"
        );
        tx.exec(words, params![]).map(drop)
    }

    #[tokio::test]
    async fn what_is_met_on_a_walk_is_what_is_found_and_sorted() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("catalog", &env);
        store.write::<_, Fault>(&cx, add_mugs).await.unwrap();
        let texts = ["mug", "blue mug", "mug b", "old mug", "golden mug"];
        for (sort, text) in ProductSort::ALL.iter().flat_map(|sort| texts.map(|text| (*sort, text))) {
            for status in [None, Some(ProductStatus::Active), Some(ProductStatus::Archived)] {
                let pages = move |tx: &mut Tx<'_>| {
                    let mut behind = Behind::none(sort);
                    for _ in 0..3 {
                        let (by, counts) = Wanted::by(tx, text)?;
                        assert_eq!(counts.titles > SORTED_MAX, ["mug", "blue mug", "mug b"].contains(&text));
                        let sorted = found(tx, sort, &by, status, &behind, 40)?;
                        let sorted = summaries(tx, &sorted)?;
                        assert_eq!(wanted(tx, sort, text, status, &behind, 40)?, sorted, "{sort} {text} {status:?}");
                        let Some(last) = sorted.last() else { break };
                        behind = Behind::product(sort, &key(sort, last), &last.id.to_string()).unwrap();
                    }
                    // What there is none of is not found, and one is found once.
                    let (golden, _) = Wanted::by(tx, "golden mug")?;
                    let one = found(tx, sort, &golden, None, &Behind::none(sort), 40)?;
                    let one = summaries(tx, &one)?;
                    assert_eq!(one.into_iter().map(|mug| mug.title).collect::<Vec<_>>(), ["Mug 4711"]);
                    let (green, _) = Wanted::by(tx, "mug green")?;
                    assert_eq!(found(tx, sort, &green, None, &Behind::none(sort), 40)?, []);
                    Ok(())
                };
                store.read::<_, Fault>(&cx, pages).await.unwrap();
            }
        }
    }
}
