use std::sync::Arc;

use souk_contracts::{
    CartChangeId, CartId, CustomerId,
    cart::{Change, Error, OUT_OF_REACH},
};
use souk_documents::{Documents, Expired};
use souk_store::Tx;
use souk_types::{Cx, Env, ErrorKind, Fault, Timestamp};

use crate::domain::{Carts, Facts, Leaving, Lowered, OpenCart};

/// The carts of all customers, a document for each customer.
#[derive(Clone)]
pub struct KeptCarts {
    documents: Documents,
    env: Env,
}

/// A cart after a change, and the quantities that were lowered by it.
pub type Changed = (Option<OpenCart>, Vec<Lowered>);

impl KeptCarts {
    pub fn new(documents: Documents, env: Env) -> Self {
        Self { documents, env }
    }

    pub async fn of(&self, cx: &Cx, customer: CustomerId) -> Result<Carts, Fault> {
        self.documents.read(cx, &customer.to_string()).await.map_err(in_words)
    }

    /// Decides about a customer's carts; another tab may have changed them meanwhile.
    async fn decide<R: Send + 'static>(
        &self,
        cx: &Cx,
        customer: CustomerId,
        mut decide: impl FnMut(&mut Carts, Timestamp, CartId) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let new = CartId::generate(&self.env);
        let decide = move |carts: &mut Carts, now| decide(carts, now, new);
        let decided = self.documents.change(cx, &customer.to_string(), decide).await;
        decided.map_err(|error| match error {
            Error::Fault(fault) => Error::Fault(in_words(fault)),
            refused => refused,
        })
    }

    pub async fn change(
        &self,
        cx: &Cx,
        customer: CustomerId,
        (id, changes): (CartChangeId, Vec<Change>),
        facts: Arc<Facts>,
    ) -> Result<Changed, Error> {
        let decide = move |carts: &mut Carts, now, new| {
            let lowered = carts.change((id, &changes), &facts, now, new)?;
            Ok((carts.current().cloned(), lowered))
        };
        self.decide(cx, customer, decide).await
    }

    /// Moves a guest's open cart into a customer's. Two documents cannot be changed at once: the cart leaves, is taken in,
    /// and has left. Each step may be done twice, so that whoever signs in again goes on where it was cut off.
    pub async fn merge(
        &self,
        cx: &Cx,
        guest: CustomerId,
        customer: CustomerId,
        facts: Arc<Facts>,
    ) -> Result<Changed, Error> {
        let mut lowered = Vec::new();
        // What was on its way to somebody else goes there before.
        while let Some(leaving) = self.decide(cx, guest, move |carts, _, _| Ok(carts.leave_for(customer))).await? {
            let Leaving { cart, into, .. } = leaving.clone();
            let facts = Arc::clone(&facts);
            let take_in = move |carts: &mut Carts, _, new| Ok(carts.take_in(leaving.clone(), &facts, new));
            lowered = self.decide(cx, into, take_in).await?;
            let has_left = move |carts: &mut Carts, _, _| {
                carts.has_left(cart);
                Ok(())
            };
            self.decide(cx, guest, has_left).await?;
            if into == customer {
                break;
            }
        }
        Ok((self.of(cx, customer).await?.current().cloned(), lowered))
    }

    pub async fn complete_soon(&self, cx: &Cx, customer: CustomerId, cart: CartId) -> Result<(), Fault> {
        self.follow(cx, customer, move |carts, _| carts.complete_soon(cart)).await
    }

    pub async fn complete(&self, cx: &Cx, customer: CustomerId, cart: CartId) -> Result<(), Fault> {
        self.follow(cx, customer, move |carts, _| drop(carts.complete(cart))).await
    }

    pub async fn reopen(&self, cx: &Cx, customer: CustomerId, cart: CartId) -> Result<(), Fault> {
        self.follow(cx, customer, move |carts, new| carts.reopen(cart, new)).await
    }

    pub async fn forget(&self, cx: &Cx, customer: CustomerId) -> Result<(), Fault> {
        self.follow(cx, customer, |carts, _| carts.forget()).await
    }

    /// Follows what has happened elsewhere, which cannot be refused.
    async fn follow(
        &self,
        cx: &Cx,
        customer: CustomerId,
        change: impl Fn(&mut Carts, CartId) + Send + 'static,
    ) -> Result<(), Fault> {
        let new = CartId::generate(&self.env);
        let decide = move |carts: &mut Carts, _| {
            change(carts, new);
            Ok(())
        };
        self.documents.change(cx, &customer.to_string(), decide).await
    }

    /// Brings carts to where they lie now from where they lay before, so many at most; says how many there were.
    pub async fn bring_over(&self, cx: &Cx, limit: usize) -> Result<usize, Fault> {
        self.documents.bring_over(cx, limit).await
    }

    /// Takes away what nobody has changed since then, so much at most, and has each told of.
    pub async fn expire(
        &self,
        cx: &Cx,
        since: Timestamp,
        limit: usize,
        tell: impl FnMut(&mut Tx<'_>, Expired<Carts>) -> Result<(), Fault> + Send + 'static,
    ) -> Result<usize, Fault> {
        self.documents.expire(cx, since, limit, tell).await
    }
}

/// What a shopper is told while carts are out of reach. A fault that has a reason of its own, as a full disk, tells it.
fn in_words(fault: Fault) -> Fault {
    if fault.kind != ErrorKind::Unavailable || fault.names_cause() {
        return fault;
    }
    Fault { public: OUT_OF_REACH.to_owned(), ..fault }
}
