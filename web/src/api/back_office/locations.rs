//! The places where stock lies.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    LocationId, LocationKind,
    inventory::{self, DEFAULT_LOCATION, Error},
    permission::Scope,
};
use souk_types::Fault;

use crate::{
    api::{
        caller::Access,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        schema,
    },
    error::Failure,
};

/// The places where stock lies.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Locations {
    /// The places, those that orders take from first first.
    items: Vec<Location>,
}

/// A place where stock lies.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Location {
    /// Its id.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    id: String,
    /// Rises with every change.
    version: i64,
    /// Its name.
    name: String,
    /// Orders take from the lowest first.
    priority: i64,
    /// Whether it is in use; one that is switched off has no stock and takes none.
    active: bool,
    /// Whether it is the one that stock of new products is put to; it cannot be switched off.
    default: bool,
}

impl From<inventory::Location> for Location {
    fn from(location: inventory::Location) -> Self {
        Self {
            id: location.id.to_string(),
            version: location.version,
            name: location.name,
            priority: location.priority,
            active: location.active,
            default: location.id == DEFAULT_LOCATION,
        }
    }
}

/// A location as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationInput {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// Orders take from the lowest first.
    #[serde(default)]
    #[schemars(range(min = -1_000_000, max = 1_000_000))]
    priority: i64,
    /// Whether it is in use. Only an empty one can be switched off.
    #[serde(default = "in_use")]
    active: bool,
}

fn in_use() -> bool {
    true
}

/// Which location.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct LocationPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<LocationKind>")]
    location: LocationId,
}

async fn save(call: &Call, id: LocationId, version: i64, input: LocationInput) -> Result<Reply<Location>, Failure> {
    let LocationInput { name, priority, active } = input;
    let wanted = inventory::Location { id, version, name, priority, active };
    match call.state.inventory.save_location(&call.cx, wanted).await {
        Ok(saved) => {
            let version = saved.version;
            Ok(Reply::versioned(saved.into(), version))
        }
        Err(error @ Error::VersionConflict { .. }) => {
            Err(Failure { status: StatusCode::PRECONDITION_FAILED, ..error.into() })
        }
        Err(error) => Err(error.into()),
    }
}

/// Lists locations.
pub struct ListLocations;

impl Operation for ListLocations {
    const NAME: &'static str = "listLocations";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/locations";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists the places where stock lies, also those that are switched off.";
    const ACCESS: Access = Access::Key(Scope::StockRead);
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Locations;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<Locations>, Failure> {
        let found = call.state.inventory.locations(&call.cx).await?;
        Ok(Reply::of(Locations { items: found.into_iter().map(Location::from).collect() }))
    }
}

/// Reads a location.
pub struct ReadLocation;

impl Operation for ReadLocation {
    const NAME: &'static str = "readLocation";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/locations/{location}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads a location.";
    const ACCESS: Access = Access::Key(Scope::StockRead);
    type Path = LocationPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Location;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Location>, Failure> {
        let all = call.state.inventory.locations(&call.cx).await?;
        let found = all.into_iter().find(|location| location.id == path.location);
        let location = found.ok_or_else(|| Fault::not_found("the location"))?;
        let version = location.version;
        Ok(Reply::versioned(location.into(), version))
    }
}

/// Adds a location.
pub struct CreateLocation;

impl Operation for CreateLocation {
    const NAME: &'static str = "createLocation";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/locations";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Adds a location.";
    const ACCESS: Access = Access::Key(Scope::StockManage);
    const STATUS: StatusCode = StatusCode::CREATED;
    type Path = Nothing;
    type Query = Nothing;
    type Body = LocationInput;
    type Answer = Location;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<Location>, Failure> {
        let id = LocationId::generate(&call.state.env);
        save(&call, id, 0, body).await
    }
}

/// Replaces a location.
pub struct ReplaceLocation;

impl Operation for ReplaceLocation {
    const NAME: &'static str = "replaceLocation";
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = "/admin/locations/{location}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Renames a location or switches it off or on, if it still is what the caller saw. \
        One with stock cannot be switched off.";
    const ACCESS: Access = Access::Key(Scope::StockManage);
    const VERSIONED: bool = true;
    type Path = LocationPath;
    type Query = Nothing;
    type Body = LocationInput;
    type Answer = Location;

    async fn run(call: Call, Asked { path, body, .. }: Asked<Self>) -> Result<Reply<Location>, Failure> {
        if call.version == 0 {
            // To the service it would mean a new location.
            let text = "No location has this version. Read it again.";
            return Err(Failure::new(StatusCode::PRECONDITION_FAILED, "version_conflict", text));
        }
        save(&call, path.location, call.version, body).await
    }
}
