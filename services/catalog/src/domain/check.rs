use std::collections::{HashMap, HashSet};

use souk_contracts::catalog::{ImageDraft, ImageSource, ProductDraft, VariantDraft};
use souk_types::{Currency, Fault, Money, limits};

use super::{
    attribute,
    fields::{Findings, Presence},
    html, slug,
    tree::DEPTH_MAX,
};
use crate::drawing::KINDS;

const SKU_BYTES_MAX: usize = 200;
const BARCODE_BYTES_MAX: usize = 64;
const URL_BYTES_MAX: usize = 2_048;
/// Tags of one product.
pub(crate) const TAGS_MAX: usize = 250;
/// Minor units of one price.
pub(crate) const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;
const WEIGHT_G_MAX: i64 = 100_000_000;
const STOCK_MAX: i64 = 1_000_000_000;
/// What parts the names of a category path in a table; no name may contain it.
pub(crate) const CATEGORY_SEPARATOR: &str = " > ";

/// A draft in its normal form, with nothing wrong in it that the draft alone can show.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) draft: ProductDraft,
    /// The slug was asked for rather than made from the title.
    pub(crate) slug_given: bool,
}

/// Puts a draft into its normal form and checks it. Missing SKUs stay missing: see [`fill_skus`].
pub(crate) fn check(mut draft: ProductDraft, currency: Currency) -> Result<Checked, Fault> {
    let mut findings = Findings::default();
    findings.line(&mut draft.title, Presence::Required, || "title".to_owned());
    findings.line(&mut draft.brand, Presence::Optional, || "brand".to_owned());
    let slug_given = check_slug(&mut draft, &mut findings);
    if draft.description.len() <= limits::IMPORT_ROW_BYTES_MAX {
        check_description(&mut draft.description, &mut findings);
    } else {
        findings.add("description", format!("is longer than {} bytes", limits::TEXT_BYTES_MAX));
    }
    check_category(&mut draft.category, &mut findings);
    check_tags(&mut draft.tags, &mut findings);
    drop_default_option(&mut draft);
    check_options(&mut draft.options, &mut findings);
    findings.count(draft.attributes.len(), limits::PRODUCT_ATTRIBUTES_MAX, "attributes");
    for (index, attribute) in draft.attributes.iter_mut().enumerate() {
        attribute::check(attribute, index, &mut findings);
    }
    check_images(&mut draft.images, &mut findings);
    check_variants(&mut draft, currency, &mut findings);
    findings.into_result()?;
    Ok(Checked { draft, slug_given })
}

fn check_slug(draft: &mut ProductDraft, findings: &mut Findings) -> bool {
    let given = !draft.slug.trim().is_empty();
    if slug::is_slug(&draft.slug) {
        return given;
    }
    draft.slug = slug::slugify(if given { &draft.slug } else { &draft.title });
    if draft.slug.is_empty() {
        if given {
            findings.add("slug", "has no letter or digit that can stand in an address");
        } else {
            "product".clone_into(&mut draft.slug);
        }
    }
    given
}

fn check_description(description: &mut String, findings: &mut Findings) {
    // Cleaning takes time: what is far too long is refused as it is.
    if description.len() <= limits::TEXT_BYTES_MAX * 4 {
        *description = html::sanitise(description);
    }
    if description.len() > limits::TEXT_BYTES_MAX {
        findings.add("description", format!("is longer than {} bytes", limits::TEXT_BYTES_MAX));
    }
}

fn check_category(names: &mut [String], findings: &mut Findings) {
    findings.count(names.len(), DEPTH_MAX, "category");
    for (index, name) in names.iter_mut().enumerate() {
        check_category_name(name, findings, || format!("category[{index}]"));
    }
}

/// Checks the name of one category.
pub(crate) fn check_category_name(name: &mut String, findings: &mut Findings, field: impl Fn() -> String) {
    findings.line(name, Presence::Required, &field);
    if name.contains(CATEGORY_SEPARATOR) {
        findings.add(field(), format!("must not contain {CATEGORY_SEPARATOR:?}"));
    }
}

