use serde::{Deserialize, Serialize};
use souk_contracts::{
    CartChangeId, CartId, CustomerId,
    cart::{CartState, Change, Error},
};
use souk_types::Timestamp;

use super::{Facts, Line, Lowered, OpenCart, change, merge};

/// Guests' carts that were taken in and are remembered; each needs to be only until the guest's side knows of it, too.
const TAKEN_MAX: usize = 8;
/// Changes of a cart that are remembered; each needs to be only while its caller may ask again, for some seconds.
const MADE_MAX: usize = 8;

/// What is kept of one customer, as one document: the open cart, and those that orders are being made from. What has
/// ended is not kept. Everything can be done twice with the effect of once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Carts {
    /// At most one of them is open.
    carts: Vec<OpenCart>,
    /// A guest's cart on its way into a customer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaving: Option<Leaving>,
    /// Guests' carts that were taken in lately, the last one last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taken: Vec<CartId>,
}

/// A guest's cart on its way. Nobody can change it any more, so that what arrives is what left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaving {
    /// The cart.
    pub cart: CartId,
    /// What is in it.
    pub lines: Vec<Line>,
    /// Whose it becomes.
    pub into: CustomerId,
}

impl Carts {
    /// The open cart.
    pub fn open(&self) -> Option<&OpenCart> {
        self.carts.iter().find(|cart| cart.state == CartState::Open)
    }

    /// The open cart, or else the newest that an order is being made from.
    pub fn current(&self) -> Option<&OpenCart> {
        self.open().or_else(|| self.carts.iter().max_by_key(|cart| cart.id))
    }

    /// What a guest has who signs in: the lines of the open cart, and those that are on their way already.
    pub fn to_be_moved(&self) -> impl Iterator<Item = &Line> {
        let open = self.open().into_iter().flat_map(|cart| &cart.lines);
        open.chain(self.leaving.iter().flat_map(|leaving| &leaving.lines))
    }

    /// Says whether there is anything to move for a guest who signs in.
    pub fn can_leave(&self) -> bool {
        self.leaving.is_some() || self.open().is_some()
    }

    /// Refuses while an order is being made and no cart is open.
    ///
    /// # Errors
    /// [`Error::Completing`].
    pub fn check_open(&self) -> Result<(), Error> {
        match self.current() {
            Some(cart) if cart.state != CartState::Open => Err(Error::Completing),
            _ => Ok(()),
        }
    }

    /// Says whether a wish of the shopper is in a cart already.
    pub fn has_made(&self, id: CartChangeId) -> bool {
        self.carts.iter().any(|cart| cart.made.contains(&id))
    }

    /// Applies all changes of a wish to the open cart, or none when one is refused, or when they are in it already; a cart
    /// that is not there gets the id `new`.
    ///
    /// # Errors
    /// What is wrong with a change, or [`Error::Completing`].
    pub fn change(
        &mut self,
        (id, changes): (CartChangeId, &[Change]),
        facts: &Facts,
        now: Timestamp,
        new: CartId,
    ) -> Result<Vec<Lowered>, Error> {
        if self.has_made(id) {
            return Ok(Vec::new());
        }
        self.check_open()?;
        let mut lines = self.open().map(|cart| cart.lines.clone()).unwrap_or_default();
        let lowered = change::apply(&mut lines, changes, facts, now)?;
        if self.open().is_some() || !lines.is_empty() {
            let cart = self.put(lines, new, 1);
            cart.made.push(id);
            forget_all_but(&mut cart.made, MADE_MAX);
        }
        Ok(lowered)
    }

    /// Replaces the lines of the open cart, or opens one.
    fn put(&mut self, lines: Vec<Line>, new: CartId, new_version: i64) -> &mut OpenCart {
        match self.carts.iter().position(|cart| cart.state == CartState::Open) {
            Some(place) => {
                let cart = &mut self.carts[place];
                cart.version += 1;
                cart.lines = lines;
                cart
            }
            None => self.carts.push_mut(OpenCart {
                id: new,
                state: CartState::Open,
                version: new_version,
                lines,
                made: Vec::new(),
            }),
        }
    }

    /// Puts lines into the open cart, or opens one with them.
    fn add(&mut self, lines: Vec<Line>, facts: &Facts, new: CartId, new_version: i64) -> Vec<Lowered> {
        let Some(open) = self.open() else {
            self.put(lines, new, new_version);
            return Vec::new();
        };
        let mut merged = open.lines.clone();
        let lowered = merge(&mut merged, lines, facts);
        self.put(merged, new, new_version);
        lowered
    }

    /// First step of a guest's signing in: the open cart leaves for the customer's. One that is on its way already goes
    /// first, wherever it is going.
    pub fn leave_for(&mut self, into: CustomerId) -> Option<Leaving> {
        if self.leaving.is_none()
            && let Some(place) = self.carts.iter().position(|cart| cart.state == CartState::Open)
        {
            let OpenCart { id, lines, .. } = self.carts.remove(place);
            self.leaving = Some(Leaving { cart: id, lines, into });
        }
        self.leaving.clone()
    }

    /// Second step: the customer takes the lines in, once. An order that is being made is left alone: they open a new cart.
    pub fn take_in(&mut self, leaving: Leaving, facts: &Facts, new: CartId) -> Vec<Lowered> {
        if leaving.lines.is_empty() || self.taken.contains(&leaving.cart) {
            return Vec::new();
        }
        self.taken.push(leaving.cart);
        forget_all_but(&mut self.taken, TAKEN_MAX);
        self.add(leaving.lines, facts, new, 1)
    }

