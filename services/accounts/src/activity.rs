//! Who of the staff, or which program, did what and when.

use std::{sync::Arc, time::Duration};

use souk_contracts::{
    ActivityId, ApiKeyId, StaffId,
    accounts::{Activity, ActivityFilter, ActivityKind, Error, NewActivity, Person},
};
use souk_jobs::Background;
use souk_store::{Store, Tx};
use souk_types::{Cx, Fault, Page, PageRequest, limits::LINE_BYTES_MAX};
use tokio::sync::Semaphore;

use crate::{SCHEMA, service::AccountsService, store::activity};

/// How long it is known what somebody did.
pub const KEPT: Duration = Duration::from_hours(365 * 24);
/// Failed tries that are written at a time; more are left out, as they are in a flood of them.
const NOTES_MAX: usize = 8;

impl AccountsService {
    /// Notes what the asker did. Only staff and programs of the house have a log.
    pub async fn record(&self, cx: &Cx, id: ActivityId, done: NewActivity) -> Result<(), Error> {
        let actor = cx.actor.label().to_owned();
        if actor.parse::<StaffId>().is_err() && actor.parse::<ApiKeyId>().is_err() {
            return Err(Fault::denied("only what staff and API keys do is logged").into());
        }
        for (field, text) in [("name", &done.name), ("action", &done.action), ("object", &done.object)] {
            if text.len() > LINE_BYTES_MAX {
                return Err(Fault::invalid(field, "is too long").into());
            }
        }
        let work = move |tx: &mut Tx<'_>| {
            let at = tx.now();
            activity::add(tx, &Activity { id, at, actor: actor.clone(), done: done.clone() })
        };
        Ok(self.store.write(cx, work).await?)
    }

    /// A page of the log.
    pub async fn activity_page(
        &self,
        cx: &Cx,
        filter: ActivityFilter,
        page: PageRequest,
    ) -> Result<Page<Activity>, Fault> {
        let (sort, rows) = (filter.sort.unwrap_or_default(), page.rows()?);
        let behind: ActivityId = sort.behind_id(page.after.as_ref())?;
        if filter.actor.as_ref().is_some_and(|actor| actor.len() > LINE_BYTES_MAX) {
            return Err(Fault::invalid("actor", "is too long"));
        }
        let work = move |tx: &mut Tx<'_>| {
            let found = activity::page(tx, &filter, sort, behind, rows)?;
            Ok(Page::from_rows(found, &page, |last| sort.place_of_id(last.id)))
        };
        self.store.scan(cx, work).await
    }
}

/// Notes that a member of staff came in, in the transaction that let them.
pub fn came_in(tx: &mut Tx<'_>, person: Person, name: &str, action: &str) -> Result<(), Fault> {
    match person {
        Person::Staff(member, _) => note(tx, member, name, action),
        Person::Customer(_) => Ok(()),
    }
}

fn note(tx: &mut Tx<'_>, member: StaffId, name: &str, action: &str) -> Result<(), Fault> {
    let done = NewActivity {
        name: name.to_owned(),
        kind: ActivityKind::SignIn,
        action: action.to_owned(),
        object: String::new(),
    };
    let (id, at) = (ActivityId::generate(tx.env()), tx.now());
    activity::add(tx, &Activity { id, at, actor: member.to_string(), done })
}

/// Notes what nobody is to wait for.
pub struct Noting {
    store: Store,
    places: Arc<Semaphore>,
}

impl Noting {
    pub fn new(store: Store) -> Self {
        Self { store, places: Arc::new(Semaphore::new(NOTES_MAX)) }
    }

    /// Notes a wrong password in the background: a try at an account takes no longer than one at none.
    pub fn failed_sign_in(&self, member: StaffId, name: String) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return };
        let store = self.store.clone();
        let noting = Background::start(async move {
            let _place = place;
            let cx = Cx::background(SCHEMA.service, store.env());
            if let Err(fault) = store.write(&cx, move |tx| note(tx, member, &name, "sign_in_failed")).await {
                tracing::warn!(%fault, "a failed sign-in was not noted");
            }
        });
        noting.detach();
    }
}
