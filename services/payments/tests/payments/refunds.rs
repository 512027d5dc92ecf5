use souk_contracts::payments::{Error, RefundRequest, RefundState};
use souk_types::{ErrorKind, ServiceError};

use crate::shop::{CHALLENGE, SUCCESS, eur, shops};

#[tokio::test]
async fn parts_can_be_refunded_until_nothing_is_left() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        for minor in [1_000, 249] {
            let refund = shop.service().refund(&shop.cx(), shop.refund_of(minor)).await.unwrap();
            assert_eq!((refund.amount, refund.state), (eur(minor), RefundState::Succeeded));
        }
        let error = shop.service().refund(&shop.cx(), shop.refund_of(2)).await.unwrap_err();
        assert_eq!(error, Error::RefundTooLarge { refundable: eur(1) });
        assert_eq!(shop.only_intent().await.refunded, eur(1_249));
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn the_same_refund_is_given_once() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        let request = shop.refund_of(700);
        let first = shop.service().refund(&shop.cx(), request.clone()).await.unwrap();
        let second = shop.service().refund(&shop.cx(), request.clone()).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(shop.only_intent().await.refunded, eur(700));
        let other = RefundRequest { amount: eur(1), ..request };
        assert_eq!(shop.service().refund(&shop.cx(), other).await.unwrap_err().kind(), ErrorKind::Conflict);
    }
}

#[tokio::test]
async fn refunds_at_the_same_time_never_exceed_what_was_captured() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        let cx = shop.cx();
        let calls = (0..10).map(|_| shop.service().refund(&cx, shop.refund_of(300)));
        let outcomes = futures::future::join_all(calls).await;
        let given = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(given, 4, "{outcomes:?}");
        let refused = Error::RefundTooLarge { refundable: eur(50) };
        assert!(outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|error| *error == refused));
        assert_eq!(shop.only_intent().await.refunded, eur(1_200));
        assert_eq!(shop.audit().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_was_not_captured_cannot_be_refunded() {
    for shop in shops().await {
        let missing = shop.service().refund(&shop.cx(), shop.refund_of(1)).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        shop.pay(CHALLENGE).await;
        let error = shop.service().refund(&shop.cx(), shop.refund_of(1)).await.unwrap_err();
        assert_eq!(error, Error::RefundTooLarge { refundable: eur(0) });
        let nothing = shop.service().refund(&shop.cx(), shop.refund_of(0)).await.unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::Invalid);
    }
}

#[tokio::test]
async fn refunds_are_told_with_the_payment() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        shop.service().refund(&shop.cx(), shop.refund_of(1_250)).await.unwrap();
        let told = shop.told().await;
        let refunded: Vec<_> = told.iter().map(|intent| intent.refunded).collect();
        assert_eq!(refunded, [eur(0), eur(0), eur(1_250)]);
        assert_eq!(told[1].refunds[0].state, RefundState::Pending);
    }
}
