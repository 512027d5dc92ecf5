//! What customers see and change of their own account.

use serde::{Deserialize, Serialize};
use souk_types::{Event, Timestamp};

use crate::{Address, AddressId, CustomerId};

/// Addresses that one customer keeps, at most.
pub const ADDRESSES_MAX: usize = 20;
/// Sessions of one customer that are listed, at most: those that were used last.
pub const SESSIONS_LISTED_MAX: usize = 50;

/// An address that a customer keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedAddress {
    /// Its id.
    pub id: AddressId,
    /// The address.
    pub address: Address,
    /// Whether it is the one to begin with.
    pub is_default: bool,
    /// Rises with every change.
    pub version: i64,
}

/// An address as it is to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressDraft {
    /// Its id: a new one, or that of the address that it replaces.
    pub id: AddressId,
    /// The version that was seen of what it replaces: another is refused. `None` replaces whatever has the id.
    pub version: Option<i64>,
    /// The address.
    pub address: Address,
    /// Makes it the one to begin with; `false` changes nothing about that.
    pub is_default: bool,
}

/// What customers change of what is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChange {
    /// Their name.
    pub name: String,
    /// Whether they want to be told of offers by email.
    pub marketing: bool,
}

/// A new password in place of the present one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The present password.
    pub current: String,
    /// The new one: at least 10 characters.
    pub new: String,
    /// The token of the session that goes on; all others end.
    pub keep: String,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordChange").finish_non_exhaustive()
    }
}

/// A session of a customer, as it is shown to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// Tells it apart; nobody can take the session over by it.
    pub id: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it was last used, to the hour.
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// A customer has erased their account: whoever keeps something for it alone forgets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerErased {
    /// The customer.
    pub customer: CustomerId,
    /// The address of the account.
    pub email: String,
    /// Whether they had shown that it is theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// When.
    pub at: Timestamp,
}

impl Event for CustomerErased {
    const TOPIC: &'static str = "accounts.customer_erased";
    fn key(&self) -> String {
        self.customer.to_string()
    }
}
