use proptest::prelude::*;
use souk_contracts::{OrderId, inventory::LevelChange};
use souk_inventory::DEFAULT_LOCATION;
use souk_store::{Tx, params, sql, testing::TestEngine};
use souk_types::{Cursor, ErrorKind, PageRequest, Permissions, ServiceError};

use crate::rig::{Rig, SECOND, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn only_selling_out_and_coming_back_is_told() {
    each_engine(async |rig| {
        rig.add_second_location().await;
        rig.receive("tea", DEFAULT_LOCATION, 2).await;
        rig.receive("tea", SECOND, 1).await;
        let (first, second) = (rig.order(), rig.order());
        rig.reserve(first, &[("tea", 2)]).await.unwrap();
        assert_eq!(rig.told().await.len(), 1);
        rig.reserve(second, &[("tea", 1)]).await.unwrap();
        rig.commit(second, &[("tea", 1)]).await.unwrap();
        rig.release(first, &[("tea", 2)]).await;
        rig.adjust("tea", DEFAULT_LOCATION, LevelChange::Safety(2)).await.unwrap();
        let told: Vec<_> = rig.told().await.into_iter().map(|(_, in_stock)| in_stock).collect();
        assert_eq!(told, [true, false, true, false]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_finds_a_counter_that_was_tampered_with() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        rig.reserve(rig.order(), &[("tea", 2)]).await.unwrap();
        assert_eq!(rig.audit().await, [""; 0]);
        let tamper = |tx: &mut Tx<'_>| {
            tx.exec(sql!("UPDATE levels SET reserved = reserved - 1 WHERE sku = ?1"), params!["tea"])?.expect_one()
        };
        rig.store.write(&rig.cx(), tamper).await.unwrap();
        let problems = rig.audit().await;
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("counters_equal_movements: tea at loc_"), "{problems:?}");
        assert!(problems[1].starts_with("reservations_equal_counters: tea at loc_"), "{problems:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holdings_are_paged_without_gap_or_repeat_for_staff_alone() {
    each_engine(async |rig| {
        let (one, other) = (rig.order(), rig.order());
        for sku in ["tea", "tea pot", "cup"] {
            rig.receive(sku, DEFAULT_LOCATION, 5).await;
        }
        let wanted = [("cup", 1), ("tea", 2), ("tea pot", 3)];
        rig.reserve(one, &wanted).await.unwrap();
        rig.reserve(other, &[("tea", 1), ("cup", 1)]).await.unwrap();
        rig.commit(one, &wanted).await.unwrap();
        rig.release(other, &[("tea", 1)]).await;
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
        loop {
            let found = rig.client.holdings(&rig.cx(), page.clone()).await.unwrap();
            assert!(found.items.len() <= 2);
            seen.extend(found.items.into_iter().map(|held| (held.sku, held.order, held.reserved, held.committed)));
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        seen.sort();
        let mut expected = [
            ("cup", one, 0, 1),
            ("cup", other, 1, 0),
            ("tea", one, 0, 2),
            ("tea", other, 0, 0),
            ("tea pot", one, 0, 3),
        ]
        .map(|(sku, order, reserved, committed)| (sku.to_owned(), order, reserved, committed));
        expected.sort();
        assert_eq!(seen, expected);
        let nobody = rig.cx_of(Permissions::NONE);
        let denied = rig.client.holdings(&nobody, PageRequest::first(2)).await.unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::Denied);
        let nowhere = PageRequest { limit: 2, after: Some(Cursor("nonsense".to_owned())) };
        assert_eq!(rig.client.holdings(&rig.cx(), nowhere).await.unwrap_err().fields()[0].field, "after");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_themselves_refuse_to_oversell() {
    each_engine(async |rig| {
        rig.receive("tea", DEFAULT_LOCATION, 5).await;
        let oversell =
            |tx: &mut Tx<'_>| tx.exec(sql!("UPDATE levels SET committed = 6 WHERE sku = ?1"), params!["tea"]);
        let refused = rig.store.write(&rig.cx(), oversell).await.unwrap_err();
        assert_eq!(refused.internal.as_deref(), Some("available_valid"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statements_of_a_reservation_do_not_grow_but_by_its_levels() {
    each_engine(async |rig| {
        let skus: Vec<_> = (0..20).map(|number| format!("sku{number:02}")).collect();
        for sku in &skus {
            rig.receive(sku, DEFAULT_LOCATION, 20).await;
        }
        let wanted: Vec<_> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
        let mut costs = Vec::new();
        for count in [1, 20] {
            let before = rig.store.statements();
            rig.reserve(rig.order(), &wanted[..count]).await.unwrap();
            costs.push(rig.store.statements() - before);
        }
        assert_eq!(costs, [5, 24]);
    })
    .await;
}

#[derive(Debug, Clone)]
enum Step {
    Receive(usize, u32),
    Reserve(usize, Vec<(usize, u32)>),
    Commit(usize),
    Release(usize),
    RunOut,
    WriteOff(usize, i64),
}

const SKUS: [&str; 3] = ["cup", "pot", "tea"];
const ORDERS: usize = 4;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..SKUS.len(), 1_u32..6).prop_map(|(sku, pieces)| Step::Receive(sku, pieces)),
        (0..ORDERS, proptest::collection::vec((0..SKUS.len(), 1_u32..5), 1..4))
            .prop_map(|(order, wanted)| Step::Reserve(order, wanted)),
        (0..ORDERS).prop_map(Step::Commit),
        (0..ORDERS).prop_map(Step::Release),
        Just(Step::RunOut),
        (0..SKUS.len(), 1_i64..4).prop_map(|(sku, pieces)| Step::WriteOff(sku, -pieces)),
    ]
}

async fn run(rig: &Rig, orders: &[OrderId], wants: &mut [Vec<(&'static str, u32)>], step: Step) {
    match step {
        Step::Receive(sku, pieces) => {
            let location = if pieces % 2 == 0 { DEFAULT_LOCATION } else { SECOND };
            rig.receive(SKUS[sku], location, pieces).await;
        }
        Step::Reserve(order, wanted) => {
            if wants[order].is_empty() {
                wants[order] = wanted.into_iter().map(|(sku, pieces)| (SKUS[sku], pieces)).collect();
            }
            let _ = rig.reserve(orders[order], &wants[order]).await;
        }
        Step::Commit(order) if !wants[order].is_empty() => {
            let _ = rig.commit(orders[order], &wants[order]).await;
        }
        Step::Release(order) if !wants[order].is_empty() => rig.release(orders[order], &wants[order]).await,
        Step::Commit(_) | Step::Release(_) => {}
        Step::RunOut => {
            rig.clock.advance(std::time::Duration::from_secs(2_000));
            rig.sweep().await;
        }
        Step::WriteOff(sku, pieces) => {
            let _ = rig.adjust(SKUS[sku], DEFAULT_LOCATION, LevelChange::By(pieces)).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn whatever_happens_the_books_agree(steps in proptest::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let rig = Rig::new(TestEngine::sqlite()).await;
            rig.add_second_location().await;
            let orders: Vec<_> = (0..ORDERS).map(|_| rig.order()).collect();
            let mut wants = vec![Vec::new(); ORDERS];
            for step in steps {
                run(&rig, &orders, &mut wants, step).await;
            }
            prop_assert_eq!(rig.audit().await, Vec::<String>::new());
            Ok(())
        })?;
    }
}
