//! Services that have something of everything.

use serde_json::Value;
use souk_contracts::{
    ApiKeyId, CategoryId, CollectionId, ImportId, InvitationId, ShipmentId,
    accounts::{ApiKey, NewApiKey, Session},
    catalog::{BulkPreview, Category, Collection, CollectionPreview, Condition, Image, Members},
    delivery::{self, MethodConfig, RateRule},
    inventory::{Level, Location},
    orders::{PaymentRules, Refundable, RefundableLine, Taxes},
    payments::{ClientConfig, MethodSetting},
    search::IndexStatus,
    settings::Settings,
};
use souk_types::{Fault, Page, Timestamp};

use super::{
    super::fakes::{Reply, Shop, eur, identity, ok, order, product, refused},
    rows::place,
};

/// What changes something.
#[rustfmt::skip]
const COMMANDS: &[&str] = &[
    "accounts.sign_in_staff", "accounts.create_owner", "accounts.accept_invitation", "accounts.reset_staff_password",
    "accounts.request_staff_password_reset", "accounts.invite_staff", "accounts.set_role", "accounts.remove_staff",
    "accounts.revoke_invitation", "accounts.create_api_key", "accounts.revoke_api_key", "accounts.sign_out",
    "orders.ship", "orders.cancel", "orders.refund", "orders.refund_lines", "orders.hold", "orders.note",
    "orders.save_filter", "orders.delete_filter", "delivery.track", "catalog.create", "catalog.update",
    "catalog.add_image", "catalog.start_import", "catalog.start_bulk_edit", "catalog.stop_bulk_edit", "catalog.undo_bulk_edit",
    "catalog.save_category", "catalog.delete_category", "catalog.save_collection", "catalog.delete_collection",
    "inventory.adjust", "inventory.transfer", "inventory.save_location", "notifications.resend", "search.start_reindex",
    "orders.replace_taxes", "orders.replace_payment_rules", "delivery.replace_settings", "payments.replace_settings",
];

/// A shop that does whatever it is asked, or refuses every command as invalid.
pub fn shop(refuses: bool) -> Shop {
    Shop::new(move |method, _| {
        if refuses && COMMANDS.contains(&method) {
            return refused(&Fault::invalid("something", "cannot be like this"));
        }
        of_people(method).or_else(|| of_orders(method)).or_else(|| of_goods(method)).or_else(|| of_settings(method))
    })
}

fn of_people(method: &str) -> Option<Reply> {
    let session = || ok(Session { token: "owner".into(), identity: identity("owner").unwrap() });
    match method {
        "accounts.sign_in_staff"
        | "accounts.create_owner"
        | "accounts.accept_invitation"
        | "accounts.reset_staff_password" => session(),
        "accounts.may_reset_staff_password" => ok(true),
        "accounts.invited"
        | "accounts.request_staff_password_reset"
        | "accounts.set_role"
        | "accounts.remove_staff"
        | "accounts.revoke_invitation"
        | "accounts.revoke_api_key" => ok(Value::Null),
        "accounts.invite_staff" => ok(InvitationId::from_bits(1)),
        "accounts.api_keys" => ok(Page::<ApiKey> { items: Vec::new(), next: None }),
        "accounts.create_api_key" => {
            let key = ApiKey {
                id: ApiKeyId::from_bits(1),
                name: "Till".into(),
                scopes: Vec::new(),
                hint: "abcd".into(),
                created_by: String::new(),
                created_at: Timestamp::EPOCH,
                last_used_at: None,
            };
            ok(NewApiKey { token: "secret".into(), key })
        }
        "notifications.resend" => ok(Value::Null),
        "search.start_reindex" => ok(IndexStatus { documents: 0, bytes: 0, up_to_date: true, rebuild: None }),
        _ => None,
    }
}

