//! The list of products in each of its orders.

use std::collections::HashSet;

use souk_contracts::{
    ProductId,
    catalog::{ProductSort, ProductStatus, ProductSummary},
};
use souk_store::{Param, Sql, ToParam as _, Tx, params, sql};
use souk_types::Fault;

use super::{
    KEY_BYTES_MAX,
    lists::{summary, title_patterns, title_words},
    search_key, search_key_end,
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

/// Products, of one status or of all. Each status is read along its index, and the beginnings are merged: three
/// branches, and no index more for the list of all.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductSummary>, Fault> {
    let [a, b, c] = match status {
        Some(status) => [status.as_str(), "", ""],
        None => [ProductStatus::Active, ProductStatus::Draft, ProductStatus::Archived].map(ProductStatus::as_str),
    };
    let (column, descending) = column(sort);
    let (sql, key): (_, Param<'_>) = match column {
        Column::Title => (by_title(descending), behind.text.to_param()),
        Column::Price => (by_price(descending), behind.number.to_param()),
        Column::Changed => (by_change(descending), behind.number.to_param()),
    };
    tx.query(sql, &[key, behind.id.to_param(), rows.to_param(), a.to_param(), b.to_param(), c.to_param()], summary)
}

fn by_title(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at, title_key
                 FROM products WHERE status = ?4 AND (title_key, product_id) < (?1, ?2)
                 ORDER BY title_key DESC, product_id DESC LIMIT ?3) AS a
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at, title_key
                 FROM products WHERE status = ?5 AND (title_key, product_id) < (?1, ?2)
                 ORDER BY title_key DESC, product_id DESC LIMIT ?3) AS b
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at, title_key
                 FROM products WHERE status = ?6 AND (title_key, product_id) < (?1, ?2)
                 ORDER BY title_key DESC, product_id DESC LIMIT ?3) AS c
             ORDER BY title_key DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at, title_key
                 FROM products WHERE status = ?4 AND (title_key, product_id) > (?1, ?2)
                 ORDER BY title_key, product_id LIMIT ?3) AS a
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at, title_key
                 FROM products WHERE status = ?5 AND (title_key, product_id) > (?1, ?2)
                 ORDER BY title_key, product_id LIMIT ?3) AS b
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at, title_key
                 FROM products WHERE status = ?6 AND (title_key, product_id) > (?1, ?2)
                 ORDER BY title_key, product_id LIMIT ?3) AS c
             ORDER BY title_key, product_id LIMIT ?3"
        )
    }
}

fn by_price(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?4 AND (price_min, product_id) < (?1, ?2)
                 ORDER BY price_min DESC, product_id DESC LIMIT ?3) AS a
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?5 AND (price_min, product_id) < (?1, ?2)
                 ORDER BY price_min DESC, product_id DESC LIMIT ?3) AS b
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?6 AND (price_min, product_id) < (?1, ?2)
                 ORDER BY price_min DESC, product_id DESC LIMIT ?3) AS c
             ORDER BY price_min DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?4 AND (price_min, product_id) > (?1, ?2)
                 ORDER BY price_min, product_id LIMIT ?3) AS a
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?5 AND (price_min, product_id) > (?1, ?2)
                 ORDER BY price_min, product_id LIMIT ?3) AS b
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?6 AND (price_min, product_id) > (?1, ?2)
                 ORDER BY price_min, product_id LIMIT ?3) AS c
             ORDER BY price_min, product_id LIMIT ?3"
        )
    }
}

fn by_change(descending: bool) -> &'static Sql {
    if descending {
        sql!(fan_out
            "SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?4 AND (updated_at, product_id) < (?1, ?2)
                 ORDER BY updated_at DESC, product_id DESC LIMIT ?3) AS a
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?5 AND (updated_at, product_id) < (?1, ?2)
                 ORDER BY updated_at DESC, product_id DESC LIMIT ?3) AS b
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?6 AND (updated_at, product_id) < (?1, ?2)
                 ORDER BY updated_at DESC, product_id DESC LIMIT ?3) AS c
             ORDER BY updated_at DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?4 AND (updated_at, product_id) > (?1, ?2)
                 ORDER BY updated_at, product_id LIMIT ?3) AS a
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?5 AND (updated_at, product_id) > (?1, ?2)
                 ORDER BY updated_at, product_id LIMIT ?3) AS b
             UNION ALL SELECT * FROM (
                 SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at
                 FROM products WHERE status = ?6 AND (updated_at, product_id) > (?1, ?2)
                 ORDER BY updated_at, product_id LIMIT ?3) AS c
             ORDER BY updated_at, product_id LIMIT ?3"
        )
    }
}

/// Products that are looked at one after the other before all that match are searched for: so many at a time.
const WALKED: [i64; 2] = [500, 1_500];
/// Products by the beginning of a SKU that are known while products are looked at.
const BY_SKU_MAX: i64 = 2_000;

