//! Invitations to become a member of staff.

use std::time::Duration;

use souk_contracts::{
    accounts::{Error, Invited, Person},
    notifications::MessageKind,
    permission::Role,
};
use souk_types::{ErrorKind, PageRequest, ServiceError};

use crate::rig::{Rig, each_engine, registration};

const NEW: &str = "salt river chair";

fn invited(email: &str, role: Role) -> Invited {
    Invited { email: email.to_owned(), name: "Sam Poe".to_owned(), role }
}

async fn invitations(rig: &Rig) -> Vec<String> {
    let owner = rig.cx_of(Role::Owner.permissions());
    let page = rig.client.invitations(&owner, PageRequest::first(10)).await.unwrap();
    page.items.into_iter().map(|invitation| invitation.invited.email).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_invited_becomes_staff_with_the_role_by_the_link_and_once() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        rig.client.invite_staff(&owner, invited(" Sam@Example.com", Role::Warehouse)).await.unwrap();
        let links = rig.links().await;
        assert_eq!((links.len(), links[0].kind), (1, MessageKind::StaffInvitation));
        let token = links[0].path.strip_prefix("/admin/invitation?token=").unwrap().to_owned();
        assert_eq!(invitations(&rig).await, ["sam@example.com"]);
        let seen = rig.client.invited(&rig.cx(), token.clone()).await.unwrap();
        assert_eq!(seen, Some(invited("sam@example.com", Role::Warehouse)));

        let weak = rig.client.accept_invitation(&rig.cx(), token.clone(), "sam@example.com".to_owned()).await;
        assert_eq!(weak.unwrap_err().kind(), ErrorKind::Invalid);
        let session = rig.client.accept_invitation(&rig.cx(), token.clone(), NEW.to_owned()).await.unwrap();
        assert!(matches!(session.identity.person, Person::Staff(_, Role::Warehouse)));
        assert_eq!((session.identity.name.as_str(), session.identity.email.as_str()), ("Sam Poe", "sam@example.com"));
        assert_eq!(rig.client.accept_invitation(&rig.cx(), token.clone(), NEW.to_owned()).await, Err(Error::LinkUsed));
        assert_eq!(rig.client.invited(&rig.cx(), token).await.unwrap(), None);
        assert!(invitations(&rig).await.is_empty());
        let again = rig.client.invite_staff(&owner, invited("sam@example.com", Role::Owner)).await;
        assert_eq!(again, Err(Error::EmailTaken));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_can_be_repeated_taken_back_and_runs_out() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let invite = async |role| rig.client.invite_staff(&owner, invited("sam@example.com", role)).await.unwrap();
        let first_id = invite(Role::Support).await;
        let first = rig.link().await;
        assert_eq!(invite(Role::Manager).await, first_id);
        let second = rig.link().await;
        assert_eq!(rig.client.invited(&rig.cx(), first).await.unwrap(), None);
        let seen = rig.client.invited(&rig.cx(), second.clone()).await.unwrap().unwrap();
        assert_eq!(seen.role, Role::Manager);
        rig.client.revoke_invitation(&owner, first_id).await.unwrap();
        rig.client.revoke_invitation(&owner, first_id).await.unwrap();
        assert_eq!(rig.client.accept_invitation(&rig.cx(), second, NEW.to_owned()).await, Err(Error::LinkUsed));
        assert!(invitations(&rig).await.is_empty());

        invite(Role::Support).await;
        let third = rig.link().await;
        rig.clock.advance(Duration::from_hours(7 * 24));
        assert_eq!(rig.client.invited(&rig.cx(), third).await.unwrap(), None);
        assert!(invitations(&rig).await.is_empty());
        rig.sweep().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_manage_staff_do() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let id = rig.client.invite_staff(&owner, invited("sam@example.com", Role::Support)).await.unwrap();
        let member = rig.client.add_staff(&owner, registration("bob@example.com"), Role::Owner).await.unwrap();
        for role in [Role::Manager, Role::Support, Role::Warehouse] {
            let cx = rig.cx_of(role.permissions());
            let refusals = [
                rig.client.invite_staff(&cx, invited("eve@example.com", Role::Owner)).await.unwrap_err(),
                rig.client.invitations(&cx, PageRequest::first(10)).await.unwrap_err(),
                rig.client.revoke_invitation(&cx, id).await.unwrap_err(),
                rig.client.remove_staff(&cx, member).await.unwrap_err(),
            ];
            assert!(refusals.iter().all(|refusal| refusal.kind() == ErrorKind::Denied), "{refusals:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_is_out_and_the_last_owner_stays() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let first = rig.client.add_staff(&owner, registration("ada@example.com"), Role::Owner).await.unwrap();
        let second = rig.client.add_staff(&owner, registration("bob@example.com"), Role::Owner).await.unwrap();
        let credentials = crate::rig::credentials("bob@example.com", crate::rig::PASSWORD);
        let session = rig.client.sign_in_staff(&rig.cx(), credentials).await.unwrap();
        rig.client.remove_staff(&owner, second).await.unwrap();
        assert_eq!(rig.session(&session.token).await, None);
        assert_eq!(rig.client.remove_staff(&owner, first).await, Err(Error::LastOwner));
        assert_eq!(rig.client.staff(&owner, PageRequest::first(10)).await.unwrap().items.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_changes_what_an_open_session_may_do_and_one_owner_stays() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        let ada = rig.client.add_staff(&owner, registration("ada@example.com"), Role::Owner).await.unwrap();
        let bob = rig.client.add_staff(&owner, registration("bob@example.com"), Role::Warehouse).await.unwrap();
        let credentials = crate::rig::credentials("bob@example.com", crate::rig::PASSWORD);
        let session = rig.client.sign_in_staff(&rig.cx(), credentials).await.unwrap();
        rig.client.set_role(&owner, bob, Role::Support).await.unwrap();
        assert_eq!(rig.session(&session.token).await.unwrap().person, Person::Staff(bob, Role::Support));
        assert_eq!(rig.client.set_role(&owner, ada, Role::Manager).await, Err(Error::LastOwner));
        rig.client.set_role(&owner, bob, Role::Owner).await.unwrap();
        rig.client.set_role(&owner, ada, Role::Manager).await.unwrap();
        let manager = rig.cx_of(Role::Manager.permissions());
        assert_eq!(rig.client.set_role(&manager, ada, Role::Owner).await.unwrap_err().kind(), ErrorKind::Denied);
        rig.client.remove_staff(&owner, ada).await.unwrap();
        assert_eq!(rig.client.set_role(&owner, ada, Role::Owner).await.unwrap_err().kind(), ErrorKind::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_choose_a_new_password_by_a_link_that_is_theirs_alone() {
    each_engine(async |rig| {
        let owner = rig.cx_of(Role::Owner.permissions());
        rig.client.add_staff(&owner, registration("bob@example.com"), Role::Support).await.unwrap();
        rig.register("bob@example.com").await;
        rig.links().await;
        let credentials = |password| crate::rig::credentials("bob@example.com", password);
        let before = rig.client.sign_in_staff(&rig.cx(), credentials(crate::rig::PASSWORD)).await.unwrap();
        rig.client.request_staff_password_reset(&rig.cx(), "nobody@example.com".to_owned()).await.unwrap();
        assert!(rig.links().await.is_empty(), "whether there is such a member is not said");
        rig.client.request_staff_password_reset(&rig.cx(), " Bob@example.com".to_owned()).await.unwrap();
        let links = rig.links().await;
        let token = links[0].path.strip_prefix("/admin/reset-password?token=").unwrap().to_owned();

        let as_customer = rig.client.reset_password(&rig.cx(), token.clone(), NEW.to_owned()).await;
        assert_eq!(as_customer, Err(Error::LinkUsed), "it opens no account of a customer with the same email");
        assert!(rig.client.may_reset_staff_password(&rig.cx(), token.clone()).await.unwrap());
        let weak = rig.client.reset_staff_password(&rig.cx(), token.clone(), "bob@example.com".to_owned()).await;
        assert_eq!(weak.unwrap_err().kind(), ErrorKind::Invalid);
        let session = rig.client.reset_staff_password(&rig.cx(), token.clone(), NEW.to_owned()).await.unwrap();
        assert!(matches!(session.identity.person, Person::Staff(_, Role::Support)));
        assert_eq!(rig.session(&before.token).await, None);
        let again = rig.client.reset_staff_password(&rig.cx(), token.clone(), NEW.to_owned()).await;
        assert_eq!(again, Err(Error::LinkUsed));
        assert!(!rig.client.may_reset_staff_password(&rig.cx(), token).await.unwrap());
        rig.client.sign_in_staff(&rig.cx(), credentials(NEW)).await.unwrap();
        let old = rig.client.sign_in_staff(&rig.cx(), credentials(crate::rig::PASSWORD)).await;
        assert_eq!(old, Err(Error::WrongCredentials));
    })
    .await;
}
