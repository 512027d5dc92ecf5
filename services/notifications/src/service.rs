use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use souk_contracts::{
    CustomerId, MessageId, OrderId,
    delivery::DeliveryClient,
    notifications::{
        Content, Error, LinkMessage, Message, MessageFilter, MessageKind, MessageState, MessageSummary, Notifications,
    },
    orders::{Order, OrdersClient},
    permission::{ORDERS_MANAGE, ORDERS_READ, STAFF_MANAGE},
};
use souk_store::{Store, Tx};
use souk_types::{Actor, Cx, ErrorKind, Fault, Page, PageRequest, ServiceError, Timestamp, limits::LINE_BYTES_MAX};

use crate::{
    Rendered, SCHEMA, Templates,
    domain::is_link,
    gateways::smtp::Smtp,
    jobs,
    store::{self, MessageRow},
};

/// Messages that one transaction deletes.
const FORGET_ROWS: usize = 500;

pub struct Service {
    pub store: Store,
    pub orders: OrdersClient,
    pub delivery: DeliveryClient,
    pub templates: Arc<dyn Templates>,
    pub shop_name: String,
    pub public_url: String,
    pub smtp: Option<Smtp>,
}

/// A message that is to be written.
pub struct Draft {
    pub id: MessageId,
    pub kind: MessageKind,
    pub email: String,
    pub name: String,
    pub order_number: String,
    pub link_until: Option<Timestamp>,
    /// What the templates get beside the shop.
    pub context: Value,
}

impl Draft {
    /// A message about an order.
    pub fn about(order: &Order, kind: MessageKind, id: MessageId, context: Value) -> Self {
        Self {
            id,
            kind,
            email: order.email.clone(),
            name: order.address.name.clone(),
            order_number: order.number.clone(),
            link_until: None,
            context,
        }
    }
}

impl Service {
    /// The order that an event is about.
    pub async fn order(&self, cx: &Cx, customer: CustomerId, order: OrderId) -> Result<Order, Fault> {
        let found = self.orders.order(&cx.as_service(SCHEMA.service), customer, order, None).await;
        found.map_err(|error| fault(&error))?.ok_or_else(|| Fault::not_found("the order"))
    }

    /// What the templates of messages about an order get.
    pub fn order_context(&self, order: &Order) -> Value {
        // Whoever gets the message holds the order's key by it: the page opens without signing in.
        let track_url = format!("{}/orders/{}?key={}", self.public_url, order.number, order.access_key);
        json!({ "order": order, "track_url": track_url })
    }

    /// Says whether a message was written before.
    pub async fn is_known(&self, cx: &Cx, message: MessageId) -> Result<bool, Fault> {
        self.store.read(cx, move |tx| store::is_known(tx, message)).await
    }

    /// Deletes what was written to an address: all, or only links to an account.
    pub async fn forget(&self, cx: &Cx, email: &str, all: bool) -> Result<(), Fault> {
        loop {
            let email = email.to_owned();
            let deleted = self.store.write(cx, move |tx| store::delete_to(tx, &email, all, FORGET_ROWS)).await?;
            if usize::try_from(deleted).is_ok_and(|deleted| deleted < FORGET_ROWS) {
                return Ok(());
            }
        }
    }

    /// Writes a message, keeps it, and has it sent.
    pub async fn write(&self, cx: &Cx, draft: Draft) -> Result<(), Fault> {
        let Draft { id, kind, email, name, order_number, link_until, mut context } = draft;
        context["shop"] = json!({ "name": &self.shop_name, "url": &self.public_url });
        context["name"] = Value::from(name.as_str());
        let Rendered { subject, html, text } = self.templates.render(kind, &context)?;
        let state = if self.smtp.is_some() { MessageState::Queued } else { MessageState::Kept };
        let created_at = self.store.env().now();
        let summary = MessageSummary { id, kind, email, order_number, subject, state, created_at, sent_at: None };
        let row = MessageRow { summary, name, html, text, link_until, failures: 0, error: String::new() };
        let work = move |tx: &mut Tx<'_>| {
            if store::insert(tx, &row)? && row.summary.state == MessageState::Queued {
                jobs::send(tx, id)?;
            }
            Ok(())
        };
        self.store.write(cx, work).await
    }
}

/// A refusal of another service.
pub fn fault(error: &impl ServiceError) -> Fault {
    Fault::new(error.kind(), error.public_message()).because(error)
}

fn content(row: &MessageRow, actor: &Actor) -> Content {
    let link = is_link(row.summary.kind);
    if link && row.html.is_empty() {
        return Content::Erased;
    }
    // Whoever may add staff may be anybody in the shop anyway; for all others the link would be a way to become it.
    if link && !actor.may(STAFF_MANAGE) {
        return Content::Withheld;
    }
    Content::Whole { html: row.html.clone(), text: row.text.clone() }
}

#[async_trait]
impl Notifications for Service {
    async fn send_link(&self, cx: &Cx, message: MessageId, link: LinkMessage) -> Result<(), Error> {
        cx.actor.require(STAFF_MANAGE)?;
        let LinkMessage { kind, email, name, path, until } = link;
        if !is_link(kind) || !path.starts_with('/') || path.len() > LINE_BYTES_MAX {
            return Err(Fault::invalid("path", "must be a path of the shop, for a message with a link").into());
        }
        let context = json!({ "url": format!("{}{path}", self.public_url), "until": until });
        let draft =
            Draft { id: message, kind, email, name, order_number: String::new(), link_until: Some(until), context };
        Ok(self.write(cx, draft).await?)
    }

    async fn list(&self, cx: &Cx, filter: MessageFilter, page: PageRequest) -> Result<Page<MessageSummary>, Error> {
        cx.actor.require(ORDERS_READ)?;
        let (sort, rows) = (filter.sort.unwrap_or_default(), page.rows()?);
        let behind: MessageId = sort.behind_id(page.after.as_ref())?;
        let found = self.store.read(cx, move |tx| store::list(tx, &filter, sort, behind, rows)).await?;
        Ok(Page::from_rows(found, &page, |last| sort.place_of_id(last.id)))
    }

    async fn message(&self, cx: &Cx, message: MessageId) -> Result<Option<Message>, Error> {
        cx.actor.require(ORDERS_READ)?;
        let found = self.store.read(cx, move |tx| store::by_id(tx, message)).await?;
        Ok(found.map(|row| Message {
            content: content(&row, &cx.actor),
            summary: row.summary,
            name: row.name,
            failures: row.failures,
            error: row.error,
        }))
    }

    async fn resend(&self, cx: &Cx, message: MessageId) -> Result<(), Error> {
        cx.actor.require(ORDERS_MANAGE)?;
        if self.smtp.is_none() {
            return Err(Error::NotSending);
        }
        let work = move |tx: &mut Tx<'_>| {
            let row = store::by_id(tx, message)?.ok_or_else(|| Fault::not_found("the message"))?;
            if row.html.is_empty() || row.link_until.is_some_and(|until| until <= tx.now()) {
                return Err(Error::RunOut);
            }
            store::queue(tx, message)?;
            Ok(jobs::send(tx, message)?)
        };
        self.store.write(cx, work).await?;
        // A job that was given up is still there: the new one is the same.
        match jobs::retry(&self.store, cx, message).await {
            Err(fault) if fault.kind == ErrorKind::NotFound => Ok(()),
            other => Ok(other?),
        }
    }
}
