//! Orders: the list, one order's page, what is printed of them, and what staff do to them.

mod actions;
mod bulk;
mod export;
mod list;
mod page;
mod print;
mod refund;
mod saved;
mod ship;
mod view;

pub use actions::{cancel, hold, note, refund, release, track};
pub use bulk::ship_chosen;
pub use export::export;
pub use list::list;
pub use page::page;
pub use print::{packing_slips, pick_list};
pub use refund::{refund_lines, refund_page};
pub use saved::{delete_filter, save_filter};
pub use ship::ship;

const PATH: &str = "/admin/orders";
