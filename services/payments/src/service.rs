use std::sync::Arc;

use async_trait::async_trait;
use souk_contracts::{
    CustomerId, OrderId, PaymentId,
    payments::{
        Authorise, ClientConfig, Error, Intent as PublicIntent, IntentBooks, IntentState, MethodSetting, Payments,
        Refund, RefundRequest, Webhook,
    },
    permission,
    settings::Settings,
};
use souk_settings::SettingsStore;
use souk_store::{Store, Tx};
use souk_types::{Cursor, Cx, Fault, Money, Page, PageRequest, Subject, failpoint, limits::LINE_BYTES_MAX};

use crate::{
    audit,
    domain::{ChargeKey, Command, Goal, Intent, methods},
    gateways::{Gateway, WebhookRefusal},
    local_path::is_local_path,
    recording::{ASK_FIRST, carry_out},
    store,
};

pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) methods: SettingsStore<Vec<MethodSetting>>,
    pub(crate) gateway: Arc<dyn Gateway>,
}

/// What became of writing a new intent down.
enum Recorded {
    New(Intent),
    Known(Intent),
    /// The order has another attempt, which waits for the shopper.
    Replaces(ChargeKey),
}

impl Service {
    /// Ends the order for payments and gives all its money back.
    pub(crate) async fn end(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        reason: String,
    ) -> Result<Vec<Intent>, Error> {
        // A transaction of its own: an answer of the gateway that is booked at the same time either sees the end, or
        // is there already when the goals are set.
        self.store.write(cx, move |tx| store::end_order(tx, customer, order, &reason)).await?;
        self.pursue(cx, customer, order, Command::Undo).await
    }

    async fn record(&self, cx: &Cx, request: &Authorise) -> Result<Recorded, Error> {
        let request = request.clone();
        let gateway = self.gateway.name();
        self.store
            .write(cx, move |tx| {
                let intent = new_intent(&request, gateway, tx);
                if store::insert_intent(tx, &intent)? {
                    return Ok(Recorded::New(intent));
                }
                let of_order = store::intents(tx, request.customer, request.order)?;
                if let Some(known) = of_order.iter().find(|known| known.key == intent.key) {
                    return if known.amount == request.amount {
                        Ok(Recorded::Known(known.clone()))
                    } else {
                        Err(Fault::conflict("this attempt to pay was for another amount").into())
                    };
                }
                if store::order_has_ended(tx, request.customer, request.order)? {
                    return Err(Fault::conflict("the order has ended; nothing was taken").into());
                }
                match of_order.iter().find(|other| other.is_live()) {
                    Some(other) if other.state == IntentState::ActionRequired => Ok(Recorded::Replaces(other.key)),
                    _ => Err(Fault::conflict("another payment for this order is under way; nothing was taken").into()),
                }
            })
            .await
    }

    async fn load(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<Intent>, Error> {
        Ok(self.store.read(cx, move |tx| store::intents(tx, customer, order)).await?)
    }
}

#[async_trait]
impl Payments for Service {
    async fn authorise(&self, cx: &Cx, request: Authorise) -> Result<PublicIntent, Error> {
        cx.actor.require(permission::ORDERS_MANAGE)?;
        validate(&request)?;
        let mut recorded = self.record(cx, &request).await?;
        if let Recorded::Replaces(other) = recorded {
            let undone = self.command(cx, other, Command::Undo).await?;
            self.advance(cx, undone).await?;
            recorded = self.record(cx, &request).await?;
        }
        let intent = match recorded {
            Recorded::New(intent) => {
                failpoint("payments.recorded");
                let intent = self.authorise_at_gateway(cx, intent).await?;
                // An unknown outcome: whoever asks at once after a timeout adds to the gateway's trouble.
                if intent.state == IntentState::Processing {
                    return Ok(intent.to_public());
                }
                intent
            }
            Recorded::Known(intent) => intent,
            Recorded::Replaces(_) => {
                return Err(Fault::conflict("another payment for this order is under way; nothing was taken").into());
            }
        };
        Ok(self.advance(cx, intent).await?.to_public())
    }

