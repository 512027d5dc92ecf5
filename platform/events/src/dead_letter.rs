use souk_types::{Cursor, EventId, Fault, Page, PageRequest, Timestamp};

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

/// One page over all sources, which are in the order of their names.
pub(crate) async fn page(sources: &[std::sync::Arc<Source>], request: &PageRequest) -> Result<Page<DeadLetter>, Fault> {
    let rows = request.rows()?;
    let after = request.after.as_ref().map(Place::parse).transpose()?.unwrap_or_default();
    let mut letters = Vec::new();
    for source in sources.iter().filter(|source| source.service() >= after.service.as_str()) {
        let left = rows - i64::try_from(letters.len()).unwrap_or(rows);
        if left <= 0 {
            break;
        }
        let service = source.service();
        let (consumer, event) =
            if service == after.service { (after.consumer.clone(), after.event.clone()) } else { Default::default() };
        let look = move |tx: &mut souk_store::Tx<'_>| failures::parked(tx, service, (&consumer, &event), left);
        letters.extend(source.store.scan::<_, Fault>(&source.cx(), look).await?);
    }
    Ok(Page::from_rows(letters, request, |last| format!("{} {} {}", last.service, last.event, last.consumer)))
}

#[derive(Default)]
struct Place {
    service: String,
    event: String,
    consumer: String,
}

impl Place {
    fn parse(cursor: &Cursor) -> Result<Self, Fault> {
        let mut parts = cursor.0.splitn(3, ' ').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(service), Some(event), Some(consumer)) => Ok(Self { service, event, consumer }),
            _ => Err(Fault::invalid("after", "is not from this list")),
        }
    }
}
