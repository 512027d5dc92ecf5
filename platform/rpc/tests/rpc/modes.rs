//! A client behaves the same whether its service is called directly or through the wire.

use std::{sync::atomic::Ordering, time::Duration};

use crate::stall::{MARKET_STALL_METHODS, Sale, StallError, clients, cx, lines};
use souk_rpc::{Method, MethodKind};
use souk_types::{ErrorKind, ServiceError};
use tokio::time::timeout;

const SOON: Duration = Duration::from_millis(30);
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn answers_are_the_same_in_every_mode() {
    let (_, clients) = clients();
    for client in clients {
        let sale = client.sell(&cx(LONG), lines(3), Some("gift".to_owned())).await;
        assert_eq!(sale, Ok(Sale { pieces: 4, note: Some("gift".to_owned()) }), "{client:?}");
        let price = client.price(&cx(LONG), "figs".to_owned(), 7, true).await;
        assert_eq!(price, Ok(Some("figs 7".to_owned())), "{client:?}");
        assert_eq!(client.price(&cx(LONG), String::new(), 0, false).await, Ok(None), "{client:?}");
    }
}

#[tokio::test]
async fn a_services_own_error_arrives_whole_in_every_mode() {
    let (_, clients) = clients();
    for client in clients {
        let refused = client.sell(&cx(LONG), lines(11), None).await;
        assert_eq!(refused, Err(StallError::SoldOut { sku: "figs".to_owned(), left: 10 }), "{client:?}");
    }
}

#[tokio::test]
async fn the_context_arrives_in_every_mode() {
    let (_, clients) = clients();
    for client in clients {
        let cx = cx(Duration::from_secs(9)).with_idempotency_key("klíč 1");
        let seen = client.look(&cx).await.unwrap();
        assert_eq!(seen.actor, cx.actor);
        assert_eq!(seen.trace, cx.trace);
        assert_eq!(seen.idempotency_key, cx.idempotency_key);
        assert!((5_000..=9_001).contains(&seen.remaining_ms), "{client:?}: {}", seen.remaining_ms);
    }
}

#[tokio::test]
async fn a_read_is_cut_off_at_the_deadline_in_every_mode() {
    let (_, clients) = clients();
    for client in clients {
        let late = timeout(LONG / 2, client.watch(&cx(SOON), LONG)).await.expect("the deadline ends it");
        assert_eq!(late.unwrap_err().kind(), ErrorKind::Unavailable, "{client:?}");
    }
}

#[tokio::test]
async fn a_command_is_waited_for_until_the_deadline_in_every_mode() {
    let (_, clients) = clients();
    for client in clients {
        let late = timeout(LONG / 2, client.sweep(&cx(SOON), LONG)).await.expect("the deadline ends it");
        assert_eq!(late.unwrap_err().kind(), ErrorKind::Unavailable, "{client:?}");
    }
}

#[tokio::test]
async fn a_call_after_its_deadline_does_not_reach_the_service() {
    let (stall, clients) = clients();
    for client in clients {
        let passed = cx(Duration::ZERO);
        assert_eq!(client.sell(&passed, lines(1), None).await.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(client.watch(&passed, SOON).await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert_eq!(stall.calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_command_goes_on_when_its_caller_goes_away() {
    let (stall, clients) = clients();
    for client in clients {
        let cx = cx(LONG);
        tokio::select! {
            _ = client.sweep(&cx, SOON) => panic!("the caller should have gone first"),
            () = stall.sweeping.notified() => {}
        }
        timeout(LONG, stall.swept.notified()).await.expect("the sweeping is finished");
    }
}

#[tokio::test]
async fn a_command_goes_on_when_its_caller_has_waited_long_enough() {
    let (stall, clients) = clients();
    for client in clients {
        assert!(client.sweep(&cx(SOON), SOON * 4).await.is_err());
        timeout(LONG, stall.swept.notified()).await.expect("the sweeping is finished");
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_fault_in_every_mode() {
    let (_, clients) = clients();
    for client in clients {
        for (outcome, text) in
            [(client.shout(&cx(LONG)).await, "enough is enough"), (client.sulk(&cx(LONG)).await, "hmpf")]
        {
            let Err(StallError::Fault(fault)) = outcome else { panic!("a fault was expected") };
            assert_eq!(fault.kind, ErrorKind::Internal, "{client:?}");
            assert!(fault.internal.unwrap().contains(text), "{client:?}");
            assert!(!fault.public.contains(text), "{client:?}");
        }
    }
}

#[test]
fn the_table_has_every_method_and_its_kind() {
    let row = |name, kind| Method { service: "stall", name, kind };
    assert_eq!(
        MARKET_STALL_METHODS,
        [
            row("sell", MethodKind::Idempotent),
            row("price", MethodKind::Read),
            row("look", MethodKind::Read),
            row("watch", MethodKind::Read),
            row("sweep", MethodKind::Command),
            row("shout", MethodKind::Command),
            row("sulk", MethodKind::Read),
        ]
    );
    assert!(MethodKind::Read.is_idempotent() && !MethodKind::Command.is_idempotent());
}
