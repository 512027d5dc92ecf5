//! Links that are sent by email: made when they are sent, so that no other place ever has the token.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    MessageId,
    notifications::{LinkMessage, NotificationsClient},
};
use souk_jobs::{Job, JobHandler, NewJob, Outcome, Queue, enqueue};
use souk_store::{Store, Tx};
use souk_types::{Cx, Env, Fault, ServiceError};

use crate::{
    domain::{Purpose, Token},
    store::{customers, invitations, links, staff},
};

const QUEUE: &str = "accounts.links";
/// Links that are made and handed over at a time.
const SENDING_MAX: usize = 2;

#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    purpose: String,
    of_whom: String,
}

/// Has a link sent to a customer or a member of staff, or to whom an invitation invites.
pub fn send(tx: &mut Tx<'_>, purpose: Purpose, of_whom: &str) -> Result<(), Fault> {
    let wanted = Wanted { purpose: purpose.to_string(), of_whom: of_whom.to_owned() };
    let payload = serde_json::to_string(&wanted).map_err(Fault::internal)?;
    let due = tx.now();
    enqueue(tx, NewJob { queue: QUEUE, key: &format!("{purpose}:{of_whom}"), payload, due })
}

/// Sends links.
pub fn queue(store: Store, env: Env, notifications: NotificationsClient) -> Queue {
    Queue { name: QUEUE, concurrency: SENDING_MAX, handler: Arc::new(Sending { store, env, notifications }) }
}

struct Sending {
    store: Store,
    env: Env,
    notifications: NotificationsClient,
}

#[async_trait]
impl JobHandler for Sending {
    async fn run(&self, cx: &Cx, job: &Job) -> Result<Outcome, Fault> {
        let Wanted { purpose, of_whom } = serde_json::from_str(&job.payload).map_err(Fault::internal)?;
        let purpose: Purpose = purpose.parse().map_err(Fault::internal)?;
        let token = Token::generate(&self.env);
        let (digest, until) = (token.digest(), self.env.now() + purpose.life());
        let work = move |tx: &mut Tx<'_>| {
            let addressee = addressee(tx, purpose, &of_whom)?;
            if addressee.is_some() {
                links::replace(tx, purpose, &of_whom, &digest, until)?;
            }
            Ok::<_, Fault>(addressee)
        };
        let Some((email, name)) = self.store.write(cx, work).await? else {
            return Ok(Outcome::Done);
        };
        let path = format!("{}?token={}", purpose.path(), token.into_text());
        let link = LinkMessage { kind: purpose.message(), email, name, path, until };
        // A run that is cut off here makes a new token in the next, and with it a new message.
        let sent = self.notifications.send_link(cx, MessageId::generate(&self.env), link).await;
        sent.map_err(|error| Fault::new(error.kind(), error.public_message()).because(error))?;
        Ok(Outcome::Done)
    }
}

/// Email and name of whom the link is for; `None` when nobody needs it any more.
fn addressee(tx: &mut Tx<'_>, purpose: Purpose, of_whom: &str) -> Result<Option<(String, String)>, Fault> {
    Ok(match purpose {
        Purpose::Invitation => {
            let found = invitations::by_id(tx, of_whom.parse().map_err(Fault::internal)?)?;
            found.map(|found| (found.invited.email, found.invited.name))
        }
        Purpose::StaffPasswordReset => {
            let found = staff::by_id(tx, of_whom.parse().map_err(Fault::internal)?)?;
            found.map(|found| (found.email, found.name))
        }
        Purpose::PasswordReset | Purpose::Verification => {
            let profile = customers::profile(tx, of_whom.parse().map_err(Fault::internal)?)?;
            let wanted = profile.filter(|profile| purpose == Purpose::PasswordReset || !profile.email_verified);
            wanted.map(|profile| (profile.email, profile.name))
        }
    })
}
