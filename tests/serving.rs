//! A shop that serves: what commands can ask of it meanwhile, and how it stops.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use souk_bench::{
    client::Answer,
    server::{free_address, souk, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out},
};

use crate::open::Open;

/// A stop that waits for nobody.
const AT_ONCE: Duration = Duration::from_secs(8);

/// Sends the head of a request, and nothing more.
fn begin(address: std::net::SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(format!("{head}\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
    stream
}

#[tokio::test]
async fn a_shop_that_serves_builds_its_search_index_anew_when_a_command_asks() {
    let open = Open::with_stock(3);
    let said = souk_command(&open.data(), &["reindex"]).unwrap();
    assert!(said.contains("A shop is serving") && said.contains("1 products can be found"), "{said}");
    let found = open.client().get("/search?q=thing", "text/html").await.unwrap();
    assert!(found.text_all().contains("/products/thing-lamp"), "{}", found.text());
    let left = std::fs::read_dir(open.data().join("handover")).unwrap().count();
    assert_eq!(left, 0, "nothing is left of the request");
    open.close();
}

#[tokio::test]
async fn a_page_that_follows_an_order_does_not_hold_the_stop_up() {
    let open = Open::with_stock(3);
    let mut client = open.client();
    add_to_cart(&mut client, "LAMP", 1).await.unwrap();
    let Purchase::Ordered(order) = check_out(&mut client, GOOD_CARD).await.unwrap() else { panic!("sold out") };
    let path = format!("/orders/{}/stream?key={}", order.number, order.access_key);
    let mut stream = begin(open.server.address, &format!("GET {path} HTTP/1.1"));
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    let asked = Instant::now();
    open.close();
    assert!(asked.elapsed() < AT_ONCE, "it took {:?}", asked.elapsed());
}

/// Asks until the answer has this status: the shop looks for the file once a second.
async fn until(open: &Open, path: &str, status: u16) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = open.client().get(path, "text/html").await.unwrap();
        if answer.status == status {
            return answer;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{path} still answers {}", answer.status);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_file_closes_the_shop_to_shoppers_and_nothing_else() {
    let open = Open::with_stock(3);
    until(&open, "/products/thing-lamp", 200).await;
    let file = open.data().join("maintenance");
    std::fs::write(&file, "").unwrap();
    let closed = until(&open, "/products/thing-lamp", 503).await;
    assert!(closed.text_all().contains("We will be back soon"), "{}", closed.text_all());
    for (path, status) in [("/admin/sign-in", 200), ("/healthz", 200), ("/readyz", 200), ("/favicon.svg", 200)] {
        assert_eq!(open.client().get(path, "text/html").await.unwrap().status, status, "{path}");
    }
    let message = open.client().post_form("/webhooks/payments/sandbox", &[]).await.unwrap();
    assert!(!message.status.is_server_error(), "a gateway is listened to, whatever it says: {}", message.status);
    std::fs::remove_file(file).unwrap();
    until(&open, "/products/thing-lamp", 200).await;
    open.close();
}

/// A shop that was started without a command.
fn started(data: &std::path::Path) -> (Child, std::net::SocketAddr) {
    let address = free_address().unwrap();
    let mut command = Command::new(souk().unwrap());
    command.arg("--data").arg(data).args(["--listen", &address.to_string()]);
    command.env("SOUK_SHOP_DEMO_PRODUCTS", "0").env("SOUK_LOG_FILTER", "error");
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    // It listens before it is ready: only what serves knows of signals.
    begin(address, "GET /healthz HTTP/1.1").read_exact(&mut [0; 12]).unwrap();
    (child, address)
}

fn terminate(child: &Child) {
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_second_signal_ends_the_shop_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, address) = started(folder.path());
    // A request whose body never comes is under way.
    let head = "POST /cart/lines HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 100";
    let _waiting = begin(address, head);
    std::thread::sleep(Duration::from_millis(300));
    terminate(&child);
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it waits for the request");
    terminate(&child);
    let asked = Instant::now();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(2), "it took {:?}", asked.elapsed());
}