    async fn resolve(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<PublicIntent>, Error> {
        cx.actor.require(permission::ORDERS_MANAGE)?;
        let mut resolved = Vec::new();
        for intent in self.load(cx, customer, order).await? {
            let waits = matches!(intent.state, IntentState::ActionRequired | IntentState::Authorised);
            let intent = if waits { self.ask(cx, intent).await? } else { intent };
            resolved.push(self.advance(cx, intent).await?.to_public());
        }
        Ok(resolved)
    }

    async fn capture(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<PublicIntent>, Error> {
        cx.actor.require(permission::ORDERS_MANAGE)?;
        Ok(public(&self.pursue(cx, customer, order, Command::Capture).await?))
    }

    async fn undo(
        &self,
        cx: &Cx,
        customer: CustomerId,
        order: OrderId,
        reason: String,
    ) -> Result<Vec<PublicIntent>, Error> {
        cx.actor.require(permission::ORDERS_MANAGE)?;
        Ok(public(&self.end(cx, customer, order, reason).await?))
    }

    async fn refund(&self, cx: &Cx, request: RefundRequest) -> Result<Refund, Error> {
        cx.actor.require(permission::REFUNDS)?;
        if request.amount.minor <= 0 {
            return Err(Fault::invalid("amount", "must be more than nothing").into());
        }
        if request.reason.len() > LINE_BYTES_MAX {
            return Err(Fault::invalid("reason", "is too long").into());
        }
        let id = request.refund;
        let recorded = self
            .store
            .write(cx, move |tx| {
                let intents = store::intents(tx, request.customer, request.order)?;
                let key = refundable(&intents, &request)?;
                let command = Command::Refund {
                    refund: request.refund,
                    minor: request.amount.minor,
                    reason: request.reason.clone(),
                };
                let known = intents.iter().find(|intent| intent.key == key);
                carry_out(tx, key, known, &command)
            })
            .await?;
        failpoint("payments.refund_recorded");
        let intent = self.advance(cx, recorded).await?;
        let refund = intent.refunds.into_iter().find(|refund| refund.id == id);
        refund.ok_or_else(|| Fault::internal("a refund was written down and is not there").into())
    }

    async fn webhook(&self, cx: &Cx, webhook: Webhook) -> Result<(), Error> {
        if webhook.gateway != self.gateway.name() {
            return Err(Fault::not_found("the gateway").into());
        }
        let charge = self.gateway.webhook(&webhook.headers, &webhook.body.0).map_err(|refusal| match refusal {
            WebhookRefusal::BadSignature => Error::BadSignature,
            WebhookRefusal::Unreadable { why } => Fault::invalid("body", "is not readable").because(why).into(),
        })?;
        let cx = cx.as_service("payments");
        let intent = self.command(&cx, charge.key, Command::Report(charge)).await?;
        self.advance(&cx, intent).await?;
        Ok(())
    }

    async fn intents(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Vec<PublicIntent>, Error> {
        let own = matches!(&cx.actor.subject, Subject::Person(id) if *id == customer.to_string());
        if !own {
            cx.actor.require(permission::ORDERS_READ)?;
        }
        Ok(public(&self.load(cx, customer, order).await?))
    }

    async fn client_config(&self, cx: &Cx) -> Result<ClientConfig, Error> {
        let settings = self.methods.now(cx).await?;
        Ok(self.gateway.client_config(methods::offered(&settings.values, &self.gateway.methods())))
    }

    async fn settings(&self, cx: &Cx) -> Result<Settings<Vec<MethodSetting>>, Error> {
        cx.actor.require(permission::OPERATIONS)?;
        let settings = self.methods.settings(cx).await?;
        Ok(settings.map(|set| methods::complete(&set, &self.gateway.methods())))
    }

    async fn replace_settings(
        &self,
        cx: &Cx,
        version: i64,
        methods: Option<Vec<MethodSetting>>,
    ) -> Result<Settings<Vec<MethodSetting>>, Error> {
        cx.actor.require(permission::OPERATIONS)?;
        let known = self.gateway.methods();
        if let Some(methods) = &methods {
            methods::check(methods, &known)?;
        }
        let settings = self.methods.replace(cx, version, methods).await?;
        Ok(settings.map(|set| methods::complete(&set, &known)))
    }

    async fn audit(&self, cx: &Cx) -> Result<Vec<String>, Error> {
        cx.actor.require(permission::OPERATIONS)?;
        Ok(audit::findings(cx, &self.store, self.gateway.as_ref()).await?)
    }

    async fn books(&self, cx: &Cx, page: PageRequest) -> Result<Page<IntentBooks>, Error> {
        cx.actor.require(permission::OPERATIONS)?;
        let rows = page.rows()?;
        let after = match &page.after {
            Some(cursor) => place(cursor).ok_or_else(|| Fault::invalid("after", "is not a place in this list"))?,
            None => store::Place::default(),
        };
        let found = self.store.scan(cx, move |tx| store::books(tx, &after, rows)).await?;
        Ok(Page::from_rows(found, &page, |last| format!("{}.{}.{}", last.customer, last.order, last.attempt)))
    }
}

fn place(cursor: &Cursor) -> Option<store::Place> {
    let mut parts = cursor.0.splitn(3, '.');
    Some((parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.parse().ok()?))
}

fn public(intents: &[Intent]) -> Vec<PublicIntent> {
    intents.iter().map(Intent::to_public).collect()
}

fn validate(request: &Authorise) -> Result<(), Fault> {
    if request.amount.minor <= 0 {
        return Err(Fault::invalid("amount", "must be more than nothing"));
    }
    if request.attempt == 0 {
        return Err(Fault::invalid("attempt", "counts from 1"));
    }
    if request.token.is_empty() || request.token.len() > LINE_BYTES_MAX {
        return Err(Fault::invalid("token", "card data is missing"));
    }
    if !is_local_path(&request.return_path) {
        return Err(Fault::invalid("return_path", "must be a path of the shop"));
    }
    Ok(())
}

fn new_intent(request: &Authorise, gateway: &str, tx: &Tx<'_>) -> Intent {
    let now = tx.now();
    Intent {
        id: PaymentId::generate(tx.env()),
        key: ChargeKey { customer: request.customer, order: request.order, attempt: request.attempt },
        amount: request.amount,
        state: IntentState::Processing,
        goal: if request.capture { Goal::Capture } else { Goal::Hold },
        captured_minor: 0,
        refunding_minor: 0,
        refunded_minor: 0,
        late: false,
        gateway: gateway.to_owned(),
        reference: None,
        revision: 0,
        token: request.token.clone(),
        return_path: request.return_path.clone(),
        action_url: None,
        failure: None,
        instrument: String::new(),
        ask_at: Some(now + ASK_FIRST),
        asks: 0,
        version: 1,
        created_at: now,
        refunds: Vec::new(),
        unwanted: None,
    }
}

/// The intent that a refund is taken from: where it is known already, else the first with enough left.
fn refundable(intents: &[Intent], request: &RefundRequest) -> Result<ChargeKey, Error> {
    let knows = |intent: &&Intent| intent.refunds.iter().any(|refund| refund.id == request.refund);
    if let Some(known) = intents.iter().find(knows) {
        return Ok(known.key);
    }
    let mut of_currency = intents.iter().filter(|intent| intent.amount.currency == request.amount.currency);
    let most = of_currency
        .clone()
        .map(Intent::refundable_minor)
        .max()
        .ok_or_else(|| Fault::not_found("a payment in this currency"))?;
    match of_currency.find(|intent| intent.refundable_minor() >= request.amount.minor) {
        Some(enough) => Ok(enough.key),
        None => Err(Error::RefundTooLarge { refundable: Money::new(most, request.amount.currency) }),
    }
}
