//! Carries committed events from each service's outbox to the consumers that asked for them: at least
//! once, in order per key, with retries and dead letters.
//!
//! Two halves that know nothing of each other: the *relay* reads what is not yet sent, hands it to a
//! transport and marks it as sent; the *dispatcher* runs consumers on deliveries and says how each went.
//! The transport between them stays inside this process, or is NATS JetStream.
//!
//! Architecture invariant: an event is marked as sent in the same transaction that writes down which
//! consumers failed on it. A crash before that delivers the whole batch again, and the consumers' inboxes
//! make it harmless.

mod breaker;
mod bus;
mod config;
mod dead_letter;
mod delivery;
mod dispatch;
mod failures;
mod lease;
mod nats;
mod outbox;
mod relay;
mod replay;
mod retry;
mod source;
mod sweep;
mod transport;

pub use bus::{Bus, Carrier, Ends, Lag};
pub use config::Config;
pub use dead_letter::{DeadLetter, LetterFilter};
pub use delivery::{Consumer, Delivery, Handler};
pub use nats::{Nats, NatsConfig, followed};
