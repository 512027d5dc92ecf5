//! Products by the words of their titles.

use std::collections::{BTreeSet, HashMap, HashSet};

use souk_contracts::ProductId;
use souk_store::{Expect, Param, Tx, json_list, params, sql};
use souk_text::each_word;
use souk_types::Fault;

use super::{search_key, search_key_end};

/// Words that are looked for; what is typed beyond them is left out.
const WANTED_MAX: usize = 5;
/// Rows up to which things are counted: that there are more is all that matters.
const COUNTED_MAX: i64 = 30_000;
/// Behind a word, it is behind all that begin with that word: no letter sorts behind the last code point.
const BEHIND_ALL: &str = "\u{10ffff}";

/// The words of a text, each once.
fn words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    each_word(text, |word, _, _, _| {
        words.insert(word.to_owned());
    });
    words
}

/// Notes the words of a title; `before` is the title that they were noted of last.
pub(crate) fn put(tx: &mut Tx<'_>, product: ProductId, title: &str, before: Option<&str>) -> Result<(), Fault> {
    if before == Some(title) {
        return Ok(());
    }
    let (present, before) = (words(title), before.map(words).unwrap_or_default());
    let gone: Vec<&String> = before.difference(&present).collect();
    if !gone.is_empty() {
        let sql = sql!("DELETE FROM title_words WHERE product_id = ?1 AND word IN {each:?2}");
        tx.send(sql, params![product, json_list(gone)], Expect::Any)?;
    }
    // All of them: of a product from before there was this index, none may be noted yet.
    note(tx, product, present.iter())
}

fn note<'a>(tx: &mut Tx<'_>, product: ProductId, words: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO title_words (product_id, word) SELECT ?1, value FROM {each:?2} AS words WHERE TRUE
         ON CONFLICT (product_id, word) DO NOTHING"
    );
    tx.send(sql, params![product, json_list(words)], Expect::Any)
}

/// Notes the words of the next products that have none; answers the last of them.
pub(crate) fn fill(tx: &mut Tx<'_>, after: &str, rows: u32) -> Result<Option<ProductId>, Fault> {
    let wordless = sql!(fan_out
        "SELECT product_id FROM products p
         WHERE product_id > ?1 AND NOT EXISTS (SELECT 1 FROM title_words w WHERE w.product_id = p.product_id)
         ORDER BY product_id LIMIT ?2"
    );
    let title = sql!("SELECT title FROM products WHERE product_id = ?1 {for_update}");
    let found: Vec<ProductId> = tx.query(wordless, params![after, rows], |row| row.get(0))?;
    for product in &found {
        let title: Option<String> = tx.query_opt(title, params![product], |row| row.get(0))?;
        note(tx, *product, words(&title.unwrap_or_default()).iter())?;
    }
    Ok(found.last().copied())
}

/// What products are looked for by: all of some words in the title, in any order, each at least begun, or the
/// beginning of a SKU.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The rarest first; empty when only a SKU can be meant.
    words: Vec<String>,
    sku: String,
}

/// How many rows an index has of what is wanted, as far as it was counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// Titles with the rarest of the words.
    pub(crate) titles: i64,
    /// SKUs.
    pub(crate) skus: i64,
}

impl Wanted {
    /// Looks up which of the words is the rarest.
    pub(crate) fn by(tx: &mut Tx<'_>, text: &str) -> Result<(Self, Counts), Fault> {
        let mut words: Vec<String> = Vec::new();
        each_word(text, |word, _, _, _| {
            if words.len() < WANTED_MAX && !words.iter().any(|other| other == word) {
                words.push(word.to_owned());
            }
        });
        let sku = search_key(text);
        let titles = sql!(fan_out
            "SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= ?1 AND word < ?2 LIMIT ?3) AS counted"
        );
        let mut counted: HashMap<String, i64> = HashMap::new();
        for word in &words {
            let end = search_key_end(word);
            let titles = tx.query_one(titles, params![word, end, COUNTED_MAX], |row| row.get(0))?;
            counted.insert(word.clone(), titles);
        }
        let skus = sql!(fan_out
            "SELECT COUNT(*) FROM (SELECT 1 FROM skus WHERE sku_key >= ?1 AND sku_key < ?2 LIMIT ?3) AS counted"
        );
        let skus = tx.query_one(skus, params![sku, search_key_end(&sku), COUNTED_MAX], |row| row.get(0))?;
        let count = |word: &str| counted.get(word).copied().unwrap_or_default();
        words.sort_by_key(|word| count(word));
        let counts = Counts { titles: words.first().map_or(0, |word| count(word)), skus };
        Ok((Self { words, sku }, counts))
    }

    /// Those of some products that are wanted.
    pub(crate) fn among(&self, tx: &mut Tx<'_>, products: &[ProductId]) -> Result<HashSet<ProductId>, Fault> {
        // Word by word, up to `WANTED_MAX`: Citus looks for no row of a list in a table that is spread.
        let sql = sql!(fan_out
            "SELECT product_id FROM products p WHERE product_id IN {each:?1} AND (
                 ((?2 = '' OR EXISTS (SELECT 1 FROM title_words w
                      WHERE w.product_id = p.product_id AND w.word >= ?2 AND w.word < ?2 || ?7))
                  AND (?3 = '' OR EXISTS (SELECT 1 FROM title_words w
                      WHERE w.product_id = p.product_id AND w.word >= ?3 AND w.word < ?3 || ?7))
                  AND (?4 = '' OR EXISTS (SELECT 1 FROM title_words w
                      WHERE w.product_id = p.product_id AND w.word >= ?4 AND w.word < ?4 || ?7))
                  AND (?5 = '' OR EXISTS (SELECT 1 FROM title_words w
                      WHERE w.product_id = p.product_id AND w.word >= ?5 AND w.word < ?5 || ?7))
                  AND (?6 = '' OR EXISTS (SELECT 1 FROM title_words w
                      WHERE w.product_id = p.product_id AND w.word >= ?6 AND w.word < ?6 || ?7)))
                 OR product_id IN (SELECT product_id FROM skus WHERE sku_key >= ?8 AND sku_key < ?9))"
        );
        let end = if self.sku.is_empty() { String::new() } else { search_key_end(&self.sku) };
        let [a, b, c, d, e] = self.each();
        let products = json_list(products);
        let params = params![products, a, b, c, d, e, BEHIND_ALL, self.sku, end];
        tx.query(sql, params, |row| row.get(0)).map(|found| found.into_iter().collect())
    }

    /// The parameters of a statement that begins with the titles of the rarest word: from where to where these are, the
    /// others and what stands behind all that begin with one, and from where to where SKUs are meant.
    pub(crate) fn found(&self) -> [Param<'static>; 9] {
        let [rarest, others @ ..] = self.each();
        let rarest_end = if rarest.is_empty() { String::new() } else { search_key_end(rarest) };
        let sku_end = if self.sku.is_empty() { String::new() } else { search_key_end(&self.sku) };
        let [a, b, c, d] = others;
        [rarest, &rarest_end, a, b, c, d, BEHIND_ALL, &self.sku, &sku_end]
            .map(|text| Param::Text(text.to_owned().into()))
    }

    /// The words; empty are those that are not asked for.
    fn each(&self) -> [&str; WANTED_MAX] {
        std::array::from_fn(|at| self.words.get(at).map_or("", String::as_str))
    }
}
