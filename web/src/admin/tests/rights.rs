//! Who may do what in the console, written out by hand: an address that is added, or that opens to others than before,
//! fails here until somebody has thought about it.

use std::collections::BTreeMap;

use axum::{body::Body, routing::MethodFilter};
use http::{Request, StatusCode, header};
use souk_contracts::permission::Role;

use super::{
    super::routes::ROUTES,
    fakes::{Shop, as_staff},
};

/// Everybody, also who is not signed in.
const ALL: &str = "*";

/// Method, path, and the roles that may come: owner, manager, support, warehouse.
#[rustfmt::skip]
const MATRIX: &[(&str, &str, &str)] = &[
    ("GET", "/sign-in", ALL),
    ("POST", "/sign-in", ALL),
    ("POST", "/sign-out", ALL),
    ("GET", "/setup", ALL),
    ("POST", "/setup", ALL),
    ("GET", "/invitation", ALL),
    ("POST", "/invitation", ALL),
    ("GET", "/forgot-password", ALL),
    ("POST", "/forgot-password", ALL),
    ("GET", "/reset-password", ALL),
    ("POST", "/reset-password", ALL),
    ("GET", "/staff", "o"),
    ("POST", "/staff/invite", "o"),
    ("POST", "/staff/{id}/role", "o"),
    ("POST", "/staff/{id}/remove", "o"),
    ("POST", "/staff/invitations/{id}/revoke", "o"),
    ("GET", "/activity", "o"),
    ("GET", "/activity/export.csv", "o"),
    ("GET", "/", "omsw"),
    ("GET", "/orders", "omsw"),
    ("GET", "/orders/export.csv", "omsw"),
    ("GET", "/orders/pick-list", "omsw"),
    ("GET", "/orders/packing-slips", "omsw"),
    ("POST", "/orders/ship", "omsw"),
    ("POST", "/orders/filters", "omsw"),
    ("POST", "/orders/filters/delete", "omsw"),
    ("GET", "/orders/{number}", "omsw"),
    ("POST", "/orders/{number}/ship", "omsw"),
    ("POST", "/orders/{number}/cancel", "omsw"),
    ("POST", "/orders/{number}/refund", "oms"),
    ("GET", "/orders/{number}/refund", "oms"),
    ("POST", "/orders/{number}/refund-lines", "oms"),
    ("POST", "/orders/{number}/hold", "omsw"),
    ("POST", "/orders/{number}/note", "omsw"),
    ("POST", "/orders/{number}/release", "omsw"),
    ("POST", "/orders/{number}/shipments/{shipment}/track", "omsw"),
    ("GET", "/customers", "omsw"),
    ("GET", "/customers/export.csv", "omsw"),
    ("GET", "/customers/{id}", "omsw"),
    ("GET", "/find", "omsw"),
    ("GET", "/visitors", "omsw"),
    ("GET", "/products", "omsw"),
    ("POST", "/products", "om"),
    ("GET", "/products/export.csv", "omsw"),
    ("GET", "/products/new", "om"),
    ("GET", "/products/bulk", "om"),
    ("POST", "/products/bulk", "om"),
    ("GET", "/bulk-edits", "omsw"),
    ("GET", "/bulk-edits/export.csv", "omsw"),
    ("GET", "/bulk-edits/{id}", "omsw"),
    ("GET", "/bulk-edits/{id}/progress", "omsw"),
    ("POST", "/bulk-edits/{id}/stop", "om"),
    ("POST", "/bulk-edits/{id}/undo", "om"),
    ("GET", "/products/{id}", "omsw"),
    ("POST", "/products/{id}", "om"),
    ("GET", "/categories", "omsw"),
    ("POST", "/categories", "om"),
    ("GET", "/categories/export.csv", "omsw"),
    ("GET", "/categories/{id}", "omsw"),
    ("POST", "/categories/{id}", "om"),
    ("POST", "/categories/{id}/delete", "om"),
    ("GET", "/collections", "omsw"),
    ("POST", "/collections", "om"),
    ("GET", "/collections/export.csv", "omsw"),
    ("GET", "/collections/new", "om"),
    ("GET", "/collections/{id}", "omsw"),
    ("POST", "/collections/{id}", "om"),
    ("POST", "/collections/{id}/delete", "om"),
    ("GET", "/stock", "omsw"),
    ("GET", "/stock/export.csv", "omsw"),
    ("POST", "/stock/adjust", "omw"),
    ("POST", "/stock/receive", "omw"),
    ("POST", "/stock/count", "omw"),
    ("POST", "/stock/safety", "omw"),
    ("POST", "/stock/transfer", "omw"),
    ("GET", "/stock/{sku}/movements", "omsw"),
    ("GET", "/imports", "omsw"),
    ("POST", "/imports", "om"),
    ("GET", "/imports/export.csv", "omsw"),
    ("GET", "/imports/table", "omsw"),
    ("GET", "/imports/{id}", "omsw"),
    ("GET", "/imports/{id}/progress", "omsw"),
    ("GET", "/imports/{id}/bad-rows.csv", "omsw"),
    ("GET", "/emails", "omsw"),
    ("GET", "/emails/export.csv", "omsw"),
    ("GET", "/emails/{id}", "omsw"),
    ("GET", "/emails/{id}/html", "omsw"),
    ("POST", "/emails/{id}/resend", "omsw"),
    ("GET", "/search", "om"),
    ("GET", "/search/status", "om"),
    ("POST", "/search/reindex", "om"),
    ("GET", "/settings/delivery", "om"),
    ("POST", "/settings/delivery/reset", "om"),
    ("GET", "/settings/delivery/new", "om"),
    ("POST", "/settings/delivery/new", "om"),
    ("GET", "/settings/delivery/methods/{code}", "om"),
    ("POST", "/settings/delivery/methods/{code}", "om"),
    ("POST", "/settings/delivery/methods/{code}/delete", "om"),
    ("GET", "/settings/taxes", "om"),
    ("POST", "/settings/taxes", "om"),
    ("POST", "/settings/taxes/reset", "om"),
    ("GET", "/settings/locations", "omw"),
    ("GET", "/settings/locations/new", "om"),
    ("POST", "/settings/locations/new", "om"),
    ("GET", "/settings/locations/{id}", "om"),
    ("POST", "/settings/locations/{id}", "om"),
    ("POST", "/settings/locations/{id}/switch-off", "om"),
    ("POST", "/settings/locations/{id}/switch-on", "om"),
    ("GET", "/settings/payment", "om"),
    ("POST", "/settings/payment", "om"),
    ("POST", "/settings/payment/reset", "om"),
    ("POST", "/settings/payment/rules", "om"),
    ("POST", "/settings/payment/rules/reset", "om"),
    ("GET", "/api-keys", "o"),
    ("POST", "/api-keys", "o"),
    ("POST", "/api-keys/{id}/revoke", "o"),
    ("GET", "/dead-letters", "om"),
    ("GET", "/dead-letters/export.csv", "om"),
    ("POST", "/dead-letters/{service}/{consumer}/{event}/replay", "om"),
    ("POST", "/dead-letters/{service}/{consumer}/{event}/discard", "om"),
    ("GET", "/jobs/export.csv", "om"),
    ("POST", "/jobs/retry", "om"),
    ("POST", "/jobs/discard", "om"),
];

