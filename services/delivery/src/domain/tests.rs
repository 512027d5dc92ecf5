use proptest::prelude::*;
use souk_contracts::delivery::{
    MethodConfig, ParcelQuery, RateRule,
    ShipmentStatus::{self, Delivered, Exception, InTransit, LabelCreated, OutForDelivery, PickedUp},
    TrackingEvent,
};
use souk_types::{Currency, Money, Timestamp};

use super::*;

fn query(country: &str, region: &str, weight_g: i64, subtotal: i64) -> ParcelQuery {
    ParcelQuery {
        country: country.to_owned(),
        region: region.to_owned(),
        weight_g,
        subtotal: Money::new(subtotal, Currency::EUR),
    }
}

fn prices(table: &RateTable, query: &ParcelQuery) -> Vec<(String, i64)> {
    table.rates(query).into_iter().map(|rate| (rate.method, rate.price.minor)).collect()
}

fn named(prices: &[(&str, i64)]) -> Vec<(String, i64)> {
    prices.iter().map(|(method, price)| ((*method).to_owned(), *price)).collect()
}

#[test]
fn the_defaults_depend_on_weight_total_and_place() {
    let table = RateTable::try_new(default_methods()).unwrap();
    assert_eq!(prices(&table, &query("PT", "", 2_000, 4_999)), named(&[("standard", 390), ("express", 990)]));
    assert_eq!(prices(&table, &query("PT", "", 2_001, 4_999)), named(&[("standard", 590), ("express", 1_490)]));
    assert_eq!(prices(&table, &query("PT", "", 2_000, 5_000)), named(&[("standard", 0), ("express", 990)]));
    assert_eq!(prices(&table, &query("JP", "", 500, 5_000)), named(&[("standard", 1_290), ("express", 3_990)]));
    assert_eq!(prices(&table, &query("DE", "", 30_000, 90_000)), named(&[("standard", 1_490)]));
    assert_eq!(table.countries().len(), 249);
    assert_eq!(prices(&table, &query("XX", "", 500, 5_000)), []);
}

fn method(rates: Vec<RateRule>) -> MethodConfig {
    MethodConfig { code: "van".to_owned(), name: "Van".to_owned(), days_min: 1, days_max: 2, rates }
}

fn rule(countries: &[&str], regions: &[&str], price: i64) -> RateRule {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    RateRule { countries: texts(countries), regions: texts(regions), price, ..RateRule::default() }
}

#[test]
fn the_first_rule_that_fits_counts() {
    let rules = vec![rule(&["US"], &["HI", "Alaska"], 900), rule(&["US"], &[], 500), rule(&["US"], &[], 1)];
    let table = RateTable::try_new(vec![method(rules)]).unwrap();
    assert_eq!(prices(&table, &query("US", " hi", 1, 1)), named(&[("van", 900)]));
    assert_eq!(prices(&table, &query("US", "ALASKA", 1, 1)), named(&[("van", 900)]));
    assert_eq!(prices(&table, &query("US", "ak", 1, 1)), named(&[("van", 900)]));
    assert_eq!(prices(&table, &query("US", "", 1, 1)), named(&[("van", 500)]));
    assert_eq!(prices(&table, &query("CA", "", 1, 1)), []);
    assert_eq!(table.countries(), ["US"]);
}

#[test]
fn a_price_is_in_the_currency_of_the_order() {
    let table = RateTable::try_new(vec![method(vec![rule(&[], &[], 700)])]).unwrap();
    let yen = ParcelQuery { subtotal: Money::new(1, Currency::JPY), ..query("JP", "", 1, 1) };
    assert_eq!(table.rates(&yen)[0].price, Money::new(700, Currency::JPY));
}

