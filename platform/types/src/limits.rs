//! Bounds on everything that could otherwise grow without end.

use std::time::Duration;

/// Items on one page of a list.
pub const PAGE_ITEMS_MAX: u32 = 250;
/// Lines in one cart or order.
pub const CART_LINES_MAX: usize = 200;
/// Pieces of one variant in one cart.
pub const LINE_QUANTITY_MAX: u32 = 999;
/// Products on one wish list.
pub const WISHES_MAX: usize = 100;
/// Variants of one product.
pub const PRODUCT_VARIANTS_MAX: usize = 2_000;
/// Options of one product.
pub const PRODUCT_OPTIONS_MAX: usize = 5;
/// Images of one product.
pub const PRODUCT_IMAGES_MAX: usize = 250;
/// Typed attributes of one product.
pub const PRODUCT_ATTRIBUTES_MAX: usize = 200;
/// Bytes of a name, title or other single line of text.
pub const LINE_BYTES_MAX: usize = 500;
/// Bytes of a description or other long text.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a search query.
pub const QUERY_BYTES_MAX: usize = 400;
/// Search results that can be paged to: deeper pages are refused.
pub const SEARCH_DEPTH_MAX: usize = 10_000;
/// Bytes of an ordinary request body.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of an uploaded image.
pub const IMAGE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Pixels of an image that is decoded, so that a small file cannot fill the memory.
pub const IMAGE_PIXELS_MAX: u64 = 64_000_000;
/// Bytes of an uploaded import file.
pub const IMPORT_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Bytes of one row (all lines of one product) of an import.
pub const IMPORT_ROW_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bad rows of one import that are kept with line number and reason; the rest are counted.
pub const IMPORT_ERRORS_KEPT_MAX: usize = 1_000;
/// Write transactions that wait for the store.
pub const STORE_QUEUE_MAX: usize = 4_096;
/// Write transactions that share one fsync.
pub const STORE_BATCH_MAX: usize = 256;
/// Events that one relay takes up at a time.
pub const EVENT_BATCH_MAX: usize = 256;
/// Deliveries of one event to one consumer before it becomes a dead letter.
pub const EVENT_ATTEMPTS_MAX: u32 = 8;
/// Runs of one job before it is parked.
pub const JOB_ATTEMPTS_MAX: u32 = 10;
/// How old something may be that is shown because its source is away; caches in front are told the same in
/// `stale-if-error`.
pub const STALE_IF_ERROR: Duration = Duration::from_secs(3_600);
