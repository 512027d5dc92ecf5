//! What the shop of these tests sells.

use souk_contracts::{
    cart::CartLine,
    catalog::{
        Attribute, AttributeValue, Category, CategoryPath, Collection, Condition, Image, Members, Offer, Product,
        ProductOption, ProductStatus, Variant,
    },
    search::{Brand, Facet, FacetKind, FacetValue, Fragment, Hit},
};
use souk_types::{Currency, Id, Money, Timestamp};

/// What somebody might put into a title to take over a page.
pub const HOSTILE: &str = "\"><script>alert('x')</script></title></script>";

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn image(number: u128) -> Image {
    Image {
        hash: format!("{number:08x}"),
        width: 1200,
        height: 900,
        alt: String::new(),
        drawn: number.is_multiple_of(2),
    }
}

fn variant(number: u128, sku: &str, options: &[&str], price: i64, before: Option<i64>) -> Variant {
    Variant {
        id: Id::from_bits(number),
        sku: sku.to_owned(),
        barcode: "4006381333931".to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        price: eur(price),
        compare_at: before.map(eur),
        weight_g: 400,
        image: Some(0),
    }
}

/// A bag in two colours and sizes, one combination missing.
pub fn bag() -> Product {
    let option = |name: &str, values: &[&str]| ProductOption {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    Product {
        id: Id::from_bits(1),
        version: 1,
        slug: "canvas-bag".to_owned(),
        title: "Canvas bag".to_owned(),
        description: "<p>Strong &amp; light.</p><ul><li>Washable</li></ul>".to_owned(),
        brand: "Acme".to_owned(),
        status: ProductStatus::Active,
        category: Some(CategoryPath {
            id: Id::from_bits(2),
            names: vec!["Bags".to_owned(), "Totes".to_owned()],
            slugs: vec!["bags".to_owned(), "totes".to_owned()],
        }),
        tags: vec!["new".to_owned()],
        options: vec![option("Colour", &["Red", "Blue"]), option("Size", &["S", "L"])],
        variants: vec![
            variant(1, "BAG-RED-S", &["Red", "S"], 1_250, Some(2_000)),
            variant(2, "BAG-RED-L", &["Red", "L"], 1_450, None),
            variant(3, "BAG-BLUE-S", &["Blue", "S"], 1_250, None),
        ],
        attributes: vec![Attribute {
            name: "Volume".to_owned(),
            value: AttributeValue::Number { number: 18.0, unit: "l".to_owned() },
        }],
        images: vec![image(1), image(2)],
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
    }
}

/// A product whose every text tries to break out.
pub fn hostile() -> Product {
    Product {
        id: Id::from_bits(2),
        slug: "hostile".to_owned(),
        title: HOSTILE.to_owned(),
        brand: HOSTILE.to_owned(),
        description: format!("<p>{HOSTILE}</p>"),
        options: Vec::new(),
        variants: vec![variant(9, "HOSTILE", &[], 999, None)],
        attributes: vec![Attribute { name: HOSTILE.to_owned(), value: AttributeValue::Text(HOSTILE.to_owned()) }],
        ..bag()
    }
}

pub fn products() -> Vec<Product> {
    vec![bag(), hostile()]
}

pub fn categories() -> Vec<Category> {
    let category = |number, parent: Option<u128>, name: &str, slug: &str| Category {
        id: Id::from_bits(number),
        parent: parent.map(Id::from_bits),
        name: name.to_owned(),
        slug: slug.to_owned(),
        position: 0,
        version: 1,
    };
    vec![category(1, None, "Bags", "bags"), category(2, Some(1), "Totes", "totes")]
}

pub fn collections() -> Vec<Collection> {
    let collection = |number, title: &str, slug: &str, members| Collection {
        id: Id::from_bits(number),
        title: title.to_owned(),
        slug: slug.to_owned(),
        members,
        version: 1,
    };
    let rule = vec![Condition::Category(Id::from_bits(2)), Condition::OnSale];
    vec![
        collection(1, "Favourites", "favourites", Members::Picked(vec![Id::from_bits(2), Id::from_bits(1)])),
        collection(2, "Reduced totes", "reduced-totes", Members::Rule(rule)),
    ]
}

pub fn brands() -> Vec<Brand> {
    let brand = |slug: &str, names: &[&str]| Brand {
        slug: slug.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        products: 3,
    };
    vec![brand("acme", &["Acme"]), brand("hermes", &["Hermès", "Hermes"])]
}

pub fn hit(product: &Product) -> Hit {
    Hit {
        product: product.id,
        slug: product.slug.clone(),
        title: product.title.clone(),
        brand: product.brand.clone(),
        price_min: eur(1_250),
        price_max: eur(1_450),
        compare_at: Some(eur(2_000)),
        image: product.images.first().cloned(),
        in_stock: true,
        only_sku: (product.variants.len() == 1).then(|| product.variants[0].sku.clone()),
        snippet: vec![
            Fragment { text: "a <b>strong</b> ".to_owned(), found: false },
            Fragment { text: "bag".to_owned(), found: true },
        ],
    }
}

pub fn facets() -> Vec<Facet> {
    let facet = |kind, name: &str, values: &[&str]| Facet {
        kind,
        name: name.to_owned(),
        values: values
            .iter()
            .map(|value| FacetValue {
                value: (*value).to_owned(),
                label: (*value).to_owned(),
                count: 3,
                selected: false,
            })
            .collect(),
    };
    vec![
        facet(FacetKind::Category, "Category", &["bags"]),
        facet(FacetKind::Brand, "Brand", &["Acme", HOSTILE]),
        facet(FacetKind::Price, "Price", &["0-1000", "1000-5000", "5000-"]),
        facet(FacetKind::Availability, "Availability", &["in_stock"]),
        facet(FacetKind::Attribute, "Colour", &["Red", "Blue"]),
    ]
}

fn chosen(product: &Product, variant: &Variant) -> String {
    let named = product.options.iter().zip(&variant.options);
    named.map(|(option, value)| format!("{}: {value}", option.name)).collect::<Vec<_>>().join(", ")
}

pub fn offer(sku: &str) -> Option<Offer> {
    products().into_iter().find_map(|product| {
        let variant = product.variants.iter().find(|variant| variant.sku == sku)?;
        Some(Offer {
            sku: sku.to_owned(),
            variant: variant.id,
            product: product.id,
            slug: product.slug.clone(),
            title: product.title.clone(),
            variant_title: chosen(&product, variant),
            price: variant.price,
            compare_at: variant.compare_at,
            weight_g: variant.weight_g,
            image: product.images.first().cloned(),
        })
    })
}

pub fn cart_line(sku: &str, quantity: u32) -> Option<CartLine> {
    let offer = offer(sku)?;
    Some(CartLine {
        sku: offer.sku,
        product: offer.product,
        slug: offer.slug,
        title: offer.title,
        variant_title: offer.variant_title,
        image: offer.image,
        quantity,
        unit_price: offer.price,
        compare_at: offer.compare_at,
        total: eur(offer.price.minor * i64::from(quantity)),
        warnings: Vec::new(),
    })
}
