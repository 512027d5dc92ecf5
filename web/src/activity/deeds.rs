use souk_contracts::accounts::ActivityKind::{
    self, Catalog, Emails, Operations, Orders, Settings, SignIn, Staff, Stock,
};

/// Something that is done.
pub struct Deed {
    /// What the log calls it; stays, because entries are kept.
    pub action: &'static str,
    /// What part of the shop it changes.
    pub kind: ActivityKind,
    /// How it is told, before what it was done to.
    pub words: &'static str,
    /// Where to look at what it was done to, before its id or, after a `=`, in the query; empty when it is gone or has
    /// no page.
    pub page: &'static str,
    /// The addresses of the console below `/admin`, and the operations of the API, by which it is done.
    pub ways: &'static [&'static str],
}

impl Deed {
    const fn new(
        action: &'static str,
        kind: ActivityKind,
        words: &'static str,
        page: &'static str,
        ways: &'static [&'static str],
    ) -> Self {
        Self { action, kind, words, page, ways }
    }

    /// What is done by a way.
    pub fn by_way(way: &str) -> Option<&'static Self> {
        DEEDS.iter().find(|deed| deed.ways.contains(&way))
    }

    /// What the log calls so.
    pub fn by_action(action: &str) -> Option<&'static Self> {
        DEEDS.iter().find(|deed| deed.action == action)
    }
}

const ORDER: &str = "/admin/orders/";
const PRODUCT: &str = "/admin/products/";
const SKU: &str = "/admin/stock?q=";
const LOCATION: &str = "/admin/settings/locations/";

