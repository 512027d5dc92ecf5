use std::time::Duration;

use souk_contracts::permission::{CATALOG_MANAGE, ORDERS_MANAGE, ORDERS_READ, Role, STOCK_READ, Scope};
use souk_store::{Tx, params, sql};
use souk_types::{Cx, ErrorKind, Fault, PageRequest, ServiceError as _};

use crate::rig::{PASSWORD, credentials, each_engine, registration};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_do_what_its_scopes_say_until_it_is_revoked() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let scopes = vec![Scope::OrdersManage, Scope::StockRead, Scope::OrdersManage];
        let made = rig.client.create_api_key(&owner, " Warehouse ".to_owned(), scopes).await.unwrap();
        assert_eq!((made.key.name.as_str(), made.key.created_by.as_str()), ("Warehouse", "stf_1"));
        assert!(made.token.ends_with(&made.key.hint) && made.key.hint.len() == 4);
        let found = rig.client.api_key(&rig.cx(), made.token.clone()).await.unwrap().unwrap();
        assert_eq!(found.scopes, [Scope::OrdersManage, Scope::StockRead]);
        let actor = found.actor();
        assert!(actor.may(ORDERS_READ | ORDERS_MANAGE) && actor.may(STOCK_READ) && !actor.may(CATALOG_MANAGE));
        assert_eq!(actor.label(), found.id.to_string());
        for wrong in [&made.token[1..], "", &"x".repeat(1_000)] {
            assert_eq!(rig.client.api_key(&rig.cx(), wrong.to_owned()).await, Ok(None));
        }
        rig.client.revoke_api_key(&owner, found.id).await.unwrap();
        rig.client.revoke_api_key(&owner, found.id).await.unwrap();
        assert_eq!(rig.client.api_key(&rig.cx(), made.token).await, Ok(None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_use_of_a_key_is_noted_to_the_minute_and_its_secret_is_not_kept() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let made = rig.client.create_api_key(&owner, "Reports".to_owned(), vec![Scope::OrdersRead]).await.unwrap();
        rig.clock.advance(Duration::from_secs(90));
        rig.client.api_key(&rig.cx(), made.token.clone()).await.unwrap();
        let listed = async || rig.client.api_keys(&owner, PageRequest::first(10)).await.unwrap().items.remove(0);
        let mut seen = listed().await;
        for _ in 0..100 {
            if seen.last_used_at.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            seen = listed().await;
        }
        assert_eq!(seen.last_used_at, Some(rig.env.now()));
        let token = made.token.clone();
        let kept = move |tx: &mut Tx<'_>| {
            tx.query_one(
                sql!("SELECT COUNT(*) FROM api_keys WHERE token_digest = ?1"),
                params![token.as_bytes()],
                |row| row.get::<i64>(0),
            )
        };
        assert_eq!(rig.store.read::<_, Fault>(&rig.cx(), kept).await, Ok(0));
        assert!(!format!("{made:?}").contains(&made.token));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_managed_by_the_owner_alone_and_must_be_good_for_something() {
    each_engine(async |rig| {
        for role in [Role::Manager, Role::Support, Role::Warehouse] {
            let cx = rig.cx_of(role.permissions());
            let made = rig.client.create_api_key(&cx, "x".to_owned(), vec![Scope::OrdersRead]).await;
            assert_eq!(made.unwrap_err().kind(), ErrorKind::Denied);
            assert_eq!(rig.client.api_keys(&cx, PageRequest::first(1)).await.unwrap_err().kind(), ErrorKind::Denied);
        }
        let owner = rig.cx_of(Role::Owner.permissions());
        for (name, scopes, field) in [("", vec![Scope::Refunds], "name"), ("x", vec![], "scopes")] {
            let refused = rig.client.create_api_key(&owner, name.to_owned(), scopes).await.unwrap_err();
            assert_eq!(refused.fields()[0].field, field);
        }
        for name in ["a", "b", "c"] {
            rig.clock.advance(Duration::from_millis(2));
            rig.client.create_api_key(&owner, name.to_owned(), vec![Scope::Refunds]).await.unwrap();
        }
        let first = rig.client.api_keys(&owner, PageRequest::first(2)).await.unwrap();
        let rest = rig.client.api_keys(&owner, PageRequest { limit: 2, after: first.next }).await.unwrap();
        let names: Vec<_> = first.items.iter().chain(&rest.items).map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_member_of_staff_go_with_them_and_nobody_elses() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let member = rig.client.add_staff(&owner, registration("bob@example.com"), Role::Owner).await.unwrap();
        rig.client.add_staff(&owner, registration("ada@example.com"), Role::Owner).await.unwrap();
        let session = rig.client.sign_in_staff(&rig.cx(), credentials("bob@example.com", PASSWORD)).await.unwrap();
        let theirs = Cx::new(session.identity.actor(), Duration::from_secs(30), owner.trace);
        let gone = rig.client.create_api_key(&theirs, "Bob's".to_owned(), vec![Scope::OrdersRead]).await.unwrap();
        let kept = rig.client.create_api_key(&owner, "Reports".to_owned(), vec![Scope::OrdersRead]).await.unwrap();
        rig.client.remove_staff(&owner, member).await.unwrap();
        assert_eq!(rig.client.api_key(&rig.cx(), gone.token).await, Ok(None));
        assert!(rig.client.api_key(&rig.cx(), kept.token).await.unwrap().is_some());
    })
    .await;
}