/// Products whose title has all words of a text, in any order, or one of whose SKUs starts with it. Words that many have
/// are soon met on a walk along the list; no index finds the others within titles.
pub(crate) fn with_text(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    text: &str,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductSummary>, Fault> {
    match met(tx, sort, text, status, behind, rows)? {
        Some(met) => Ok(met),
        None => searched(tx, sort, text, status, behind, rows),
    }
}

/// The next products that match, from a walk along the list; `None` when it would be too long.
fn met(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    text: &str,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Option<Vec<ProductSummary>>, Fault> {
    let wanted = bounded(rows);
    let Some(by_sku) = by_sku(tx, text)? else { return Ok(None) };
    let words = title_words(text);
    let matches = |product: &ProductSummary| {
        let key = search_key(&product.title);
        words.iter().all(|word| key.contains(word.as_str())) || by_sku.contains(&product.id)
    };
    let (mut met, mut behind) = (Vec::new(), behind.clone());
    for step in WALKED {
        let looked_at = list(tx, sort, status, &behind, step)?;
        let last = looked_at.get(bounded(step) - 1);
        let next = last.and_then(|last| Behind::product(sort, &key(sort, last), &last.id.to_string()));
        met.extend(looked_at.into_iter().filter(matches));
        if met.len() >= wanted || next.is_none() {
            met.truncate(wanted);
            return Ok(Some(met));
        }
        behind = next.unwrap_or(behind);
    }
    Ok(None)
}

fn bounded(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
}

/// The products of the SKUs that start with a text; `None` when there are too many.
fn by_sku(tx: &mut Tx<'_>, text: &str) -> Result<Option<HashSet<ProductId>>, Fault> {
    let key = search_key(text);
    let sql = sql!(fan_out
        "SELECT product_id FROM skus WHERE sku_key >= ?1 AND sku_key < ?2 ORDER BY sku_key LIMIT ?3"
    );
    let found = tx.query(sql, params![key, search_key_end(&key), BY_SKU_MAX + 1], |row| row.get(0))?;
    Ok((found.len() <= bounded(BY_SKU_MAX)).then(|| found.into_iter().collect()))
}

/// All products that match, found and sorted.
fn searched(
    tx: &mut Tx<'_>,
    sort: ProductSort,
    text: &str,
    status: Option<ProductStatus>,
    behind: &Behind,
    rows: i64,
) -> Result<Vec<ProductSummary>, Fault> {
    let (column, descending) = column(sort);
    let sql = if descending {
        sql!(fan_out
            "SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image, updated_at
             FROM (SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at,
                     CASE WHEN ?12 = 'title' THEN title_key ELSE '' END AS text_key,
                     CASE ?12 WHEN 'price' THEN price_min WHEN 'changed' THEN updated_at ELSE 0 END AS number_key
                 FROM products
                 WHERE product_id IN (
                         SELECT product_id FROM products
                         WHERE title_key LIKE ?7 ESCAPE '\\' AND title_key LIKE ?8 ESCAPE '\\'
                             AND title_key LIKE ?9 ESCAPE '\\' AND title_key LIKE ?10 ESCAPE '\\'
                             AND title_key LIKE ?11 ESCAPE '\\'
                         UNION SELECT product_id FROM skus WHERE sku_key >= ?4 AND sku_key < ?5)
                     AND (?6 = '' OR status = ?6)) AS found
             WHERE (text_key, number_key, product_id) < (?1, ?13, ?2)
             ORDER BY text_key DESC, number_key DESC, product_id DESC LIMIT ?3"
        )
    } else {
        sql!(fan_out
            "SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image, updated_at
             FROM (SELECT product_id, slug, title, brand, status, variants, price_min, price_max, currency, image,
                     updated_at,
                     CASE WHEN ?12 = 'title' THEN title_key ELSE '' END AS text_key,
                     CASE ?12 WHEN 'price' THEN price_min WHEN 'changed' THEN updated_at ELSE 0 END AS number_key
                 FROM products
                 WHERE product_id IN (
                         SELECT product_id FROM products
                         WHERE title_key LIKE ?7 ESCAPE '\\' AND title_key LIKE ?8 ESCAPE '\\'
                             AND title_key LIKE ?9 ESCAPE '\\' AND title_key LIKE ?10 ESCAPE '\\'
                             AND title_key LIKE ?11 ESCAPE '\\'
                         UNION SELECT product_id FROM skus WHERE sku_key >= ?4 AND sku_key < ?5)
                     AND (?6 = '' OR status = ?6)) AS found
             WHERE (text_key, number_key, product_id) > (?1, ?13, ?2)
             ORDER BY text_key, number_key, product_id LIMIT ?3"
        )
    };
    let name = match column {
        Column::Title => "title",
        Column::Price => "price",
        Column::Changed => "changed",
    };
    let status = status.map_or("", ProductStatus::as_str);
    let Behind { text: after, number, id } = behind;
    let key = search_key(text);
    let end = search_key_end(&key);
    let [a, b, c, d, e] = title_patterns(text);
    let params = params![after, id, rows, key, end, status, a, b, c, d, e, name, number];
    tx.query(sql, params, summary)
}

#[cfg(test)]
mod tests {
    use souk_store::testing::TestEngine;
    use souk_types::{Cx, Env};

    use super::*;

    #[tokio::test]
    async fn every_order_is_read_along_its_index() {
        let (engine, env) = (TestEngine::sqlite(), Env::for_tests(1));
        let store = engine.open(&crate::SCHEMA, env.clone()).await;
        let cx = Cx::background("catalog", &env);
        for (of, key) in [(by_title as fn(bool) -> _, "title_key"), (by_price, "price_min"), (by_change, "updated_at")]
        {
            for sql in [of(false), of(true)] {
                let text: &'static str = Box::leak(format!("EXPLAIN QUERY PLAN {}", sql.text()).into_boxed_str());
                let sql: &'static Sql = Box::leak(Box::new(Sql::fan_out(text)));
                let explain = move |tx: &mut Tx<'_>| {
                    tx.query(sql, params!["", "", 51, "active", "draft", "archived"], |row| row.get::<String>(3))
                };
                let plan = store.read::<_, Fault>(&cx, explain).await.unwrap();
                let along = format!("(status=? AND ({key},product_id)");
                let along = |step: &&String| step.starts_with("SEARCH products USING INDEX ") && step.contains(&along);
                assert_eq!(plan.iter().filter(along).count(), 3, "{plan:#?}");
                assert!(!plan.iter().any(|step| step.starts_with("SCAN products")), "{plan:#?}");
            }
        }
    }
}
