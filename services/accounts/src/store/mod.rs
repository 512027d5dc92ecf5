//! Every SQL text of the service.

pub mod activity;
pub mod addresses;
pub mod customers;
pub mod invitations;
pub mod keys;
pub mod links;
pub mod owner;
pub mod sessions;
pub mod staff;
pub mod tries;

/// What signing in needs to know of somebody.
pub struct Account<P> {
    /// Who.
    pub person: P,
    /// Name.
    pub name: String,
    /// Of the password.
    pub password_hash: String,
}

impl<P> Account<P> {
    /// The same account of somebody who is told apart in another way.
    pub fn map<Q>(self, change: impl FnOnce(P) -> Q) -> Account<Q> {
        Account { person: change(self.person), name: self.name, password_hash: self.password_hash }
    }
}