#[test]
fn a_wrong_configuration_is_refused_field_by_field() {
    let bad = MethodConfig { code: "Big Van".to_owned(), days_min: 3, ..method(vec![rule(&["Germany"], &[], -1)]) };
    let fault = RateTable::try_new(vec![method(vec![rule(&[], &[], 1)]), bad]).unwrap_err();
    let fields: Vec<_> = fault.fields.iter().map(|wrong| wrong.field.as_str()).collect();
    let expected =
        ["methods[1].code", "methods[1].days_max", "methods[1].rates[0].price", "methods[1].rates[0].countries"];
    assert_eq!(fields, expected);
    let nowhere = vec![method(vec![rule(&["US"], &["HI", " "], 1)])];
    assert_eq!(RateTable::try_new(nowhere).unwrap_err().fields[0].field, "methods[0].rates[0].regions");
    let twice = vec![method(vec![rule(&[], &[], 1)]), method(vec![rule(&[], &[], 1)])];
    assert_eq!(RateTable::try_new(twice).unwrap_err().fields[0].message, "is there twice");
    assert!(RateTable::try_new(Vec::new()).is_err());
}

#[test]
fn a_method_is_read_from_a_file_and_strange_keys_are_refused() {
    let text = r#"
        code = "van"
        name = "Van"
        days_min = 1
        days_max = 2
        rates = [{ countries = ["PT"], weight_max_g = 5000, price = 350 }, { price = 900 }]
    "#;
    let read: MethodConfig = toml::from_str(text).unwrap();
    assert_eq!(read.rates[1], RateRule { price: 900, ..RateRule::default() });
    assert!(toml::from_str::<MethodConfig>(&text.replace("weight_max_g", "weight_max")).is_err());
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_micros(secs * 1_000_000)
}

fn event(status: ShipmentStatus, secs: i64) -> TrackingEvent {
    TrackingEvent { status, description: String::new(), place: String::new(), at: at(secs) }
}

fn fresh() -> Parcel {
    Parcel { status: ShipmentStatus::Planned, furthest: ShipmentStatus::Planned, since: at(0) }
}

fn after(events: &[(ShipmentStatus, i64)]) -> Parcel {
    events.iter().fold(fresh(), |parcel, (status, secs)| match decide(&parcel, &event(*status, *secs)) {
        Verdict::Moves(moved) => moved,
        Verdict::History | Verdict::TooLate => parcel,
    })
}

#[test]
fn a_late_event_is_history() {
    let parcel = after(&[(LabelCreated, 1), (InTransit, 3)]);
    assert_eq!(decide(&parcel, &event(PickedUp, 2)), Verdict::History);
    assert_eq!(decide(&parcel, &event(InTransit, 3)), Verdict::History);
}

#[test]
fn a_parcel_goes_on_after_an_exception() {
    let parcel = after(&[(LabelCreated, 1), (OutForDelivery, 4), (Exception, 5)]);
    assert_eq!((parcel.status, parcel.furthest), (Exception, OutForDelivery));
    assert_eq!(decide(&parcel, &event(InTransit, 6)), Verdict::History);
    assert!(matches!(decide(&parcel, &event(OutForDelivery, 6)), Verdict::Moves(_)), "a second try at the door");
    assert_eq!(decide(&parcel, &event(OutForDelivery, 4)), Verdict::History);
    assert!(matches!(decide(&parcel, &event(Delivered, 6)), Verdict::Moves(_)));
}

#[test]
fn nothing_happens_after_delivery() {
    let parcel = after(&[(LabelCreated, 1), (Delivered, 4)]);
    assert_eq!(decide(&parcel, &event(Exception, 5)), Verdict::TooLate);
    assert_eq!(decide(&parcel, &event(InTransit, 3)), Verdict::History);
    assert_eq!(decide(&parcel, &event(Delivered, 4)), Verdict::History);
}

proptest! {
    #[test]
    fn a_parcel_never_goes_back(
        events in proptest::collection::vec((proptest::sample::select(&ShipmentStatus::ALL[1..]), 1_i64..50), 0..30),
    ) {
        let mut parcel = fresh();
        let mut deliveries = 0;
        for (status, secs) in events {
            if let Verdict::Moves(moved) = decide(&parcel, &event(status, secs)) {
                prop_assert!(moved.furthest >= parcel.furthest);
                prop_assert!(moved.status == Exception || moved.status == moved.furthest);
                deliveries += u32::from(moved.status == Delivered);
                parcel = moved;
            }
            prop_assert!(!matches!(decide(&parcel, &event(status, secs)), Verdict::Moves(_)), "done twice");
        }
        prop_assert!(deliveries <= 1);
    }
}
