//! What a page may cost: statements, bytes of HTML, bytes of scripts.

use std::time::Duration;

use souk_bench::{
    client::{Answer, Client},
    server::{Server, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};

use crate::open::owner;

const STATEMENTS_MAX: usize = 5;
/// An order as staff see it is put together from three services: orders, payments and delivery.
const ORDER_STATEMENTS_MAX: usize = 8;
const HTML_BYTES_MAX: usize = 60_000;
const SCRIPT_BYTES_MAX: usize = 30_000;
/// The server's log comes by another way than its answers.
const LOG_WITHIN: Duration = Duration::from_secs(5);

/// Asks for pages and writes down what is too much.
struct Audit<'a> {
    server: &'a Server,
    too_much: Vec<String>,
}

impl Audit<'_> {
    async fn page(&mut self, client: &mut Client, path: &str) -> Answer {
        self.page_within(client, path, STATEMENTS_MAX).await
    }

    async fn page_within(&mut self, client: &mut Client, path: &str, statements_max: usize) -> Answer {
        let begun = self.log_so_far(client).await;
        let answer = client.get(path, "text/html").await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let done = self.log_so_far(client).await;
        self.count(path, &self.server.said()[begun..done], &answer.trace, statements_max);
        answer
    }

    /// Counts what was done for a page: under its own trace, or for all who come at the same time. What services do in
    /// the background is not counted.
    fn count(&mut self, path: &str, log: &str, trace: &str, statements_max: usize) {
        let of_page = |line: &&str| {
            line.contains("souk_store::statement")
                && (line.contains("by_service=false") || (!trace.is_empty() && line.contains(trace)))
        };
        let statements: Vec<&str> = log.lines().filter(of_page).filter_map(|line| line.split("sql=").nth(1)).collect();
        println!("{path}: {} statements", statements.len());
        if statements.len() > statements_max {
            self.too_much.push(format!("{path}: {} statements: {statements:#?}", statements.len()));
        }
    }

    /// How long the log is, once it holds everything that was done up to now: it comes by another way than answers.
    async fn log_so_far(&self, client: &mut Client) -> usize {
        let marker = client.get("/healthz", "text/plain").await.unwrap().trace;
        let begun = std::time::Instant::now();
        loop {
            if let Some(place) = self.server.said().find(&marker) {
                return place;
            }
            assert!(begun.elapsed() < LOG_WITHIN, "the log does not come");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn html(&mut self, path: &str, answer: &Answer) {
        if answer.body.len() >= HTML_BYTES_MAX {
            self.too_much.push(format!("{path}: {} bytes of HTML", answer.body.len()));
        }
    }

    /// Scripts that a page asks for, and those that they import.
    async fn scripts(&mut self, client: &mut Client, path: &str, answer: &Answer) {
        let html = answer.text_all();
        let mut bytes = 0;
        for script in html.split(['"', '\'']).filter(|text| text.starts_with("/assets/") && text.ends_with(".js")) {
            bytes += client.get(script, "*/*").await.unwrap().body.len();
        }
        assert!(bytes > 0, "{path} has scripts");
        if bytes >= SCRIPT_BYTES_MAX {
            self.too_much.push(format!("{path}: {bytes} bytes of scripts"));
        }
        println!("{path}: {bytes} bytes of scripts");
    }
}

fn link<'a>(html: &'a str, beginning: &str) -> &'a str {
    let mut links = html.split('"').filter(|text| text.starts_with(beginning) && text.len() > beginning.len());
    links.next().unwrap_or_else(|| panic!("no link to {beginning} in {html}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_costs_more_than_its_budget() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    souk_command(&data, &["demo", "--products", "400"]).unwrap();
    let filter = "warn,souk_store::statement=trace,souk_web=debug";
    let settings = [("SOUK_LOG_FILTER", filter), ("SOUK_PAYMENTS_SANDBOX_WEBHOOK_DELAY_MS", "0")];
    let server = Server::souk(&data, &settings).unwrap();
    let mut shopper = Client::new(server.address);
    let mut audit = Audit { server: &server, too_much: Vec::new() };

    // It was made when the start was waited for; nobody has asked for anything else since.
    let started = audit.log_so_far(&mut shopper).await;
    audit.count("/", &server.said()[..started], "", STATEMENTS_MAX);
    let home = audit.page(&mut shopper, "/").await;
    audit.html("/", &home);
    audit.scripts(&mut shopper, "/", &home).await;
    let home = home.text_all();
    let (category, product) = (link(&home, "/c/").to_owned(), link(&home, "/products/").to_owned());
    for path in [
        category.as_str(),
        &product,
        "/search?q=red+shirt",
        "/brands",
        "/collections",
        "/wish-list",
        "/recently-viewed",
        "/cart",
    ] {
        let answer = audit.page(&mut shopper, path).await;
        audit.html(path, &answer);
    }
    audit.scripts(&mut shopper, &product, &shopper_page(&server, &product).await).await;

    let skus = souk_demo::Catalogue::new(1, souk_types::Currency::EUR).take(50).flat_map(|draft| draft.variants);
    let ordered = buy_one_of(&mut shopper, skus.map(|variant| variant.sku)).await;
    add_to_cart(&mut shopper, &ordered.0, 1).await.unwrap();
    // The gateway's notice of the payment comes from outside, so it would count as asked for by the next page.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let order = format!("/orders/{}?key={}", ordered.1.number, ordered.1.access_key);
    for path in ["/cart", "/checkout", order.as_str()] {
        let answer = audit.page(&mut shopper, path).await;
        audit.html(path, &answer);
    }

    staff_pages(&mut audit, &server, &format!("/admin/orders/{}", ordered.1.number)).await;
    let too_much = audit.too_much;
    assert!(too_much.is_empty(), "{}", too_much.join("\n"));
    server.stop().unwrap();
}

async fn staff_pages(audit: &mut Audit<'_>, server: &Server, order: &str) {
    let mut staff = owner(server).await;
    // What waits for staff is counted by each service, and for all pages of a few seconds together.
    staff.get("/admin", "text/html").await.unwrap();
    let product = audit.page(&mut staff, "/admin/products").await.text_all();
    for path in [
        "/admin",
        "/admin/orders",
        "/admin/customers",
        link(&product, "/admin/products/prd_"),
        "/admin/categories",
        "/admin/collections",
        "/admin/stock",
        "/admin/products?q=lamp&sort=title",
        "/admin/orders?sort=-total",
        "/admin/customers?sort=email",
        "/admin/stock?sort=available",
        "/admin/categories?q=a",
        "/admin/collections?q=a&sort=-title",
        "/admin/bulk-edits",
        "/admin/bulk-edits?state=finished&sort=started",
        "/admin/imports",
        "/admin/imports?state=failed&sort=started",
        "/admin/emails",
        "/admin/search",
        "/admin/settings/delivery",
        "/admin/settings/taxes",
        "/admin/settings/payment",
        "/admin/settings/locations",
        "/admin/staff",
        "/admin/activity",
        "/admin/api-keys",
        "/admin/dead-letters",
    ] {
        audit.page(&mut staff, path).await;
    }
    audit.page_within(&mut staff, order, ORDER_STATEMENTS_MAX).await;
    audit.page_within(&mut staff, "/admin/dead-letters", 2 * souk::shop::SCHEMAS.len()).await;
}

async fn shopper_page(server: &Server, path: &str) -> Answer {
    Client::new(server.address).get(path, "text/html").await.unwrap()
}

async fn buy_one_of(
    client: &mut Client,
    skus: impl Iterator<Item = String>,
) -> (String, souk_bench::shopper::Acknowledged) {
    for sku in skus {
        if add_to_cart(client, &sku, 1).await.unwrap().status == 200
            && let Purchase::Ordered(order) = check_out(client, GOOD_CARD).await.unwrap()
        {
            return (sku, order);
        }
    }
    panic!("nothing can be bought")
}
