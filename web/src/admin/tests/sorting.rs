//! Lists whose columns' heads sort them.

use http::{StatusCode, header};
use serde_json::{Value, json};
use souk_contracts::{
    ActivityId, BulkEditId, CollectionId, CustomerId, ImportId, LocationId, MessageId, ProductId,
    accounts::{Activity, ActivityKind, Customer, NewActivity},
    catalog::{
        BulkChange, BulkEdit, BulkEditState, CollectionSummary, FileFormat, Import, ImportState, ProductStatus,
        ProductSummary,
    },
    inventory::Level,
    notifications::{MessageKind, MessageState, MessageSummary},
    orders::{Lifecycle, OrderFilter, OrderSort, OrderSummary, SavedFilter},
};
use souk_types::{Cursor, Page, Timestamp};

use super::fakes::{Shop, as_staff, eur, ok, order};

fn product() -> ProductSummary {
    ProductSummary {
        id: ProductId::from_bits(1),
        slug: "tote".into(),
        title: "Tote".into(),
        brand: "Acme".into(),
        status: ProductStatus::Active,
        variants: 1,
        price_min: eur(1_000),
        price_max: eur(1_000),
        image: None,
        updated_at: Timestamp::EPOCH,
    }
}

fn import() -> Import {
    Import {
        id: ImportId::from_bits(3),
        name: "all.csv".into(),
        format: FileFormat::ShopifyCsv,
        state: ImportState::Running,
        bytes: 200,
        bytes_read: 50,
        created: 12,
        updated: 0,
        unchanged: 0,
        refused: 0,
        bad_rows: Vec::new(),
        unknown_columns: Vec::new(),
        failure: None,
        created_at: Timestamp::EPOCH,
        finished_at: None,
    }
}

fn edit() -> BulkEdit {
    BulkEdit {
        id: BulkEditId::from_bits(3),
        filter: None,
        change: BulkChange::AddTag("sale".into()),
        state: BulkEditState::Finished,
        total: Some(4),
        changed: 4,
        unchanged: 0,
        failed: 0,
        restored: 0,
        kept: 0,
        failure: None,
        actor: "key_1".into(),
        created_at: Timestamp::EPOCH,
        finished_at: None,
        undo_until: Timestamp::EPOCH,
    }
}

fn message() -> MessageSummary {
    MessageSummary {
        id: MessageId::from_bits(9),
        kind: MessageKind::OrderConfirmed,
        email: "ana@example.com".into(),
        order_number: String::new(),
        subject: "Your order".into(),
        state: MessageState::Sent,
        created_at: Timestamp::EPOCH,
        sent_at: None,
    }
}

fn page<T>(item: T) -> Page<T> {
    Page { items: vec![item], next: Some(Cursor("on & on".into())) }
}

fn shop() -> Shop {
    Shop::new(|method, _| match method {
        "catalog.list" => ok(page(product())),
        "accounts.customers" => ok(page(Customer {
            id: CustomerId::from_bits(6),
            email: "ana@example.com".into(),
            name: "Ana".into(),
            created_at: Timestamp::EPOCH,
        })),
        "orders.list" => {
            let order = order();
            ok(page(OrderSummary {
                id: order.id,
                customer: order.customer,
                number: order.number,
                lifecycle: order.lifecycle,
                payment: order.payment,
                fulfilment: order.fulfilment,
                email: order.email,
                name: order.address.name,
                pieces: 3,
                total: order.totals.total,
                created_at: order.created_at,
            }))
        }
        "catalog.list_collections" => ok(page(CollectionSummary {
            id: CollectionId::from_bits(8),
            title: "Sale of mugs".into(),
            slug: "sale".into(),
            by_rule: true,
            is_filling: false,
        })),
        "catalog.imports" => ok(page(import())),
        "catalog.bulk_edits" => ok(page(edit())),
        "orders.saved_filters" => {
            let filter = OrderFilter { sort: Some(OrderSort::Dearest), ..OrderFilter::default() };
            ok([SavedFilter { name: "Dear ones".into(), filter }])
        }
        "orders.save_filter" => ok(Value::Null),
        "notifications.list" => ok(page(message())),
        "accounts.staff" => ok(Page::<Value> { items: Vec::new(), next: None }),
        "accounts.activity" => ok(page(Activity {
            id: ActivityId::from_bits(3),
            at: Timestamp::EPOCH,
            actor: "stf_1".into(),
            done: NewActivity {
                name: "Sam".into(),
                kind: ActivityKind::Orders,
                action: "order_refunded".into(),
                object: String::new(),
            },
        })),
        "inventory.levels" => {
            let level = |sku: &str| Level {
                sku: sku.into(),
                location: LocationId::from_bits(4),
                on_hand: 9,
                committed: 0,
                reserved: 0,
                safety: 0,
            };
            ok(page(level("TOTE")))
        }
        _ => None,
    })
}

