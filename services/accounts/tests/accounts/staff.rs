use souk_contracts::{
    accounts::{Error, Person},
    permission::{Role, STAFF_MANAGE},
};
use souk_store::{Tx, params, sql};
use souk_types::{ErrorKind, PageRequest, Permissions, ServiceError};
use tokio::task::JoinSet;

use crate::rig::{PASSWORD, Rig, credentials, each_engine, registration};

async fn owner_token(rig: &Rig) -> Option<String> {
    rig.client.owner_token(&rig.cx_of_system()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_created_with_the_one_time_token_and_only_once() {
    each_engine(async |rig| {
        let token = owner_token(&rig).await.unwrap();
        let session =
            rig.client.create_owner(&rig.cx(), token.clone(), registration("owner@example.com")).await.unwrap();
        assert!(matches!(session.identity.person, Person::Staff(_, Role::Owner)));
        assert!(session.identity.actor().may(STAFF_MANAGE));
        assert_eq!(rig.session(&session.token).await, Some(session.identity));
        let again = rig.client.create_owner(&rig.cx(), token, registration("other@example.com")).await;
        assert_eq!(again, Err(Error::LinkUsed));
        assert_eq!(owner_token(&rig).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_token_works_and_only_as_a_whole() {
    each_engine(async |rig| {
        let nothing_yet = rig.client.create_owner(&rig.cx(), String::new(), registration("owner@example.com")).await;
        assert_eq!(nothing_yet, Err(Error::LinkUsed));
        let old = owner_token(&rig).await.unwrap();
        let new = owner_token(&rig).await.unwrap();
        for wrong in [old, new[..42].to_owned(), format!("{new}x"), "x".repeat(1_000)] {
            let refused = rig.client.create_owner(&rig.cx(), wrong, registration("owner@example.com")).await;
            assert_eq!(refused, Err(Error::LinkUsed));
        }
        rig.client.create_owner(&rig.cx(), new, registration("owner@example.com")).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_registration_leaves_the_token_as_it_is() {
    each_engine(async |rig| {
        let token = owner_token(&rig).await.unwrap();
        let refused = rig.client.create_owner(&rig.cx(), token.clone(), registration("no email")).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
        rig.client.create_owner(&rig.cx(), token, registration("owner@example.com")).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_the_token_at_the_same_time_one_becomes_the_owner() {
    each_engine(async |rig| {
        let token = owner_token(&rig).await.unwrap();
        let mut tasks = JoinSet::new();
        for number in 0..4 {
            let (service, cx, token) = (rig.parts.service.clone(), rig.cx(), token.clone());
            let owner = registration(&format!("owner{number}@example.com"));
            tasks.spawn(async move { service.create_owner(&cx, token, owner).await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::LinkUsed))), "{outcomes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_sign_in_at_their_own_door_with_the_permissions_of_their_role() {
    each_engine(async |rig| {
        let id =
            rig.client.add_staff(&rig.cx_of_system(), registration("sam@example.com"), Role::Warehouse).await.unwrap();
        let session = rig.client.sign_in_staff(&rig.cx(), credentials("SAM@example.com", PASSWORD)).await.unwrap();
        assert_eq!(session.identity.person, Person::Staff(id, Role::Warehouse));
        assert_eq!(session.identity.actor().permissions, Role::Warehouse.permissions());
        assert_eq!(rig.sign_in("sam@example.com", PASSWORD).await, Err(Error::WrongCredentials));
        rig.register("ann@example.com").await;
        let customer = rig.client.sign_in_staff(&rig.cx(), credentials("ann@example.com", PASSWORD)).await;
        assert_eq!(customer, Err(Error::WrongCredentials));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_follows_a_changed_role_and_ends_with_the_job() {
    each_engine(async |rig| {
        let id =
            rig.client.add_staff(&rig.cx_of_system(), registration("sam@example.com"), Role::Manager).await.unwrap();
        let session = rig.client.sign_in_staff(&rig.cx(), credentials("sam@example.com", PASSWORD)).await.unwrap();
        let demote = move |tx: &mut Tx<'_>| {
            tx.exec(sql!("UPDATE staff SET role = 'support' WHERE staff_id = ?1"), params![id])?.expect_one()
        };
        rig.store.write(&rig.cx(), demote).await.unwrap();
        assert_eq!(rig.session(&session.token).await.unwrap().person, Person::Staff(id, Role::Support));
        let dismiss =
            move |tx: &mut Tx<'_>| tx.exec(sql!("DELETE FROM staff WHERE staff_id = ?1"), params![id])?.expect_one();
        rig.store.write(&rig.cx(), dismiss).await.unwrap();
        assert_eq!(rig.session(&session.token).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_managed_by_those_who_may() {
    each_engine(async |rig| {
        for role in [Role::Manager, Role::Support, Role::Warehouse] {
            let cx = rig.cx_of(role.permissions());
            let added = rig.client.add_staff(&cx, registration("sam@example.com"), Role::Support).await;
            assert_eq!(added.unwrap_err().kind(), ErrorKind::Denied);
            let listed = rig.client.staff(&cx, PageRequest::first(10)).await;
            assert_eq!(listed.unwrap_err().kind(), ErrorKind::Denied);
        }
        let token = rig.client.owner_token(&rig.cx_of(Permissions::NONE)).await;
        assert_eq!(token.unwrap_err().kind(), ErrorKind::Denied);

        let owner = rig.cx_of(Role::Owner.permissions());
        for email in ["ada@example.com", "bob@example.com", "cat@example.com"] {
            rig.clock.advance(std::time::Duration::from_millis(2));
            rig.client.add_staff(&owner, registration(email), Role::Support).await.unwrap();
        }
        let taken = rig.client.add_staff(&owner, registration("Ada@example.com"), Role::Support).await;
        assert_eq!(taken, Err(Error::EmailTaken));
        let first = rig.client.staff(&owner, PageRequest::first(2)).await.unwrap();
        let rest = rig.client.staff(&owner, PageRequest { limit: 2, after: first.next }).await.unwrap();
        let emails: Vec<_> = first.items.iter().chain(&rest.items).map(|member| member.email.as_str()).collect();
        assert_eq!(emails, ["ada@example.com", "bob@example.com", "cat@example.com"]);
        assert_eq!(rest.next, None);
    })
    .await;
}
