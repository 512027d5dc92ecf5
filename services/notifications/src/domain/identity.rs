use sha2::{Digest as _, Sha256};
use souk_contracts::{MessageId, notifications::MessageKind};
use souk_types::{Id, Timestamp};

/// The id of the message that tells this of `what`: an order, a parcel or a refund, since `at`.
pub fn id(kind: MessageKind, what: &str, at: Timestamp) -> MessageId {
    let digest = Sha256::digest(format!("{kind} {what}").as_bytes());
    let random = digest.first_chunk().copied().unwrap_or_default();
    Id::derived(u64::try_from(at.as_millis()).unwrap_or(0), u128::from_be_bytes(random))
}

/// Says whether a message of this kind holds a link that lets whoever opens it in.
pub const fn is_link(kind: MessageKind) -> bool {
    match kind {
        MessageKind::PasswordReset | MessageKind::EmailVerification | MessageKind::StaffInvitation => true,
        MessageKind::OrderConfirmed
        | MessageKind::OrderShipped
        | MessageKind::OrderDelivered
        | MessageKind::OrderCancelled
        | MessageKind::OrderRefunded => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_news_is_the_same_message_and_other_news_another() {
        let at = Timestamp::from_micros(1_767_225_600_000_000);
        let confirmed = id(MessageKind::OrderConfirmed, "ord_1", at);
        assert_eq!(confirmed, id(MessageKind::OrderConfirmed, "ord_1", at));
        assert_ne!(confirmed, id(MessageKind::OrderCancelled, "ord_1", at));
        assert_ne!(confirmed, id(MessageKind::OrderConfirmed, "ord_2", at));
        assert_eq!(i64::try_from(confirmed.made_at_ms()).unwrap(), at.as_millis());
    }
}
