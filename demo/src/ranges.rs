//! The ranges of wares: what there is, in which category, at what price, with which options and facts.

/// What a range's variants differ in besides their colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// Nothing.
    None,
    /// Clothing sizes.
    Clothing,
    /// Shoe sizes, EU.
    Shoes,
    /// These, under this name.
    Named(&'static str, &'static [&'static str]),
}

/// A fact that every product of a range has.
#[derive(Debug, Clone, Copy)]
pub enum Fact {
    /// One of these words.
    Word(&'static str, &'static [&'static str]),
    /// A number between two bounds, in a unit.
    Number(&'static str, u32, u32, &'static str),
    /// One of these numbers, in a unit.
    OneOf(&'static str, &'static [u32], &'static str),
    /// Yes or no.
    Flag(&'static str),
}

/// A range: products of one sort.
pub struct Range {
    /// Names from the root down.
    pub category: &'static [&'static str],
    /// What the thing is called, one of these.
    pub nouns: &'static [&'static str],
    /// What it is made of, or what is special, one of these; goes before the noun.
    pub materials: &'static [&'static str],
    /// Which picture shows it.
    pub kind: &'static str,
    /// Lowest and highest price, whole units of a currency like the euro.
    pub price: (u32, u32),
    /// Weight with packing, grams: lowest and highest.
    pub weight_g: (u32, u32),
    /// What variants differ in.
    pub sizes: Sizes,
    /// Facts.
    pub facts: &'static [Fact],
}

const ML: &[&str] = &["250 ml", "350 ml", "500 ml"];

macro_rules! range {
    ([$($category:literal),+] $nouns:expr, $materials:expr, $kind:literal, $price:expr, $weight:expr, $sizes:expr, [$($fact:expr),*]) => {
        Range {
            category: &[$($category),+],
            nouns: &$nouns,
            materials: &$materials,
            kind: $kind,
            price: $price,
            weight_g: $weight,
            sizes: $sizes,
            facts: &[$($fact),*],
        }
    };
}

pub(crate) use range;

/// Facts and sizes that several ranges share.
pub mod shared {
    use super::{Fact, ML, Sizes};

    pub const CARE: Fact = Fact::Word("Care", &["Machine wash 30°", "Hand wash", "Wipe clean", "Dry clean"]);
    pub const FIT: Fact = Fact::Word("Fit", &["Slim", "Regular", "Relaxed", "Oversized"]);
    pub const FABRIC: Fact =
        Fact::Word("Material", &["Cotton", "Organic cotton", "Linen", "Merino wool", "Recycled polyester"]);
    pub const WOOD: Fact = Fact::Word("Material", &["Oak", "Ash", "Walnut", "Birch plywood", "Powder-coated steel"]);
    pub const CERAMIC: Fact = Fact::Word("Material", &["Stoneware", "Porcelain", "Earthenware", "Glass"]);
    pub const DISHWASHER: Fact = Fact::Flag("Dishwasher safe");
    pub const BATTERY: Fact = Fact::Number("Battery life", 8, 60, "h");
    pub const WATERPROOF: Fact = Fact::Flag("Waterproof");
    pub const VOLUME: Sizes = Sizes::Named("Capacity", ML);
    pub const STORAGE: Sizes = Sizes::Named("Storage", &["128 GB", "256 GB", "512 GB"]);
}
