//! The shared vocabulary: ids, money, time, the call context, error kinds, paging and limits.
//!
//! Everything here is plain data. No I/O, no async, and no word of commerce but [`Money`].

mod actor;
mod cx;
mod env;
mod error;
mod event;
mod failpoint;
mod id;
pub mod limits;
mod money;
mod page;
mod seldom;
pub mod settings;
pub mod slug;
mod text_enum;
mod time;
mod time_order;
pub mod trace;

pub use actor::{Actor, Permissions, Subject};
pub use cx::Cx;
pub use env::{Clock, Entropy, Env, ManualClock, SeededEntropy, SystemClock, SystemEntropy};
pub use error::{ErrorKind, Fault, FieldError, ServiceError};
pub use event::{Event, EventId, EventKind};
pub use failpoint::failpoint;
pub use id::{Id, IdKind, ParseIdError};
pub use money::{Currency, Money, MoneyError};
pub use page::{Cursor, Page, PageRequest, Place, order_of};
pub use seldom::Seldom;
pub use text_enum::UnknownText;
pub use time::Timestamp;
pub use time_order::{TimeBound, TimeOrder, TimePlace};
pub use trace::{TraceId, TraceParent};
