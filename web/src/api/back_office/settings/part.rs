//! What is the same for every part of the settings: it is read, replaced as a whole by its version, and put back to what
//! the configuration file says.

use std::marker::PhantomData;

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use souk_contracts::{permission::Scope, settings::Settings};
use souk_types::ServiceError;

use crate::{
    api::{
        caller::Access,
        conditional::VERSION_CONFLICT,
        operation::{Asked, Body, Call, Group, Nothing, Operation, Reply, Verb},
    },
    error::Failure,
};

/// An operation's name and summary.
pub type Named = (&'static str, &'static str);

/// A part of the settings, as it is shown with where it comes from.
pub trait Part: From<Settings<Self::Values>> + Serialize + JsonSchema + Send + 'static {
    /// Its address.
    const PATH: &'static str;
    /// How reading it is called.
    const READ: Named;
    /// How replacing it is called.
    const REPLACE: Named;
    /// How going back to the configuration file is called.
    const RESET: Named;

    /// What its service keeps.
    type Values: Send;
    /// The same as it is sent.
    type Input: Into<Self::Values> + DeserializeOwned + JsonSchema + Send + 'static;

    /// What holds.
    fn read(call: &Call) -> impl Future<Output = Result<Settings<Self::Values>, Failure>> + Send;

    /// Has other values hold in place of those that the caller saw; `None`: those of the configuration file.
    fn replace(
        call: &Call,
        values: Option<Self::Values>,
    ) -> impl Future<Output = Result<Settings<Self::Values>, Failure>> + Send;
}

/// What the configuration file says, and what a gateway can do, may become something else under the same version: it is
/// sent also to those who have had this version.
fn shown<P: Part>(settings: Settings<P::Values>) -> Reply<P> {
    let version = Some(settings.version);
    Reply::Body(Body { content: settings.into(), next: None, version, is_the_same: false })
}

/// Has other values hold, at the storefront as well.
async fn replaced<P: Part>(call: &Call, values: Option<P::Values>) -> Result<Reply<P>, Failure> {
    let settings = P::replace(call, values).await?;
    call.state.shared.forget_settings().await;
    Ok(shown::<P>(settings))
}

/// What a service refused. The only conflict of settings is that of versions.
pub fn refused(error: impl ServiceError) -> Failure {
    let failure = Failure::from(error);
    match failure.status {
        StatusCode::CONFLICT => Failure { code: VERSION_CONFLICT, ..failure },
        _ => failure,
    }
}

/// Reads a part.
pub struct Read<P>(PhantomData<P>);

impl<P: Part> Operation for Read<P> {
    const NAME: &'static str = P::READ.0;
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = P::PATH;
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = P::READ.1;
    const ACCESS: Access = Access::Key(Scope::Operations);
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = P;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<P>, Failure> {
        P::read(&call).await.map(shown::<P>)
    }
}

/// Replaces a part.
pub struct Replace<P>(PhantomData<P>);

impl<P: Part> Operation for Replace<P> {
    const NAME: &'static str = P::REPLACE.0;
    const VERB: Verb = Verb::Put;
    const PATH: &'static str = P::PATH;
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = P::REPLACE.1;
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = P::Input;
    type Answer = P;

    async fn run(call: Call, Asked { body, .. }: Asked<Self>) -> Result<Reply<P>, Failure> {
        replaced::<P>(&call, Some(body.into())).await
    }
}

/// Goes back to what the configuration file says of a part.
pub struct Reset<P>(PhantomData<P>);

impl<P: Part> Operation for Reset<P> {
    const NAME: &'static str = P::RESET.0;
    const VERB: Verb = Verb::Delete;
    const PATH: &'static str = P::PATH;
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = P::RESET.1;
    const ACCESS: Access = Access::Key(Scope::Operations);
    const VERSIONED: bool = true;
    type Path = Nothing;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = P;

    async fn run(call: Call, _: Asked<Self>) -> Result<Reply<P>, Failure> {
        replaced::<P>(&call, None).await
    }
}
