use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    CartChangeId, CartId, CustomerId, ProductId,
    cart::{Cart, CartView, Change, Error},
};
use souk_store::{Store, Tx};
use souk_types::{Currency, Cx, Fault, Subject, limits::WISHES_MAX};

use crate::{
    domain::{self, Facts, Line, Lowered, OpenCart},
    facts::FactFinder,
    kept::KeptCarts,
    store,
};

pub struct CartService {
    store: Store,
    carts: KeptCarts,
    facts: FactFinder,
    currency: Currency,
}

impl CartService {
    pub fn new(store: Store, carts: KeptCarts, facts: FactFinder, currency: Currency) -> Self {
        Self { store, carts, facts, currency }
    }

    /// The view of a cart, by facts of which some may be known already.
    async fn show(
        &self,
        cx: &Cx,
        cart: Option<&OpenCart>,
        known: Option<&Facts>,
        lowered: &[Lowered],
    ) -> Result<CartView, Error> {
        let Some(cart) = cart else {
            return Ok(domain::empty_view(self.currency));
        };
        match known {
            Some(known) if cart.lines.iter().all(|line| known.cover(&line.sku)) => {
                domain::view(cart, known, lowered, self.currency)
            }
            // Nothing was asked yet, or another tab has added something meanwhile.
            Some(_) | None => {
                let found = self.facts.find_what_is_known(cx, skus_of(&cart.lines).collect()).await?;
                domain::view(cart, &found, lowered, self.currency)
            }
        }
    }
}

#[async_trait]
impl Cart for CartService {
    async fn view(&self, cx: &Cx, customer: CustomerId) -> Result<CartView, Error> {
        check_owner(cx, customer)?;
        let carts = self.carts.of(cx, customer).await?;
        self.show(cx, carts.current(), None, &[]).await
    }

    async fn change(
        &self,
        cx: &Cx,
        customer: CustomerId,
        id: CartChangeId,
        changes: Vec<Change>,
    ) -> Result<CartView, Error> {
        check_owner(cx, customer)?;
        domain::check(&changes)?;
        let before = self.carts.of(cx, customer).await?;
        if before.has_made(id) {
            return self.show(cx, before.current(), None, &[]).await;
        }
        before.check_open()?;
        let changed = changes.iter().map(|change| match change {
            Change::Add { sku, .. } | Change::Set { sku, .. } => sku.clone(),
        });
        let present = before.open().into_iter().flat_map(|cart| skus_of(&cart.lines));
        let skus = present.chain(changed).collect();
        // What is taken out needs neither price nor stock.
        let only_out = changes.iter().all(|change| matches!(change, Change::Set { quantity: 0, .. }));
        let facts = match only_out {
            true => self.facts.find_what_is_known(cx, skus).await?,
            false => self.facts.find(cx, skus).await?,
        };
        let facts = Arc::new(facts);
        let (cart, lowered) = self.carts.change(cx, customer, (id, changes), Arc::clone(&facts)).await?;
        self.show(cx, cart.as_ref(), Some(&facts), &lowered).await
    }

    async fn complete(&self, cx: &Cx, customer: CustomerId, cart: CartId) -> Result<(), Error> {
        if !matches!(cx.actor.subject, Subject::Service(_)) {
            return Err(Fault::denied("a cart ends with its order").into());
        }
        Ok(self.carts.complete(cx, customer, cart).await?)
    }

    async fn merge(&self, cx: &Cx, guest: CustomerId, customer: CustomerId) -> Result<CartView, Error> {
        check_owner(cx, customer)?;
        let into = self.carts.of(cx, customer).await?;
        if guest == customer {
            return self.show(cx, into.current(), None, &[]).await;
        }
        let wishes = self.store.read::<_, Fault>(cx, move |tx| store::wishes(tx, guest)).await?;
        if !wishes.is_empty() {
            self.store.write::<_, Fault>(cx, move |tx| take_wishes(tx, guest, customer)).await?;
        }
        let from = self.carts.of(cx, guest).await?;
        if !from.can_leave() {
            return self.show(cx, into.current(), None, &[]).await;
        }
        let present = into.current().into_iter().flat_map(|cart| &cart.lines);
        let skus = skus_of(from.to_be_moved().chain(present)).collect();
        let facts = Arc::new(self.facts.find(cx, skus).await?);
        let (cart, lowered) = self.carts.merge(cx, guest, customer, Arc::clone(&facts)).await?;
        self.show(cx, cart.as_ref(), Some(&facts), &lowered).await
    }

    async fn wishes(&self, cx: &Cx, customer: CustomerId) -> Result<Vec<ProductId>, Error> {
        check_owner(cx, customer)?;
        Ok(self.store.read::<_, Fault>(cx, move |tx| store::wishes(tx, customer)).await?)
    }

    async fn wish(&self, cx: &Cx, customer: CustomerId, product: ProductId, wanted: bool) -> Result<(), Error> {
        check_owner(cx, customer)?;
        self.store.write(cx, move |tx| wish(tx, customer, product, wanted)).await
    }
}

fn wish(tx: &mut Tx<'_>, customer: CustomerId, product: ProductId, wanted: bool) -> Result<(), Error> {
    if !wanted {
        return Ok(store::remove_wish(tx, customer, product)?);
    }
    let present = store::wishes(tx, customer)?;
    if present.len() >= WISHES_MAX && !present.contains(&product) {
        return Err(Error::TooManyWishes { wishes_max: WISHES_MAX });
    }
    Ok(store::add_wish(tx, customer, product)?)
}

/// Moves a guest's wishes to a customer's list. What finds no room there stays behind.
fn take_wishes(tx: &mut Tx<'_>, guest: CustomerId, customer: CustomerId) -> Result<(), Fault> {
    let mut present = store::wishes(tx, customer)?;
    for product in store::wishes(tx, guest)? {
        if !present.contains(&product) {
            if present.len() >= WISHES_MAX {
                break;
            }
            store::add_wish(tx, customer, product)?;
            present.push(product);
        }
        store::remove_wish(tx, guest, product)?;
    }
    Ok(())
}

/// A cart is its customer's, guest or not, and the system's.
fn check_owner(cx: &Cx, customer: CustomerId) -> Result<(), Fault> {
    match &cx.actor.subject {
        Subject::Service(_) => Ok(()),
        Subject::Person(id) if *id == customer.to_string() => Ok(()),
        Subject::Person(_) | Subject::Anonymous => Err(Fault::denied("this is somebody else's cart")),
    }
}

fn skus_of<'l>(lines: impl IntoIterator<Item = &'l Line>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| line.sku.clone())
}
