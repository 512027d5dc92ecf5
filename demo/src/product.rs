//! One product of the catalogue, drawn from its number alone.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use souk_contracts::catalog::{ImageDraft, ImageSource, ProductDraft, ProductStatus, VariantDraft};
use souk_types::{Currency, Money};

use crate::{
    facts,
    naming::{BRANDS, CLOSINGS, COLOURS, Colour, OPENINGS, STYLES},
    ranges::{Range, Sizes},
    wares::RANGES,
};

const CLOTHING: [&str; 5] = ["XS", "S", "M", "L", "XL"];
const SHOES: [&str; 6] = ["37", "39", "40", "42", "43", "45"];
/// Products in a hundred that are reduced.
const REDUCED_PERCENT: u32 = 15;

/// The product of a number.
pub fn draft(seed: u64, number: u64, currency: Currency) -> ProductDraft {
    // Odd multipliers spread neighbouring numbers over all seeds (Knuth, TAOCP 3, 6.4).
    let mut rng =
        StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03));
    let range = one(&mut rng, &RANGES);
    let brand = *one(&mut rng, &BRANDS);
    let (style, material, noun) =
        (*one(&mut rng, &STYLES), *one(&mut rng, range.materials), *one(&mut rng, range.nouns));
    let title = format!("{brand} {style} {material} {noun}");
    let colours = colours(&mut rng);
    let (options, variants) = variants(&mut rng, range, &colours, brand, noun, number, currency);
    ProductDraft {
        slug: format!("{}-{}", slug(&title), base36(number)),
        description: description(&mut rng, range, style, material, noun),
        brand: brand.to_owned(),
        status: ProductStatus::Active,
        category: range.category.iter().map(|name| (*name).to_owned()).collect(),
        tags: vec![style.to_lowercase(), material.to_lowercase()],
        options,
        variants,
        attributes: range.facts.iter().map(|fact| facts::attribute(&mut rng, *fact, material, noun)).collect(),
        images: images(&mut rng, range, &colours, &title),
        title,
    }
}

fn one<'a, T>(rng: &mut StdRng, list: &'a [T]) -> &'a T {
    &list[rng.random_range(0..list.len())]
}

/// One to four colours, each once.
fn colours(rng: &mut StdRng) -> Vec<&'static Colour> {
    let count = rng.random_range(1..=4);
    let first = rng.random_range(0..COLOURS.len());
    let stride = [1, 5, 7][rng.random_range(0..3)];
    (0..count).map(|n| &COLOURS[(first + n * stride) % COLOURS.len()]).collect()
}

fn sizes(range: &Range) -> (Option<&'static str>, Vec<&'static str>) {
    match range.sizes {
        Sizes::None => (None, vec![""]),
        Sizes::Clothing => (Some("Size"), CLOTHING.to_vec()),
        Sizes::Shoes => (Some("Size"), SHOES.to_vec()),
        Sizes::Named(name, values) => (Some(name), values.to_vec()),
    }
}

fn variants(
    rng: &mut StdRng,
    range: &Range,
    colours: &[&Colour],
    brand: &str,
    noun: &str,
    number: u64,
    currency: Currency,
) -> (Vec<String>, Vec<VariantDraft>) {
    let (size_name, sizes) = sizes(range);
    let mut options = vec!["Colour".to_owned()];
    options.extend(size_name.map(str::to_owned));
    let price = rng.random_range(range.price.0..=range.price.1);
    let reduced = rng.random_range(0..100) < REDUCED_PERCENT;
    let ending = [0, 90, 95, 50][rng.random_range(0..4)];
    let weight_g = i64::from(rng.random_range(range.weight_g.0..=range.weight_g.1));
    let bigger_costs_more = matches!(range.sizes, Sizes::Named(name, _) if name != "Layout" && name != "Frame");
    let prefix = format!("{}-{}-{}", letters(brand), letters(noun), base36(number).to_uppercase());
    let mut variants = Vec::new();
    for (image, colour) in colours.iter().enumerate() {
        for (step, size) in sizes.iter().enumerate() {
            let extra = if bigger_costs_more { price * u32::try_from(step).unwrap_or(0) * 15 / 100 } else { 0 };
            let price = amount(price + extra, ending, currency);
            let mut chosen = vec![colour.name.to_owned()];
            chosen.extend((!size.is_empty()).then(|| (*size).to_owned()));
            let size_code = if size.is_empty() { String::new() } else { format!("-{}", step + 1) };
            variants.push(VariantDraft {
                sku: format!("{prefix}-{}{size_code}", colour.code),
                barcode: ean13(number, variants.len()),
                options: chosen,
                price,
                compare_at: reduced.then(|| Money::new(price.minor * 125 / 100, currency)),
                weight_g: weight_g + i64::from(extra) * 2,
                image: Some(image),
                stock: Some(stock(rng)),
            });
        }
    }
    (options, variants)
}

