//! What staff may do, a bit each, and which role may do what.

use souk_types::{Permissions, text_enum};

/// See orders and customers.
pub const ORDERS_READ: Permissions = Permissions::bit(0);
/// Ship, hold, cancel orders.
pub const ORDERS_MANAGE: Permissions = Permissions::bit(1);
/// Give money back.
pub const REFUNDS: Permissions = Permissions::bit(2);
/// See drafts and archived products.
pub const CATALOG_READ: Permissions = Permissions::bit(3);
/// Change products, categories, collections; import.
pub const CATALOG_MANAGE: Permissions = Permissions::bit(4);
/// See stock levels and movements.
pub const STOCK_READ: Permissions = Permissions::bit(5);
/// Receive, adjust, transfer stock; see and, with [`OPERATIONS`] in the console, change where it lies.
pub const STOCK_MANAGE: Permissions = Permissions::bit(6);
/// See and replay failed events and parked jobs, build the search index anew, change taxes and delivery.
pub const OPERATIONS: Permissions = Permissions::bit(7);
/// Add and remove staff.
pub const STAFF_MANAGE: Permissions = Permissions::bit(8);

text_enum! {
    /// What a member of staff is there for.
    pub enum Role {
        /// Everything.
        Owner = "owner",
        /// Everything but staff.
        Manager = "manager",
        /// Orders and refunds.
        Support = "support",
        /// Stock and shipping.
        Warehouse = "warehouse",
    }
}

impl Role {
    /// What the role may do.
    pub const fn permissions(self) -> Permissions {
        let reading = ORDERS_READ.union(CATALOG_READ).union(STOCK_READ);
        match self {
            Self::Owner => Permissions::ALL,
            Self::Manager => {
                reading.union(ORDERS_MANAGE).union(REFUNDS).union(CATALOG_MANAGE).union(STOCK_MANAGE).union(OPERATIONS)
            }
            Self::Support => reading.union(ORDERS_MANAGE).union(REFUNDS),
            Self::Warehouse => reading.union(ORDERS_MANAGE).union(STOCK_MANAGE),
        }
    }
}

text_enum! {
    /// What an API key may be good for.
    pub enum Scope {
        /// See orders and customers.
        OrdersRead = "orders:read",
        /// Ship, hold, cancel orders.
        OrdersManage = "orders:manage",
        /// Give money back.
        Refunds = "refunds",
        /// See drafts and archived products.
        CatalogRead = "catalog:read",
        /// Change products, categories, collections; import.
        CatalogManage = "catalog:manage",
        /// See stock levels and movements.
        StockRead = "stock:read",
        /// Receive, adjust, transfer stock; add, rename and switch off locations.
        StockManage = "stock:manage",
        /// See, replay and discard failed events and parked jobs.
        Operations = "operations",
    }
}

impl Scope {
    /// Says whether the scope is there to look at things, and changes none.
    pub const fn only_sees(self) -> bool {
        matches!(self, Self::OrdersRead | Self::CatalogRead | Self::StockRead)
    }

    /// What the scope permits: to change something is to see it.
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::OrdersRead => ORDERS_READ,
            Self::OrdersManage => ORDERS_READ.union(ORDERS_MANAGE),
            Self::Refunds => ORDERS_READ.union(REFUNDS),
            Self::CatalogRead => CATALOG_READ,
            Self::CatalogManage => CATALOG_READ.union(CATALOG_MANAGE),
            Self::StockRead => STOCK_READ,
            Self::StockManage => STOCK_READ.union(STOCK_MANAGE),
            Self::Operations => OPERATIONS,
        }
    }
}
