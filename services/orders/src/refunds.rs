//! Giving money back: an amount, or what some pieces came to.

use souk_contracts::{
    CustomerId, OrderId, RefundId,
    orders::{Error, LineRefund, Refundable},
    payments::{Intent, RefundRequest, RefundState},
};
use souk_store::Tx;
use souk_types::{Cx, Env, Fault, Id, Money, ServiceError as _};

use crate::{
    domain::refund::{self, Paid, Part},
    model::OrderRow,
    pricing::fault,
    saga::known,
    service::{Service, reason},
    store,
};

impl Service {
    /// Gives an amount back.
    pub(crate) async fn refund_amount(
        &self,
        cx: &Cx,
        (customer, order): (CustomerId, OrderId),
        amount: Money,
        why: &str,
    ) -> Result<OrderRow, Error> {
        let why = reason(why)?;
        let row = self.load(cx, customer, order).await?;
        check_amount(&row, amount)?;
        let refund = refund_id(cx, order, self.deps.store.env());
        let request = RefundRequest { refund, customer, order, amount, reason: why };
        self.deps.payments.refund(cx, request).await.map_err(|error| fault(&error))?;
        self.sync_money(cx, row).await
    }

    /// What can still be given back by line.
    pub(crate) async fn refundable_lines(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
    ) -> Result<Refundable, Error> {
        let failed = self.failed_refunds(cx, customer, order).await?;
        let look = move |tx: &mut Tx<'_>| {
            let row = known(store::by_id(tx, customer, order)?)?;
            let written = store::refunds::of_order(tx, customer, order, row.total.currency)?;
            let given = store::refunds::given_back(&written, &failed);
            let delivery = if given.delivery { Money::zero(row.total.currency) } else { delivery(&row) };
            Ok(Refundable { lines: refund::left(&paid(&row), &given), delivery, most: most(&row)? })
        };
        self.deps.store.read(cx, look).await
    }

    /// Gives back what some pieces came to. They are written down before the money moves, so that two who ask at the
    /// same time do not give it back twice; a refusal of payments takes that back.
    pub(crate) async fn give_back_lines(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        wish: LineRefund,
    ) -> Result<OrderRow, Error> {
        let why = reason(&wish.reason)?;
        let failed = self.failed_refunds(cx, customer, order).await?;
        let id = refund_id(cx, order, self.deps.store.env());
        let write = move |tx: &mut Tx<'_>| write_down(tx, (customer, order), id, &wish, &failed);
        let (row, amount) = self.deps.store.write(cx, write).await?;
        let request = RefundRequest { refund: id, customer, order, amount, reason: why };
        if let Err(error) = self.deps.payments.refund(cx, request).await {
            if !error.kind().is_transient() {
                let forget = move |tx: &mut Tx<'_>| store::refunds::forget(tx, customer, order, id);
                self.deps.store.write::<_, Fault>(cx, forget).await?;
            }
            return Err(fault(&error));
        }
        self.sync_money(cx, row).await
    }

    /// Refunds of which the gateway said no: their pieces were not given back.
    async fn failed_refunds(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<RefundId>, Error> {
        let inner = cx.as_service("orders");
        let intents = self.deps.payments.intents(&inner, customer, order).await.map_err(|error| fault(&error))?;
        let refunds = intents.iter().flat_map(|intent: &Intent| &intent.refunds);
        Ok(refunds.filter(|refund| refund.state == RefundState::Failed).map(|refund| refund.id).collect())
    }
}

/// Writes down for which pieces the money goes back, and answers how much it is; what is written down already for the
/// same refund stands.
fn write_down(
    tx: &mut Tx<'_>,
    (customer, order): (CustomerId, OrderId),
    id: RefundId,
    wish: &LineRefund,
    failed: &[RefundId],
) -> Result<(OrderRow, Money), Error> {
    let row = known(store::by_id_to_change(tx, customer, order)?)?;
    let written = store::refunds::of_order(tx, customer, order, row.total.currency)?;
    let same: Vec<&Part> = written.iter().filter(|written| written.refund == id).map(|written| &written.part).collect();
    if !same.is_empty() {
        let amount = sum(&row, same)?;
        return Ok((row, amount));
    }
    let given = store::refunds::given_back(&written, failed);
    let mut parts = refund::parts(&paid(&row), &given, &wish.lines).map_err(Fault::invalid_fields)?;
    if wish.delivery {
        if given.delivery {
            return Err(Fault::invalid("delivery", "was given back already").into());
        }
        parts.push(Part { sku: String::new(), quantity: 1, amount: delivery(&row) });
    }
    let amount = sum(&row, &parts)?;
    check_amount(&row, amount)?;
    for part in &parts {
        store::refunds::add(tx, customer, order, id, part)?;
    }
    Ok((row, amount))
}

fn sum<'p>(row: &OrderRow, parts: impl IntoIterator<Item = &'p Part>) -> Result<Money, Fault> {
    let none = Money::zero(row.total.currency);
    Ok(parts.into_iter().try_fold(none, |sum, part| sum.plus(part.amount))?)
}

/// What was taken and not given back.
fn most(row: &OrderRow) -> Result<Money, Fault> {
    Ok(row.money.captured.minus(row.money.refunded)?)
}

fn check_amount(row: &OrderRow, amount: Money) -> Result<(), Fault> {
    let most = most(row)?;
    if amount.minor <= 0 {
        return Err(Fault::invalid("amount", "must be more than nothing"));
    }
    if amount > most || amount.currency != most.currency {
        return Err(Fault::invalid("amount", format!("at most {most} can be refunded")));
    }
    Ok(())
}

/// The lines as they were paid.
fn paid(row: &OrderRow) -> Vec<Paid> {
    let on_top = !row.body.totals.tax_included;
    let line = |line: &crate::model::FrozenLine| {
        let tax = if on_top { line.tax.minor } else { 0 };
        let amount = Money::new(line.total.minor + tax, line.total.currency);
        Paid { sku: line.sku.clone(), quantity: line.quantity, amount }
    };
    row.body.lines.iter().map(line).collect()
}

fn delivery(row: &OrderRow) -> Money {
    refund::delivery(&row.body.totals, row.body.lines.iter().map(|line| line.tax.minor).sum())
}

/// The id of a refund: of the caller's idempotency key when there is one, so that asking twice gives back once.
fn refund_id(cx: &Cx, order: OrderId, env: &Env) -> RefundId {
    let Some(key) = &cx.idempotency_key else {
        return Id::generate(env);
    };
    let digest = blake3::hash(format!("refund {order} {} {key}", cx.actor.label()).as_bytes());
    let mut bits = [0; 16];
    bits.copy_from_slice(&digest.as_bytes()[..16]);
    Id::from_bits(u128::from_be_bytes(bits))
}
