//! Messages by email: what was said to whom, and whether it was sent.

use serde::{Deserialize, Serialize};
use souk_rpc::rpc;
use souk_types::{Cx, Page, PageRequest, TimeOrder, Timestamp, text_enum};

use crate::{MessageId, error::service_errors};

service_errors! {
    /// There is no mail server to send by.
    NotSending = Conflict, "not_sending", "no mail server is configured; messages are kept here and not sent";
    /// What was in the message does not hold any more.
    RunOut = Conflict, "run_out", "the link in this message does not work any more; have a new one sent";
}

/// Writes messages on others' events, keeps them, and sends them when a mail server is configured.
#[rpc]
pub trait Notifications {
    /// Writes a message around a link that lets whoever opens it in. The same id again does nothing.
    #[idempotent]
    async fn send_link(&self, cx: &Cx, message: MessageId, link: LinkMessage) -> Result<(), Error>;

    /// Lists messages for staff.
    #[read]
    async fn list(&self, cx: &Cx, filter: MessageFilter, page: PageRequest) -> Result<Page<MessageSummary>, Error>;

    /// Returns a message for staff. What is in one with a link is only for whoever may add staff.
    #[read]
    async fn message(&self, cx: &Cx, message: MessageId) -> Result<Option<Message>, Error>;

    /// Sends a message once more.
    async fn resend(&self, cx: &Cx, message: MessageId) -> Result<(), Error>;
}

text_enum! {
    /// What a message is about; also the name of its templates.
    pub enum MessageKind {
        /// An order was placed.
        OrderConfirmed = "order_confirmed",
        /// A parcel is on its way.
        OrderShipped = "order_shipped",
        /// A parcel has arrived.
        OrderDelivered = "order_delivered",
        /// An order was called off.
        OrderCancelled = "order_cancelled",
        /// Money was given back.
        OrderRefunded = "order_refunded",
        /// A link to choose a new password.
        PasswordReset = "password_reset",
        /// A link to confirm an email address.
        EmailVerification = "email_verification",
        /// A link to become a member of staff.
        StaffInvitation = "staff_invitation",
    }
}

text_enum! {
    /// How far a message is.
    pub enum MessageState {
        /// Kept, not sent: no mail server was configured.
        Kept = "kept",
        /// To be sent; tries that failed are repeated.
        Queued = "queued",
        /// Taken by the mail server.
        Sent = "sent",
        /// Given up: the mail server refused it, or could not be reached for too long.
        Failed = "failed",
    }
}

/// A message around a link that lets whoever opens it in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMessage {
    /// One of the kinds with a link.
    pub kind: MessageKind,
    /// To which address.
    pub email: String,
    /// Whose it is.
    pub name: String,
    /// Where the link leads: a path of the shop, with its secret.
    pub path: String,
    /// Until when it works.
    pub until: Timestamp,
}

// Without the path: its secret is not for logs.
impl std::fmt::Debug for LinkMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkMessage").field("kind", &self.kind).field("email", &self.email).finish_non_exhaustive()
    }
}

/// Which messages staff want to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFilter {
    /// Only those to this address, or about the order of this number.
    pub text: Option<String>,
    /// Only in this state.
    pub state: Option<MessageState>,
    /// In this order; `None`: the newest first. A message is as old as what it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<TimeOrder>,
}

/// A line of the list of messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSummary {
    /// Its id.
    pub id: MessageId,
    /// What it is about.
    pub kind: MessageKind,
    /// To which address.
    pub email: String,
    /// The number of the order that it is about; empty when it is about none.
    pub order_number: String,
    /// Its subject.
    pub subject: String,
    /// How far it is.
    pub state: MessageState,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the mail server took it.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What the list says of it.
    #[serde(flatten)]
    pub summary: MessageSummary,
    /// Whose it is.
    pub name: String,
    /// Tries to send it that failed.
    pub failures: u32,
    /// Why the last of them failed.
    pub error: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// The same twice.
    Whole {
        /// As HTML.
        html: String,
        /// As plain text.
        text: String,
    },
    /// A link that lets whoever opens it in: not for whoever asked.
    Withheld,
    /// There was such a link, and it has been sent or has run out.
    Erased,
}
