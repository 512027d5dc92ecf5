use souk_contracts::delivery::{Error, ParcelQuery};
use souk_delivery::{Deps, MethodConfig, RateRule};
use souk_types::{Actor, Currency, ErrorKind, Money, ServiceError};

use crate::depot::{Depot, depots};

fn parcel(country: &str, weight_g: i64) -> ParcelQuery {
    ParcelQuery {
        country: country.to_owned(),
        region: String::new(),
        weight_g,
        subtotal: Money::new(2_000, Currency::EUR),
    }
}

#[tokio::test]
async fn rates_come_cheapest_first_and_ask_no_table_again() {
    for depot in depots().await {
        let cx = depot.cx_of(Actor::ANONYMOUS);
        depot.service().countries(&cx).await.unwrap();
        let before = depot.store.statements();
        let rates = depot.service().rates(&cx, parcel("PT", 500)).await.unwrap();
        let told: Vec<_> = rates.iter().map(|rate| (rate.name.as_str(), rate.price.minor, rate.days_max)).collect();
        assert_eq!(told, [("Standard", 390, 4), ("Express", 990, 2)]);
        assert!(depot.service().countries(&cx).await.unwrap().contains(&"PT".to_owned()));
        assert_eq!(depot.store.statements(), before);
    }
}

fn only_portugal(depot: &Depot) -> souk_delivery::Parts {
    let rule = RateRule { countries: vec!["PT".to_owned()], price: 500, ..RateRule::default() };
    let van =
        MethodConfig { code: "van".to_owned(), name: "Van".to_owned(), days_min: 1, days_max: 1, rates: vec![rule] };
    souk_delivery::build(Deps { store: depot.store.clone(), methods: vec![van], speed: 1.0 }).unwrap()
}

#[tokio::test]
async fn a_country_that_no_method_serves_is_refused() {
    for depot in depots().await {
        let service = only_portugal(&depot).service;
        let refused = service.rates(&depot.cx(), parcel("DE", 500)).await;
        assert_eq!(refused, Err(Error::NotServed { country: "DE".to_owned() }));
        assert_eq!(service.countries(&depot.cx()).await.unwrap(), ["PT"]);
    }
}

#[tokio::test]
async fn a_negative_weight_is_refused() {
    for depot in depots().await {
        let error = depot.service().rates(&depot.cx(), parcel("PT", -1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
