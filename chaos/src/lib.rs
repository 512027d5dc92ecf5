//! A fleet that sells while its parts die: processes and engines are killed, ways between them are cut or made slow, one
//! after the other, under shoppers who check out all the while. After each, no acknowledged order is missing, unpaid or
//! paid twice, nothing is oversold, and all books agree.

mod books;
mod figures;
mod ground;
mod market;
mod run;
mod scenario;
mod shopper;
mod staff;

pub use ground::Programs;
pub use run::{Plan, run};
pub use scenario::{Scenario, chosen, every};
