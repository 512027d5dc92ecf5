use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    CustomerId, ProductId,
    cart::{Cart, CartState, CartView, Change, Error},
};
use souk_store::{Store, Tx};
use souk_types::{Currency, Cx, Fault, Subject, limits::WISHES_MAX};

use crate::{
    domain::{self, Facts, Lowered, OpenCart},
    facts::FactFinder,
    store,
};

pub struct CartService {
    store: Store,
    facts: FactFinder,
    currency: Currency,
}

impl CartService {
    pub fn new(store: Store, facts: FactFinder, currency: Currency) -> Self {
        Self { store, facts, currency }
    }

    async fn current(&self, cx: &Cx, customer: CustomerId) -> Result<Option<OpenCart>, Fault> {
        self.store.read(cx, move |tx| store::current(tx, customer)).await
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
                let found = self.facts.find(cx, skus_of(Some(cart)).collect()).await?;
                domain::view(cart, &found, lowered, self.currency)
            }
        }
    }
}

#[async_trait]
impl Cart for CartService {
    async fn view(&self, cx: &Cx, customer: CustomerId) -> Result<CartView, Error> {
        check_owner(cx, customer)?;
        let cart = self.current(cx, customer).await?;
        self.show(cx, cart.as_ref(), None, &[]).await
    }

    async fn change(&self, cx: &Cx, customer: CustomerId, changes: Vec<Change>) -> Result<CartView, Error> {
        check_owner(cx, customer)?;
        domain::check(&changes)?;
        let before = self.current(cx, customer).await?;
        check_open(before.as_ref())?;
        let changed = changes.iter().map(|change| match change {
            Change::Add { sku, .. } | Change::Set { sku, .. } => sku.clone(),
        });
        let facts = Arc::new(self.facts.find(cx, skus_of(before.as_ref()).chain(changed).collect()).await?);
        let known = Arc::clone(&facts);
        let work = move |tx: &mut Tx<'_>| change(tx, customer, &changes, &known);
        let (cart, lowered) = self.store.write(cx, work).await?;
        self.show(cx, cart.as_ref(), Some(&facts), &lowered).await
    }

    async fn merge(&self, cx: &Cx, guest: CustomerId, customer: CustomerId) -> Result<CartView, Error> {
        check_owner(cx, customer)?;
        let (from, into, wishes) = self
            .store
            .read(cx, move |tx| {
                Ok::<_, Fault>((store::open(tx, guest)?, store::current(tx, customer)?, store::wishes(tx, guest)?))
            })
            .await?;
        if guest != customer && !wishes.is_empty() {
            self.store.write::<_, Fault>(cx, move |tx| take_wishes(tx, guest, customer)).await?;
        }
        if guest == customer || from.is_none() {
            return self.show(cx, into.as_ref(), None, &[]).await;
        }
        let skus = skus_of(from.as_ref()).chain(skus_of(into.as_ref())).collect();
        let facts = Arc::new(self.facts.find(cx, skus).await?);
        let known = Arc::clone(&facts);
        let work = move |tx: &mut Tx<'_>| merge(tx, guest, customer, &known);
        let (cart, lowered) = self.store.write(cx, work).await?;
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

/// Reads the cart again, inside the transaction, so that what another tab changed meanwhile is kept.
fn change(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    changes: &[Change],
    facts: &Facts,
) -> Result<(Option<OpenCart>, Vec<Lowered>), Error> {
    let cart = store::current(tx, customer)?;
    check_open(cart.as_ref())?;
    let mut lines = cart.as_ref().map(|cart| cart.lines.clone()).unwrap_or_default();
    let lowered = domain::apply(&mut lines, changes, facts, tx.now())?;
    let cart = match cart {
        Some(cart) => Some(store::update(tx, customer, &cart, lines)?),
        None if lines.is_empty() => None,
        None => Some(store::insert(tx, customer, 1, lines)?),
    };
    Ok((cart, lowered))
}

fn merge(
    tx: &mut Tx<'_>,
    guest: CustomerId,
    customer: CustomerId,
    facts: &Facts,
) -> Result<(Option<OpenCart>, Vec<Lowered>), Error> {
    let Some(from) = store::open(tx, guest)? else {
        return Ok((store::current(tx, customer)?, Vec::new()));
    };
    store::delete(tx, guest, &from)?;
    if from.lines.is_empty() {
        return Ok((store::current(tx, customer)?, Vec::new()));
    }
    // An order that is being made from the customer's cart is left alone: the guest's lines open a new one.
    Ok(match store::open(tx, customer)? {
        Some(into) => {
            let mut lines = into.lines.clone();
            let lowered = domain::merge(&mut lines, from.lines, facts);
            (Some(store::update(tx, customer, &into, lines)?), lowered)
        }
        None => (Some(store::insert(tx, customer, 1, from.lines)?), Vec::new()),
    })
}

fn check_open(cart: Option<&OpenCart>) -> Result<(), Error> {
    if cart.is_some_and(|cart| cart.state != CartState::Open) { Err(Error::Completing) } else { Ok(()) }
}

/// A cart is its customer's, guest or not, and the system's.
fn check_owner(cx: &Cx, customer: CustomerId) -> Result<(), Fault> {
    match &cx.actor.subject {
        Subject::Service(_) => Ok(()),
        Subject::Person(id) if *id == customer.to_string() => Ok(()),
        Subject::Person(_) | Subject::Anonymous => Err(Fault::denied("this is somebody else's cart")),
    }
}

fn skus_of(cart: Option<&OpenCart>) -> impl Iterator<Item = String> {
    cart.into_iter().flat_map(|cart| cart.lines.iter().map(|line| line.sku.clone()))
}