/// The head of a column as it stands in a page.
fn head<'p>(page: &'p str, column: &str) -> &'p str {
    let heads = page.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap();
    heads
        .split("<th ")
        .find(|head| head.contains(&format!(">{column}<")))
        .unwrap_or_else(|| panic!("{column}: {heads}"))
}

#[tokio::test]
async fn a_columns_head_sorts_and_says_how_the_list_is_sorted() {
    let shop = shop();
    let own = shop.get("warehouse", "/admin/products").await.body;
    assert_eq!(shop.asked("catalog.list")[0]["filter"]["sort"], Value::Null);
    assert!(
        head(&own, "Changed")
            .contains("aria-sort=\"descending\"><a class=\"sort-head\" href=\"/admin/products?sort=changed\"")
    );
    assert!(head(&own, "Product").contains("<a class=\"sort-head\" href=\"/admin/products?sort=title\""), "{own}");
    assert_eq!(own.matches("aria-sort").count(), 1);
    assert!(!head(&own, "Status").contains("<a"), "nobody sorts by status");
    let sorted = shop.get("warehouse", "/admin/products?sort=title").await.body;
    assert_eq!(shop.asked("catalog.list")[1]["filter"]["sort"], "title");
    assert!(
        head(&sorted, "Product")
            .contains("aria-sort=\"ascending\"><a class=\"sort-head\" href=\"/admin/products?sort=-title\"")
    );
    assert!(head(&sorted, "Changed").contains("href=\"/admin/products\""), "{sorted}");
    assert!(sorted.contains("sorted by: Title, A to Z</caption>"), "{sorted}");
    let backwards = shop.get("warehouse", "/admin/products?sort=-title").await.body;
    assert!(
        head(&backwards, "Product")
            .contains("aria-sort=\"descending\"><a class=\"sort-head\" href=\"/admin/products?sort=title\"")
    );
}

#[tokio::test]
async fn order_and_filters_keep_each_other() {
    let shop = shop();
    let page = shop.get("owner", "/admin/products?q=to+te&status=active&sort=-price&after=here").await.body;
    let asked = &shop.asked("catalog.list")[0];
    assert_eq!(asked["filter"], json!({ "status": "active", "text": "to te", "sort": "-price" }));
    assert_eq!(asked["page"]["after"], "here");
    // Heads keep what is filtered, and begin at the first page.
    assert!(
        head(&page, "Price").contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=price\""),
        "{page}"
    );
    assert!(head(&page, "Product").contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=title\""));
    // Pages keep the order, and so do the filters, without a script and where the heads are out of sight.
    assert!(page.contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=-price&amp;after=on+%26+on\""));
    assert!(page.contains("href=\"/admin/products?q=to+te&amp;status=active&amp;sort=-price\">First"), "{page}");
    assert!(page.contains("<option value=\"-price\" selected>Price, highest first</option>"), "{page}");
    // What is done with all that match, or written to a file, is the same in any order.
    assert!(page.contains("href=\"/admin/products/export.csv?q=to+te&amp;status=active\""), "{page}");
    assert!(page.contains("href=\"/admin/products/bulk?all=1&amp;q=to+te&amp;status=active\""), "{page}");
}

#[tokio::test]
async fn an_order_that_there_is_not_is_refused_like_any_other_wrong_parameter() {
    let shop = shop();
    for path in ["/admin/products?sort=status", "/admin/products?sort=--title", "/admin/products?sort=title;drop"] {
        let got = shop.get("owner", path).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let program = as_staff("owner", "GET", path).header(header::ACCEPT, "application/json");
        let got = shop.send(program.body(axum::body::Body::empty()).unwrap()).await;
        assert!(got.body.contains("\"sort\""), "{}", got.body);
    }
    assert_eq!(shop.asked("catalog.list").len(), 0);
}

