//! What a page may cost: statements, bytes of HTML, bytes of scripts.

use std::time::Duration;

use souk_bench::{
    client::{Answer, Client},
    server::{Server, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};

use crate::open::owner;

const STATEMENTS_MAX: usize = 5;
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
        let answer = client.get(path, "text/html").await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let statements = self.statements(client, &answer.trace).await;
        if statements.len() > STATEMENTS_MAX {
            self.too_much.push(format!("{path}: {} statements: {statements:#?}", statements.len()));
        }
        println!("{path}: {} statements, {} bytes", statements.len(), answer.body.len());
        answer
    }

    /// The statements that were made under a trace. All are logged before the answer is given, so they are there once
    /// a later request's line is.
    async fn statements(&self, client: &mut Client, trace: &str) -> Vec<String> {
        let marker = client.get("/healthz?marker", "text/plain").await.unwrap().trace;
        let begun = std::time::Instant::now();
        while !self.server.said().contains(&marker) {
            assert!(begun.elapsed() < LOG_WITHIN, "the log does not come");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let said = self.server.said();
        let lines = said.lines().filter(|line| line.contains("souk_store::statement") && line.contains(trace));
        lines.map(|line| line.chars().skip(60).take(240).collect()).collect()
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
    let server = Server::souk(&data, &[("SOUK_LOG_FILTER", filter)]).unwrap();
    let mut staff = owner(&server).await;
    let mut shopper = Client::new(server.address);
    let mut audit = Audit { server: &server, too_much: Vec::new() };

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
    let order = format!("/orders/{}?key={}", ordered.1.number, ordered.1.access_key);
    for path in ["/cart", "/checkout", order.as_str()] {
        let answer = audit.page(&mut shopper, path).await;
        audit.html(path, &answer);
    }

    let product = audit.page(&mut staff, "/admin/products").await.text_all();
    let order = format!("/admin/orders/{}", ordered.1.number);
    for path in [
        "/admin",
        "/admin/orders",
        &order,
        "/admin/customers",
        link(&product, "/admin/products/prd_"),
        "/admin/categories",
        "/admin/collections",
        "/admin/stock",
        "/admin/imports",
        "/admin/emails",
        "/admin/search",
        "/admin/staff",
        "/admin/api-keys",
        "/admin/dead-letters",
    ] {
        audit.page(&mut staff, path).await;
    }
    let too_much = audit.too_much;
    assert!(too_much.is_empty(), "{}", too_much.join("\n"));
    server.stop().unwrap();
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