    /// Last step: the cart has left.
    pub fn has_left(&mut self, cart: CartId) {
        self.leaving.take_if(|leaving| leaving.cart == cart);
    }

    /// An order is being made from a cart.
    pub fn complete_soon(&mut self, cart: CartId) {
        for cart in self.carts.iter_mut().filter(|found| found.id == cart && found.state == CartState::Open) {
            cart.state = CartState::Completing;
            cart.version += 1;
        }
    }

    /// An order was made from a cart. Answers what it was, unless it had ended before.
    pub fn complete(&mut self, cart: CartId) -> Option<OpenCart> {
        let place = self.carts.iter().position(|found| found.id == cart)?;
        Some(self.carts.remove(place))
    }

    /// Gives the shopper back what was in the cart of an order that came to nothing. It is a new cart, for a cart gives
    /// one order and no second; or, where another one is open already, its lines go there.
    pub fn reopen(&mut self, cart: CartId, new: CartId) {
        if let Some(ended) = self.complete(cart).filter(|ended| !ended.lines.is_empty()) {
            self.add(ended.lines, &Facts::default(), new, ended.version + 2);
        }
    }

    /// Forgets everything but carts that orders are being made from.
    pub fn forget(&mut self) {
        self.carts.retain(|cart| cart.state == CartState::Completing);
        self.leaving = None;
        self.taken.clear();
    }
}

/// Forgets the first ones, so that so many are left at most.
fn forget_all_but<T>(remembered: &mut Vec<T>, most: usize) {
    remembered.drain(..remembered.len().saturating_sub(most));
}

#[cfg(test)]
mod tests {
    use souk_contracts::ProductId;
    use souk_types::{Currency, Money};

    use super::*;

    const GUESTS: CartId = CartId::from_bits(1);
    const ANN: CustomerId = CustomerId::from_bits(10);
    const BEN: CustomerId = CustomerId::from_bits(11);

    fn tea(quantity: u32) -> Line {
        Line {
            sku: "tea".to_owned(),
            quantity,
            price_seen: Money::new(100, Currency::EUR),
            added_at: Timestamp::EPOCH,
            product: ProductId::from_bits(1),
            slug: "tea".to_owned(),
            title: "A tea".to_owned(),
            variant_title: String::new(),
            image: None,
        }
    }

    fn with(cart: CartId, quantity: u32) -> Carts {
        let mut carts = Carts::default();
        carts.put(vec![tea(quantity)], cart, 1);
        carts
    }

    fn pieces(carts: &Carts) -> u32 {
        carts.open().map_or(0, |cart| cart.lines.iter().map(|line| line.quantity).sum())
    }

    #[test]
    fn a_sign_in_that_was_cut_off_anywhere_brings_the_cart_along_once() {
        for done_before in 0..3 {
            let (mut guest, mut ann) = (with(GUESTS, 3), with(CartId::from_bits(2), 1));
            for steps in [done_before, 3] {
                let Some(leaving) = guest.leave_for(ANN).filter(|_| steps > 0) else { continue };
                assert_eq!(leaving.into, ANN);
                if steps > 1 {
                    ann.take_in(leaving, &Facts::default(), CartId::from_bits(3));
                }
                if steps > 2 {
                    guest.has_left(GUESTS);
                }
            }
            assert_eq!((pieces(&ann), guest), (4, Carts::default()), "after {done_before} steps");
        }
    }

    #[test]
    fn a_cart_on_its_way_goes_where_it_was_going_and_takes_nothing_new_along() {
        let mut guest = with(GUESTS, 3);
        guest.leave_for(ANN);
        guest.put(vec![tea(5)], CartId::from_bits(2), 1);
        let first = guest.leave_for(BEN).unwrap();
        assert_eq!((first.into, first.cart, first.lines), (ANN, GUESTS, vec![tea(3)]));
        guest.has_left(GUESTS);
        let second = guest.leave_for(BEN).unwrap();
        assert_eq!((second.into, second.lines), (BEN, vec![tea(5)]));
    }

    #[test]
    fn only_the_last_changes_are_remembered() {
        let mut carts = with(GUESTS, 3);
        let out = [Change::Set { sku: "tea".to_owned(), quantity: 0 }];
        for number in 1..=20 {
            let id = CartChangeId::from_bits(number);
            carts.change((id, &out), &Facts::default(), Timestamp::EPOCH, GUESTS).unwrap();
        }
        assert_eq!(carts.open().map(|cart| cart.version), Some(21));
        let remembered = (1..=20).filter(|number| carts.has_made(CartChangeId::from_bits(*number)));
        assert_eq!(remembered.collect::<Vec<_>>(), (13..=20).collect::<Vec<_>>());
    }

    #[test]
    fn what_happens_to_an_order_can_be_told_twice() {
        let mut carts = with(GUESTS, 3);
        let new = CartId::from_bits(2);
        for _ in 0..2 {
            carts.complete_soon(GUESTS);
            assert_eq!(carts.current().map(|cart| (cart.state, cart.version)), Some((CartState::Completing, 2)));
        }
        for _ in 0..2 {
            carts.reopen(GUESTS, new);
            assert_eq!((carts.open().map(|cart| cart.id), pieces(&carts)), (Some(new), 3));
        }
        carts.complete_soon(GUESTS);
        assert_eq!(pieces(&carts), 3);
    }
}
