use std::collections::HashMap;

use souk_contracts::{catalog::Offer, inventory::Availability};

/// What other services know about some SKUs.
#[derive(Debug, Default)]
pub struct Facts {
    known: HashMap<String, Fact>,
    /// What is offered, or what is available, could not be asked.
    lacking: bool,
    lacking_stock: bool,
}

#[derive(Debug)]
struct Fact {
    offer: Option<Offer>,
    available: i64,
}

impl Facts {
    /// Puts together what was asked, what is offered and what is available; `None` of what could not be asked.
    pub fn new(asked: Vec<String>, offers: Option<Vec<Offer>>, available: Option<Vec<Availability>>) -> Self {
        let lacking_stock = available.is_none();
        let mut facts = Self { known: HashMap::new(), lacking: lacking_stock || offers.is_none(), lacking_stock };
        for sku in asked {
            facts.known.insert(sku, Fact { offer: None, available: 0 });
        }
        for offer in offers.into_iter().flatten() {
            if let Some(fact) = facts.known.get_mut(&offer.sku) {
                fact.offer = Some(offer);
            }
        }
        for of_sku in available.into_iter().flatten() {
            if let Some(fact) = facts.known.get_mut(&of_sku.sku) {
                fact.available = of_sku.available;
            }
        }
        facts
    }

    /// Says whether anything was asked about the SKU.
    pub fn cover(&self, sku: &str) -> bool {
        self.known.contains_key(sku)
    }

    /// What can be bought under the SKU; `None` when it is not sold.
    pub fn offer(&self, sku: &str) -> Option<&Offer> {
        self.known.get(sku).and_then(|fact| fact.offer.as_ref())
    }

    /// Says whether a part of it could not be asked.
    pub fn are_lacking(&self) -> bool {
        self.lacking
    }

    /// How many pieces can be bought; `None` when that was not asked, or could not be.
    pub fn available(&self, sku: &str) -> Option<u32> {
        if self.lacking_stock {
            return None;
        }
        self.known.get(sku).map(|fact| u32::try_from(fact.available.max(0)).unwrap_or(u32::MAX))
    }
}