/// Everything that staff and API keys can do.
#[rustfmt::skip]
const DEEDS: &[Deed] = &[
    Deed::new("orders_shipped", Orders, "Sent several orders", "", &["/orders/ship"]),
    Deed::new("order_filter_saved", Orders, "Saved a filter of orders", "", &["/orders/filters"]),
    Deed::new("order_filter_deleted", Orders, "Deleted a filter of orders", "", &["/orders/filters/delete"]),
    Deed::new("order_shipped", Orders, "Sent goods of order", ORDER, &["/orders/{number}/ship", "createShipment"]),
    Deed::new("order_cancelled", Orders, "Cancelled order", ORDER, &["/orders/{number}/cancel", "cancelAnyOrder"]),
    Deed::new("order_refunded", Orders, "Refunded order", ORDER, &["/orders/{number}/refund", "/orders/{number}/refund-lines", "refundOrder"]),
    Deed::new("order_held", Orders, "Put on hold order", ORDER, &["/orders/{number}/hold", "holdOrder"]),
    Deed::new("order_released", Orders, "Released order", ORDER, &["/orders/{number}/release", "releaseOrder"]),
    Deed::new("order_noted", Orders, "Wrote a note on order", ORDER, &["/orders/{number}/note"]),
    Deed::new("shipment_tracked", Orders, "Recorded where a shipment is of order", ORDER, &["/orders/{number}/shipments/{shipment}/track", "trackShipment"]),
    Deed::new("product_created", Catalog, "Added product", PRODUCT, &["/products", "createProduct"]),
    Deed::new("product_changed", Catalog, "Changed product", PRODUCT, &["/products/{id}", "replaceProduct", "addProductImage", "replaceProductImages", "replaceProductImage", "removeProductImage"]),
    Deed::new("products_changed", Catalog, "Changed many products", "/admin/bulk-edits/", &["/products/bulk", "createBulkEdit"]),
    Deed::new("products_change_stopped", Catalog, "Stopped a change of many products", "/admin/bulk-edits/", &["/bulk-edits/{id}/stop", "stopBulkEdit"]),
    Deed::new("products_change_undone", Catalog, "Undid a change of many products", "/admin/bulk-edits/", &["/bulk-edits/{id}/undo", "undoBulkEdit"]),
    Deed::new("category_created", Catalog, "Added category", "/admin/categories/", &["/categories", "createCategory"]),
    Deed::new("category_changed", Catalog, "Changed category", "/admin/categories/", &["/categories/{id}", "replaceCategory"]),
    Deed::new("category_deleted", Catalog, "Deleted category", "", &["/categories/{id}/delete", "deleteCategory"]),
    Deed::new("collection_created", Catalog, "Added collection", "/admin/collections/", &["/collections", "createCollection"]),
    Deed::new("collection_changed", Catalog, "Changed collection", "/admin/collections/", &["/collections/{id}", "replaceCollection"]),
    Deed::new("collection_deleted", Catalog, "Deleted collection", "", &["/collections/{id}/delete", "deleteCollection"]),
    Deed::new("import_started", Catalog, "Imported a file", "/admin/imports/", &["/imports", "createImport"]),
    Deed::new("stock_adjusted", Stock, "Adjusted stock of", SKU, &["/stock/adjust", "adjustStock"]),
    Deed::new("stock_received", Stock, "Received stock of", SKU, &["/stock/receive"]),
    Deed::new("stock_counted", Stock, "Counted stock of", SKU, &["/stock/count"]),
    Deed::new("stock_kept_back", Stock, "Set the safety stock of", SKU, &["/stock/safety"]),
    Deed::new("stock_transferred", Stock, "Transferred stock of", SKU, &["/stock/transfer", "transferStock"]),
    Deed::new("location_added", Stock, "Added location", LOCATION, &["/settings/locations/new", "createLocation"]),
    Deed::new("location_changed", Stock, "Changed location", LOCATION, &["/settings/locations/{id}", "replaceLocation"]),
    Deed::new("location_switched_off", Stock, "Switched off location", LOCATION, &["/settings/locations/{id}/switch-off"]),
    Deed::new("location_switched_on", Stock, "Switched on location", LOCATION, &["/settings/locations/{id}/switch-on"]),
    Deed::new("email_resent", Emails, "Sent again email", "/admin/emails/", &["/emails/{id}/resend", "resendEmail"]),
    Deed::new("search_rebuilt", Operations, "Began to build the search index anew", "", &["/search/reindex"]),
    Deed::new("event_replayed", Operations, "Tried again a failed event of", "", &["/dead-letters/{service}/{consumer}/{event}/replay", "replayDeadLetter"]),
    Deed::new("event_discarded", Operations, "Discarded a failed event of", "", &["/dead-letters/{service}/{consumer}/{event}/discard", "discardDeadLetter"]),
    Deed::new("job_retried", Operations, "Tried again parked work", "", &["/jobs/retry", "retryParkedJob"]),
    Deed::new("job_discarded", Operations, "Discarded parked work", "", &["/jobs/discard", "discardParkedJob"]),
    Deed::new("delivery_method_added", Settings, "Added delivery method", "/admin/settings/delivery/methods/", &["/settings/delivery/new"]),
    Deed::new("delivery_method_changed", Settings, "Changed delivery method", "/admin/settings/delivery/methods/", &["/settings/delivery/methods/{code}"]),
    Deed::new("delivery_method_deleted", Settings, "Deleted delivery method", "", &["/settings/delivery/methods/{code}/delete"]),
    Deed::new("delivery_methods_changed", Settings, "Changed the delivery methods", "", &["replaceDeliveryMethods"]),
    Deed::new("delivery_reset", Settings, "Went back to the configuration file’s delivery methods", "", &["/settings/delivery/reset", "resetDeliveryMethods"]),
    Deed::new("taxes_changed", Settings, "Changed the taxes", "", &["/settings/taxes", "replaceTaxes"]),
    Deed::new("taxes_reset", Settings, "Went back to the configuration file’s taxes", "", &["/settings/taxes/reset", "resetTaxes"]),
    Deed::new("payment_methods_changed", Settings, "Changed the payment methods", "", &["/settings/payment", "replacePaymentMethods"]),
    Deed::new("payment_methods_reset", Settings, "Went back to the configuration file’s payment methods", "", &["/settings/payment/reset", "resetPaymentMethods"]),
    Deed::new("payment_rules_changed", Settings, "Changed the rules of payment", "", &["/settings/payment/rules", "replacePaymentRules"]),
    Deed::new("payment_rules_reset", Settings, "Went back to the configuration file’s rules of payment", "", &["/settings/payment/rules/reset", "resetPaymentRules"]),
    Deed::new("staff_invited", Staff, "Invited somebody to the staff", "", &["/staff/invite"]),
    Deed::new("invitation_revoked", Staff, "Took back an invitation", "", &["/staff/invitations/{id}/revoke"]),
    Deed::new("role_changed", Staff, "Changed the role of", "", &["/staff/{id}/role"]),
    Deed::new("staff_removed", Staff, "Removed from the staff", "", &["/staff/{id}/remove"]),
    Deed::new("api_key_created", Staff, "Made an API key", "", &["/api-keys"]),
    Deed::new("api_key_revoked", Staff, "Revoked API key", "", &["/api-keys/{id}/revoke"]),
    // What the accounts service notes by itself.
    Deed::new("signed_in", SignIn, "Signed in", "", &[]),
    Deed::new("sign_in_failed", SignIn, "Failed to sign in: the password was wrong", "", &[]),
    Deed::new("shop_set_up", SignIn, "Became the owner of the shop", "", &[]),
    Deed::new("invitation_accepted", SignIn, "Joined the staff", "", &[]),
    Deed::new("password_chosen", SignIn, "Chose a new password by a link", "", &[]),
];

#[cfg(test)]
mod tests {
    use super::DEEDS;

    #[test]
    fn an_action_and_a_way_are_of_one_deed() {
        for deed in DEEDS {
            assert_eq!(DEEDS.iter().filter(|other| other.action == deed.action).count(), 1, "{}", deed.action);
            for way in deed.ways {
                assert_eq!(DEEDS.iter().filter(|other| other.ways.contains(way)).count(), 1, "{way}");
            }
        }
    }
}
