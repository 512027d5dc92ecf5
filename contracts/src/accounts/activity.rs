use serde::{Deserialize, Serialize};
use souk_types::{TimeOrder, Timestamp, text_enum};

use crate::ActivityId;

text_enum! {
    /// What part of the shop an action of staff changes.
    pub enum ActivityKind {
        /// Orders, shipments, refunds.
        Orders = "orders",
        /// Products, categories, collections, imports.
        Catalog = "catalog",
        /// Stock and where it lies.
        Stock = "stock",
        /// Messages to customers.
        Emails = "emails",
        /// Staff and API keys.
        Staff = "staff",
        /// Coming in, and what failed of it.
        SignIn = "sign_in",
        /// The machinery: failed work, the search index.
        Operations = "operations",
        /// How the shop is set up.
        Settings = "settings",
    }
}

/// Something that the asking member of staff or API key has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewActivity {
    /// The name that they went by.
    pub name: String,
    /// What part of the shop it changed.
    pub kind: ActivityKind,
    /// What was done, as one word with underscores.
    pub action: String,
    /// Id, number or SKU of what it was done to; empty when it has none.
    pub object: String,
}

/// An entry of the activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// When.
    pub at: Timestamp,
    /// Who: the id of a member of staff or of an API key.
    pub actor: String,
    /// What was done.
    #[serde(flatten)]
    pub done: NewActivity,
}

/// Which entries of the activity log are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityFilter {
    /// Only by whom.
    pub actor: Option<String>,
    /// Only of this kind.
    pub kind: Option<ActivityKind>,
    /// In this order; `None`: the newest first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<TimeOrder>,
}