fn check_tags(tags: &mut Vec<String>, findings: &mut Findings) {
    findings.count(tags.len(), TAGS_MAX, "tags");
    for (index, tag) in tags.iter_mut().enumerate() {
        findings.line(tag, Presence::Optional, || format!("tags[{index}]"));
        if tag.contains(',') {
            findings.add(format!("tags[{index}]"), "must not contain a comma");
        }
    }
    let mut seen = HashSet::new();
    let fresh: Vec<bool> = tags.iter().map(|tag| !tag.is_empty() && seen.insert(tag.as_str())).collect();
    let mut fresh = fresh.into_iter();
    tags.retain(|_| fresh.next().unwrap_or(false));
}

fn check_options(options: &mut [String], findings: &mut Findings) {
    findings.count(options.len(), limits::PRODUCT_OPTIONS_MAX, "options");
    for index in 0..options.len() {
        findings.line(&mut options[index], Presence::Required, || format!("options[{index}]"));
        if options[..index].contains(&options[index]) {
            findings.add(format!("options[{index}]"), "is there twice");
        }
    }
}

fn check_images(images: &mut [ImageDraft], findings: &mut Findings) {
    findings.count(images.len(), limits::PRODUCT_IMAGES_MAX, "images");
    let mut seen = HashMap::new();
    for (index, image) in images.iter_mut().enumerate() {
        findings.line(&mut image.alt, Presence::Optional, || format!("images[{index}].alt"));
        let field = || format!("images[{index}].source");
        let text = match &mut image.source {
            ImageSource::Url(url) => {
                tidy_url(url);
                if let Err(reason) = check_url(url) {
                    findings.add(field(), reason);
                }
                url
            }
            ImageSource::Stored(hash) => {
                if !is_image_hash(hash) {
                    findings.add(field(), "is not the hash of a picture");
                }
                hash
            }
            ImageSource::Drawing(description) => {
                findings.line(description, Presence::Required, field);
                if !is_drawing(description) {
                    findings.add(field(), "is no drawing; one reads kind:base:accent:seed, like mug:2f5d62:e8b04b:17");
                }
                description
            }
        };
        if let Some(first) = seen.insert(text.clone(), index) {
            findings.add(format!("images[{index}].source"), format!("is the same picture as images[{first}]"));
        }
    }
}

/// Says whether a text describes a drawing, without drawing it.
fn is_drawing(description: &str) -> bool {
    let is_colour = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_seed = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u32>().is_ok();
    match description.split(':').collect::<Vec<_>>().as_slice() {
        [kind, base, accent, seed] => KINDS.contains(kind) && is_colour(base) && is_colour(accent) && is_seed(seed),
        _ => false,
    }
}

/// Says whether a text is the hash of a picture.
pub(crate) fn is_image_hash(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

/// Blanks and letters beyond ASCII are percent-encoded, as browsers do it.
fn tidy_url(url: &mut String) {
    let trimmed = url.trim();
    let plain = |byte: u8| byte.is_ascii_graphic();
    if trimmed.len() == url.len() && trimmed.bytes().all(plain) {
        return;
    }
    let mut encoded = String::with_capacity(trimmed.len() + 16);
    for byte in trimmed.bytes() {
        if plain(byte) { encoded.push(byte as char) } else { encoded.push_str(&format!("%{byte:02X}")) }
    }
    *url = encoded;
}

fn check_url(url: &str) -> Result<(), &'static str> {
    if url.len() > URL_BYTES_MAX {
        return Err("is too long an address");
    }
    let uri: http::Uri = url.parse().map_err(|_| "is not an address")?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(()),
        (Some("http" | "https"), _) => Err("is not an address"),
        _ => Err("must start with http:// or https://"),
    }
}

/// How Shopify's files say that there is nothing to choose.
pub(crate) const DEFAULT_OPTION: (&str, &str) = ("Title", "Default Title");

fn drop_default_option(draft: &mut ProductDraft) {
    if let ([option], [variant]) = (draft.options.as_slice(), draft.variants.as_slice())
        && let [value] = variant.options.as_slice()
        && (option.as_str(), value.as_str()) == DEFAULT_OPTION
    {
        draft.options.clear();
        draft.variants[0].options.clear();
    }
}

