//! The addresses that a customer keeps.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{AddressId, AddressKind, CustomerId, accounts};
use souk_types::Fault;

use super::{
    caller::Access,
    cart::shopper,
    idempotency,
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
    /// Rises with every change; the `ETag` of the whole address.
    version: i64,
}

impl From<&accounts::SavedAddress> for SavedAddress {
    fn from(saved: &accounts::SavedAddress) -> Self {
        let address = (&saved.address).into();
        Self { id: saved.id.to_string(), address, is_default: saved.is_default, version: saved.version }
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

async fn shown(call: &Call, customer: CustomerId, id: AddressId) -> Result<Reply<SavedAddress>, Failure> {
    let saved = find(call, customer, id).await?;
    Ok(Reply::versioned((&saved).into(), saved.version))
}

/// Saves an address, a new one or in place of the version that was seen.
async fn save(
    call: &Call,
    (id, version): (AddressId, Option<i64>),
    input: AddressInput,
) -> Result<Reply<SavedAddress>, Failure> {
    let customer = shopper(call)?;
    let draft = accounts::AddressDraft { id, version, address: input.address.into(), is_default: input.is_default };
    call.state.accounts.save_address(&call.cx, customer, draft).await?;
    shown(call, customer, id).await
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

/// Reads one of the customer's addresses.
pub struct ReadAddress;

impl Operation for ReadAddress {
    const NAME: &'static str = "readAddress";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/customer/addresses/{address}";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Reads one of the customer's addresses.";
    const ACCESS: Access = Access::Customer;
    type Path = AddressPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = SavedAddress;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<SavedAddress>, Failure> {
        shown(&call, shopper(&call)?, path.address).await
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
        let id =
            idempotency::id_bits(&call.cx).map_or_else(|| AddressId::generate(&call.state.env), AddressId::from_bits);
        save(&call, (id, None), body).await
    }
}

/// Replaces one of the customer's addresses.
pub struct ReplaceAddress;

impl Operation for ReplaceAddress {
    const NAME: &'static str = "replaceAddress";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/customer/addresses/{address}";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Replaces one of the customer's addresses, if it still is what the caller saw.";
    const ACCESS: Access = Access::Customer;
    const VERSIONED: bool = true;
    type Path = AddressPath;
    type Query = Nothing;
    type Body = AddressInput;
    type Answer = SavedAddress;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<SavedAddress>, Failure> {
        save(&call, (path.address, Some(call.version)), body).await
    }
}

/// Removes one of the customer's addresses.
pub struct DeleteAddress;

impl Operation for DeleteAddress {
    const NAME: &'static str = "deleteAddress";
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = "/customer/addresses/{address}";
    const GROUP: Group = Group::People;
    const SUMMARY: &'static str = "Removes one of the customer's addresses, if it still is what the caller saw or gone \
        already. If it was the default, the one that was the default before is so again.";
    const ACCESS: Access = Access::Customer;
    const VERSIONED: bool = true;
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    type Path = AddressPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Nothing;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Nothing>, Failure> {
        call.state.accounts.remove_address(&call.cx, shopper(&call)?, path.address, Some(call.version)).await?;
        Ok(Reply::of(Nothing {}))
    }
}
