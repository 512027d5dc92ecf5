//! What pages say to search engines, as schema.org's JSON-LD.

use serde_json::{Value, json};
use souk_contracts::catalog::{Product, Variant};

use crate::{
    ShopConfig, format,
    pages_index::{page_address, variant_address},
    storefront::{
        description,
        product_view::{Stocks, pieces},
    },
    view::Crumb,
};

const CONTEXT: &str = "https://schema.org";
/// A search engine looks at a handful; a product may have thousands.
const OFFERS_MAX: usize = 20;
const IMAGES_MAX: usize = 5;
/// Pixels of a picture.
const IMAGE_WIDTH: u32 = 1600;
const DESCRIPTION_LETTERS_MAX: usize = 1_000;

/// Who sells: schema.org/Organization.
pub fn organization(shop: &ShopConfig) -> Value {
    json!({
        "@context": CONTEXT,
        "@type": "Organization",
        "@id": seller(shop),
        "name": shop.name,
        "url": format!("{}/", shop.public_url),
        "logo": format!("{}/favicon.svg", shop.public_url),
    })
}

fn seller(shop: &ShopConfig) -> String {
    format!("{}/#shop", shop.public_url)
}

/// The shop and how to search it: schema.org/WebSite with a SearchAction.
pub fn website(shop: &ShopConfig) -> Value {
    json!({
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": shop.name,
        "url": format!("{}/", shop.public_url),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": format!("{}/search?q={{search_term_string}}", shop.public_url),
            },
            "query-input": "required name=search_term_string",
        },
    })
}

/// The way down to a page: schema.org/BreadcrumbList. It begins at the front page.
pub fn breadcrumbs(shop: &ShopConfig, way: &[Crumb]) -> Value {
    let first = Crumb { name: shop.name.clone(), url: Some("/".to_owned()) };
    let step = |(position, crumb): (usize, &Crumb)| {
        let mut step = json!({"@type": "ListItem", "position": position + 1, "name": crumb.name});
        if let Some(url) = &crumb.url {
            step["item"] = format!("{}{url}", shop.public_url).into();
        }
        step
    };
    let steps: Vec<Value> = std::iter::once(&first).chain(way).enumerate().map(step).collect();
    json!({"@context": CONTEXT, "@type": "BreadcrumbList", "itemListElement": steps})
}

/// A product with its offers: schema.org/Product.
pub fn product(shop: &ShopConfig, product: &Product, stocks: &Stocks) -> Value {
    let image = |image| format!("{}{}", shop.public_url, format::plain_image_url(image, IMAGE_WIDTH));
    let images: Vec<String> = product.images.iter().take(IMAGES_MAX).map(image).collect();
    let offers: Vec<Value> =
        product.variants.iter().take(OFFERS_MAX).map(|variant| offer(shop, product, variant, stocks)).collect();
    let about = description::summary(&product.description, DESCRIPTION_LETTERS_MAX);
    let mut data = json!({
        "@context": CONTEXT,
        "@type": "Product",
        "productID": product.id.to_string(),
        "name": product.title,
        "description": if about.is_empty() { &product.title } else { &about },
        "url": format!("{}{}", shop.public_url, page_address(&product.slug)),
        "image": images,
        "offers": offers,
    });
    if !product.brand.is_empty() {
        data["brand"] = json!({"@type": "Brand", "name": product.brand});
    }
    if let Some(path) = &product.category {
        data["category"] = path.names.join(" > ").into();
    }
    if let [only] = product.variants.as_slice() {
        data["sku"] = only.sku.clone().into();
        if is_gtin(&only.barcode) {
            data["gtin"] = only.barcode.clone().into();
        }
    }
    let facts: Vec<Value> = product
        .attributes
        .iter()
        .map(|fact| json!({"@type": "PropertyValue", "name": fact.name, "value": fact.value.label()}))
        .collect();
    if !facts.is_empty() {
        data["additionalProperty"] = facts.into();
    }
    data
}

fn offer(shop: &ShopConfig, product: &Product, variant: &Variant, stocks: &Stocks) -> Value {
    let address = match product.variants.len() {
        1 => page_address(&product.slug),
        _ => variant_address(&product.slug, &variant.sku),
    };
    let mut offer = json!({
        "@type": "Offer",
        "sku": variant.sku,
        "price": variant.price.to_decimal(),
        "priceCurrency": variant.price.currency,
        "itemCondition": format!("{CONTEXT}/NewCondition"),
        "url": format!("{}{address}", shop.public_url),
        "seller": {"@type": "Organization", "@id": seller(shop), "name": shop.name},
    });
    if let Some(pieces) = pieces(variant, stocks) {
        let there = if pieces > 0 { "InStock" } else { "OutOfStock" };
        offer["availability"] = format!("{CONTEXT}/{there}").into();
    }
    if is_gtin(&variant.barcode) {
        offer["gtin"] = variant.barcode.clone().into();
    }
    offer
}

/// Says whether a code has the length and the check digit of a GTIN (GS1 General Specifications, 7.9).
pub fn is_gtin(code: &str) -> bool {
    let digits = || code.bytes().rev().map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let sum: u32 = digits().enumerate().map(|(at, digit)| if at % 2 == 0 { digit } else { digit * 3 }).sum();
    matches!(code.len(), 8 | 12 | 13 | 14) && code.bytes().all(|byte| byte.is_ascii_digit()) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_with_a_right_check_digit_are_given_as_gtin() {
        for good in ["4006381333931", "96385074", "036000291452", "00036000291452"] {
            assert!(is_gtin(good), "{good}");
        }
        for bad in ["", "4006381333932", "SKU-1", "12345", "40063813339ab"] {
            assert!(!is_gtin(bad), "{bad}");
        }
    }
}
