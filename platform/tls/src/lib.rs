//! Certificates: by which the processes of a shop know each other, and the servers that they share.
//!
//! Between processes both sides show one ([`Identity`]), TLS 1.3 alone is spoken, and no session is taken up again
//! without a certificate being looked at. Who has a certificate of the authorities belongs to the shop: it may call
//! everything, as who knows the shop's secret may. What a caller looks for besides is the name of the host that it calls.

mod identity;
mod listener;
mod pem;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::{
    identity::{Identity, IdentityFiles, Name},
    listener::{Secured, SecuredStream},
    pem::{ServerTrust, authorities},
};
pub use tokio_rustls::client::TlsStream as ClientStream;
