//! What shoppers type.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    naming::{BRANDS, COLOURS, STYLES},
    wares::RANGES,
};

/// Queries without end, as shoppers of the demo catalogue would type them; the same seed gives the same ones.
pub fn queries(seed: u64) -> impl Iterator<Item = String> {
    let mut rng = StdRng::seed_from_u64(seed);
    std::iter::repeat_with(move || {
        let range = &RANGES[rng.random_range(0..RANGES.len())];
        let noun = range.nouns[rng.random_range(0..range.nouns.len())].to_lowercase();
        let material = range.materials[rng.random_range(0..range.materials.len())].to_lowercase();
        let colour = COLOURS[rng.random_range(0..COLOURS.len())].name.to_lowercase();
        let brand = BRANDS[rng.random_range(0..BRANDS.len())].to_lowercase();
        match rng.random_range(0..10) {
            0..3 => noun,
            3 | 4 => format!("{colour} {noun}"),
            5 | 6 => format!("{material} {noun}"),
            7 => brand,
            8 => format!("{brand} {noun}"),
            _ => misspelt(&format!("{} {noun}", STYLES[rng.random_range(0..STYLES.len())].to_lowercase()), &mut rng),
        }
    })
}

/// Two neighbouring letters changed places, as happens when one types in a hurry.
fn misspelt(query: &str, rng: &mut StdRng) -> String {
    let mut letters: Vec<char> = query.chars().collect();
    if letters.len() > 3 {
        let at = rng.random_range(1..letters.len() - 2);
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}
