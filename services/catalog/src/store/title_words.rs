//! Products by the words of their titles.

use std::collections::BTreeSet;

use souk_contracts::ProductId;
use souk_store::{Param, ToParam as _, Tx, json_list, params, sql};
use souk_text::each_word;
use souk_types::Fault;

use super::{search_key, search_key_end};

/// Words that are looked for; what is typed beyond them is left out.
const WANTED_MAX: usize = 5;
/// Rows up to which things are counted: that there are more is all that matters.
const COUNTED_MAX: i64 = 30_000;

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
    note(tx, product, present.difference(&before))
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

/// Keys from `from` on and before `end`.
#[derive(Debug, Clone, Default)]
struct Beginning {
    from: String,
    end: String,
}

impl Beginning {
    fn of(key: String) -> Self {
        Self { end: search_key_end(&key), from: key }
    }
}

/// What products are looked for by: all of some words in the title, in any order, each at least begun, or the
/// beginning of a SKU.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Those that nothing is wanted of are empty, as no key is.
    words: [Beginning; WANTED_MAX],
    sku: Beginning,
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
    /// Looks up which of the words is the rarest, which then leads.
    pub(crate) fn by(tx: &mut Tx<'_>, text: &str) -> Result<(Self, Counts), Fault> {
        let mut typed: Vec<String> = Vec::new();
        each_word(text, |word, _, _, _| {
            if typed.len() < WANTED_MAX && !typed.iter().any(|other| other == word) {
                typed.push(word.to_owned());
            }
        });
        let count = typed.len();
        let mut words: Vec<Beginning> = typed.into_iter().map(Beginning::of).collect();
        words.resize_with(WANTED_MAX, Beginning::default);
        let sku = Beginning::of(search_key(text));
        let sql = sql!(fan_out
            "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= ?1 AND word < ?2 LIMIT ?13) AS a),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= ?3 AND word < ?4 LIMIT ?13) AS b),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= ?5 AND word < ?6 LIMIT ?13) AS c),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= ?7 AND word < ?8 LIMIT ?13) AS d),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM title_words WHERE word >= ?9 AND word < ?10 LIMIT ?13) AS e),
                 (SELECT COUNT(*) FROM (SELECT 1 FROM skus WHERE sku_key >= ?11 AND sku_key < ?12 LIMIT ?13) AS f)"
        );
        let keys = words.iter().chain([&sku]).flat_map(|key| [key.from.to_param(), key.end.to_param()]);
        let params: Vec<Param<'_>> = keys.chain([COUNTED_MAX.to_param()]).collect();
        let counted = tx.query_one(sql, &params, |row| {
            (0..=WANTED_MAX).map(|column| row.get::<i64>(column)).collect::<Result<Vec<_>, Fault>>()
        })?;
        let (rarest, titles) =
            counted.iter().copied().enumerate().take(count).min_by_key(|(_, titles)| *titles).unwrap_or_default();
        words.swap(0, rarest);
        let words = words.try_into().map_err(|_| Fault::internal("there are as many words as may be wanted"))?;
        let skus = counted.last().copied().unwrap_or_default();
        Ok((Self { words, sku }, Counts { titles, skus }))
    }

    /// The parameters of a statement that looks for this: after those that it begins with, two for each word and two
    /// for the SKU.
    pub(crate) fn params<'a>(&'a self, first: impl IntoIterator<Item = Param<'a>>) -> Vec<Param<'a>> {
        let keys = self.words.iter().chain([&self.sku]);
        first.into_iter().chain(keys.flat_map(|key| [key.from.to_param(), key.end.to_param()])).collect()
    }
}

/// Those of some products that are wanted.
pub(crate) fn among(tx: &mut Tx<'_>, wanted: &Wanted, products: &[ProductId]) -> Result<Vec<ProductId>, Fault> {
    let sql = sql!(fan_out
        "SELECT p.product_id FROM products p
         WHERE p.product_id IN {each:?1} AND (?2 <> ''
             AND EXISTS (SELECT 1 FROM title_words w WHERE w.product_id = p.product_id AND w.word >= ?2 AND w.word < ?3)
             AND (?4 = '' OR EXISTS (
                 SELECT 1 FROM title_words w WHERE w.product_id = p.product_id AND w.word >= ?4 AND w.word < ?5))
             AND (?6 = '' OR EXISTS (
                 SELECT 1 FROM title_words w WHERE w.product_id = p.product_id AND w.word >= ?6 AND w.word < ?7))
             AND (?8 = '' OR EXISTS (
                 SELECT 1 FROM title_words w WHERE w.product_id = p.product_id AND w.word >= ?8 AND w.word < ?9))
             AND (?10 = '' OR EXISTS (
                 SELECT 1 FROM title_words w WHERE w.product_id = p.product_id AND w.word >= ?10 AND w.word < ?11))
             OR p.product_id IN (SELECT product_id FROM skus WHERE sku_key >= ?12 AND sku_key < ?13))"
    );
    tx.query(sql, &wanted.params([json_list(products).to_param()]), |row| row.get(0))
}