fn letter(role: Role) -> char {
    match role {
        Role::Owner => 'o',
        Role::Manager => 'm',
        Role::Support => 's',
        Role::Warehouse => 'w',
    }
}

fn method(filter: MethodFilter) -> &'static str {
    if filter == MethodFilter::GET { "GET" } else { "POST" }
}

/// An address of a path: every `{part}` is filled in.
fn address(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    format!("/admin{}", parts.collect::<Vec<_>>().join("/")).trim_end_matches('/').to_owned()
}

#[test]
fn every_address_has_its_row_and_every_row_its_address() {
    let rows: Vec<(&str, &str)> = MATRIX.iter().map(|(method, path, _)| (*method, *path)).collect();
    let routes: Vec<(&str, &str)> = ROUTES.iter().map(|route| (method(route.method), route.path)).collect();
    let count = |list: &[(&'static str, &'static str)]| {
        let mut counted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in list {
            *counted.entry(*row).or_default() += 1;
        }
        counted
    };
    assert_eq!(count(&rows), count(&routes));
}

#[tokio::test]
async fn each_role_comes_where_it_may_and_nowhere_else() {
    let shop = Shop::new(|_, _| None);
    let mut wrong = Vec::new();
    for (method, path, roles) in MATRIX {
        let address = address(path);
        for role in Role::ALL {
            let may = *roles == ALL || roles.contains(letter(*role));
            let got = shop.send(as_staff(role.as_str(), method, &address).body(Body::empty()).unwrap()).await;
            if may == (got.status == StatusCode::FORBIDDEN) {
                wrong.push(format!("{role}: {method} {path}: {}", got.status));
            }
        }
        let nobody = Request::builder().method(*method).uri(&address).body(Body::empty()).unwrap();
        let got = shop.send(nobody).await;
        let sent_away = got.status == StatusCode::SEE_OTHER
            && got
                .headers
                .get(header::LOCATION)
                .is_some_and(|to| to.to_str().unwrap().starts_with("/admin/sign-in?next="));
        if sent_away == (*roles == ALL) {
            wrong.push(format!("nobody: {method} {path}: {}", got.status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
