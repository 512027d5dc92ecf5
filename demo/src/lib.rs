//! A demo catalogue of any size from a seed. The same seed gives the same products, however many are taken.

mod facts;
mod naming;
mod product;
mod queries;
mod ranges;
mod wares;

use souk_contracts::catalog::{CollectionDraft, Condition, Members, ProductDraft};
use souk_types::Currency;

pub use queries::queries;

/// Collections for the catalogue, whatever products are taken of it.
pub fn collections(currency: Currency) -> Vec<CollectionDraft> {
    let whole = |units: i64| units * 10_i64.pow(currency.exponent());
    let collection = |title: &str, condition| CollectionDraft {
        id: None,
        version: None,
        title: title.to_owned(),
        members: Members::Rule(vec![condition]),
    };
    vec![
        collection("Reduced now", Condition::OnSale),
        collection("Small gifts", Condition::PriceUnder(whole(25))),
        collection("Made to last", Condition::PriceFrom(whole(250))),
    ]
}

/// Products without end.
#[derive(Debug, Clone)]
pub struct Catalogue {
    seed: u64,
    currency: Currency,
    next: u64,
}

impl Catalogue {
    /// The catalogue of a seed, priced in a currency.
    pub fn new(seed: u64, currency: Currency) -> Self {
        Self { seed, currency, next: 0 }
    }
}

impl Iterator for Catalogue {
    type Item = ProductDraft;

    fn next(&mut self) -> Option<ProductDraft> {
        let number = self.next;
        self.next += 1;
        Some(product::draft(self.seed, number, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use souk_contracts::catalog::ImageSource;

    use super::*;

    fn some(products: usize) -> Vec<ProductDraft> {
        Catalogue::new(1, Currency::EUR).take(products).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_shop() {
        assert_eq!(some(200), some(200));
        assert_ne!(some(200), Catalogue::new(2, Currency::EUR).take(200).collect::<Vec<_>>());
    }

    #[test]
    fn slugs_skus_and_barcodes_are_unique() {
        let products = some(20_000);
        let slugs: HashSet<&str> = products.iter().map(|product| product.slug.as_str()).collect();
        assert_eq!(slugs.len(), products.len());
        let variants = || products.iter().flat_map(|product| &product.variants);
        let skus: HashSet<&str> = variants().map(|variant| variant.sku.as_str()).collect();
        let barcodes: HashSet<&str> = variants().map(|variant| variant.barcode.as_str()).collect();
        assert_eq!((skus.len(), barcodes.len()), (variants().count(), variants().count()));
    }

    #[test]
    fn every_collection_has_some_products_and_not_all() {
        let products = some(2_000);
        let cheapest =
            |product: &ProductDraft| product.variants.iter().map(|variant| variant.price.minor).min().unwrap();
        for collection in collections(Currency::EUR) {
            let Members::Rule(conditions) = collection.members else { panic!("picked") };
            let holds = |product: &&ProductDraft| match conditions[0] {
                Condition::OnSale => product.variants.iter().any(|variant| variant.compare_at.is_some()),
                Condition::PriceUnder(price) => cheapest(product) < price,
                Condition::PriceFrom(price) => cheapest(product) >= price,
                _ => false,
            };
            let found = products.iter().filter(holds).count();
            assert!((20..1_800).contains(&found), "{}: {found}", collection.title);
        }
    }

    #[test]
    fn every_product_can_be_sold() {
        for product in some(5_000) {
            assert!(!product.variants.is_empty() && product.variants.len() <= 24, "{}", product.slug);
            assert!(!product.images.is_empty() && product.category.len() >= 2, "{}", product.slug);
            for variant in &product.variants {
                assert_eq!(variant.options.len(), product.options.len(), "{}", variant.sku);
                assert!(variant.price.minor > 0 && variant.weight_g > 0, "{}", variant.sku);
                assert!(variant.compare_at.is_none_or(|before| before > variant.price), "{}", variant.sku);
                assert!(variant.image.is_some_and(|image| image < product.images.len()), "{}", variant.sku);
            }
        }
    }

    #[test]
    fn barcodes_have_a_right_check_digit() {
        for product in some(500) {
            for variant in &product.variants {
                // GS1 General Specifications, 7.9: weights 1 and 3 from the left of an EAN-13, sum divisible by 10.
                let digits = variant.barcode.bytes().map(|byte| u32::from(byte - b'0'));
                let sum: u32 = digits.enumerate().map(|(at, digit)| if at % 2 == 0 { digit } else { digit * 3 }).sum();
                assert_eq!((variant.barcode.len(), sum % 10), (13, 0), "{}", variant.barcode);
            }
        }
    }

    #[test]
    fn attributes_say_what_the_title_says() {
        let (mut materials, mut numbers) = (0, 0);
        for product in some(5_000) {
            let value = |name: &str| {
                let attribute = product.attributes.iter().find(|attribute| attribute.name == name);
                attribute.map(|attribute| attribute.value.label())
            };
            let of_title = |material: &str| product.title.contains(&format!(" {material} "));
            for material in ["Stoneware", "Porcelain", "Oak", "Walnut", "Linen", "Wool", "Cork"] {
                if let Some(told) = value("Material").filter(|_| of_title(material)) {
                    materials += 1;
                    assert_eq!(told, material, "{}", product.title);
                }
            }
            for (word, name, told) in [
                ("27-inch", "Diagonal", "27 in"),
                ("16-inch", "Display", "16 in"),
                ("2-Person", "Persons", "2"),
                ("500-Piece", "Pieces", "500"),
                ("Noise-Cancelling", "Noise cancelling", "Yes"),
            ] {
                if of_title(word) {
                    numbers += 1;
                    assert_eq!(value(name).as_deref(), Some(told), "{}", product.title);
                }
            }
            assert!(value("Memory").is_none_or(|memory| ["8 GB", "16 GB", "32 GB", "64 GB"].contains(&&*memory)));
        }
        assert!(materials > 100 && numbers > 100, "{materials} {numbers}");
    }

    #[test]
    fn pictures_are_described_as_the_drawing_expects() {
        for product in some(2_000) {
            for image in product.images {
                let ImageSource::Drawing(description) = image.source else { panic!("not drawn") };
                let parts: Vec<&str> = description.split(':').collect();
                assert!(parts.len() == 4 && parts[1].len() == 6 && parts[2].len() == 6, "{description}");
            }
        }
    }

    #[test]
    fn queries_are_words_that_the_catalogue_knows() {
        let asked: Vec<String> = queries(1).take(500).collect();
        assert!(asked.iter().all(|query| !query.is_empty() && query.len() < 60));
        assert!(asked.iter().any(|query| query.contains(' ')));
    }
}
