//! Who may call what.

use serde_json::Value;
use souk_contracts::permission::Scope;

use super::{
    super::{caller::Access, operation::Route, routes},
    ask, guest, parsed, shop,
};
use crate::admin::tests::fakes::Shop;

/// Every operation and who may call it. An operation without a row fails the test below.
const ROWS: &[(&str, Access)] = &[
    ("readShop", Access::Anyone),
    ("listProducts", Access::Anyone),
    ("readProduct", Access::Anyone),
    ("listCategories", Access::Anyone),
    ("suggest", Access::Anyone),
    ("followStock", Access::Anyone),
    ("createGuest", Access::Anyone),
    ("createCustomer", Access::Anyone),
    ("createSession", Access::Anyone),
    ("endSession", Access::Customer),
    ("readCustomer", Access::Customer),
    ("replaceCustomer", Access::Customer),
    ("changePassword", Access::Customer),
    ("listSessions", Access::Customer),
    ("endOneSession", Access::Customer),
    ("endAllSessions", Access::Customer),
    ("listAddresses", Access::Customer),
    ("createAddress", Access::Customer),
    ("readAddress", Access::Customer),
    ("replaceAddress", Access::Customer),
    ("deleteAddress", Access::Customer),
    ("listOwnOrders", Access::Customer),
    ("readCart", Access::Shopper),
    ("addCartLine", Access::Shopper),
    ("setCartLine", Access::Shopper),
    ("removeCartLine", Access::Shopper),
    ("readQuote", Access::Shopper),
    ("createCheckoutLink", Access::Shopper),
    ("createOrder", Access::Shopper),
    ("readOrder", Access::Anyone),
    ("resumeOrder", Access::Anyone),
    ("cancelOrder", Access::Shopper),
    ("findOrderStatus", Access::Anyone),
    ("followOrder", Access::Anyone),
    ("listOrders", Access::Key(Scope::OrdersRead)),
    ("readAnyOrder", Access::Key(Scope::OrdersRead)),
    ("readOrderHistory", Access::Key(Scope::OrdersRead)),
    ("cancelAnyOrder", Access::Key(Scope::OrdersManage)),
    ("holdOrder", Access::Key(Scope::OrdersManage)),
    ("releaseOrder", Access::Key(Scope::OrdersManage)),
    ("refundOrder", Access::Key(Scope::Refunds)),
    ("listShipments", Access::Key(Scope::OrdersRead)),
    ("createShipment", Access::Key(Scope::OrdersManage)),
    ("trackShipment", Access::Key(Scope::OrdersManage)),
    ("listAllProducts", Access::Key(Scope::CatalogRead)),
    ("readAnyProduct", Access::Key(Scope::CatalogRead)),
    ("createProduct", Access::Key(Scope::CatalogManage)),
    ("replaceProduct", Access::Key(Scope::CatalogManage)),
    ("addProductImage", Access::Key(Scope::CatalogManage)),
    ("replaceProductImages", Access::Key(Scope::CatalogManage)),
    ("replaceProductImage", Access::Key(Scope::CatalogManage)),
    ("removeProductImage", Access::Key(Scope::CatalogManage)),
    ("listBulkEdits", Access::Key(Scope::CatalogRead)),
    ("readBulkEdit", Access::Key(Scope::CatalogRead)),
    ("listBulkEditProducts", Access::Key(Scope::CatalogRead)),
    ("previewBulkEdit", Access::Key(Scope::CatalogManage)),
    ("createBulkEdit", Access::Key(Scope::CatalogManage)),
    ("stopBulkEdit", Access::Key(Scope::CatalogManage)),
    ("undoBulkEdit", Access::Key(Scope::CatalogManage)),
    ("listAllCategories", Access::Key(Scope::CatalogRead)),
    ("readCategory", Access::Key(Scope::CatalogRead)),
    ("createCategory", Access::Key(Scope::CatalogManage)),
    ("replaceCategory", Access::Key(Scope::CatalogManage)),
    ("deleteCategory", Access::Key(Scope::CatalogManage)),
    ("listCollections", Access::Key(Scope::CatalogRead)),
    ("readCollection", Access::Key(Scope::CatalogRead)),
    ("createCollection", Access::Key(Scope::CatalogManage)),
    ("replaceCollection", Access::Key(Scope::CatalogManage)),
    ("deleteCollection", Access::Key(Scope::CatalogManage)),
    ("previewCollection", Access::Key(Scope::CatalogRead)),
    ("listImports", Access::Key(Scope::CatalogRead)),
    ("readImport", Access::Key(Scope::CatalogRead)),
    ("createImport", Access::Key(Scope::CatalogManage)),
    ("listStock", Access::Key(Scope::StockRead)),
    ("adjustStock", Access::Key(Scope::StockManage)),
    ("transferStock", Access::Key(Scope::StockManage)),
    ("listMovements", Access::Key(Scope::StockRead)),
    ("listLocations", Access::Key(Scope::StockRead)),
    ("readLocation", Access::Key(Scope::StockRead)),
    ("createLocation", Access::Key(Scope::StockManage)),
    ("replaceLocation", Access::Key(Scope::StockManage)),
    ("listCustomers", Access::Key(Scope::OrdersRead)),
    ("readAnyCustomer", Access::Key(Scope::OrdersRead)),
    ("listCustomerOrders", Access::Key(Scope::OrdersRead)),
    ("listEmails", Access::Key(Scope::OrdersRead)),
    ("readEmail", Access::Key(Scope::OrdersRead)),
    ("resendEmail", Access::Key(Scope::OrdersManage)),
    ("listDeadLetters", Access::Key(Scope::Operations)),
    ("replayDeadLetter", Access::Key(Scope::Operations)),
    ("discardDeadLetter", Access::Key(Scope::Operations)),
    ("listParkedJobs", Access::Key(Scope::Operations)),
    ("retryParkedJob", Access::Key(Scope::Operations)),
    ("discardParkedJob", Access::Key(Scope::Operations)),
    ("readSettings", Access::Key(Scope::Operations)),
    ("readDeliveryMethods", Access::Key(Scope::Operations)),
    ("replaceDeliveryMethods", Access::Key(Scope::Operations)),
    ("resetDeliveryMethods", Access::Key(Scope::Operations)),
    ("readTaxes", Access::Key(Scope::Operations)),
    ("replaceTaxes", Access::Key(Scope::Operations)),
    ("resetTaxes", Access::Key(Scope::Operations)),
    ("readPaymentMethods", Access::Key(Scope::Operations)),
    ("replacePaymentMethods", Access::Key(Scope::Operations)),
    ("resetPaymentMethods", Access::Key(Scope::Operations)),
    ("readPaymentRules", Access::Key(Scope::Operations)),
    ("replacePaymentRules", Access::Key(Scope::Operations)),
    ("resetPaymentRules", Access::Key(Scope::Operations)),
];