fn of_orders(method: &str) -> Option<Reply> {
    match method {
        "orders.by_number"
        | "orders.ship"
        | "orders.cancel"
        | "orders.refund"
        | "orders.refund_lines"
        | "orders.hold" => ok(order()),
        "orders.many" => ok([order()]),
        "orders.note" | "orders.save_filter" | "orders.delete_filter" | "delivery.track" => ok(Value::Null),
        "orders.refundable" => {
            let lines = vec![RefundableLine { sku: "RED".into(), quantity: 1, amount: eur(1_000) }];
            ok(Refundable { lines, delivery: eur(0), most: eur(3_000) })
        }
        "delivery.shipments" => ok([delivery::Shipment {
            id: ShipmentId::from_bits(9),
            customer: order().customer,
            order: order().id,
            lines: Vec::new(),
            status: delivery::ShipmentStatus::LabelCreated,
            carrier: "Post".into(),
            tracking_number: None,
            tracking_url: None,
            by_hand: true,
            expected_at: None,
            events: Vec::new(),
        }]),
        _ => None,
    }
}

fn of_goods(method: &str) -> Option<Reply> {
    let level = || Level { sku: "TOTE".into(), location: place(4), on_hand: 3, committed: 0, reserved: 0, safety: 0 };
    match method {
        "catalog.product" | "catalog.create" | "catalog.update" => ok(product()),
        "catalog.add_image" => ok(Image { hash: "ab".into(), width: 1, height: 1, alt: String::new(), drawn: false }),
        "catalog.start_import" => ok(ImportId::from_bits(1)),
        "catalog.start_bulk_edit"
        | "catalog.stop_bulk_edit"
        | "catalog.undo_bulk_edit"
        | "catalog.delete_category"
        | "catalog.delete_collection"
        | "inventory.transfer" => ok(Value::Null),
        "catalog.preview_bulk_edit" => ok(BulkPreview { count: 1, more: false, examples: Vec::new() }),
        "catalog.categories" => ok([Category {
            id: CategoryId::from_bits(1),
            parent: None,
            name: "Bags".into(),
            slug: "bags".into(),
            position: 0,
            version: 1,
        }]),
        "catalog.save_category" => ok(CategoryId::from_bits(1)),
        "catalog.collection" => ok(Collection {
            id: CollectionId::from_bits(5),
            title: "Summer".into(),
            slug: "summer".into(),
            members: Members::Rule(vec![Condition::Brand("Acme".into())]),
            version: 7,
        }),
        "catalog.save_collection" => ok(CollectionId::from_bits(5)),
        "catalog.preview_collection" => {
            ok(CollectionPreview { items: Vec::new(), matched: 0, looked_at: 0, complete: true })
        }
        "catalog.products" => ok([product()]),
        "catalog.known_skus" => ok(["TOTE"]),
        "inventory.locations" => ok([4, 5].map(location)),
        "inventory.save_location" => ok(location(4)),
        "inventory.adjust" => ok(level()),
        "inventory.levels" => ok(Page { items: vec![level()], next: None }),
        _ => None,
    }
}

fn location(id: u128) -> Location {
    Location { id: place(id), version: 2, name: format!("Place {id}"), priority: 0, active: true }
}

fn of_settings(method: &str) -> Option<Reply> {
    match method {
        "orders.tax_settings" | "orders.replace_taxes" => {
            ok(Settings { values: Taxes::default(), version: 2, saved: None })
        }
        "delivery.settings" | "delivery.replace_settings" => {
            let method = |code: &str| MethodConfig {
                code: code.into(),
                name: code.into(),
                days_min: 1,
                days_max: 2,
                rates: vec![RateRule { price: 490, ..RateRule::default() }],
            };
            ok(Settings { values: vec![method("standard"), method("express")], version: 2, saved: None })
        }
        "payments.settings" | "payments.replace_settings" => {
            let card = MethodSetting { code: "card".into(), name: "Card".into(), offered: true };
            ok(Settings { values: vec![card], version: 2, saved: None })
        }
        "payments.client_config" => ok(ClientConfig {
            gateway: "sandbox".into(),
            sandbox: true,
            tokenise_url: "/t".into(),
            hosted_page_url: "/p".into(),
            methods: Vec::new(),
        }),
        "orders.payment_rules" | "orders.replace_payment_rules" => {
            ok(Settings { values: PaymentRules::default(), version: 2, saved: None })
        }
        _ => None,
    }
}
