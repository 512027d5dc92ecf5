use souk_types::text_enum;

text_enum! {
    /// What an order's hold on stock has come to.
    pub enum HoldState {
        /// Set aside while the order is being paid; runs out.
        Reserved = "reserved",
        /// The order is placed; does not run out.
        Committed = "committed",
        /// All of it has left the house.
        Shipped = "shipped",
        /// Given back, or run out.
        Released = "released",
    }
}