/// Every kind of caller, by the token.
fn callers() -> Vec<(String, Option<Scope>)> {
    let people = [String::new(), guest(), "souk_session_customer".to_owned()].map(|token| (token, None));
    let keys = Scope::ALL.iter().map(|scope| (format!("souk_key_{scope}"), Some(*scope)));
    people.into_iter().chain(keys).collect()
}

fn may(access: Access, token: &str, scope: Option<Scope>) -> bool {
    match access {
        Access::Anyone => true,
        Access::Shopper => token.starts_with("souk_guest") || token.starts_with("souk_session"),
        Access::Customer => token.starts_with("souk_session"),
        Access::Key(needed) => scope.is_some_and(|scope| scope.permissions().contains(needed.permissions())),
    }
}

fn address(route: &Route) -> String {
    let part = |part: &str| {
        match part {
            "{id}" => "prd_00000000000000000000000001",
            "{address}" => "adr_00000000000000000000000001",
            "{category}" => "cat_00000000000000000000000001",
            "{collection}" => "col_00000000000000000000000001",
            "{customer}" => "cus_00000000000000000000000001",
            "{edit}" => "ble_00000000000000000000000001",
            "{email}" => "msg_00000000000000000000000001",
            "{event}" => "evt_00000000000000000000000001",
            "{location}" => "loc_00000000000000000000000001",
            "{import}" => "imp_00000000000000000000000001",
            "{shipment}" => "shp_00000000000000000000000001",
            part if part.starts_with('{') => "x",
            part => part,
        }
        .to_owned()
    };
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// How much was asked of the services besides who calls.
fn calls(shop: &Shop) -> usize {
    shop.calls_beside_session() - shop.asked("accounts.api_key").len()
}

#[test]
fn every_operation_has_its_row() {
    let routes = routes::all();
    let listed: Vec<_> = routes.iter().map(|route| (route.name, route.access)).collect();
    assert_eq!(listed, ROWS);
}

#[tokio::test]
async fn every_operation_is_done_for_those_who_may_and_nothing_is_asked_for_anybody_else() {
    let routes = routes::all();
    for (token, scope) in callers() {
        // Nothing that one operation does changes what the next one may.
        let shop = shop(|_, _| None);
        for route in &routes {
            let (method, path) = (route.verb.as_str().to_uppercase(), address(route));
            let asked_before = calls(&shop);
            let got = ask(&shop, &token, &method, &path, Value::Null).await;
            let status = got.status.as_u16();
            if may(route.access, &token, scope) {
                assert!(!matches!(status, 401 | 403), "{} for {token:?}: {}", route.name, got.body);
                continue;
            }
            assert_eq!(status, if token.is_empty() { 401 } else { 403 }, "{} for {token:?}", route.name);
            let code = parsed(&got)["code"].as_str().unwrap_or_default().to_owned();
            let told = ["token_missing", "token_not_enough", "scope_missing"].contains(&code.as_str());
            assert!(told, "{} for {token:?}: {code}", route.name);
            assert_eq!(calls(&shop), asked_before, "{} for {token:?}", route.name);
        }
    }
}
