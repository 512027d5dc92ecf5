//! The brands that have products, by the slug of their pages.

use std::collections::BTreeMap;

use souk_contracts::search::Brand;
use souk_types::slug::slugify;

/// Puts brands together by slug; those whose name makes none have no page.
pub fn brands<'n>(counted: impl Iterator<Item = (&'n str, u32)>) -> Vec<Brand> {
    let mut by_slug: BTreeMap<String, Vec<(u32, &str)>> = BTreeMap::new();
    for (name, products) in counted.filter(|(_, products)| *products > 0) {
        by_slug.entry(slugify(name)).or_default().push((products, name));
    }
    by_slug.remove("");
    let brand = |(slug, mut names): (String, Vec<(u32, &str)>)| {
        names.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        Brand {
            slug,
            products: names.iter().map(|(products, _)| products).sum(),
            names: names.into_iter().map(|(_, name)| name.to_owned()).collect(),
        }
    };
    by_slug.into_iter().map(brand).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_write_a_name_share_a_page_and_what_nobody_sells_has_none() {
        let counted = [("Zen", 4), ("Hermes", 1), ("Hermès", 3), ("Gone", 0), ("!!!", 2)];
        let found = brands(counted.into_iter());
        let hermes = Brand { slug: "hermes".into(), names: vec!["Hermès".into(), "Hermes".into()], products: 4 };
        let zen = Brand { slug: "zen".into(), names: vec!["Zen".into()], products: 4 };
        assert_eq!(found, [hermes, zen]);
    }
}