fn check_variants(draft: &mut ProductDraft, currency: Currency, findings: &mut Findings) {
    let (options, images) = (draft.options.len(), draft.images.len());
    findings.count(draft.variants.len(), limits::PRODUCT_VARIANTS_MAX, "variants");
    if draft.variants.is_empty() {
        findings.add("variants", "needs at least one");
    }
    for (index, variant) in draft.variants.iter_mut().enumerate() {
        check_variant(variant, index, options, images, findings);
        check_price(variant, index, currency, findings);
    }
    let mut combinations = HashMap::new();
    for (index, variant) in draft.variants.iter().enumerate() {
        if let Some(first) = combinations.insert(&variant.options, index) {
            let message = if options == 0 {
                "there can be only one variant without options".to_owned()
            } else {
                format!("is the same choice as variants[{first}]")
            };
            findings.add(format!("variants[{index}].options"), message);
        }
    }
    check_skus(draft, findings);
}

fn check_variant(variant: &mut VariantDraft, index: usize, options: usize, images: usize, findings: &mut Findings) {
    findings.line(&mut variant.sku, Presence::Optional, || format!("variants[{index}].sku"));
    if variant.sku.len() > SKU_BYTES_MAX {
        findings.add(format!("variants[{index}].sku"), format!("is longer than {SKU_BYTES_MAX} bytes"));
    }
    findings.line(&mut variant.barcode, Presence::Optional, || format!("variants[{index}].barcode"));
    let in_barcodes = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ' | '.' | '/' | '_' | '+');
    if variant.barcode.len() > BARCODE_BYTES_MAX || !variant.barcode.chars().all(in_barcodes) {
        findings.add(format!("variants[{index}].barcode"), "is not a barcode");
    }
    if variant.options.len() != options {
        let message = format!("needs a value for each of {options} options, not {}", variant.options.len());
        findings.add(format!("variants[{index}].options"), message);
    }
    for (place, value) in variant.options.iter_mut().enumerate() {
        findings.line(value, Presence::Required, || format!("variants[{index}].options[{place}]"));
    }
    findings.range(variant.weight_g, WEIGHT_G_MAX, || format!("variants[{index}].weight_g"));
    if let Some(stock) = variant.stock {
        findings.range(stock, STOCK_MAX, || format!("variants[{index}].stock"));
    }
    if variant.image.is_some_and(|image| image >= images) {
        findings.add(format!("variants[{index}].image"), "there is no such image");
    }
}

fn check_price(variant: &VariantDraft, index: usize, currency: Currency, findings: &mut Findings) {
    let mut amount = |money: Money, field: &str| {
        if money.currency != currency {
            findings.add(format!("variants[{index}].{field}"), format!("must be in {currency}"));
        }
        findings.range(money.minor, PRICE_MINOR_MAX, || format!("variants[{index}].{field}"));
    };
    amount(variant.price, "price");
    if let Some(before) = variant.compare_at {
        amount(before, "compare_at");
        if before.minor <= variant.price.minor {
            findings.add(format!("variants[{index}].compare_at"), "must be more than the price");
        }
    }
}

/// Refuses the same SKU twice.
fn check_skus(draft: &ProductDraft, findings: &mut Findings) {
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(draft.variants.len());
    for (index, variant) in draft.variants.iter().enumerate().filter(|(_, variant)| !variant.sku.is_empty()) {
        if let Some(first) = seen.insert(&variant.sku, index) {
            findings.add(format!("variants[{index}].sku"), format!("is also the SKU of variants[{first}]"));
        }
    }
}

/// Gives the variants without a SKU one that is made of the slug and the options.
pub(crate) fn fill_skus(draft: &mut ProductDraft) {
    if draft.variants.iter().all(|variant| !variant.sku.is_empty()) {
        return;
    }
    let mut taken: HashSet<String> = draft.variants.iter().map(|variant| variant.sku.clone()).collect();
    for variant in draft.variants.iter_mut().filter(|variant| variant.sku.is_empty()) {
        let mut base = slug::sku(&draft.slug, &variant.options);
        base.truncate(SKU_BYTES_MAX - 8);
        let numbered = (2..).map(|number: u32| format!("{base}-{number}"));
        let free = std::iter::once(base.clone()).chain(numbered).find(|sku| !taken.contains(sku));
        variant.sku = free.unwrap_or(base);
        taken.insert(variant.sku.clone());
    }
}
