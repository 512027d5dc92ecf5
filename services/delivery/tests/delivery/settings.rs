//! What staff save in the console goes before the configuration file, until they go back to it.

use std::time::Duration;

use souk_contracts::{
    delivery::{MethodConfig, ParcelQuery, RateRule},
    permission::Role,
};
use souk_delivery::{Deps, default_methods};
use souk_types::{Actor, Currency, Cx, ErrorKind, Money, ServiceError};

use crate::depot::{Depot, depots};

fn staff(depot: &Depot, role: Role) -> Cx {
    depot.cx_of(Actor::person("stf_1", role.permissions()))
}

fn van(price: i64) -> Vec<MethodConfig> {
    let rule = RateRule { countries: vec!["PT".to_owned()], price, ..RateRule::default() };
    vec![MethodConfig { code: "van".to_owned(), name: "Van".to_owned(), days_min: 1, days_max: 9, rates: vec![rule] }]
}

async fn prices(service: &dyn souk_contracts::delivery::Delivery, depot: &Depot) -> Vec<(String, i64)> {
    let subtotal = Money::new(2_000, Currency::EUR);
    let parcel = ParcelQuery { country: "PT".to_owned(), region: String::new(), weight_g: 500, subtotal };
    let rates = service.rates(&depot.cx_of(Actor::ANONYMOUS), parcel).await.unwrap();
    rates.into_iter().map(|rate| (rate.method, rate.price.minor)).collect()
}

fn named(prices: &[(&str, i64)]) -> Vec<(String, i64)> {
    prices.iter().map(|(method, price)| ((*method).to_owned(), *price)).collect()
}

#[tokio::test]
async fn saved_methods_hold_at_once_and_in_other_processes_a_little_later() {
    for depot in depots().await {
        let deps = Deps { store: depot.store.clone(), methods: default_methods(), speed: 1.0 };
        let other = souk_delivery::build(deps).unwrap().service;
        let file = named(&[("standard", 390), ("express", 990)]);
        assert_eq!(
            (prices(depot.service(), &depot).await, prices(other.as_ref(), &depot).await),
            (file.clone(), file.clone())
        );
        let cx = staff(&depot, Role::Manager);
        let before = depot.service().settings(&cx).await.unwrap();
        assert_eq!((before.values, before.version, before.saved), (default_methods(), 0, None));
        let saved = depot.service().replace_settings(&cx, 0, Some(van(700))).await.unwrap();
        assert_eq!((saved.values, saved.saved.unwrap().by), (van(700), "stf_1".to_owned()));
        assert_eq!(prices(depot.service(), &depot).await, named(&[("van", 700)]));
        assert_eq!(depot.service().countries(&cx).await.unwrap(), ["PT"]);
        depot.clock.advance(Duration::from_secs(4));
        assert_eq!(prices(other.as_ref(), &depot).await, named(&[("van", 700)]));

        let back = other.replace_settings(&cx, saved.version, None).await.unwrap();
        assert_eq!((back.values, back.saved), (default_methods(), None));
        depot.clock.advance(Duration::from_secs(4));
        assert_eq!(prices(depot.service(), &depot).await, file);
    }
}

#[tokio::test]
async fn two_who_build_on_the_same_version_do_not_overwrite_each_other() {
    for depot in depots().await {
        let cx = staff(&depot, Role::Owner);
        let replace = async |version: i64, methods: Option<Vec<MethodConfig>>| {
            depot.service().replace_settings(&cx, version, methods).await.map(|settings| settings.version)
        };
        assert_eq!(replace(0, Some(van(1))).await, Ok(1));
        assert_eq!(replace(0, Some(van(2))).await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(replace(1, None).await, Ok(2));
        // Whoever saw the version before the file came back has seen something else than holds now.
        assert_eq!(replace(0, Some(van(3))).await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(replace(1, Some(van(3))).await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(replace(2, Some(van(4))).await, Ok(3));
        assert_eq!(depot.service().settings(&cx).await.unwrap().values, van(4));
    }
}

#[tokio::test]
async fn wrong_methods_and_others_than_managers_are_refused_and_nothing_changes() {
    for depot in depots().await {
        let service = depot.service();
        let wrong = service.replace_settings(&staff(&depot, Role::Owner), 0, Some(van(-1))).await.unwrap_err();
        assert_eq!(wrong.fields()[0].field, "methods[0].rates[0].price");
        let none = service.replace_settings(&staff(&depot, Role::Owner), 0, Some(Vec::new())).await.unwrap_err();
        assert_eq!(none.fields()[0].field, "methods");
        for actor in [Actor::ANONYMOUS, Actor::person("stf_2", Role::Support.permissions())] {
            let cx = depot.cx_of(actor);
            assert_eq!(service.settings(&cx).await.unwrap_err().kind(), ErrorKind::Denied);
            let refused = service.replace_settings(&cx, 0, Some(van(1))).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Denied);
        }
        assert_eq!(service.settings(&staff(&depot, Role::Owner)).await.unwrap().version, 0);
    }
}
