//! Every operation of the API, in one table.

use super::{
    account::{ChangePassword, EndAllSessions, EndOneSession, ListSessions, ReadCustomer, ReplaceCustomer},
    addresses::{CreateAddress, DeleteAddress, ListAddresses, ReadAddress, ReplaceAddress},
    back_office::{
        bulk_edits::{
            CreateBulkEdit, ListBulkEditProducts, ListBulkEdits, PreviewBulkEdit, ReadBulkEdit, StopBulkEdit,
            UndoBulkEdit,
        },
        categories::{CreateCategory, DeleteCategory, ListAllCategories, ReadCategory, ReplaceCategory},
        collections::{
            CreateCollection, DeleteCollection, ListCollections, PreviewCollection, ReadCollection, ReplaceCollection,
        },
        customers::{ListCustomerOrders, ListCustomers, ReadAnyCustomer},
        emails::{ListEmails, ReadEmail, ResendEmail},
        failed_work::{
            DiscardDeadLetter, DiscardParkedJob, ListDeadLetters, ListParkedJobs, ReplayDeadLetter, RetryParkedJob,
        },
        imports::{CreateImport, ListImports, ReadImport},
        locations::{CreateLocation, ListLocations, ReadLocation, ReplaceLocation},
        orders::{CancelAnyOrder, HoldOrder, ListOrders, ReadAnyOrder, ReadOrderHistory, RefundOrder, ReleaseOrder},
        product_images::{AddProductImage, RemoveProductImage, ReplaceProductImage, ReplaceProductImages},
        products::{CreateProduct, ListAllProducts, ReadAnyProduct, ReplaceProduct},
        settings::{
            DeliverySettings, Part, PaymentMethods, PaymentRuleSettings, Read, ReadSettings, Replace, Reset,
            TaxSettings,
        },
        shipments::{CreateShipment, ListShipments, TrackShipment},
        stock::{AdjustStock, ListMovements, ListStock, TransferStock},
    },
    cart::{AddCartLine, ReadCart, ReadQuote, RemoveCartLine, SetCartLine},
    catalogue::{ListCategories, ListProducts, ReadProduct, Suggest},
    checkout_link::CreateCheckoutLink,
    events::{FollowOrder, FollowStock},
    operation::Route,
    order_status::FindOrderStatus,
    orders::{CancelOrder, CreateOrder, ListOwnOrders, ReadOrder, ResumeOrder},
    people::{CreateCustomer, CreateGuest, CreateSession, EndSession},
    shop::ReadShop,
};

/// Every operation of the API, in the order in which they are described.
pub fn all() -> Vec<Route> {
    let mut all = of_shoppers();
    all.extend(of_the_back_office());
    all.extend(of_the_settings());
    all
}

fn of_shoppers() -> Vec<Route> {
    vec![
        Route::of::<ReadShop>(),
        Route::of::<ListProducts>(),
        Route::of::<ReadProduct>(),
        Route::of::<ListCategories>(),
        Route::of::<Suggest>(),
        Route::of::<FollowStock>(),
        Route::of::<CreateGuest>(),
        Route::of::<CreateCustomer>(),
        Route::of::<CreateSession>(),
        Route::of::<EndSession>(),
        Route::of::<ReadCustomer>(),
        Route::of::<ReplaceCustomer>(),
        Route::of::<ChangePassword>(),
        Route::of::<ListSessions>(),
        Route::of::<EndOneSession>(),
        Route::of::<EndAllSessions>(),
        Route::of::<ListAddresses>(),
        Route::of::<CreateAddress>(),
        Route::of::<ReadAddress>(),
        Route::of::<ReplaceAddress>(),
        Route::of::<DeleteAddress>(),
        Route::of::<ListOwnOrders>(),
        Route::of::<ReadCart>(),
        Route::of::<AddCartLine>(),
        Route::of::<SetCartLine>(),
        Route::of::<RemoveCartLine>(),
        Route::of::<ReadQuote>(),
        Route::of::<CreateCheckoutLink>(),
        Route::of::<CreateOrder>(),
        Route::of::<ReadOrder>(),
        Route::of::<ResumeOrder>(),
        Route::of::<CancelOrder>(),
        Route::of::<FindOrderStatus>(),
        Route::of::<FollowOrder>(),
    ]
}

fn of_the_back_office() -> Vec<Route> {
    vec![
        Route::of::<ListOrders>(),
        Route::of::<ReadAnyOrder>(),
        Route::of::<ReadOrderHistory>(),
        Route::of::<CancelAnyOrder>(),
        Route::of::<HoldOrder>(),
        Route::of::<ReleaseOrder>(),
        Route::of::<RefundOrder>(),
        Route::of::<ListShipments>(),
        Route::of::<CreateShipment>(),
        Route::of::<TrackShipment>(),
        Route::of::<ListAllProducts>(),
        Route::of::<ReadAnyProduct>(),
        Route::of::<CreateProduct>(),
        Route::of::<ReplaceProduct>(),
        Route::of::<AddProductImage>(),
        Route::of::<ReplaceProductImages>(),
        Route::of::<ReplaceProductImage>(),
        Route::of::<RemoveProductImage>(),
        Route::of::<ListBulkEdits>(),
        Route::of::<ReadBulkEdit>(),
        Route::of::<ListBulkEditProducts>(),
        Route::of::<PreviewBulkEdit>(),
        Route::of::<CreateBulkEdit>(),
        Route::of::<StopBulkEdit>(),
        Route::of::<UndoBulkEdit>(),
        Route::of::<ListAllCategories>(),
        Route::of::<ReadCategory>(),
        Route::of::<CreateCategory>(),
        Route::of::<ReplaceCategory>(),
        Route::of::<DeleteCategory>(),
        Route::of::<ListCollections>(),
        Route::of::<ReadCollection>(),
        Route::of::<CreateCollection>(),
        Route::of::<ReplaceCollection>(),
        Route::of::<DeleteCollection>(),
        Route::of::<PreviewCollection>(),
        Route::of::<ListImports>(),
        Route::of::<ReadImport>(),
        Route::of::<CreateImport>(),
        Route::of::<ListStock>(),
        Route::of::<AdjustStock>(),
        Route::of::<TransferStock>(),
        Route::of::<ListMovements>(),
        Route::of::<ListLocations>(),
        Route::of::<ReadLocation>(),
        Route::of::<CreateLocation>(),
        Route::of::<ReplaceLocation>(),
        Route::of::<ListCustomers>(),
        Route::of::<ReadAnyCustomer>(),
        Route::of::<ListCustomerOrders>(),
        Route::of::<ListEmails>(),
        Route::of::<ReadEmail>(),
        Route::of::<ResendEmail>(),
        Route::of::<ListDeadLetters>(),
        Route::of::<ReplayDeadLetter>(),
        Route::of::<DiscardDeadLetter>(),
        Route::of::<ListParkedJobs>(),
        Route::of::<RetryParkedJob>(),
        Route::of::<DiscardParkedJob>(),
    ]
}

fn of_the_settings() -> Vec<Route> {
    let mut all = vec![Route::of::<ReadSettings>()];
    all.extend(of_a_part::<DeliverySettings>());
    all.extend(of_a_part::<TaxSettings>());
    all.extend(of_a_part::<PaymentMethods>());
    all.extend(of_a_part::<PaymentRuleSettings>());
    all
}

fn of_a_part<P: Part>() -> [Route; 3] {
    [Route::of::<Read<P>>(), Route::of::<Replace<P>>(), Route::of::<Reset<P>>()]
}
