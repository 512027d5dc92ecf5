use std::time::Duration;

use souk_contracts::{
    ActivityId, CustomerId, StaffId,
    accounts::{Activity, ActivityFilter, ActivityKind, NewActivity, Person},
    permission::Role,
};
use souk_types::{Actor, Cx, ErrorKind, PageRequest, Permissions, ServiceError as _, TimeOrder, TraceId};

use crate::rig::{PASSWORD, Rig, credentials, each_engine, registration};

fn cx_as(rig: &Rig, who: &impl ToString) -> Cx {
    let actor = Actor::person(who.to_string(), Permissions::NONE);
    Cx::new(actor, Duration::from_secs(30), TraceId::generate(&rig.env))
}

fn done(kind: ActivityKind, object: &str) -> NewActivity {
    NewActivity { name: "Sam".to_owned(), kind, action: "order_refunded".to_owned(), object: object.to_owned() }
}

async fn log(rig: &Rig, filter: ActivityFilter) -> Vec<Activity> {
    let owner = rig.cx_of(Role::Owner.permissions());
    let first = rig.client.activity(&owner, filter.clone(), PageRequest::first(2)).await.unwrap();
    let mut all = first.items;
    if first.next.is_some() {
        let rest = PageRequest { limit: 100, after: first.next };
        all.extend(rig.client.activity(&owner, filter, rest).await.unwrap().items);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_told_in_both_orders_by_person_and_by_kind() {
    each_engine(async |rig| {
        let (ann, bob) = (StaffId::generate(&rig.env), StaffId::generate(&rig.env));
        for (who, kind, object) in [
            (ann, ActivityKind::Orders, "1"),
            (bob, ActivityKind::Stock, "2"),
            (ann, ActivityKind::Stock, "3"),
            (ann, ActivityKind::Orders, "4"),
        ] {
            rig.clock.advance(Duration::from_millis(2));
            let id = ActivityId::generate(&rig.env);
            for _ in 0..2 {
                rig.client.record_activity(&cx_as(&rig, &who), id, done(kind, object)).await.unwrap();
            }
        }
        let objects = async |actor: Option<StaffId>, kind, sort| {
            let filter = ActivityFilter { actor: actor.map(|actor| actor.to_string()), kind, sort };
            log(&rig, filter).await.into_iter().map(|entry| entry.done.object).collect::<String>()
        };
        for (actor, kind, newest_first) in [
            (None, None, "4321"),
            (Some(ann), None, "431"),
            (None, Some(ActivityKind::Stock), "32"),
            (Some(ann), Some(ActivityKind::Orders), "41"),
        ] {
            assert_eq!(objects(actor, kind, None).await, newest_first);
            assert_eq!(objects(actor, kind, Some(TimeOrder::Newest)).await, newest_first);
            let oldest_first: String = newest_first.chars().rev().collect();
            assert_eq!(objects(actor, kind, Some(TimeOrder::Oldest)).await, oldest_first);
        }
        let newest = log(&rig, ActivityFilter::default()).await.remove(0);
        assert_eq!((newest.actor, newest.at), (ann.to_string(), rig.env.now()));
        // A place belongs to its order.
        let owner = rig.cx_of(Role::Owner.permissions());
        let first = rig.client.activity(&owner, ActivityFilter::default(), PageRequest::first(1)).await.unwrap();
        let other = ActivityFilter { sort: Some(TimeOrder::Oldest), ..ActivityFilter::default() };
        let refused = rig.client.activity(&owner, other, PageRequest { limit: 1, after: first.next }).await;
        assert_eq!(refused.unwrap_err().fields()[0].field, "after");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_and_programs_write_and_only_owners_read() {
    each_engine(async |rig| {
        let id = ActivityId::generate(&rig.env);
        for nobody in [rig.cx(), cx_as(&rig, &CustomerId::generate(&rig.env))] {
            let refused = rig.client.record_activity(&nobody, id, done(ActivityKind::Orders, "1")).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Denied);
        }
        let staff = cx_as(&rig, &StaffId::generate(&rig.env));
        let long = done(ActivityKind::Orders, &"x".repeat(10_000));
        assert_eq!(rig.client.record_activity(&staff, id, long).await.unwrap_err().fields()[0].field, "object");
        for role in [Role::Manager, Role::Support, Role::Warehouse] {
            let cx = rig.cx_of(role.permissions());
            let refused = rig.client.activity(&cx, ActivityFilter::default(), PageRequest::first(1)).await;
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_of_staff_are_noted_and_those_that_failed() {
    each_engine(async |rig| {
        rig.client.add_staff(&rig.cx_of_system(), registration("sam@example.com"), Role::Support).await.unwrap();
        rig.register("ann@example.com").await;
        rig.sign_in("ann@example.com", PASSWORD).await.unwrap();
        let session = rig.client.sign_in_staff(&rig.cx(), credentials("sam@example.com", PASSWORD)).await.unwrap();
        for email in ["sam@example.com", "nobody@example.com"] {
            rig.clock.advance(Duration::from_millis(2));
            assert!(rig.client.sign_in_staff(&rig.cx(), credentials(email, "wrong password")).await.is_err());
        }
        let mut entries = Vec::new();
        for _ in 0..500 {
            entries = log(&rig, ActivityFilter::default()).await;
            if entries.len() > 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let Person::Staff(sam, _) = session.identity.person else { panic!("{session:?}") };
        let told: Vec<_> = entries.iter().map(|entry| (entry.actor.clone(), entry.done.action.as_str())).collect();
        assert_eq!(told, [(sam.to_string(), "sign_in_failed"), (sam.to_string(), "signed_in")]);
        assert!(entries.iter().all(|entry| entry.done.name == "Ann Lee"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_a_year_is_swept_away() {
    each_engine(async |rig| {
        let staff = cx_as(&rig, &StaffId::generate(&rig.env));
        for object in ["old", "new"] {
            let id = ActivityId::generate(&rig.env);
            rig.client.record_activity(&staff, id, done(ActivityKind::Orders, object)).await.unwrap();
            rig.clock.advance(Duration::from_hours(200 * 24));
        }
        rig.sweep().await;
        let left: Vec<_> =
            log(&rig, ActivityFilter::default()).await.into_iter().map(|kept| kept.done.object).collect();
        assert_eq!(left, ["new"]);
    })
    .await;
}
