//! The admin's hand on failed events: the web's view of the event bus.

use std::sync::OnceLock;

use async_trait::async_trait;
use souk_events::Bus;
use souk_types::{Cx, Fault, Page, PageRequest};
use souk_web::{DeadLetter, LetterRef, Operations};

/// The bus, as the admin console sees it. The bus starts after the web, whose consumers it serves: until then nothing
/// can have failed.
#[derive(Default)]
pub struct BusOperations(OnceLock<Bus>);

impl BusOperations {
    /// Hands the bus over.
    pub fn attach(&self, bus: Bus) {
        self.0.get_or_init(|| bus);
    }

    fn bus(&self) -> Result<&Bus, Fault> {
        self.0.get().ok_or_else(|| Fault::unavailable("events have not started"))
    }
}

#[async_trait]
impl Operations for BusOperations {
    async fn list(&self, _cx: &Cx, page: PageRequest) -> Result<Page<DeadLetter>, Fault> {
        let found = self.bus()?.dead_letters(page).await?;
        Ok(found.map(|letter| DeadLetter {
            service: letter.service,
            consumer: letter.consumer,
            event: letter.event,
            topic: letter.topic,
            key: letter.key,
            payload: letter.payload,
            error: letter.error,
            attempts: letter.attempts,
            at: letter.at,
        }))
    }

    async fn replay(&self, _cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        self.bus()?.replay(&letter.service, &letter.consumer, letter.event).await
    }

    async fn discard(&self, _cx: &Cx, letter: LetterRef) -> Result<(), Fault> {
        self.bus()?.discard(&letter.service, &letter.consumer, letter.event).await
    }
}
