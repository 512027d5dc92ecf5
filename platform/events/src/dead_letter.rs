use souk_types::{EventId, Fault, Page, PageRequest, TimeOrder, Timestamp};

use crate::{failures, source::Source};

/// An event that a consumer failed on too often, and that waits for somebody to replay or discard it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The service that emitted the event, and whose store keeps this.
    pub service: String,
    /// The consumer that failed.
    pub consumer: String,
    /// The event.
    pub event: EventId,
    /// What kind of event it is.
    pub topic: String,
    /// What it is about.
    pub key: String,
    /// The event as JSON.
    pub payload: String,
    /// How often it was delivered in vain.
    pub attempts: u32,
    /// The last error, with what only logs should know: not for customers.
    pub error: String,
    /// When the event was committed.
    pub at: Timestamp,
}

/// Which dead letters are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// Only those of this service.
    pub service: Option<String>,
    /// In which order.
    pub order: TimeOrder,
}

/// One page over all sources.
pub(crate) async fn page(
    sources: &[std::sync::Arc<Source>],
    filter: &LetterFilter,
    request: &PageRequest,
) -> Result<Page<DeadLetter>, Fault> {
    let (order, rows) = (filter.order, request.rows()?);
    let after = request.after.as_ref().map(|cursor| order.place(cursor)).transpose()?;
    let wanted =
        |source: &&std::sync::Arc<Source>| filter.service.as_deref().is_none_or(|name| name == source.service());
    let mut letters: Vec<DeadLetter> = Vec::new();
    for source in sources.iter().filter(wanted) {
        let service = source.service();
        let behind = order.behind(after.as_ref(), service);
        let look = move |tx: &mut souk_store::Tx<'_>| failures::parked(tx, service, order, &behind, rows);
        letters.extend(source.store.scan::<_, Fault>(&source.cx(), look).await?);
        // However many sources there are, no more than two pages are held.
        letters.sort_by(|one, other| order.compare(&one.key(), &other.key()));
        letters.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    }
    Ok(Page::from_rows(letters, request, |last| {
        order.place_of(last.at, &last.service, &last.event.to_string(), &last.consumer)
    }))
}

impl DeadLetter {
    /// What it is placed by.
    fn key(&self) -> (Timestamp, &str, EventId, &str) {
        (self.at, &self.service, self.event, &self.consumer)
    }
}
