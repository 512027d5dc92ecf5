//! Carts from before they were documents.

use souk_cart::SCHEMA;
use souk_contracts::{CartId, CustomerId, cart::CartState};
use souk_store::{Migration, Schema, Store, Tx, params, sql, testing::engines};
use souk_types::{Cx, Env, Fault};

use crate::rig::{Rig, add, quantities};

static BEFORE: Schema = Schema {
    service: "cart",
    migrations: &[
        Migration { name: "0001_carts", sql: include_str!("../../migrations/0001_carts.sql") },
        Migration { name: "0002_wishes", sql: include_str!("../../migrations/0002_wishes.sql") },
    ],
};

const TEA: &str = r#"[{"sku":"tea","quantity":2,"price_seen":{"minor":100,"currency":"EUR"},"added_at":0,
    "product":"prd_00000000000000000000000001","slug":"tea","title":"\"A\" tea","variant_title":"","image":null}]"#;

async fn insert(store: &Store, customer: CustomerId, cart: CartId, state: &'static str) {
    let cx = Cx::background("cart", store.env());
    let work = move |tx: &mut Tx<'_>| {
        let sql = sql!(
            "INSERT INTO carts (customer_id, cart_id, state, version, lines, created_at, updated_at)
             VALUES (?1, ?2, ?3, 3, ?4, 7, 7)"
        );
        tx.exec(sql, params![customer, cart, state, TEA])?.expect_one()
    };
    store.write::<_, Fault>(&cx, work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_from_before_are_still_there() {
    for engine in engines() {
        let env = Env::for_tests(3);
        let store = engine.open(&BEFORE, env.clone()).await;
        let [open, both, past] = [(); 3].map(|()| CustomerId::generate(&env));
        let carts = [(); 5].map(|()| CartId::generate(&env));
        insert(&store, open, carts[0], "open").await;
        insert(&store, both, carts[1], "completing").await;
        insert(&store, both, carts[2], "completing").await;
        insert(&store, both, carts[3], "open").await;
        insert(&store, past, carts[4], "completed").await;
        store.close().await;

        assert_eq!(
            SCHEMA.migrations[..2].iter().map(|m| m.sql).collect::<Vec<_>>(),
            BEFORE.migrations.iter().map(|m| m.sql).collect::<Vec<_>>()
        );
        let rig = Rig::new(engine, None).await;
        rig.shop.sell("tea", 100, 99);
        for (customer, cart) in [(open, carts[0]), (both, carts[3])] {
            let view = rig.view_of(customer).await;
            assert_eq!(
                (view.id, view.version, view.state, quantities(&view)),
                (Some(cart), 3, CartState::Open, vec![("tea", 2)])
            );
            assert_eq!(rig.change_of(customer, vec![add("tea", 1)]).await.unwrap().version, 4);
        }
        assert_eq!(rig.view_of(past).await.id, None);
    }
}
