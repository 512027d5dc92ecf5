use souk_contracts::OrderId;
use souk_store::{Sql, Store, params, sql};
use souk_types::{Actor, Cx, ErrorKind, Fault, PageRequest, Permissions, ServiceError};

use crate::shop::{SUCCESS, shops};

async fn tamper(store: &Store, cx: &Cx, sql: &'static Sql) {
    store.write(cx, move |tx| tx.exec(sql, params![])?.expect_one()).await.unwrap();
}

/// Pays, spoils the books by a statement, and gives the names of the invariants that do not hold any more.
async fn broken_by(sql: &'static Sql, at_gateway: bool) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        shop.service().refund(&shop.cx(), shop.refund_of(250)).await.unwrap();
        assert_eq!(shop.audit().await, Vec::<String>::new());
        let store = if at_gateway { &shop.gateway_store } else { &shop.store };
        tamper(store, &shop.cx(), sql).await;
        let findings = shop.audit().await;
        let names = findings.iter().filter_map(|finding| finding.split(':').next().map(str::to_owned));
        let mut names: Vec<_> = names.collect();
        names.dedup();
        all.push(names);
    }
    all
}

#[tokio::test]
async fn a_changed_line_of_the_ledger_is_found() {
    let sql = sql!(fan_out "UPDATE ledger SET amount_minor = amount_minor + 1 WHERE account = 'sales'");
    for broken in broken_by(sql, false).await {
        assert_eq!(broken, ["ledger_balances"]);
    }
}

#[tokio::test]
async fn a_lost_line_of_the_ledger_is_found() {
    let sql = sql!(fan_out "DELETE FROM ledger WHERE account = 'gateway_clearing' AND amount_minor > 0");
    for broken in broken_by(sql, false).await {
        assert_eq!(broken, ["ledger_balances", "ledger_agrees_with_intents"]);
    }
}

#[tokio::test]
async fn a_changed_intent_is_found() {
    let sql = sql!(fan_out "UPDATE intents SET captured_minor = captured_minor - 1");
    for broken in broken_by(sql, false).await {
        assert_eq!(broken, ["ledger_agrees_with_intents", "gateway_agrees"]);
    }
}

#[tokio::test]
async fn a_lost_intent_is_found() {
    let sql = sql!(fan_out "DELETE FROM intents");
    for broken in broken_by(sql, false).await {
        assert_eq!(broken, ["ledger_agrees_with_intents", "refunds_agree_with_intents", "gateway_agrees"]);
    }
}

#[tokio::test]
async fn a_changed_refund_is_found() {
    let sql = sql!(fan_out "UPDATE refunds SET state = 'failed'");
    for broken in broken_by(sql, false).await {
        assert_eq!(broken, ["refunds_agree_with_intents"]);
    }
}

#[tokio::test]
async fn a_charge_that_the_gateway_lost_is_found() {
    let sql = sql!(fan_out "DELETE FROM charges");
    for broken in broken_by(sql, true).await {
        assert_eq!(broken, ["gateway_agrees"]);
    }
}

#[tokio::test]
async fn a_refund_that_only_the_gateway_made_is_found() {
    let sql = sql!(fan_out "UPDATE charges SET refunded_minor = refunded_minor + 1");
    for broken in broken_by(sql, true).await {
        assert_eq!(broken, ["gateway_agrees"]);
    }
}

#[tokio::test]
async fn more_refunded_than_captured_is_kept_out_by_the_database() {
    for shop in shops().await {
        shop.pay(SUCCESS).await;
        let refused = shop
            .store
            .write(&shop.cx(), |tx| {
                tx.exec(sql!(fan_out "UPDATE intents SET refunded_minor = captured_minor + 1"), params![]).map(drop)
            })
            .await;
        let fault: Fault = refused.unwrap_err();
        assert_eq!(fault.internal.as_deref(), Some("refunds_within_captured"));
    }
}

#[tokio::test]
async fn the_books_have_every_intent_once_and_are_for_staff_alone() {
    for mut shop in shops().await {
        for _ in 0..3 {
            shop.order = OrderId::generate(&shop.env);
            shop.pay(SUCCESS).await;
        }
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
        loop {
            let found = shop.service().books(&shop.cx(), page.clone()).await.unwrap();
            seen.extend(found.items.into_iter().map(|intent| (intent.order, intent.captured.minor)));
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|(_, captured)| *captured == 1_250));
        let stranger = shop.cx_of(Actor::person("cus_other", Permissions::NONE));
        let denied = shop.service().books(&stranger, PageRequest::first(2)).await.unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::Denied);
    }
}
