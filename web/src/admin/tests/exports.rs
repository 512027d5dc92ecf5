//! Lists as files.

use http::{StatusCode, header};
use serde_json::json;
use souk_contracts::{
    ActivityId, BulkEditId, CategoryId, CollectionId, CustomerId, ImportId, LocationId, MessageId, ProductId, StaffId,
    VariantId,
    accounts::{Activity, ActivityKind, Customer, NewActivity, StaffMember},
    catalog::{
        BulkChange, BulkEdit, BulkEditState, Category, CollectionSummary, ExportChunk, FileFormat, Import, ImportState,
        Offer,
    },
    inventory::{Level, Location},
    notifications::{MessageKind, MessageState, MessageSummary},
    permission::Role,
};
use souk_types::{Cursor, Fault, Page, Timestamp};

use super::fakes::{Shop, eur, ok, refused};

fn page<T>(first: bool, item: T) -> Page<T> {
    Page { items: vec![item], next: first.then(|| Cursor("2".into())) }
}

fn place() -> LocationId {
    LocationId::from_bits(4)
}

fn tree() -> Vec<Category> {
    let category = |id, parent: Option<u128>, name: &str, position| Category {
        id: CategoryId::from_bits(id),
        parent: parent.map(CategoryId::from_bits),
        name: name.into(),
        slug: name.to_lowercase().replace(' ', "-"),
        position,
        version: 1,
    };
    vec![
        category(1, None, "Home", 2),
        category(2, Some(1), "Kitchen", 0),
        category(3, Some(2), "Tea sets", 7),
        category(4, None, "-Sets", 3),
    ]
}

fn import(first: bool) -> Import {
    Import {
        id: ImportId::from_bits(3),
        name: if first { "+all \"1\".csv" } else { "b.jsonl" }.into(),
        format: if first { FileFormat::ShopifyCsv } else { FileFormat::JsonLines },
        state: if first { ImportState::Finished } else { ImportState::Running },
        bytes: 200,
        bytes_read: 50,
        created: 1_200,
        updated: 4,
        unchanged: 3,
        refused: 2,
        bad_rows: Vec::new(),
        unknown_columns: Vec::new(),
        failure: None,
        created_at: Timestamp::EPOCH,
        finished_at: first.then_some(Timestamp::from_micros(5_000_000)),
    }
}

fn edit(first: bool) -> BulkEdit {
    BulkEdit {
        id: BulkEditId::from_bits(3),
        filter: None,
        change: BulkChange::AddTag(if first { "\"sale\"" } else { "new" }.into()),
        state: if first { BulkEditState::Undone } else { BulkEditState::Running },
        total: Some(9),
        changed: 5,
        unchanged: 4,
        failed: 3,
        restored: 2,
        kept: 1,
        failure: None,
        actor: if first { StaffId::from_bits(2).to_string() } else { "key_1".into() },
        created_at: Timestamp::EPOCH,
        finished_at: first.then_some(Timestamp::from_micros(5_000_000)),
        undo_until: Timestamp::EPOCH,
    }
}

fn message(first: bool) -> MessageSummary {
    MessageSummary {
        id: MessageId::from_bits(9),
        kind: MessageKind::PasswordReset,
        email: if first { "a@b.example" } else { "@c.example" }.into(),
        order_number: if first { "" } else { "K7P2-9XQ4" }.into(),
        subject: "Your \"new\" password".into(),
        state: MessageState::Sent,
        created_at: Timestamp::EPOCH,
        sent_at: first.then(|| Timestamp::from_micros(5_000_000)),
    }
}

fn activity(first: bool) -> Activity {
    Activity {
        id: ActivityId::from_bits(3),
        at: Timestamp::EPOCH,
        actor: "stf_1".into(),
        done: NewActivity {
            name: "=Sam".into(),
            kind: ActivityKind::Orders,
            action: if first { "order_refunded" } else { "some_newer_thing" }.into(),
            object: "K7P2-9XQ4".into(),
        },
    }
}

