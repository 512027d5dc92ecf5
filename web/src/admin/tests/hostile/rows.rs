//! The console's forms.

use souk_contracts::{
    ApiKeyId, BulkEditId, CategoryId, CollectionId, InvitationId, LocationId, MessageId, ShipmentId, StaffId,
};
use souk_types::EventId;

use super::super::fakes::product;

/// A form: where it goes, what it looks like when all is well, and which entries are shown again when the service
/// refuses it.
pub struct Row {
    pub path: &'static str,
    pub fields: Vec<(String, String)>,
    pub kept: &'static [&'static str],
}

fn row(path: &'static str, fields: &[(&str, &str)], kept: &'static [&'static str]) -> Row {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Row { path, fields, kept }
}

pub fn forms() -> Vec<Row> {
    [people(), orders(), products(), groups(), stock(), operations(), settings()].into_iter().flatten().collect()
}

fn people() -> Vec<Row> {
    vec![
        row(
            "/sign-in",
            &[("email", "a@b.example"), ("password", "long enough"), ("next", "/admin/orders")],
            &["email", "next"],
        ),
        row("/sign-out", &[], &[]),
        row("/setup", &[("name", "Olga"), ("email", "o@b.example"), ("password", "long enough")], &["name", "email"]),
        row("/invitation", &[("password", "long enough")], &[]),
        row("/forgot-password", &[("email", "o@b.example")], &["email"]),
        row("/reset-password", &[("password", "long enough")], &[]),
        row("/staff/invite", &[("name", "Sam"), ("email", "s@b.example"), ("role", "support")], &["name", "email"]),
        row("/staff/{id}/role", &[("role", "support")], &[]),
        row("/staff/{id}/remove", &[], &[]),
        row("/staff/invitations/{id}/revoke", &[], &[]),
        row("/api-keys", &[("name", "Till"), ("scope", "orders:read")], &["name"]),
        row("/api-keys/{id}/revoke", &[], &[]),
    ]
}

fn orders() -> Vec<Row> {
    let version = ("version", "3");
    let filter = [("name", "Mine"), ("q", "ana"), ("lifecycle", "placed"), ("payment", "paid"), ("fulfilment", "")];
    let own = [
        version,
        ("line[RED]", "1"),
        ("carrier", "own"),
        ("carrier_name", "Post"),
        ("tracking_number", "R1"),
        ("tracking_url", "https://post.example/R1"),
    ];
    vec![
        row("/orders/ship", &[("order", "K7P2-9XQ4"), ("back", "/admin/orders")], &[]),
        row("/orders/filters", &filter, &[]),
        row("/orders/filters/delete", &[("name", "Mine")], &[]),
        row("/orders/{number}/ship", &own, &["carrier_name", "tracking_number", "tracking_url"]),
        row("/orders/{number}/cancel", &[version, ("reason", "Broken")], &["reason"]),
        row("/orders/{number}/refund", &[version, ("amount", "1.00"), ("reason", "Broken")], &["amount", "reason"]),
        row(
            "/orders/{number}/refund-lines",
            &[version, ("line[RED]", "1"), ("delivery", ""), ("reason", "Broken")],
            &["reason"],
        ),
        row("/orders/{number}/hold", &[version, ("reason", "Asked")], &["reason"]),
        row("/orders/{number}/note", &[("text", "Called"), ("notes", "0")], &["text"]),
        row("/orders/{number}/release", &[version], &[]),
        row(
            "/orders/{number}/shipments/{shipment}/track",
            &[("status", "in_transit"), ("description", "On its way"), ("place", "Porto"), ("at", "")],
            &["description", "place"],
        ),
    ]
}

#[rustfmt::skip]
fn products() -> Vec<Row> {
    let one = product().variants[0].id;
    let mut product = row(
        "/products/{id}",
        &[
            ("version", "7"), ("title", "Tote"), ("description", "Strong."), ("attributes", "Depth: 12 cm"),
            ("option_names", ""), ("status", "draft"), ("category", ""), ("brand", "Acme"), ("tags", "bags"),
            ("handle", "tote"), ("image_alt", "A bag"), ("variant[new].sku", ""), ("variant[new].price", ""),
        ],
        &[
            "title", "description", "attributes", "option_names", "brand", "tags", "handle", "variant[new].sku",
            "variant[new].price",
        ],
    );
    let stored = [
        ("sku", "TOTE"), ("price", "1.00"), ("compare_at", ""), ("barcode", ""), ("weight_grams", ""), ("options", ""),
    ];
    product.fields.extend(stored.map(|(name, value)| (format!("variant[{one}].{name}"), value.to_owned())));
    vec![
        row(
            "/products",
            &[
                ("title", "Mug"), ("handle", ""), ("description", ""), ("brand", ""), ("status", "draft"), ("category", ""),
                ("sku", "MUG"), ("price", "8"), ("option_names", ""), ("options", ""), ("tags", ""), ("attributes", ""),
                ("stock", "1"),
            ],
            &["title", "handle", "description", "brand", "sku", "price"],
        ),
        product,
        row(
            "/products/bulk",
            &[
                ("all", "1"), ("q", "tote"), ("status", ""), ("change", "add_tag"), ("add_tag", "new"), ("remove_tag", ""),
                ("brand", ""), ("status_to", ""), ("percent", ""), ("rounding", ""),
                ("id", "ble_00000000000000000000000001"),
            ],
            &["add_tag", "brand"],
        ),
        row("/bulk-edits/{id}/stop", &[], &[]),
        row("/bulk-edits/{id}/undo", &[], &[]),
        row("/imports", &[("kind", "products")], &[]),
    ]
}

fn groups() -> Vec<Row> {
    let category = [("name", "Bags"), ("parent", ""), ("position", "1")];
    let rule = [
        ("title", "New"),
        ("by", "rule"),
        ("kind[0]", "brand"),
        ("value[0]", "Acme"),
        ("category[0]", ""),
        ("find", ""),
        ("do", "save"),
    ];
    let picked = [
        ("version", "7"),
        ("title", "New"),
        ("by", "hand"),
        ("order[prd_00000000000000000000000001]", "1"),
        ("remove[x]", ""),
        ("add", ""),
        ("find", "tote"),
        ("do", "find"),
    ];
    vec![
        row("/categories", &category, &["name"]),
        row("/categories/{id}", &[&category[..], &[("version", "1")]].concat(), &["name", "position"]),
        row("/categories/{id}/delete", &[], &[]),
        row("/collections", &rule, &["title", "value[0]"]),
        row("/collections/{id}", &picked, &["title", "find"]),
        row("/collections/{id}/delete", &[], &[]),
    ]
}

fn stock() -> Vec<Row> {
    let (place, other) = (place(4).to_string(), place(5).to_string());
    let (sku, here, note) = (("sku", "TOTE"), ("location", place.as_str()), ("note", "By hand"));
    let pieces = ("quantity", "3");
    vec![
        row("/stock/adjust", &[sku, here, pieces, ("reason", "Lost"), note], &["sku", "quantity", "note"]),
        row("/stock/receive", &[sku, here, pieces, note], &["sku", "quantity", "note"]),
        row(
            "/stock/count",
            &[sku, here, ("expected", "3"), ("counted", "2"), note],
            &["sku", "expected", "counted", "note"],
        ),
        row("/stock/safety", &[sku, here, pieces, note], &["sku", "quantity", "note"]),
        row("/stock/transfer", &[sku, ("from", &place), ("to", &other), pieces, note], &["sku", "quantity", "note"]),
    ]
}

fn operations() -> Vec<Row> {
    let job = [("service", "payments"), ("queue", "ask"), ("key", "a/b c")];
    vec![
        row("/emails/{id}/resend", &[], &[]),
        row("/search/reindex", &[], &[]),
        row("/dead-letters/{service}/{consumer}/{event}/replay", &[], &[]),
        row("/dead-letters/{service}/{consumer}/{event}/discard", &[], &[]),
        row("/jobs/retry", &job, &[]),
        row("/jobs/discard", &job, &[]),
    ]
}

fn settings() -> Vec<Row> {
    let version = ("version", "2");
    let method = [
        version,
        ("code", "slow"),
        ("name", "Slow"),
        ("days_min", "3"),
        ("days_max", "9"),
        ("order[0]", "1"),
        ("countries[0]", "PT"),
        ("regions[0]", ""),
        ("weight[0]", "2"),
        ("subtotal[0]", ""),
        ("price[0]", "4.90"),
        ("remove[1]", ""),
    ];
    let entered =
        &["name", "days_min", "days_max", "countries[0]", "regions[0]", "weight[0]", "subtotal[0]", "price[0]"];
    let taxes = [
        version,
        ("included", "yes"),
        ("country[0]", "PT"),
        ("region[0]", ""),
        ("rate[0]", "23"),
        ("name[0]", "IVA"),
        ("remove[1]", ""),
    ];
    let payment = [version, ("code[0]", "card"), ("order[0]", "1"), ("name[0]", "Card"), ("offered[0]", "1")];
    let rules = [version, ("capture", "at_once"), ("pay_within_min", "30")];
    let (id, name, priority) = (place(9).to_string(), ("name", "Back room"), ("priority", "3"));
    vec![
        row("/settings/delivery/new", &method, entered),
        row("/settings/delivery/methods/{code}", &method, entered),
        row("/settings/delivery/methods/{code}/delete", &[version], &[]),
        row("/settings/delivery/reset", &[version], &[]),
        row("/settings/taxes", &taxes, &["country[0]", "region[0]", "rate[0]", "name[0]"]),
        row("/settings/taxes/reset", &[version], &[]),
        row("/settings/payment", &payment, &["name[0]"]),
        row("/settings/payment/reset", &[version], &[]),
        row("/settings/payment/rules", &rules, &["pay_within_min"]),
        row("/settings/payment/rules/reset", &[version], &[]),
        row("/settings/locations/new", &[("id", &id), name, priority], &["name", "priority"]),
        row("/settings/locations/{id}", &[version, name, priority], &["name", "priority"]),
        row("/settings/locations/{id}/switch-off", &[version], &[]),
        row("/settings/locations/{id}/switch-on", &[version], &[]),
    ]
}

pub fn place(id: u128) -> LocationId {
    LocationId::from_bits(id)
}

/// The address of a row, at something that is there.
pub fn address(path: &str) -> String {
    let id = match path.split('/').nth(1).unwrap_or_default() {
        "staff" if path.contains("invitations") => InvitationId::from_bits(1).to_string(),
        "staff" => StaffId::from_bits(2).to_string(),
        "api-keys" => ApiKeyId::from_bits(1).to_string(),
        "products" => product().id.to_string(),
        "bulk-edits" => BulkEditId::from_bits(1).to_string(),
        "categories" => CategoryId::from_bits(1).to_string(),
        "collections" => CollectionId::from_bits(5).to_string(),
        "emails" => MessageId::from_bits(1).to_string(),
        "settings" => place(4).to_string(),
        _ => String::new(),
    };
    let path = path.replace("{id}", &id).replace("{number}", "K7P2-9XQ4").replace("{code}", "standard");
    let path = path.replace("{shipment}", &ShipmentId::from_bits(9).to_string());
    let path =
        path.replace("{service}/{consumer}", "orders/orders").replace("{event}", &EventId::from_bits(1).to_string());
    format!("/admin{path}?token=once")
}