#[tokio::test]
async fn customers_who_are_looked_for_by_email_are_sorted_by_email_alone() {
    let shop = shop();
    let all = shop.get("support", "/admin/customers?sort=email").await.body;
    assert_eq!(shop.asked("accounts.customers")[0]["filter"], json!({ "email": null, "sort": "email" }));
    assert!(
        head(&all, "Email")
            .contains("aria-sort=\"ascending\"><a class=\"sort-head\" href=\"/admin/customers?sort=-email\"")
    );
    assert!(head(&all, "Registered").contains("href=\"/admin/customers\""), "{all}");
    // Words that were typed while the list was sorted by something else are no mistake.
    let found = shop.get("support", "/admin/customers?q=an&sort=registered").await;
    assert_eq!(found.status, StatusCode::OK);
    assert_eq!(shop.asked("accounts.customers")[1]["filter"], json!({ "email": "an" }));
    assert!(head(&found.body, "Email").contains("aria-sort=\"ascending\""), "{}", found.body);
    assert!(!head(&found.body, "Registered").contains("<a"), "{}", found.body);
    assert_eq!(found.body.matches("<option").count(), 2);
    let backwards = shop.get("support", "/admin/customers?q=an&sort=-email").await.body;
    assert_eq!(shop.asked("accounts.customers")[2]["filter"], json!({ "email": "an", "sort": "-email" }));
    assert!(backwards.contains("href=\"/admin/customers?q=an&amp;sort=-email&amp;after=on+%26+on\""), "{backwards}");
    assert!(backwards.contains("href=\"/admin/customers/export.csv?q=an\""), "{backwards}");
    assert_eq!(shop.get("owner", "/admin/customers?sort=name").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn stock_is_sorted_by_what_runs_out_first_where_it_can_be() {
    let shop = shop();
    let own = shop.get("warehouse", "/admin/stock").await.body;
    assert!(
        head(&own, "Variant")
            .contains("aria-sort=\"ascending\"><a class=\"sort-head\" href=\"/admin/stock?sort=-sku\"")
    );
    let link = "class=\"number\"><a class=\"sort-head\" href=\"/admin/stock?sort=available\"";
    assert!(head(&own, "Available").contains(link), "{own}");
    let low = shop.get("warehouse", "/admin/stock?low=1&sort=available").await.body;
    assert_eq!(shop.asked("inventory.levels")[1]["filter"]["sort"], "available");
    let link = "href=\"/admin/stock?low=1&amp;sort=-available\"";
    assert!(head(&low, "Available").contains("aria-sort=\"ascending\"") && head(&low, "Available").contains(link));
    assert!(low.contains("href=\"/admin/stock?low=1&amp;sort=available&amp;after=on+%26+on\""), "{low}");
    assert!(low.contains("href=\"/admin/stock/export.csv?low=1\""), "{low}");
    for narrowed in ["q=to".to_owned(), format!("location={}", LocationId::from_bits(4))] {
        let page = shop.get("warehouse", &format!("/admin/stock?{narrowed}&sort=available")).await.body;
        assert_eq!(shop.asked("inventory.levels").last().unwrap()["filter"]["sort"], Value::Null);
        assert!(!head(&page, "Available").contains("<a") && head(&page, "Variant").contains("aria-sort"), "{page}");
    }
    assert_eq!(shop.get("owner", "/admin/stock?sort=location").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn orders_are_sorted_by_total_where_they_can_be_and_saved_filters_keep_it() {
    let shop = shop();
    let own = shop.get("support", "/admin/orders?sort=-placed").await.body;
    assert_eq!(shop.asked("orders.list")[0]["filter"]["sort"], Value::Null, "that is the list's own order");
    assert!(
        head(&own, "Placed")
            .contains("aria-sort=\"descending\"><a class=\"sort-head\" href=\"/admin/orders?sort=placed\"")
    );
    assert!(head(&own, "Total").contains("href=\"/admin/orders?sort=-total\""), "{own}");
    assert!(own.contains("<a class=\"chip\" href=\"/admin/orders?sort=-total\">Dear ones</a>"), "{own}");
    let dear = shop.get("support", "/admin/orders?sort=-total&after=here").await.body;
    assert_eq!(shop.asked("orders.list")[1]["filter"]["sort"], "-total");
    assert!(dear.contains("href=\"/admin/orders?sort=-total\" aria-current=\"page\">Dear ones</a>"), "{dear}");
    assert!(dear.contains("name=\"back\" value=\"/admin/orders?sort=-total&amp;after=here\""), "{dear}");
    assert!(dear.contains("<input type=\"hidden\" name=\"sort\" value=\"-total\">"), "{dear}");
    assert!(dear.contains("href=\"/admin/orders/export.csv\""), "{dear}");
    let form = [("name", "Mine"), ("q", "ana@example.com"), ("lifecycle", "placed"), ("sort", "total")];
    let saved = shop.post("support", "/admin/orders/filters", &form).await;
    assert_eq!(saved.header(header::LOCATION), "/admin/orders?q=ana%40example.com&lifecycle=placed&sort=total");
    assert_eq!(shop.asked("orders.save_filter")[0]["filter"]["filter"]["sort"], "total");
    // What is of one status is found by time alone.
    let placed = shop.get("support", "/admin/orders?lifecycle=placed&sort=total").await.body;
    let asked = shop.asked("orders.list");
    assert_eq!(
        (&asked[2]["filter"]["lifecycle"], &asked[2]["filter"]["sort"]),
        (&json!(Lifecycle::Placed), &Value::Null)
    );
    assert!(!head(&placed, "Total").contains("<a") && head(&placed, "Placed").contains("aria-sort"), "{placed}");
    assert_eq!(shop.get("owner", "/admin/orders?sort=number").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        shop.post("support", "/admin/orders/filters", &[("sort", "number")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn collections_are_sorted_by_title_both_ways_and_found_by_words() {
    let shop = shop();
    let own = shop.get("support", "/admin/collections").await.body;
    assert_eq!(shop.asked("catalog.list_collections")[0]["filter"], json!({ "text": null }));
    let link = "aria-sort=\"ascending\"><a class=\"sort-head\" href=\"/admin/collections?sort=-title\"";
    assert!(head(&own, "Collection").contains(link), "{own}");
    let found = shop.get("support", "/admin/collections?q=Sale+of&sort=-title&after=here").await.body;
    let asked = &shop.asked("catalog.list_collections")[1];
    assert_eq!(asked["filter"], json!({ "text": "Sale of", "sort": "-title" }));
    assert_eq!(asked["page"]["after"], "here");
    let link = "aria-sort=\"descending\"><a class=\"sort-head\" href=\"/admin/collections?q=Sale+of\"";
    assert!(head(&found, "Collection").contains(link), "{found}");
    assert!(found.contains("href=\"/admin/collections?q=Sale+of&amp;sort=-title&amp;after=on+%26+on\""), "{found}");
    assert!(found.contains("name=\"q\" type=\"search\" maxlength=\"200\" value=\"Sale of\""), "{found}");
    assert!(found.contains("sorted by: Title, Z to A</caption>"), "{found}");
    assert_eq!(shop.get("owner", "/admin/collections?sort=kind").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn imports_and_bulk_edits_are_sorted_by_time_and_narrowed_to_a_state() {
    let shop = shop();
    for (path, method) in [("/admin/imports", "catalog.imports"), ("/admin/bulk-edits", "catalog.bulk_edits")] {
        // The sidebar's own question comes with the page.
        let asked = |filter: Value| shop.asked(method).iter().filter(|asked| asked["filter"] == filter).count();
        let own = shop.get("support", path).await.body;
        assert!(asked(json!({ "state": null })) > 0);
        let link = format!("aria-sort=\"descending\"><a class=\"sort-head\" href=\"{path}?sort=started\"");
        assert!(head(&own, "Started").contains(&link), "{own}");
        assert!(!head(&own, "State").contains("<a"), "nobody sorts by state");
        let kept = shop.get("support", &format!("{path}?state=failed&sort=started")).await.body;
        assert_eq!(asked(json!({ "state": "failed", "sort": "started" })), 1);
        let link = format!("aria-sort=\"ascending\"><a class=\"sort-head\" href=\"{path}?state=failed\"");
        assert!(head(&kept, "Started").contains(&link), "{kept}");
        assert!(kept.contains(&format!("href=\"{path}?state=failed&amp;sort=started&amp;after=on+%26+on\"")), "{kept}");
        assert!(kept.contains("<option value=\"failed\" selected>Failed</option>"), "{kept}");
        assert!(kept.contains("sorted by: Started, oldest first</caption>"), "{kept}");
        for wrong in ["sort=state", "state=gone"] {
            let got = shop.get("owner", &format!("{path}?{wrong}")).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}?{wrong}");
        }
    }
    // What the page's script asks for again is what the page shows.
    let page = shop.get("support", "/admin/imports?state=running&sort=started&after=x").await.body;
    let again = "/admin/imports/table?state=running&amp;sort=started&amp;after=x";
    assert!(page.contains(&format!("data-refresh=\"{again}\"")), "{page}");
    let table = shop.get("support", &again.replace("&amp;", "&")).await.body;
    assert!(table.contains(&format!("data-refresh=\"{again}\"")) && !table.contains("<html"), "{table}");
    assert_eq!(shop.asked("catalog.imports").last().unwrap()["page"]["after"], "x");
}

#[tokio::test]
async fn emails_and_activity_are_read_from_either_end_of_time() {
    let shop = shop();
    for (path, method, column, query, filter) in [
        ("/admin/emails", "notifications.list", "Written", "state=sent", json!({ "text": null, "state": "sent" })),
        ("/admin/activity", "accounts.activity", "When", "kind=orders", json!({ "actor": null, "kind": "orders" })),
    ] {
        let own = shop.get("owner", &format!("{path}?{query}")).await.body;
        assert_eq!(shop.asked(method)[0]["filter"], filter);
        let link = format!("aria-sort=\"descending\"><a class=\"sort-head\" href=\"{path}?{query}&amp;sort=time\"");
        assert!(head(&own, column).contains(&link), "{own}");
        let oldest = shop.get("owner", &format!("{path}?{query}&sort=time&after=here")).await.body;
        let asked = &shop.asked(method)[1];
        assert_eq!((&asked["filter"]["sort"], &asked["page"]["after"]), (&json!("time"), &json!("here")));
        let link = format!("aria-sort=\"ascending\"><a class=\"sort-head\" href=\"{path}?{query}\"");
        assert!(head(&oldest, column).contains(&link), "{oldest}");
        assert!(oldest.contains("sorted by: Time, oldest first</caption>"), "{oldest}");
        assert!(oldest.contains("<option value=\"time\" selected>Time, oldest first</option>"), "{oldest}");
        assert!(oldest.contains(&format!("href=\"{path}?{query}&amp;sort=time&amp;after=on+%26+on\"")), "{oldest}");
        assert!(oldest.contains(&format!("href=\"{path}/export.csv?{query}\"")), "{oldest}");
        let wrong = shop.get("owner", &format!("{path}?sort=subject")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn failed_work_is_read_from_either_end_of_time_and_of_one_service_alone() {
    let shop = shop();
    let own = shop.get("owner", "/admin/dead-letters").await.body;
    assert!(own.contains("<option value=\"\" selected>Time, newest first</option>"), "{own}");
    assert!(own.contains("jobs_after=payments+ask+a\"") && own.contains("Every event has been handled."), "{own}");
    let oldest = shop.get("owner", "/admin/dead-letters?service=payments&sort=time").await.body;
    assert!(oldest.contains("Every event of this part has been handled."), "{oldest}");
    let next = "href=\"/admin/dead-letters?service=payments&amp;sort=time&amp;jobs_after=oldest+payments+ask+a\"";
    assert!(
        oldest.contains(next) && oldest.contains("<option value=\"payments\" selected>Payments</option>"),
        "{oldest}"
    );
    let letters = shop.get("owner", "/admin/dead-letters?service=orders&sort=time").await.body;
    let next = "href=\"/admin/dead-letters?service=orders&amp;sort=time&amp;after=orders+time\"";
    assert!(letters.contains(next) && letters.contains("Every job of this part has been done"), "{letters}");
    for wrong in ["sort=service", "service=nobody"] {
        let got = shop.get("owner", &format!("/admin/dead-letters?{wrong}")).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
