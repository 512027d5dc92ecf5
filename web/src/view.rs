//! The shapes that templates share; `theme/README.md` describes them.

use std::collections::BTreeMap;

use serde::Serialize;

/// An amount, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyView {
    /// `€12.50`.
    pub text: String,
    /// Minor units.
    pub minor: i64,
    /// `EUR`.
    pub currency: String,
}

/// An instant, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeView {
    /// `22 Nov 2026, 20:54`.
    pub text: String,
    /// `2026-11-22T20:54:14Z`.
    pub iso: String,
}

/// A picture, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageView {
    /// Its address in a middle size.
    pub src: String,
    /// Its addresses in all sizes; empty when there is one.
    pub srcset: String,
    /// What it shows.
    pub alt: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Something to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What to show.
    pub name: String,
    /// Where it leads.
    pub url: String,
}

/// A step of the way down to a page; the last has no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crumb {
    /// What to show.
    pub name: String,
    /// Where it leads.
    pub url: Option<String>,
}

/// An entry of a `<select>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// An entry.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A small coloured word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// The word.
    pub text: String,
    /// `neutral`, `info`, `success`, `warning` or `danger`.
    pub kind: &'static str,
}

impl Badge {
    /// A badge of a kind.
    pub fn new(text: impl Into<String>, kind: &'static str) -> Self {
        Self { text: text.into(), kind }
    }
}

/// The way through a list of pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pagination {
    /// The page before.
    pub prev_url: Option<String>,
    /// The page after.
    pub next_url: Option<String>,
    /// `Page 2 of 9`.
    pub label: String,
}

/// A row of a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TotalRow {
    /// `Subtotal`.
    pub label: String,
    /// The amount.
    pub amount: Option<MoneyView>,
    /// Shown in place of a missing amount.
    pub note: Option<String>,
    /// Empty, `discount` or `tax`.
    pub kind: &'static str,
}

impl TotalRow {
    /// A row with an amount.
    pub fn new(label: impl Into<String>, amount: MoneyView, kind: &'static str) -> Self {
        Self { label: label.into(), amount: Some(amount), note: None, kind }
    }

    /// A row whose amount is not known yet.
    pub fn noted(label: impl Into<String>, note: impl Into<String>) -> Self {
        Self { label: label.into(), amount: None, note: Some(note.into()), kind: "" }
    }
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameValue {
    /// `Size`.
    pub name: String,
    /// `M`.
    pub value: String,
}

/// A line of what is or was bought, in a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryLine {
    /// The product.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Its picture.
    pub image: Option<ImageView>,
    /// `Red / M`.
    pub options_text: String,
    /// Pieces.
    pub quantity: u32,
    /// Price of all.
    pub total: MoneyView,
}

/// What is wrong, by field; `form` is for the form as a whole.
pub type Errors = BTreeMap<String, String>;
/// What was entered, by field.
pub type Values = BTreeMap<String, String>;

/// The shop, as pages name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShopView {
    /// Its name.
    pub name: String,
    /// What prices are in.
    pub currency: String,
    /// Where most customers are.
    pub country: String,
}

impl ShopView {
    /// The shop that is configured.
    pub fn of(shop: &crate::ShopConfig) -> Self {
        Self { name: shop.name.clone(), currency: shop.currency.to_string(), country: shop.country.clone() }
    }
}
