use std::collections::HashSet;

use souk_types::limits;

/// The column in which an export writes attributes that Shopify's own columns cannot hold.
pub(super) const ATTRIBUTES_COLUMN: &str = "Attributes (product.metafields.souk.attributes)";
const METAFIELD: &str = " (product.metafields.";
const COLUMNS_MAX: usize = 2_000;

/// Columns of Shopify's format that this shop has no use for and keeps aside.
const UNUSED: [&str; 34] = [
    "seo title",
    "seo description",
    "gift card",
    "cost per item",
    "variant inventory tracker",
    "variant inventory policy",
    "variant fulfillment service",
    "variant requires shipping",
    "variant taxable",
    "variant tax code",
    "variant weight unit",
    "weight unit for display",
    "inventory tracker",
    "continue selling when out of stock",
    "requires shipping",
    "fulfillment service",
    "charge tax",
    "tax code",
    "template suffix",
    "collection",
    "unit price total measure",
    "unit price total measure unit",
    "unit price base measure",
    "unit price base measure unit",
    "option1 linked to",
    "option2 linked to",
    "option3 linked to",
    "variant unit price total measure",
    "variant unit price base measure",
    "published scope",
    "published at",
    "metafield: title_tag",
    "metafield: description_tag",
    "variant cost",
];
const UNUSED_BEGINNINGS: [&str; 4] = ["google shopping / ", "included / ", "price / ", "compare at price / "];

/// Where the heading of a Shopify file has what.
#[derive(Debug, Clone, Default)]
pub(super) struct Heading {
    pub(super) names: Vec<String>,
    pub(super) handle: Option<usize>,
    pub(super) title: Option<usize>,
    pub(super) body: Option<usize>,
    pub(super) vendor: Option<usize>,
    pub(super) category: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) tags: Option<usize>,
    pub(super) published: Option<usize>,
    pub(super) status: Option<usize>,
    pub(super) option_names: [Option<usize>; limits::PRODUCT_OPTIONS_MAX],
    pub(super) option_values: [Option<usize>; limits::PRODUCT_OPTIONS_MAX],
    pub(super) sku: Option<usize>,
    pub(super) grams: Option<usize>,
    pub(super) weight: Option<usize>,
    pub(super) weight_unit: Option<usize>,
    pub(super) quantity: Option<usize>,
    pub(super) price: Option<usize>,
    pub(super) compare_at: Option<usize>,
    pub(super) barcode: Option<usize>,
    pub(super) image: Option<usize>,
    pub(super) image_position: Option<usize>,
    pub(super) image_alt: Option<usize>,
    pub(super) variant_image: Option<usize>,
    pub(super) attributes: Option<usize>,
    /// Attributes in columns of their own: where, and what they are called.
    pub(super) metafields: Vec<(usize, String)>,
    /// What is kept aside.
    pub(super) aside: Vec<usize>,
    /// Of those, what Shopify's format does not have either.
    pub(super) unknown: Vec<String>,
}

impl Heading {
    /// Understands a heading.
    ///
    /// # Errors
    /// Why no product can be read under it, for the person who sent the file.
    pub(super) fn parse(names: &[String]) -> Result<Self, String> {
        if names.len() > COLUMNS_MAX {
            return Err(format!("the file has more than {COLUMNS_MAX} columns"));
        }
        let mut heading = Self { names: names.iter().map(|name| name.trim().to_owned()).collect(), ..Self::default() };
        let mut seen = HashSet::new();
        for (index, name) in names.iter().enumerate() {
            let name = name.trim();
            if name.is_empty() || name.len() > limits::LINE_BYTES_MAX || name.contains(char::is_control) {
                return Err(format!("column {} has no usable name", index + 1));
            }
            if !seen.insert(name.to_owned()) {
                return Err(format!("the column {name:?} is there twice"));
            }
            heading.take(index, name)?;
        }
        match (heading.handle.or(heading.title), heading.price) {
            (None, _) => Err("there is no column Handle and no column Title: is this a file of products?".to_owned()),
            (_, None) => Err("there is no column Variant Price".to_owned()),
            _ => Ok(heading),
        }
    }

    fn take(&mut self, index: usize, name: &str) -> Result<(), String> {
        let lower = name.to_lowercase();
        if name == ATTRIBUTES_COLUMN {
            self.attributes = Some(index);
        } else if let Some(role) = self.role(&lower) {
            if role.replace(index).is_some() {
                return Err(format!("the column {name:?} is there under another name, too"));
            }
        } else if let Some(attribute) = metafield(name) {
            self.metafields.push((index, attribute.to_owned()));
        } else {
            self.aside.push(index);
            if !is_unused(&lower) {
                self.unknown.push(name.to_owned());
            }
        }
        // These two are used, and kept aside all the same, for they say more than is taken from them.
        if matches!(lower.as_str(), "type" | "variant weight unit" | "weight unit for display") {
            self.aside.push(index);
        }
        Ok(())
    }

