//! The macro behind `souk_rpc::rpc`: makes of a trait a service that is called the same way in one
//! process and between processes.

use proc_macro::TokenStream;

mod contract;
mod expand;
mod names;

/// Makes of a trait its object-safe form, a client, a dispatcher, a router and a table of methods.
///
/// The documentation is with its re-export, `souk_rpc::rpc`.
#[proc_macro_attribute]
pub fn rpc(arguments: TokenStream, item: TokenStream) -> TokenStream {
    contract::read(arguments.into(), item.into())
        .map_or_else(|error| error.to_compile_error(), |contract| expand::expand(&contract))
        .into()
}
