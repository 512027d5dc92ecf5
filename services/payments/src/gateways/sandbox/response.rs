use serde::{Deserialize, Serialize};
use souk_types::{Fault, Money, text_enum};

use crate::domain::{Charge, ChargeKey, ChargeStatus};

text_enum! {
    /// Where a charge stands, in the sandbox's words.
    pub enum Status {
        /// The bank has not decided yet.
        Pending = "pending",
        /// The bank wants to hear from the cardholder.
        ActionRequired = "action_required",
        /// Set aside.
        Authorised = "authorised",
        /// Taken.
        Captured = "captured",
        /// Refused.
        Declined = "declined",
        /// Let go.
        Voided = "voided",
    }
}

/// A charge as the sandbox tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeBody {
    pub reference: String,
    pub idempotency_key: String,
    pub customer: String,
    pub amount: Money,
    pub status: Status,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    pub card: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_url: Option<String>,
    pub revision: i64,
}

impl TryFrom<ChargeBody> for Charge {
    type Error = Fault;

    fn try_from(body: ChargeBody) -> Result<Self, Fault> {
        let key = read_key(&body).ok_or_else(|| {
            Fault::internal(format!("the sandbox has a charge that is none of ours: {}", body.idempotency_key))
        })?;
        let status = match body.status {
            Status::Pending => ChargeStatus::Pending,
            Status::ActionRequired => ChargeStatus::ActionRequired { url: body.action_url.unwrap_or_default() },
            Status::Authorised => ChargeStatus::Authorised,
            Status::Captured => ChargeStatus::Captured,
            Status::Declined => {
                ChargeStatus::Declined { code: body.code.unwrap_or_default(), reason: body.reason.unwrap_or_default() }
            }
            Status::Voided => ChargeStatus::Voided,
        };
        Ok(Self {
            key,
            reference: body.reference,
            revision: body.revision,
            amount: body.amount,
            status,
            captured_minor: body.captured_minor,
            refunded_minor: body.refunded_minor,
            instrument: body.card,
        })
    }
}

fn read_key(body: &ChargeBody) -> Option<ChargeKey> {
    let (order, attempt) = body.idempotency_key.split_once(':')?;
    Some(ChargeKey {
        customer: body.customer.parse().ok()?,
        order: order.parse().ok()?,
        attempt: attempt.parse().ok()?,
    })
}
