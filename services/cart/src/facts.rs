use souk_contracts::{
    catalog::{CatalogClient, Offer},
    inventory::{Availability, InventoryClient},
};
use souk_types::{Cx, Fault, ServiceError};

use crate::{SCHEMA, domain::Facts};

/// Asks other services what they know about SKUs.
pub struct FactFinder {
    catalog: CatalogClient,
    inventory: InventoryClient,
}

impl FactFinder {
    pub fn new(catalog: CatalogClient, inventory: InventoryClient) -> Self {
        Self { catalog, inventory }
    }

    /// What is offered and available under these SKUs, one question to each service.
    ///
    /// # Errors
    /// When one of them does not answer.
    pub async fn find(&self, cx: &Cx, skus: Vec<String>) -> Result<Facts, Fault> {
        let (skus, offers, available) = self.ask(cx, skus).await;
        Ok(Facts::new(skus, Some(offers?), Some(available?)))
    }

    /// The same without what is away just now.
    ///
    /// # Errors
    /// When one of them refuses.
    pub async fn find_what_is_known(&self, cx: &Cx, skus: Vec<String>) -> Result<Facts, Fault> {
        let (skus, offers, available) = self.ask(cx, skus).await;
        Ok(Facts::new(skus, unless_away(offers)?, unless_away(available)?))
    }

    async fn ask(
        &self,
        cx: &Cx,
        mut skus: Vec<String>,
    ) -> (Vec<String>, Result<Vec<Offer>, Fault>, Result<Vec<Availability>, Fault>) {
        skus.sort_unstable();
        skus.dedup();
        if skus.is_empty() {
            return (skus, Ok(Vec::new()), Ok(Vec::new()));
        }
        let cx = cx.as_service(SCHEMA.service);
        let (offers, available) =
            tokio::join!(self.catalog.offers(&cx, skus.clone()), self.inventory.availability(&cx, skus.clone()));
        let offers = offers.map_err(|error| fault("catalog", &error));
        let available = available.map_err(|error| fault("inventory", &error));
        (skus, offers, available)
    }
}

fn unless_away<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Err(fault) if fault.kind.is_transient() => Ok(None),
        answer => answer.map(Some),
    }
}

fn fault(service: &str, error: &impl ServiceError) -> Fault {
    Fault::new(error.kind(), error.public_message()).because(format!("{service}: {error}"))
}
