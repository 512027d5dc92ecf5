//! What a product is and must be. Pure: no SQL, no async, no clock.

pub(crate) mod attribute;
pub(crate) mod bulk;
pub(crate) mod check;
pub(crate) mod compose;
pub(crate) mod extra;
pub(crate) mod fields;
pub(crate) mod fingerprint;
pub(crate) mod html;
pub(crate) mod product;
pub(crate) mod rule;
pub(crate) mod slug;
pub(crate) mod tree;
