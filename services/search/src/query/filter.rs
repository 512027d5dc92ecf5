//! Which documents pass the filters, and which fail just one.

use std::collections::HashSet;

use souk_contracts::search::{Filters, Scope};

use crate::index::{
    Snapshot,
    columns::Columns,
    document::tie,
    values::{Value, ValueKind, Values},
};

/// One filter, as numbers. The values of one are alternatives.
#[derive(Debug)]
enum Test {
    Category(Vec<u32>),
    Brand(Vec<u32>),
    Price(i64, i64),
    InStock,
    Attribute {
        name: Option<u32>,
        values: Vec<u32>,
    },
    Tag(Option<u32>),
    OnSale,
    /// By the random half of the id.
    Products(HashSet<u64>),
}

/// What a filter narrows down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Category,
    Brand,
    Price,
    InStock,
    /// By the number of the attribute's name.
    Attribute(u32),
    /// An attribute that no product has.
    Unknown,
}

/// How a document fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It passes all filters.
    Passes,
    /// It passes all filters but those of one dimension.
    FailsOnly(Dimension),
    /// It fails more.
    Fails,
}

/// The filters of a query.
#[derive(Debug)]
pub struct Filter {
    /// What fails one of these is not looked at.
    scope: Vec<Test>,
    tests: Vec<Test>,
}

impl Filter {
    /// Translates filters to numbers of values.
    pub fn new(snapshot: &Snapshot, filters: &Filters) -> Self {
        let values = &snapshot.values;
        let mut tests = Vec::new();
        if let Some(slug) = &filters.category {
            tests.push(Test::category(values, slug));
        }
        if !filters.brands.is_empty() {
            tests.push(Test::brands(values, &filters.brands));
        }
        if filters.price_min.is_some() || filters.price_max.is_some() {
            tests.push(Test::Price(filters.price_min.unwrap_or(i64::MIN), filters.price_max.unwrap_or(i64::MAX)));
        }
        if filters.in_stock {
            tests.push(Test::InStock);
        }
        for (name, wanted) in filters.attributes.iter().filter(|(_, wanted)| !wanted.is_empty()) {
            let separator = crate::index::document::SEPARATOR;
            let number = |value: &String| values.number(ValueKind::Attribute, &format!("{name}{separator}{value}"));
            tests.push(Test::Attribute {
                name: values.name_number(name),
                values: wanted.iter().filter_map(number).collect(),
            });
        }
        Self { scope: filters.scope.iter().map(|scope| Test::within(values, scope)).collect(), tests }
    }

    /// Says whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.scope.is_empty() && self.tests.is_empty()
    }

    /// Says whether a document passes.
    pub fn passes(&self, columns: &Columns, doc: u32) -> bool {
        self.scope.iter().chain(&self.tests).all(|test| test.passes(columns, doc))
    }

    /// Says how a document fares.
    pub fn judge(&self, columns: &Columns, doc: u32) -> Verdict {
        if !self.scope.iter().all(|test| test.passes(columns, doc)) {
            return Verdict::Fails;
        }
        let mut verdict = Verdict::Passes;
        for test in &self.tests {
            if !test.passes(columns, doc) {
                if verdict != Verdict::Passes {
                    return Verdict::Fails;
                }
                verdict = Verdict::FailsOnly(test.dimension());
            }
        }
        verdict
    }
}

impl Test {
    fn category(values: &Values, slug: &str) -> Self {
        let is_it = |value: &Value| value.kind == ValueKind::Category && *value.key == *slug;
        Self::Category((0..).zip(values.iter()).filter(|(_, value)| is_it(value)).map(|(number, _)| number).collect())
    }

    fn brands(values: &Values, names: &[String]) -> Self {
        Self::Brand(names.iter().filter_map(|name| values.number(ValueKind::Brand, name)).collect())
    }

    fn within(values: &Values, scope: &Scope) -> Self {
        match scope {
            Scope::Brands(names) => Self::brands(values, names),
            Scope::Category(slug) => Self::category(values, slug),
            Scope::Tag(tag) => Self::Tag(values.number(ValueKind::Tag, tag)),
            Scope::PriceUnder(minor) => Self::Price(i64::MIN, minor.saturating_sub(1)),
            Scope::PriceFrom(minor) => Self::Price(*minor, i64::MAX),
            Scope::OnSale => Self::OnSale,
            Scope::Products(ids) => Self::Products(ids.iter().map(|id| tie(*id)).collect()),
        }
    }

    fn passes(&self, columns: &Columns, doc: u32) -> bool {
        let at = doc as usize;
        match self {
            Self::Category(wanted) => has_any(columns.categories.of(doc), wanted),
            Self::Brand(wanted) => wanted.contains(&columns.brand[at]),
            Self::Price(least, most) => (*least..=*most).contains(&columns.price[at]),
            Self::InStock => columns.in_stock[at],
            Self::Attribute { values, .. } => has_any(columns.attributes.of(doc), values),
            Self::Tag(tag) => tag.is_some_and(|tag| columns.tags.of(doc).contains(&tag)),
            Self::OnSale => columns.on_sale[at],
            Self::Products(ids) => ids.contains(&columns.tie[at]),
        }
    }

    const fn dimension(&self) -> Dimension {
        match self {
            Self::Category(_) => Dimension::Category,
            Self::Brand(_) => Dimension::Brand,
            Self::Price(..) => Dimension::Price,
            Self::InStock => Dimension::InStock,
            Self::Attribute { name: Some(name), .. } => Dimension::Attribute(*name),
            Self::Attribute { name: None, .. } | Self::Tag(_) | Self::OnSale | Self::Products(_) => Dimension::Unknown,
        }
    }
}

fn has_any(having: &[u32], wanted: &[u32]) -> bool {
    having.iter().any(|number| wanted.contains(number))
}
