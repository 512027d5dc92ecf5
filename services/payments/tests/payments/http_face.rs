use http::{StatusCode, header};
use serde_json::json;

use crate::shop::{CHALLENGE, SUCCESS, shops};

const TOKENS: &str = "/sandbox-gateway/tokens";
const PAY: &str = "/sandbox-gateway/pay";

#[tokio::test]
async fn a_card_becomes_a_token_without_its_number() {
    for shop in shops().await {
        let card = json!({"number": SUCCESS, "exp_month": 12, "exp_year": 2030, "cvc": "123", "name": "Ana"});
        let before = shop.gateway_store.statements();
        let page = shop.post_json(TOKENS, card).await;
        let answer = page.json();
        assert_eq!((&answer["brand"], &answer["last4"]), (&json!("Visa"), &json!("4242")));
        assert!(answer["token"].as_str().unwrap().starts_with("tok_"));
        assert!(!page.text.contains("424242"));
        assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
        assert!(page.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none());
        assert_eq!(shop.gateway_store.statements(), before, "a token costs no statement");
    }
}

#[tokio::test]
async fn a_form_makes_a_token_too() {
    for shop in shops().await {
        let form = [("number", SUCCESS), ("exp_month", "1"), ("exp_year", "26"), ("cvc", "1234"), ("name", "")];
        let page = shop.post_form(TOKENS, &form).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    }
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    for shop in shops().await {
        let card = json!({"number": "4242 4242 4242 4241", "exp_month": 12, "exp_year": 2025, "cvc": "12"});
        let page = shop.post_json(TOKENS, card).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let errors = page.json()["errors"].clone();
        let fields: Vec<_> = errors.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["cvc", "exp", "number"]);
        assert_eq!(page.header(header::CONTENT_TYPE), "application/problem+json");
    }
}

#[tokio::test]
async fn what_is_no_card_is_refused_without_quoting_it() {
    for shop in shops().await {
        let page = shop.post_json(TOKENS, json!({"number": {"secret": "4242424242424242"}})).await;
        assert!(page.status.is_client_error());
        assert!(!page.text.contains("4242"), "{}", page.text);
        let long = shop.post_json(TOKENS, json!({"number": "4".repeat(20_000)})).await;
        assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn the_card_page_says_that_no_money_moves_and_lists_the_cards() {
    for shop in shops().await {
        let page = shop.get("/sandbox-gateway/pay?return=/checkout/return?order%3D1&amount=1250&currency=EUR").await;
        assert_eq!(page.status, StatusCode::OK);
        for part in
            ["no real money moves", "12.50 EUR", "4000 0025 0000 3155", "name=\"number\"", "autocomplete=\"cc-csc\""]
        {
            assert!(page.text.contains(part), "{part} in {}", page.text);
        }
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && policy.contains("style-src 'sha256-"), "{policy}");
    }
}

#[tokio::test]
async fn the_card_page_comes_back_with_a_token() {
    for shop in shops().await {
        let card = [("number", SUCCESS), ("exp", "12/30"), ("cvc", "123"), ("name", "Ana")];
        let form =
            [&card[..], &[("return", "/checkout/pay?order=1"), ("amount", "1250"), ("currency", "EUR")]].concat();
        let page = shop.post_form(PAY, &form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        let location = page.header(header::LOCATION);
        assert!(location.starts_with("/checkout/pay?order=1&payment_token=tok_"), "{location}");
    }
}

#[tokio::test]
async fn a_wrong_card_is_shown_again_without_its_number() {
    for shop in shops().await {
        let form = [
            ("number", "4242 4242 4242 4241"),
            ("exp", "12/30"),
            ("cvc", "987"),
            ("name", "<b>Ana</b>"),
            ("return", "/checkout"),
        ];
        let page = shop.post_form(PAY, &form).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("This card number is not valid."), "{}", page.text);
        assert!(page.text.contains("&lt;b&gt;Ana"), "what was entered is escaped: {}", page.text);
        assert!(!page.text.contains("4242 4242 4242 4241") && !page.text.contains("987"));
    }
}

#[tokio::test]
async fn the_card_page_leads_nowhere_else() {
    for shop in shops().await {
        for elsewhere in ["https://evil.example", "//evil.example", "/%5Cevil.example", ""] {
            let page = shop.get(&format!("{PAY}?return={elsewhere}")).await;
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{elsewhere}");
            assert!(!page.text.contains("evil"));
        }
        let form = [("number", SUCCESS), ("exp", "12/30"), ("cvc", "123"), ("return", "//evil.example")];
        assert_eq!(shop.post_form(PAY, &form).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_challenge_is_shown_until_it_is_answered() {
    for shop in shops().await {
        let url = shop.pay(CHALLENGE).await.action_url.unwrap();
        let page = shop.get(&url).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("12.50 EUR") && page.text.contains("Visa •••• 3155"), "{}", page.text);
        let odd = shop.post_form(&url, &[("decision", "perhaps")]).await;
        assert_eq!(odd.status, StatusCode::OK, "asks again");
        let answered = shop.post_form(&url, &[("decision", "approve")]).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER);
        assert_eq!(answered.header(header::LOCATION), "/checkout/return?order=K7P2-9XQ4");
        let again = shop.post_form(&url, &[("decision", "decline")]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert_eq!(shop.get(&url).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn an_unknown_challenge_is_not_found() {
    for shop in shops().await {
        let page = shop.get("/sandbox-gateway/challenge/ch_unknown").await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text.contains("There is no such payment"));
    }
}

#[tokio::test]
async fn a_payment_must_come_back_to_the_shop() {
    for shop in shops().await {
        let mut request = shop.request(CHALLENGE).await;
        request.return_path = "//evil.example".to_owned();
        assert!(shop.service().authorise(&shop.cx(), request).await.is_err());
        assert!(shop.intents().await.is_empty());
    }
}
