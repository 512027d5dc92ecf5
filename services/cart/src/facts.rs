use souk_contracts::{catalog::CatalogClient, inventory::InventoryClient};
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
    pub async fn find(&self, cx: &Cx, mut skus: Vec<String>) -> Result<Facts, Fault> {
        skus.sort_unstable();
        skus.dedup();
        if skus.is_empty() {
            return Ok(Facts::default());
        }
        let cx = cx.as_service(SCHEMA.service);
        let (offers, available) =
            tokio::join!(self.catalog.offers(&cx, skus.clone()), self.inventory.availability(&cx, skus.clone()));
        let offers = offers.map_err(|error| fault("catalog", &error))?;
        let available = available.map_err(|error| fault("inventory", &error))?;
        Ok(Facts::new(skus, offers, available))
    }
}

fn fault(service: &str, error: &impl ServiceError) -> Fault {
    Fault::new(error.kind(), error.public_message()).because(format!("{service}: {error}"))
}
