//! How relevance is weighed.

use crate::index::schema::TEXT_FIELDS;

/// How relevance is weighed. The defaults are general; a test shows what each feature contributes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// How much a word counts in each field, in the order of [`TextField::ALL`](crate::index::schema::TextField::ALL).
    pub weights: [f32; TEXT_FIELDS],
    /// How much the length of each field discounts its words, 0 to 1 (BM25's b).
    pub lengths: [f32; TEXT_FIELDS],
    /// How slowly repeated words saturate (BM25's k1).
    pub saturation: f32,
    /// How much a result is worth that has only a part of the words: (share of what was looked for) to this power.
    pub coverage: f32,
    /// With fewer results than this having all words, those with only a part of them are shown too.
    pub enough: usize,
    /// Weight of another word for the same thing.
    pub synonym: f32,
    /// Weight of a corrected word.
    pub typo: f32,
    /// Weight of a word that only begins with what was typed.
    pub prefix: f32,
    /// Gain when all words stand next to each other in the title, in order.
    pub phrase: f32,
    /// Gain when a word stands at the beginning of the title.
    pub early: f32,
    /// Loss when the words stand only behind `for`, `with`, `compatible`.
    pub behind: f32,
    /// Gain when the whole query is a code or begins one, in times of what all its words are worth at most: more than
    /// the order of words in the title and popularity can add to anything else.
    pub exact: f32,
    /// Gain per tenfold of pieces bought.
    pub popularity: f32,
    /// Factor for what cannot be bought now.
    pub out_of_stock: f32,
}

impl Default for Ranking {
    fn default() -> Self {
        Self {
            //        title brand categ. tags attr. code desc. pairs
            weights: [2.0, 1.5, 2.0, 1.5, 0.4, 3.0, 1.0, 1.0],
            lengths: [0.5, 0.0, 0.3, 0.3, 0.3, 0.0, 0.75, 0.3],
            saturation: 1.2,
            coverage: 2.0,
            enough: 10,
            synonym: 0.8,
            typo: 0.6,
            prefix: 0.5,
            phrase: 0.2,
            early: 0.1,
            behind: 0.3,
            exact: 4.0,
            popularity: 0.1,
            out_of_stock: 0.9,
        }
    }
}
