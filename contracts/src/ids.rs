use souk_types::id_types;

id_types! {
    /// A product.
    ProductId / ProductKind = "prd";
    /// A variant of a product: what is bought.
    VariantId / VariantKind = "var";
    /// A category.
    CategoryId / CategoryKind = "cat";
    /// A collection.
    CollectionId / CollectionKind = "col";
    /// One run of an import.
    ImportId / ImportKind = "imp";
    /// A change of many products.
    BulkEditId / BulkEditKind = "ble";
    /// A customer, signed in or guest.
    CustomerId / CustomerKind = "cus";
    /// An address that a customer keeps.
    AddressId / AddressKind = "adr";
    /// A member of staff.
    StaffId / StaffKind = "stf";
    /// An API key.
    ApiKeyId / ApiKeyKind = "key";
    /// An entry of the activity log.
    ActivityId / ActivityIdKind = "act";
    /// An invitation to become a member of staff.
    InvitationId / InvitationKind = "inv";
    /// A cart.
    CartId / CartKind = "crt";
    /// A wish to change a cart.
    CartChangeId / CartChangeKind = "cch";
    /// An order.
    OrderId / OrderKind = "ord";
    /// A place where stock lies.
    LocationId / LocationKind = "loc";
    /// A stock movement.
    MovementId / MovementKind = "mov";
    /// A payment intent: one attempt to pay for an order.
    PaymentId / PaymentKind = "pay";
    /// A refund.
    RefundId / RefundKind = "rfd";
    /// A shipment.
    ShipmentId / ShipmentKind = "shp";
    /// A message by email.
    MessageId / MessageIdKind = "msg";
}
