use souk_store::Store;
use souk_types::{Cx, Fault, Page, PageRequest, TimeOrder, Timestamp};

use crate::rows;

/// A job that failed too often and waits for somebody to retry or discard it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedJob {
    /// The queue it is in.
    pub queue: String,
    /// What it is about.
    pub key: String,
    /// What was given with it.
    pub payload: String,
    /// How often it ran in vain.
    pub attempts: u32,
    /// The last error, with what only logs should know: not for customers.
    pub error: String,
    /// When its last run was due.
    pub last_due: Timestamp,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

impl ParkedJob {
    /// Its place in a list of the parked jobs of several services, of which it is this one's.
    pub fn place(&self, order: TimeOrder, service: &str) -> String {
        order.place_of(self.last_due, service, &self.queue, &self.key)
    }
}

/// Lists a service's parked jobs by when they ran last. It goes on behind any place of a list that it is put together
/// with other services' to.
///
/// # Errors
/// Invalid when the page request is; else when the store fails.
pub async fn parked(store: &Store, cx: &Cx, order: TimeOrder, page: PageRequest) -> Result<Page<ParkedJob>, Fault> {
    let rows = page.rows()?;
    let after = page.after.as_ref().map(|cursor| order.place(cursor)).transpose()?;
    let behind = order.behind(after.as_ref(), store.service());
    let jobs = store.scan(cx, move |tx| rows::parked(tx, order, &behind, rows)).await?;
    Ok(Page::from_rows(jobs, &page, |job| job.place(order, store.service())))
}

/// Makes a parked job due now, with all its attempts before it.
///
/// # Errors
/// Not found when no such job is parked; else when the store fails.
pub async fn retry_parked(store: &Store, cx: &Cx, queue: &str, key: &str) -> Result<(), Fault> {
    let (queue, key) = (queue.to_owned(), key.to_owned());
    store
        .write(cx, move |tx| {
            tx.wake();
            found(rows::retry_parked(tx, &queue, &key)?)
        })
        .await
}

/// Drops a parked job for good.
///
/// # Errors
/// Not found when no such job is parked; else when the store fails.
pub async fn discard_parked(store: &Store, cx: &Cx, queue: &str, key: &str) -> Result<(), Fault> {
    let (queue, key) = (queue.to_owned(), key.to_owned());
    store.write(cx, move |tx| found(rows::discard_parked(tx, &queue, &key)?)).await
}

fn found(found: bool) -> Result<(), Fault> {
    if found { Ok(()) } else { Err(Fault::not_found("the parked job")) }
}