fn shop() -> Shop {
    Shop::new(|method, arguments| {
        let first = arguments["page"]["after"].is_null();
        match method {
            "catalog.export" => {
                let text = if first { "Handle,Title\ntote,Tote\n" } else { "mug,'=Mug\n" }.into();
                ok(ExportChunk { text, next: first.then(|| Cursor("2".into())) })
            }
            "accounts.customers" => ok(page(
                first,
                Customer {
                    id: CustomerId::from_bits(6),
                    email: if first { "a@b.example" } else { "c@d.example" }.into(),
                    name: "=cmd(\"x\")".into(),
                    created_at: Timestamp::EPOCH,
                },
            )),
            "notifications.list" => ok(page(first, message(first))),
            "accounts.activity" => ok(page(first, activity(first))),
            "inventory.levels" => {
                let sku = if first { "-RED" } else { "BLUE" }.into();
                ok(page(first, Level { sku, location: place(), on_hand: 9, committed: 2, reserved: 1, safety: 1 }))
            }
            "inventory.locations" => {
                ok([Location { id: place(), version: 1, name: "@Main".into(), priority: 0, active: true }])
            }
            "catalog.list_collections" => ok(page(
                first,
                CollectionSummary {
                    id: CollectionId::from_bits(8),
                    title: if first { "=1+1 \"Summer\"" } else { "Gifts" }.into(),
                    slug: if first { "summer" } else { "gifts" }.into(),
                    by_rule: first,
                    is_filling: false,
                },
            )),
            "catalog.categories" => ok(tree()),
            "catalog.imports" => ok(page(first, import(first))),
            "catalog.bulk_edits" => ok(page(first, edit(first))),
            "accounts.staff" => ok(Page {
                items: vec![StaffMember {
                    id: StaffId::from_bits(2),
                    email: "mo@souk.example".into(),
                    name: "@Mo".into(),
                    role: Role::Manager,
                }],
                next: None,
            }),
            "catalog.offers" if arguments["skus"] == json!(["-RED"]) => ok([Offer {
                product: ProductId::from_bits(1),
                variant: VariantId::from_bits(2),
                sku: "-RED".into(),
                slug: "tote".into(),
                title: "Tote".into(),
                variant_title: "Red".into(),
                price: eur(1_000),
                compare_at: None,
                weight_g: 1,
                image: None,
            }]),
            _ => None,
        }
    })
}