    /// What a column is for; both Shopify's long-standing names and those of its newer template are known.
    fn role(&mut self, lower: &str) -> Option<&mut Option<usize>> {
        Some(match lower {
            "handle" | "url handle" => &mut self.handle,
            "title" => &mut self.title,
            "body (html)" | "body html" | "body" | "description" => &mut self.body,
            "vendor" => &mut self.vendor,
            "product category" => &mut self.category,
            "type" => &mut self.kind,
            "tags" => &mut self.tags,
            "published" | "published on online store" => &mut self.published,
            "status" => &mut self.status,
            "variant sku" | "sku" => &mut self.sku,
            "variant grams" | "weight value (grams)" => &mut self.grams,
            "variant weight" => &mut self.weight,
            "variant weight unit" | "weight unit for display" => &mut self.weight_unit,
            "variant inventory qty" | "inventory quantity" => &mut self.quantity,
            "variant price" | "price" => &mut self.price,
            "variant compare at price" | "compare-at price" | "compare at price" => &mut self.compare_at,
            "variant barcode" | "barcode" => &mut self.barcode,
            "image src" | "product image url" => &mut self.image,
            "image position" => &mut self.image_position,
            "image alt text" => &mut self.image_alt,
            "variant image" | "variant image url" => &mut self.variant_image,
            _ => return self.option_role(lower),
        })
    }

    fn option_role(&mut self, lower: &str) -> Option<&mut Option<usize>> {
        let (number, part) = lower.strip_prefix("option")?.split_once(' ')?;
        let place = number.parse::<usize>().ok()?.checked_sub(1)?;
        match part {
            "name" => self.option_names.get_mut(place),
            "value" => self.option_values.get_mut(place),
            _ => None,
        }
    }

    /// What the file calls the column that a field of a draft, `variants[2].price` for example, was read from.
    pub(super) fn name_of(&self, field: &str) -> Option<&str> {
        let part = field.split_once('.').map_or("", |(_, part)| part);
        let column = match (field.split(['[', '.']).next()?, part.split('[').next()?) {
            ("slug", _) => self.handle,
            ("title", _) => self.title,
            ("description", _) => self.body,
            ("brand", _) => self.vendor,
            ("category", _) => self.category.or(self.kind),
            ("tags", _) => self.tags,
            ("status", _) => self.status,
            ("options", _) => self.option_names[0],
            ("attributes", _) => self.attributes,
            ("images", "alt") => self.image_alt,
            ("images", _) => self.image,
            ("variants", "sku") => self.sku,
            ("variants", "barcode") => self.barcode,
            ("variants", "options") => self.option_values[0],
            ("variants", "compare_at") => self.compare_at,
            ("variants", "weight_g") => self.grams.or(self.weight),
            ("variants", "image") => self.variant_image,
            ("variants", "stock") => self.quantity,
            ("variants", _) => self.price,
            _ => None,
        };
        column.map(|column| self.names[column].as_str())
    }

    /// The columns that an export must write back.
    pub(super) fn kept(&self) -> Vec<String> {
        let metafields = self.metafields.iter().map(|(index, _)| *index);
        metafields.chain(self.aside.iter().copied()).map(|index| self.names[index].clone()).collect()
    }
}

fn is_unused(lower: &str) -> bool {
    UNUSED.contains(&lower) || UNUSED_BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
}

/// The attribute's name in a heading such as `Colour (product.metafields.shopify.color-pattern)`.
pub(super) fn metafield(column: &str) -> Option<&str> {
    let (name, key) = column.split_once(METAFIELD)?;
    let key = key.strip_suffix(')')?;
    let name = name.trim();
    if name.is_empty() { key.rsplit('.').next().filter(|key| !key.is_empty()) } else { Some(name) }
}

/// Says whether a column name means something to an import, so that nothing can be kept aside under it.
pub(super) fn is_taken(column: &str) -> bool {
    let lower = column.to_lowercase();
    let kept_too = matches!(lower.as_str(), "type" | "variant weight unit" | "weight unit for display");
    column == ATTRIBUTES_COLUMN || (!kept_too && Heading::default().role(&lower).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &[&str]) -> Result<Heading, String> {
        Heading::parse(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn columns_are_told_apart() {
        let heading = parse(&[
            "Handle",
            "Title",
            "Variant Price",
            "Option2 Value",
            "Color (product.metafields.shopify.color-pattern)",
            "SEO Title",
            "Mood",
            "Google Shopping / Gender",
            "Type",
        ]);
        let heading = heading.unwrap();
        assert_eq!(heading.option_values[1], Some(3));
        assert_eq!(heading.metafields, [(4, "Color".to_owned())]);
        assert_eq!(heading.unknown, ["Mood"]);
        assert_eq!(heading.aside, [5, 6, 7, 8]);
        assert_eq!(heading.kind, Some(8));
    }

    #[test]
    fn a_heading_without_the_needed_columns_is_refused() {
        assert!(parse(&["Name", "Variant Price"]).unwrap_err().contains("Handle"));
        assert!(parse(&["Handle", "Title"]).unwrap_err().contains("Variant Price"));
        assert!(parse(&["Handle", "Handle", "Variant Price"]).unwrap_err().contains("twice"));
        assert!(parse(&["Handle", "Price", "Variant Price"]).unwrap_err().contains("another name"));
    }
}
