//! Messages that the shop has written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use souk_contracts::{
    MessageId, MessageIdKind,
    notifications::{Content, Message, MessageFilter, MessageKind, MessageState, MessageSummary},
    permission::Scope,
};
use souk_types::Fault;

use crate::{
    api::{
        caller::Access,
        model::instant,
        operation::{Asked, Call, Group, Nothing, Operation, Reply, Verb},
        orders::{next_of, page_of},
        schema,
    },
    error::Failure,
};

schema::words! {
    kind: MessageKind;
    state: MessageState;
}

/// A message in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmailSummary {
    /// Its id.
    #[schemars(schema_with = "schema::id::<MessageIdKind>")]
    id: String,
    /// What it is about.
    #[schemars(schema_with = "kind")]
    kind: MessageKind,
    /// To which address.
    email: String,
    /// The number of the order that it is about; empty when it is about none.
    order_number: String,
    /// Its subject.
    subject: String,
    /// How far it is.
    #[schemars(schema_with = "state")]
    state: MessageState,
    /// When it was written.
    #[schemars(schema_with = "schema::instant")]
    created_at: String,
}

impl From<MessageSummary> for EmailSummary {
    fn from(message: MessageSummary) -> Self {
        let MessageSummary { id, kind, email, order_number, subject, state, created_at, .. } = message;
        Self { id: id.to_string(), kind, email, order_number, subject, state, created_at: instant(created_at) }
    }
}

/// A message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Email {
    /// What the list says of it.
    #[serde(flatten)]
    summary: EmailSummary,
    /// Whose it is.
    name: String,
    /// Tries to send it that failed.
    failures: u32,
    /// Why the last of them failed.
    error: String,
    /// When the mail server took it.
    #[schemars(schema_with = "schema::maybe_instant")]
    sent_at: Option<String>,
    /// What is in it as HTML; null where a link lets whoever opens it in.
    html: Option<String>,
    /// The same as plain text.
    text: Option<String>,
}

impl From<Message> for Email {
    fn from(message: Message) -> Self {
        let (html, text) = match message.content {
            Content::Whole { html, text } => (Some(html), Some(text)),
            Content::Withheld | Content::Erased => (None, None),
        };
        Self {
            sent_at: message.summary.sent_at.map(instant),
            summary: message.summary.into(),
            name: message.name,
            failures: message.failures,
            error: message.error,
            html,
            text,
        }
    }
}

/// Which messages.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct EmailWish {
    /// Only those to this address, or about the order of this number.
    #[schemars(length(max = 254))]
    text: Option<String>,
    /// Only in this state.
    #[serde(default)]
    #[schemars(schema_with = "state")]
    state: Option<MessageState>,
    /// How many at most.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 250))]
    limit: u32,
    /// Where to go on: `next` of the page before.
    #[serde(skip_serializing)]
    #[schemars(length(max = 200))]
    cursor: Option<String>,
}

fn usual() -> u32 {
    50
}

/// A page of messages.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EmailPage {
    /// The messages, newest first.
    items: Vec<EmailSummary>,
    /// Where the next page starts; null on the last.
    next: Option<String>,
}

/// Lists messages.
pub struct ListEmails;

impl Operation for ListEmails {
    const NAME: &'static str = "listEmails";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/emails";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Lists the emails that the shop has written, newest first.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = Nothing;
    type Query = EmailWish;
    type Body = Nothing;
    type Answer = EmailPage;

    async fn run(call: Call, Asked { query: wish, .. }: Asked<Self>) -> Result<Reply<EmailPage>, Failure> {
        let list = ("emails", &wish);
        let page = page_of(&list, wish.limit, wish.cursor.as_deref())?;
        let text = wish.text.clone().filter(|text| !text.is_empty());
        let filter = MessageFilter { text, state: wish.state, sort: None };
        let found = call.state.notifications.list(&call.cx, filter, page).await?;
        let next = next_of(&list, found.next);
        let items = found.items.into_iter().map(EmailSummary::from).collect();
        Ok(Reply::page(EmailPage { items, next: next.clone() }, next))
    }
}

/// Which message.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct EmailPath {
    /// Its id.
    #[schemars(schema_with = "schema::id::<MessageIdKind>")]
    email: MessageId,
}

async fn find(call: &Call, id: MessageId) -> Result<Reply<Email>, Failure> {
    let found = call.state.notifications.message(&call.cx, id).await?;
    Ok(Reply::of(found.ok_or_else(|| Fault::not_found("the email"))?.into()))
}

/// Reads a message.
pub struct ReadEmail;

impl Operation for ReadEmail {
    const NAME: &'static str = "readEmail";
    const VERB: Verb = Verb::Get;
    const PATH: &'static str = "/admin/emails/{email}";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Reads an email. What is in one with a link that lets people in is not told.";
    const ACCESS: Access = Access::Key(Scope::OrdersRead);
    type Path = EmailPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Email;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Email>, Failure> {
        find(&call, path.email).await
    }
}

/// Sends a message once more.
pub struct ResendEmail;

impl Operation for ResendEmail {
    const NAME: &'static str = "resendEmail";
    const VERB: Verb = Verb::Post;
    const PATH: &'static str = "/admin/emails/{email}/resend";
    const GROUP: Group = Group::BackOffice;
    const SUMMARY: &'static str = "Sends an email once more.";
    const ACCESS: Access = Access::Key(Scope::OrdersManage);
    type Path = EmailPath;
    type Query = Nothing;
    type Body = Nothing;
    type Answer = Email;

    async fn run(call: Call, Asked { path, .. }: Asked<Self>) -> Result<Reply<Email>, Failure> {
        call.state.notifications.resend(&call.cx, path.email).await?;
        find(&call, path.email).await
    }
}
