//! Products by the words of their titles.

use std::collections::{BTreeSet, HashMap};

use souk_contracts::ProductId;
use souk_store::{Param, Tx, json_list, params, sql};
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
        tx.exec(sql, params![product, json_list(gone)])?;
    }
    // All of them: of a product from before there was this index, none may be noted yet.
    note(tx, product, present.iter())
}

fn note<'a>(tx: &mut Tx<'_>, product: ProductId, words: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
    let sql = sql!(
        "INSERT INTO title_words (product_id, word) SELECT ?1, value FROM {each:?2} AS words WHERE TRUE
         ON CONFLICT (product_id, word) DO NOTHING"
    );
    tx.exec(sql, params![product, json_list(words)]).map(drop)
}

/// Notes the words of the next products that have none; answers the last of them.
pub(crate) fn fill(tx: &mut Tx<'_>, after: &str, rows: u32) -> Result<Option<ProductId>, Fault> {
    let sql = sql!(fan_out
        "SELECT product_id, title FROM products p
         WHERE product_id > ?1 AND NOT EXISTS (SELECT 1 FROM title_words w WHERE w.product_id = p.product_id)
         ORDER BY product_id LIMIT ?2 {for_update}"
    );
    let found: Vec<(ProductId, String)> = tx.query(sql, params![after, rows], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (product, title) in &found {
        note(tx, *product, words(title).iter())?;
    }
    Ok(found.last().map(|(product, _)| *product))
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
    /// What everything is.
    pub(crate) fn anything() -> Self {
        Self { words: Vec::new(), sku: String::new() }
    }

    /// Looks up which of the words is the rarest.
    pub(crate) fn by(tx: &mut Tx<'_>, text: &str) -> Result<(Self, Counts), Fault> {
        let mut words: Vec<String> = Vec::new();
        each_word(text, |word, _, _, _| {
            if words.len() < WANTED_MAX && !words.iter().any(|other| other == word) {
                words.push(word.to_owned());
            }
        });
        let sku = search_key(text);
        let sql = sql!(fan_out
            "SELECT value, (
                 SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= value AND word < value || ?2 LIMIT ?3) AS counted)
             FROM {each:?1} AS asked
             UNION ALL SELECT '', (
                 SELECT COUNT(*) FROM (SELECT 1 FROM skus WHERE sku_key >= ?4 AND sku_key < ?5 LIMIT ?3) AS counted)"
        );
        let (asked, sku_end) = (json_list(&words), search_key_end(&sku));
        let params = params![asked, BEHIND_ALL, COUNTED_MAX, sku, sku_end];
        let counted = tx.query(sql, params, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let counted: HashMap<String, i64> = counted.into_iter().collect();
        let count = |key: &str| counted.get(key).copied().unwrap_or_default();
        words.sort_by_key(|word| count(word));
        let counts = Counts { titles: words.first().map_or(0, |word| count(word)), skus: count("") };
        Ok((Self { words, sku }, counts))
    }

    /// The parameters of a statement that looks along a list: the words, what stands behind all that begin with one,
    /// and from where to where SKUs are meant.
    pub(crate) fn along(&self) -> [Param<'static>; 4] {
        let end = if self.sku.is_empty() { String::new() } else { search_key_end(&self.sku) };
        [json_list(&self.words), BEHIND_ALL.to_owned(), self.sku.clone(), end].map(|text| Param::Text(text.into()))
    }

    /// The same for one that begins with the titles of the rarest word: from where to where these are, and the others.
    pub(crate) fn found(&self) -> [Param<'static>; 6] {
        let (rarest, others) = self.words.split_first().map_or(("", &[][..]), |(rarest, others)| (rarest, others));
        let end = if rarest.is_empty() { String::new() } else { search_key_end(rarest) };
        let [_, behind_all, sku, sku_end] = self.along();
        let [from, end, others] = [rarest.to_owned(), end, json_list(others)].map(|text| Param::Text(text.into()));
        [from, end, others, behind_all, sku, sku_end]
    }
}
