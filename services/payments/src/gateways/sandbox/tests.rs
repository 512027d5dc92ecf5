use std::{collections::BTreeMap, time::Duration};

use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use souk_contracts::{CustomerId, OrderId};
use souk_types::{Currency, Env, Money};

use super::{
    response::{ChargeBody, Status},
    webhook::{SIGNATURE_HEADER, sign, verify},
};
use crate::{
    domain::{Charge, ChargeKey, ChargeStatus},
    gateways::WebhookRefusal,
};

fn body(status: Status) -> ChargeBody {
    let key = ChargeKey { customer: CustomerId::from_bits(1), order: OrderId::from_bits(2), attempt: 3 };
    ChargeBody {
        reference: "ch_1".to_owned(),
        idempotency_key: key.to_string(),
        customer: key.customer.to_string(),
        amount: Money::new(1_250, Currency::EUR),
        status,
        captured_minor: 0,
        refunded_minor: 0,
        card: "Visa •••• 4242".to_owned(),
        code: Some("card_declined".to_owned()),
        reason: Some("no".to_owned()),
        action_url: Some("/sandbox-gateway/challenge/ch_1".to_owned()),
        revision: 1,
    }
}

#[test]
fn a_charge_is_told_back_under_our_key() {
    let charge = Charge::try_from(body(Status::Authorised)).unwrap();
    assert_eq!(charge.key.attempt, 3);
    assert_eq!(charge.key.order, OrderId::from_bits(2));
    assert_eq!(charge.status, ChargeStatus::Authorised);
}

#[test]
fn a_charge_under_a_strange_key_is_refused() {
    let strange = ChargeBody { idempotency_key: "something else".to_owned(), ..body(Status::Authorised) };
    assert!(Charge::try_from(strange).is_err());
}

#[test]
fn a_charge_survives_its_json() {
    let json = serde_json::to_string(&body(Status::ActionRequired)).unwrap();
    assert_eq!(serde_json::from_str::<ChargeBody>(&json).unwrap(), body(Status::ActionRequired));
}

fn key() -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap()
}

fn headers(signature: String) -> BTreeMap<String, String> {
    BTreeMap::from([(SIGNATURE_HEADER.to_owned(), signature)])
}

#[test]
fn a_signature_holds_for_its_body_key_and_time_only() {
    let now = Env::for_tests(1).now();
    let signed = headers(sign(&key(), b"{}", now));
    let other_key = Hmac::<Sha256>::new_from_slice(&[8; 32]).unwrap();
    assert_eq!(verify(&key(), &signed, b"{}", now), Ok(()));
    assert_eq!(verify(&key(), &signed, b"{ }", now), Err(WebhookRefusal::BadSignature));
    assert_eq!(verify(&other_key, &signed, b"{}", now), Err(WebhookRefusal::BadSignature));
    assert_eq!(verify(&key(), &signed, b"{}", now + Duration::from_secs(300)), Ok(()));
    assert_eq!(verify(&key(), &signed, b"{}", now + Duration::from_secs(301)), Err(WebhookRefusal::BadSignature));
}

#[test]
fn a_moved_timestamp_breaks_the_signature() {
    let now = Env::for_tests(1).now();
    let signature = sign(&key(), b"{}", now);
    let moved = signature.replacen(&now.as_secs().to_string(), &(now.as_secs() + 1).to_string(), 1);
    assert_eq!(verify(&key(), &headers(moved), b"{}", now), Err(WebhookRefusal::BadSignature));
}

#[test]
fn headers_that_are_no_signature_are_refused() {
    let now = Env::for_tests(1).now();
    for odd in ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=zz", "nonsense"] {
        assert_eq!(verify(&key(), &headers(odd.to_owned()), b"", now), Err(WebhookRefusal::BadSignature), "{odd}");
    }
    assert_eq!(verify(&key(), &BTreeMap::new(), b"", now), Err(WebhookRefusal::BadSignature));
}
