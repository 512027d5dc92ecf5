//! What staff do.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use hyper::StatusCode;

use crate::{client::Client, server::Server};

/// Makes the owner of a shop by its one-time link: staff who are signed in.
///
/// # Errors
/// When the shop prints no link, or does not take it.
pub async fn owner(server: &Server) -> Result<Client> {
    owner_at(server.address, || server.said()).await
}

/// The same where shoppers come in at this address, and the shop's processes have said this.
///
/// # Errors
/// When the shop prints no link, or does not take it.
pub async fn owner_at(address: SocketAddr, said: impl Fn() -> String) -> Result<Client> {
    let link = || {
        let said = said();
        let link = said.split("/admin/setup?").nth(1).and_then(|rest| rest.split_whitespace().next());
        link.map(|query| format!("/admin/setup?{query}"))
    };
    // What is printed comes by another way than the answer to the first request.
    let mut found = link();
    for _ in 0..100 {
        if found.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        found = link();
    }
    let found = found.with_context(|| format!("there is no link for the owner in {}", said()))?;
    owner_by(address, &found).await
}

/// Makes the owner by the path of a one-time link.
///
/// # Errors
/// When the shop does not take it.
pub async fn owner_by(address: SocketAddr, path: &str) -> Result<Client> {
    let fields = [("name", "Olive Owner"), ("email", "olive@example.com"), ("password", "salt river chair")];
    let mut staff = Client::new(address);
    staff.post_form(path, &fields).await?.expect(StatusCode::SEE_OTHER)?;
    Ok(staff)
}
