use std::collections::HashMap;

use async_trait::async_trait;
use souk_contracts::{
    CartChangeId, CartId, CustomerId, ProductId,
    cart::{self, Cart, CartView, Change},
};
use souk_types::Cx;

use super::{OwnCart, Services};
use crate::goods;

#[async_trait]
impl Cart for Services {
    async fn view(&self, _cx: &Cx, customer: CustomerId) -> Result<CartView, cart::Error> {
        self.lock().reachable()?;
        Ok(self.lock().view(customer))
    }
    async fn change(
        &self,
        _cx: &Cx,
        customer: CustomerId,
        _id: CartChangeId,
        changes: Vec<Change>,
    ) -> Result<CartView, cart::Error> {
        let gate = self.lock().gate.clone();
        if let Some(gate) = gate {
            gate.notified().await;
        }
        let mut state = self.lock();
        state.reachable()?;
        let id = state.new_id();
        let sold_out = state.sold_out;
        let left = state.left.unwrap_or(u32::MAX);
        let mut lowered = HashMap::new();
        let own = state.carts.entry(customer).or_insert(OwnCart { id, lines: Vec::new() });
        for change in changes {
            let (sku, quantity, add) = match change {
                Change::Add { sku, quantity } => (sku, quantity, true),
                Change::Set { sku, quantity } => (sku, quantity, false),
            };
            let Some(offer) = goods::offer(&sku) else { return Err(cart::Error::UnknownSku { sku }) };
            if sold_out {
                return Err(cart::Error::SoldOut { sku, title: offer.title });
            }
            match own.lines.iter_mut().find(|(known, _)| *known == sku) {
                Some((_, present)) => *present = if add { *present + quantity } else { quantity },
                None => own.lines.push((sku, quantity)),
            }
            for (sku, quantity) in own.lines.iter_mut().filter(|(_, quantity)| *quantity > left) {
                lowered.insert(sku.clone(), *quantity);
                *quantity = left;
            }
            own.lines.retain(|(_, quantity)| *quantity > 0);
        }
        let mut cart = state.view(customer);
        for line in &mut cart.lines {
            line.warnings.extend(lowered.get(&line.sku).map(|asked| cart::Warning::Lowered { asked: *asked }));
        }
        Ok(cart)
    }
    async fn complete(&self, _: &Cx, customer: CustomerId, _: CartId) -> Result<(), cart::Error> {
        self.lock().carts.remove(&customer);
        Ok(())
    }
    async fn merge(&self, _cx: &Cx, guest: CustomerId, customer: CustomerId) -> Result<CartView, cart::Error> {
        let mut state = self.lock();
        state.reachable()?;
        if let Some(cart) = state.carts.remove(&guest) {
            state.carts.insert(customer, cart);
        }
        Ok(state.view(customer))
    }
    async fn wishes(&self, _cx: &Cx, customer: CustomerId) -> Result<Vec<ProductId>, cart::Error> {
        Ok(self.lock().wishes.get(&customer).cloned().unwrap_or_default())
    }
    async fn wish(&self, _: &Cx, customer: CustomerId, product: ProductId, wanted: bool) -> Result<(), cart::Error> {
        let mut state = self.lock();
        let wishes = state.wishes.entry(customer).or_default();
        wishes.retain(|known| *known != product);
        if wanted {
            wishes.insert(0, product);
        }
        Ok(())
    }
}
