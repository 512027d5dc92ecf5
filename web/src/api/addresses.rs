//! The addresses that a customer keeps.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{AddressId, AddressKind, CustomerId, accounts};
use souk_types::Fault;

use super::{
    caller::Access,
    cart::shopper,
    operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
    order_model::Address,
    schema,
};
use crate::error::Failure;

/// An address that a customer keeps.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SavedAddress {
    /// Its id.
    #[schemars(schema_with = "schema::id::<AddressKind>")]
    id: String,
    /// The address.
    address: Address,
    /// Whether it is the one to begin with.
    is_default: bool,
}

impl From<&accounts::SavedAddress> for SavedAddress {
    fn from(saved: &accounts::SavedAddress) -> Self {
        Self { id: saved.id.to_string(), address: (&saved.address).into(), is_default: saved.is_default }
    }
}

/// The addresses that a customer keeps.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AddressList {
    /// The addresses, the default first; at most 20.
    items: Vec<SavedAddress>,
}

/// An address as it is to be kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressInput {
    /// The address.
    address: Address,
    /// Makes it the one to begin with. The only one always is, and the default stays so until another becomes it.
    #[serde(default)]
    is_default: bool,
}

/// Which address.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct AddressPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<AddressKind>")]
    address: AddressId,
}

async fn find(call: &Call, customer: CustomerId, id: AddressId) -> Result<accounts::SavedAddress, Failure> {
    let kept = call.state.accounts.addresses(&call.cx, customer).await?;
    let found = kept.into_iter().find(|saved| saved.id == id);
    found.ok_or_else(|| Fault::not_found("the address").into())
}

async fn save(
    call: &Call,
    customer: CustomerId,
    id: AddressId,
    input: AddressInput,
) -> Result<Reply<SavedAddress>, Failure> {
    let saved = accounts::SavedAddress { id, address: input.address.into(), is_default: input.is_default };
    call.state.accounts.save_address(&call.cx, customer, saved).await?;
    Ok(Reply::of((&find(call, customer, id).await?).into()))
}

/// Lists the customer's addresses.
pub struct ListAddresses;

impl Operation for ListAddresses {
    const NAME: &'static str = "listAddresses";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/customer/addresses";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Lists the addresses that the customer keeps.";
    const ACCESS: Access = Access::Customer;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = AddressList;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<AddressList>, Failure> {
        let kept = call.state.accounts.addresses(&call.cx, shopper(&call)?).await?;
        Ok(Reply::of(AddressList { items: kept.iter().map(SavedAddress::from).collect() }))
    }
}

/// Keeps another address.
pub struct CreateAddress;

impl Operation for CreateAddress {
    const NAME: &'static str = "createAddress";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/customer/addresses";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Keeps another address for the customer.";
    const ACCESS: Access = Access::Customer;
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = AddressInput;
    type Answer = SavedAddress;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<SavedAddress>, Failure> {
        // Of the caller's key: sent twice, it is one address even after a crash.
        let key = call.cx.idempotency_key.as_deref().and_then(|key| u128::from_str_radix(key, 16).ok());
        let id = key.map_or_else(|| AddressId::generate(&call.state.env), AddressId::from_bits);
        save(&call, shopper(&call)?, id, body).await
    }
}

/// Replaces one of the customer's addresses.
pub struct ReplaceAddress;

impl Operation for ReplaceAddress {
    const NAME: &'static str = "replaceAddress";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/customer/addresses/{address}";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Replaces one of the customer's addresses.";
    const ACCESS: Access = Access::Customer;
    type Path = AddressPath;
    type Query = Nothing;
    type Body = AddressInput;
    type Answer = SavedAddress;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<SavedAddress>, Failure> {
        let customer = shopper(&call)?;
        find(&call, customer, path.address).await?;
        save(&call, customer, path.address, body).await
    }
}

/// Removes one of the customer's addresses.
pub struct DeleteAddress;

impl Operation for DeleteAddress {
    const NAME: &'static str = "deleteAddress";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/customer/addresses/{address}";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Removes one of the customer's addresses, if there still is one with this id. If it \
        was the default, the one that was the default before is so again.";
    const ACCESS: Access = Access::Customer;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = AddressPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.accounts.remove_address(&call.cx, shopper(&call)?, path.address).await?;
        Ok(Reply::of(Nothing {}))
    }
}