#[tokio::test]
async fn the_file_of_products_is_that_which_an_import_reads_of_what_the_list_shows() {
    let shop = shop();
    let got = shop.get("warehouse", "/admin/products/export.csv?q=to&status=draft").await;
    assert_eq!(got.header(header::CONTENT_DISPOSITION), "attachment; filename=\"products.csv\"");
    assert_eq!(got.body, "Handle,Title\ntote,Tote\nmug,'=Mug\n");
    let asked = shop.asked("catalog.export");
    assert_eq!(asked.len(), 2);
    for asked in asked {
        assert_eq!(
            (&asked["format"], &asked["filter"]),
            (&json!("shopify_csv"), &json!({ "status": "draft", "text": "to" }))
        );
    }
    let list = shop.get("warehouse", "/admin/products?q=to&status=draft").await.body;
    assert!(list.contains("href=\"/admin/products/export.csv?q=to&amp;status=draft\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_customers_has_all_pages_and_no_formula() {
    let shop = shop();
    let got = shop.get("support", "/admin/customers/export.csv?q=a%26b").await;
    let row = |email: &str| format!("\"'=cmd(\"\"x\"\")\",\"{email}\",1970-01-01T00:00:00Z\r\n");
    assert_eq!(got.body, format!("name,email,registered_at\r\n{}{}", row("a@b.example"), row("c@d.example")));
    assert!(shop.asked("accounts.customers").iter().all(|asked| asked["filter"]["email"] == "a&b"));
    let list = shop.get("support", "/admin/customers?q=a%26b").await.body;
    assert!(list.contains("href=\"/admin/customers/export.csv?q=a%26b\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_stock_has_what_is_filtered_with_titles_and_places() {
    let shop = shop();
    let query = format!("q=R&location={}&low=1", place());
    let got = shop.get("warehouse", &format!("/admin/stock/export.csv?{query}")).await;
    let head = "sku,title,location,on_hand,committed,reserved,safety,available";
    let first = "\"'-RED\",\"Tote (Red)\",\"'@Main\",9,2,1,1,5";
    assert_eq!(got.body, format!("{head}\r\n{first}\r\n\"BLUE\",\"\",\"'@Main\",9,2,1,1,5\r\n"));
    for asked in shop.asked("inventory.levels") {
        let filter = json!({ "sku_prefix": "R", "available_max": 5, "location": place() });
        assert_eq!((&asked["filter"], &asked["page"]["limit"]), (&filter, &json!(250)));
    }
    let list = shop.get("warehouse", &format!("/admin/stock?{query}")).await.body;
    assert!(list.contains(&format!("/admin/stock/export.csv?{}\" download", query.replace('&', "&amp;"))), "{list}");
    let wrong = shop.get("warehouse", "/admin/stock/export.csv?location=x").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_file_of_collections_has_what_is_looked_for_and_where_it_is_in_the_shop() {
    let shop = shop();
    let got = shop.get("warehouse", "/admin/collections/export.csv?q=a%26b&sort=-title").await;
    assert_eq!(got.header(header::CONTENT_DISPOSITION), "attachment; filename=\"collections.csv\"");
    let first = "\"'=1+1 \"\"Summer\"\"\",\"summer\",rule,\"http://localhost:8080/collections/summer\"";
    let second = "\"Gifts\",\"gifts\",manual,\"http://localhost:8080/collections/gifts\"";
    assert_eq!(got.body, format!("title,slug,kind,address\r\n{first}\r\n{second}\r\n"));
    let asked = shop.asked("catalog.list_collections");
    assert_eq!((asked.len(), &asked[1]["page"]["after"]), (2, &json!("2")));
    assert!(asked.iter().all(|asked| asked["filter"] == json!({ "text": "a&b" })), "{asked:?}");
    let list = shop.get("warehouse", "/admin/collections?q=a%26b").await.body;
    assert!(list.contains("href=\"/admin/collections/export.csv?q=a%26b\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_categories_has_the_tree_or_what_is_found_in_it() {
    let shop = shop();
    let head = "slug,parent_slug,name,position,path\r\n";
    let home = "\"home\",\"\",\"Home\",2,\"Home\"\r\n";
    let kitchen = "\"kitchen\",\"home\",\"Kitchen\",0,\"Home › Kitchen\"\r\n";
    let tea = "\"tea-sets\",\"kitchen\",\"Tea sets\",7,\"Home › Kitchen › Tea sets\"\r\n";
    let sets = "\"'-sets\",\"\",\"'-Sets\",3,\"'-Sets\"\r\n";
    let all = shop.get("support", "/admin/categories/export.csv").await;
    assert_eq!(all.header(header::CONTENT_DISPOSITION), "attachment; filename=\"categories.csv\"");
    assert_eq!(all.body, [head, home, kitchen, tea, sets].concat());
    let found = shop.get("support", "/admin/categories/export.csv?q=SETS").await;
    assert_eq!(found.body, [head, tea, sets].concat());
    let list = shop.get("support", "/admin/categories?q=sets").await.body;
    assert!(list.contains("href=\"/admin/categories/export.csv?q=sets\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_imports_has_all_of_a_state() {
    let shop = shop();
    let got = shop.get("support", "/admin/imports/export.csv?state=finished&sort=started").await;
    assert_eq!(got.header(header::CONTENT_DISPOSITION), "attachment; filename=\"imports.csv\"");
    let head = "name,format,state,created,updated,unchanged,refused,created_at,finished_at";
    let epoch = "1970-01-01T00:00:00Z";
    let first = format!("\"'+all \"\"1\"\".csv\",shopify_csv,finished,1200,4,3,2,{epoch},1970-01-01T00:00:05Z");
    let second = format!("\"b.jsonl\",json_lines,running,1200,4,3,2,{epoch},");
    assert_eq!(got.body, format!("{head}\r\n{first}\r\n{second}\r\n"));
    // One is asked for by the sidebar of pages, none by files.
    let asked = shop.asked("catalog.imports");
    assert!(asked.len() == 2 && asked.iter().all(|asked| asked["filter"] == json!({ "state": "finished" })));
    let list = shop.get("support", "/admin/imports?state=finished").await.body;
    assert!(list.contains("href=\"/admin/imports/export.csv?state=finished\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_bulk_edits_says_in_words_what_was_changed_and_by_whom() {
    let shop = shop();
    let got = shop.get("support", "/admin/bulk-edits/export.csv?state=undone&sort=started").await;
    assert_eq!(got.header(header::CONTENT_DISPOSITION), "attachment; filename=\"bulk-edits.csv\"");
    let head = "change,state,changed,unchanged,failed,restored,kept,by,created_at,finished_at";
    let epoch = "1970-01-01T00:00:00Z";
    let first = format!("\"Add the tag “\"\"sale\"\"”\",undone,5,4,3,2,1,\"'@Mo\",{epoch},1970-01-01T00:00:05Z");
    let second = format!("\"Add the tag “new”\",running,5,4,3,2,1,\"key_1\",{epoch},");
    assert_eq!(got.body, format!("{head}\r\n{first}\r\n{second}\r\n"));
    assert!(shop.asked("catalog.bulk_edits").iter().all(|asked| asked["filter"] == json!({ "state": "undone" })));
    let list = shop.get("support", "/admin/bulk-edits?state=undone").await.body;
    assert!(list.contains("href=\"/admin/bulk-edits/export.csv?state=undone\" download"), "{list}");
}

#[tokio::test]
async fn the_file_of_emails_has_all_pages_of_what_is_filtered_and_nothing_that_is_in_them() {
    let shop = shop();
    let got = shop.get("support", "/admin/emails/export.csv?q=a%40b.example&state=sent&sort=time").await;
    assert_eq!(got.header(header::CONTENT_DISPOSITION), "attachment; filename=\"emails.csv\"");
    let start = "1970-01-01T00:00:00Z";
    let subject = "\"Your \"\"new\"\" password\"";
    let first = format!("{start},1970-01-01T00:00:05Z,sent,password_reset,\"a@b.example\",{subject},\"\"");
    let second = format!("{start},,sent,password_reset,\"'@c.example\",{subject},\"K7P2-9XQ4\"");
    assert_eq!(got.body, format!("created_at,sent_at,state,kind,email,subject,order\r\n{first}\r\n{second}\r\n"));
    let asked = shop.asked("notifications.list");
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked["filter"] == json!({ "text": "a@b.example", "state": "sent" })));
    let list = shop.get("support", "/admin/emails?q=a%40b.example&state=sent&sort=time").await.body;
    assert!(list.contains("/admin/emails/export.csv?q=a%40b.example&amp;state=sent\" download"), "{list}");
    let wrong = shop.get("support", "/admin/emails/export.csv?state=lost").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_file_of_the_activity_log_tells_in_words_what_was_done() {
    let shop = shop();
    let got = shop.get("owner", "/admin/activity/export.csv?who=stf_1&kind=orders").await;
    let row = |words: &str| format!("1970-01-01T00:00:00Z,\"stf_1\",\"'=Sam\",orders,\"{words}\",\"K7P2-9XQ4\"\r\n");
    let rows = [row("Refunded order"), row("Some newer thing")].concat();
    assert_eq!(got.body, format!("at,actor,name,kind,action,object\r\n{rows}"));
    assert_eq!(shop.asked("accounts.activity")[1]["filter"], json!({ "actor": "stf_1", "kind": "orders" }));
    assert_eq!(shop.get("manager", "/admin/activity/export.csv").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_files_of_failed_work_say_what_failed_and_not_with_what() {
    let shop = shop();
    let start = "1970-01-01T00:00:00Z";
    let got = shop.get("manager", "/admin/dead-letters/export.csv?service=orders").await;
    let event = souk_types::EventId::from_bits(5);
    let row = |key: &str| {
        format!("{start},\"orders\",\"search.orders\",{event},\"orders.placed\",\"{key}\",8,\"no \"\"index\"\"\"\r\n")
    };
    let head = "at,service,consumer,event,topic,key,attempts,error\r\n";
    assert_eq!(got.body, [head, &row("'=one"), &row("two")].concat());
    let got = shop.get("manager", "/admin/jobs/export.csv?service=payments").await;
    let row = format!("{start},\"payments\",\"ask\",\"a/b c\",10,\"no <answer>\"\r\n");
    assert_eq!(got.body, ["due_at,service,queue,key,attempts,error\r\n", &row, &row].concat());
    let got = shop.get("manager", "/admin/jobs/export.csv?service=orders").await;
    assert_eq!(got.body, "due_at,service,queue,key,attempts,error\r\n");
    let page = shop.get("manager", "/admin/dead-letters?service=orders&sort=time").await.body;
    for file in ["dead-letters", "jobs"] {
        assert!(page.contains(&format!("href=\"/admin/{file}/export.csv?service=orders\" download")), "{page}");
        let wrong = shop.get("manager", &format!("/admin/{file}/export.csv?service=nobody")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn a_file_that_cannot_begin_is_a_page_that_says_why() {
    let shop = Shop::new(|method, _| match method {
        "catalog.export" => refused(&Fault::unavailable("the catalogue is away")),
        _ => None,
    });
    let got = shop.get("owner", "/admin/products/export.csv").await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!got.headers.contains_key(header::CONTENT_DISPOSITION));
}
