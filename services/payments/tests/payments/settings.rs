//! The payment methods that staff save go before the configuration file, until they go back to it.

use std::time::Duration;

use souk_contracts::{
    payments::{IntentState, MethodSetting, Payments},
    permission::Role,
};
use souk_types::{Actor, Cx, ErrorKind, ServiceError};

use crate::shop::{CHALLENGE, SUCCESS, Shop, shops};

fn staff(shop: &Shop, role: Role) -> Cx {
    shop.cx_of(Actor::person("stf_1", role.permissions()))
}

fn set(methods: &[(&str, &str, bool)]) -> Vec<MethodSetting> {
    let setting = |(code, name, offered): &(&str, &str, bool)| MethodSetting {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        offered: *offered,
    };
    methods.iter().map(setting).collect()
}

async fn offered(service: &dyn Payments, shop: &Shop) -> Vec<(String, String)> {
    let config = service.client_config(&shop.cx_of(Actor::ANONYMOUS)).await.unwrap();
    config.methods.into_iter().map(|method| (method.code, method.name)).collect()
}

fn named(methods: &[(&str, &str)]) -> Vec<(String, String)> {
    methods.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect()
}

#[tokio::test]
async fn saved_methods_are_offered_at_once_and_by_other_processes_a_little_later() {
    for mut shop in shops().await {
        let here = std::sync::Arc::clone(&shop.parts.service);
        shop.restart();
        let other = std::sync::Arc::clone(&shop.parts.service);
        let file = named(&[("card", "Card")]);
        assert_eq!(
            (offered(here.as_ref(), &shop).await, offered(other.as_ref(), &shop).await),
            (file.clone(), file.clone())
        );
        let cx = staff(&shop, Role::Manager);
        let before = here.settings(&cx).await.unwrap();
        let hosted = "Card, on the payment provider’s page";
        assert_eq!(before.values, set(&[("card", "Card", true), ("hosted", hosted, false)]));
        assert_eq!((before.version, before.saved), (0, None));
        let saved = set(&[("hosted", "Elsewhere", true), ("card", "Visa or Mastercard", true)]);
        let after = here.replace_settings(&cx, 0, Some(saved.clone())).await.unwrap();
        assert_eq!((after.values, after.saved.unwrap().by), (saved, "stf_1".to_owned()));
        let both = named(&[("hosted", "Elsewhere"), ("card", "Visa or Mastercard")]);
        assert_eq!(offered(here.as_ref(), &shop).await, both);
        shop.clock.advance(Duration::from_secs(4));
        assert_eq!(offered(other.as_ref(), &shop).await, both);

        let back = other.replace_settings(&cx, after.version, None).await.unwrap();
        assert_eq!((back.version, back.saved), (2, None));
        assert_eq!(offered(other.as_ref(), &shop).await, file);
    }
}

#[tokio::test]
async fn one_method_stays_offered_and_nobody_overwrites_what_they_have_not_seen() {
    for shop in shops().await {
        let cx = staff(&shop, Role::Owner);
        let replace = async |version: i64, methods: &[(&str, &str, bool)]| {
            shop.service().replace_settings(&cx, version, Some(set(methods))).await.map(|settings| settings.version)
        };
        let none = replace(0, &[("card", "Card", false), ("hosted", "Page", false)]).await.unwrap_err();
        assert_eq!((none.kind(), none.fields()[0].field.as_str()), (ErrorKind::Invalid, "methods"));
        assert_eq!(replace(0, &[("hosted", "Page", true)]).await, Ok(1));
        assert_eq!(replace(0, &[("card", "Card", true)]).await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(offered(shop.service(), &shop).await, named(&[("hosted", "Page")]));
        for actor in [Actor::ANONYMOUS, Actor::person("stf_2", Role::Support.permissions())] {
            let cx = shop.cx_of(actor);
            assert_eq!(shop.service().settings(&cx).await.unwrap_err().kind(), ErrorKind::Denied);
            let refused = shop.service().replace_settings(&cx, 1, None).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Denied);
        }
    }
}

#[tokio::test]
async fn a_payment_under_way_completes_though_its_method_is_switched_off() {
    for shop in shops().await {
        let waiting = shop.pay(CHALLENGE).await;
        assert_eq!(waiting.state, IntentState::ActionRequired);
        let only = set(&[("hosted", "Page", true)]);
        shop.service().replace_settings(&staff(&shop, Role::Owner), 0, Some(only)).await.unwrap();
        shop.post_form(waiting.action_url.as_deref().unwrap(), &[("decision", "approve")]).await;
        let resolved = shop.service().resolve(&shop.cx(), shop.customer, shop.order).await.unwrap();
        assert_eq!(resolved[0].state, IntentState::Captured);
        assert_eq!(shop.pay(SUCCESS).await.id, waiting.id, "the same attempt is the same payment");
    }
}