/// Mostly plenty, sometimes few, now and then nothing.
fn stock(rng: &mut StdRng) -> i64 {
    match rng.random_range(0..100) {
        0..5 => 0,
        5..12 => rng.random_range(1..=4),
        _ => rng.random_range(20..=400),
    }
}

/// So many whole units and hundredths, as near as the currency can say it.
fn amount(units: u32, hundredths: u32, currency: Currency) -> Money {
    let minor = i64::from(units * 100 + hundredths);
    match currency.exponent() {
        0 => Money::new(minor, currency),
        3 => Money::new(minor * 10, currency),
        _ => Money::new(minor, currency),
    }
}

/// One picture a colour, in the order of the colours, and one more of the first from another side.
fn images(rng: &mut StdRng, range: &Range, colours: &[&Colour], title: &str) -> Vec<ImageDraft> {
    let draw = |colour: &Colour, view: u32| ImageDraft {
        source: ImageSource::Drawing(format!("{}:{}:{}:{view}", range.kind, colour.base, colour.accent)),
        alt: format!("{title}, {}", colour.name.to_lowercase()),
    };
    let view = rng.random_range(0..1_000_u32);
    let mut images: Vec<ImageDraft> = colours.iter().map(|colour| draw(colour, view)).collect();
    images.extend(colours.first().map(|colour| draw(colour, view + 1)));
    images
}

fn description(rng: &mut StdRng, range: &Range, style: &str, material: &str, noun: &str) -> String {
    let middle = [
        format!(
            "The {noun} in {} is at home wherever {} things are welcome.",
            material.to_lowercase(),
            style.to_lowercase()
        ),
        format!("{material} gives this {} its character, and time only adds to it.", noun.to_lowercase()),
        format!("We kept the {} line and improved everything that you touch.", style.to_lowercase()),
        format!(
            "Among our {} it is the one that most people keep.",
            range.category.last().unwrap_or(&"things").to_lowercase()
        ),
    ];
    let points = [
        "Carefully finished edges",
        "Colours that last",
        "Easy to repair",
        "Made to be handed on",
        "Pleasant to the touch",
    ];
    let first = rng.random_range(0..points.len());
    format!(
        "<p>{} {}</p><ul><li>{}</li><li>{}</li></ul><p>{}</p>",
        one(rng, &OPENINGS),
        one(rng, &middle),
        points[first],
        points[(first + 2) % points.len()],
        one(rng, &CLOSINGS),
    )
}

/// The first three letters of the last word, as they stand in a SKU.
fn letters(words: &str) -> String {
    let word = words.split_whitespace().next_back().unwrap_or_default();
    word.chars().filter(char::is_ascii_alphabetic).take(3).collect::<String>().to_uppercase()
}

fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for letter in title.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            'é' => slug.push('e'),
            '\'' => {}
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug
}

fn base36(mut number: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(DIGITS[usize::try_from(number % 36).unwrap_or(0)]));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// An EAN-13 of the range that shops may use within their own walls (GS1 prefixes 200 to 299).
fn ean13(number: u64, variant: usize) -> String {
    let body = format!("2{:09}{:02}", number % 1_000_000_000, variant % 100);
    let weighted = |(at, digit): (usize, u8)| u32::from(digit - b'0') * if at % 2 == 0 { 1 } else { 3 };
    let sum: u32 = body.bytes().enumerate().map(weighted).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
