//! nginx with the configuration of `deploy/nginx`, in front of a real shop and of strangers that misbehave.

mod pages;
mod shopper;
mod stranger;

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use souk_bench::{
    client::{Answer, Client},
    server::{Server, free_address},
};
use souk_xtask::{
    nginx::{self, Site},
    process::Process,
};
use tempfile::TempDir;

use crate::house::root;

/// Names nginx's program; without it these tests say that they were not run.
const NGINX: &str = "SOUK_TEST_NGINX";
/// Longer than pages are fresh.
const NO_LONGER_FRESH: Duration = Duration::from_secs(6);

/// nginx's program; `None`, and says so, when the tests are run without it.
pub fn program() -> Option<PathBuf> {
    let program = std::env::var_os(NGINX).filter(|program| !program.is_empty());
    if program.is_none() {
        println!("NOT RUN: {NGINX} names no nginx");
    }
    program.map(PathBuf::from)
}

/// nginx in front of some addresses.
struct Front {
    address: SocketAddr,
    // In this order: the folder goes when nginx is gone.
    _nginx: Process,
    folder: TempDir,
}

impl Front {
    fn start(program: &std::path::Path, behind: &[SocketAddr]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = free_address().unwrap();
        let site = Site { listen: address, webs: behind.to_vec(), payments: behind.to_vec(), limits: true };
        let mut nginx = nginx::process(program, folder.path(), &site).unwrap();
        nginx.start().unwrap();
        nginx.wait().unwrap();
        Self { address, _nginx: nginx, folder }
    }

    fn client(&self) -> Client {
        Client::new(self.address)
    }
}

/// A shop with a demo catalogue, behind nginx.
fn shop() -> Option<(Front, Server, TempDir)> {
    let program = program()?;
    let folder = tempfile::tempdir().unwrap();
    let settings = [("SOUK_SHOP_DEMO_PRODUCTS", "40"), ("SOUK_API_BEHIND_PROXY", "true")];
    let server = Server::souk(&folder.path().join("data"), &settings).unwrap();
    Some((Front::start(&program, &[server.address]), server, folder))
}

/// What the cache did for an answer.
fn cache(answer: &Answer) -> &str {
    answer.header("x-cache")
}

#[tokio::test]
async fn an_old_page_is_shown_when_the_shop_is_gone() {
    let Some((front, server, _folder)) = shop() else { return };
    let mut client = front.client();
    let page = client.get("/", "text/html").await.unwrap();
    assert_eq!((page.status.as_u16(), cache(&page)), (200, "MISS"));
    server.stop().unwrap();
    tokio::time::sleep(NO_LONGER_FRESH).await;
    let again = client.get("/", "text/html").await.unwrap();
    assert_eq!((again.status.as_u16(), cache(&again)), (200, "STALE"));
    assert!(again.body == page.body);
    // What is about one visitor is never old: it is not there.
    assert_eq!(client.get("/cart", "text/html").await.unwrap().status, 502);
}

#[tokio::test]
async fn what_is_for_operators_is_not_for_shoppers() {
    let Some((front, _server, _folder)) = shop() else { return };
    let mut client = front.client();
    for path in ["/metrics", "/readyz", "/healthz", "/rpc/catalog/product_by_slug", "//metrics", "/x/../metrics"] {
        let answer = client.get(path, "text/html").await.unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text_all().contains("souk_"), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_console_is_found_where_it_says_that_it_is() {
    let Some((front, _server, _folder)) = shop() else { return };
    let answer = front.client().get("/admin", "text/html").await.unwrap();
    let to = answer.location.as_deref();
    assert!(answer.status == 303 && to.is_some_and(|to| to.starts_with("/admin/sign-in")), "{} {to:?}", answer.status);
}

#[tokio::test]
async fn whoever_tries_passwords_is_slowed_down_and_shoppers_are_not() {
    let Some((front, _server, _folder)) = shop() else { return };
    let mut client = front.client();
    let mut refused = 0;
    for attempt in 0..40 {
        let fields = [("email", "ann@example.com"), ("password", &format!("wrong {attempt}"))];
        let answer = client.post_form("/account/sign-in", &fields).await.unwrap();
        // The shop refuses with a page of its own, nginx without.
        refused += usize::from(answer.status == 429 && !answer.text_all().contains("/assets/"));
    }
    assert!((10..=20).contains(&refused), "{refused} of 40");
    assert_eq!(client.get("/account/sign-in", "text/html").await.unwrap().status, 200);
    assert_eq!(client.get("/cart", "text/html").await.unwrap().status, 200);
}

#[tokio::test]
async fn large_bodies_are_taken_only_where_files_come_in() {
    let Some((front, _server, _folder)) = shop() else { return };
    let large = "x".repeat(3 * 1024 * 1024);
    for (path, status) in [("/cart", 413), ("/checkout", 413), ("/admin/products", 413)] {
        let answer = front.client().post_form(path, &[("a", &large)]).await.unwrap();
        let refused_by_nginx = answer.text_all().contains("nginx");
        // The console takes more of it from nginx, and the shop itself refuses.
        assert_eq!(refused_by_nginx, !path.starts_with("/admin"), "{path}");
        assert!(answer.status == status || path.starts_with("/admin"), "{path}: {}", answer.status);
    }
}

/// The file that merchants edit, with what is theirs put in; answers where it listens.
fn own_site(front: &Front, web: SocketAddr) -> (SocketAddr, SocketAddr) {
    let (plain, tls) = (free_address().unwrap(), free_address().unwrap());
    let folder = front.folder.path();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=shop.example", "-keyout"])
        .arg(folder.join("privkey.pem"))
        .arg("-out")
        .arg(folder.join("fullchain.pem"))
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    let site = fs::read_to_string(root().join("deploy/nginx/conf.d/shop.conf")).unwrap();
    let mut own = String::new();
    for line in site.lines().filter(|line| !line.contains("listen [::]")) {
        let line = line.replace("/etc/letsencrypt/live/shop.example", &folder.display().to_string());
        let line = line.replace("/var/cache/souk", &folder.join("own-cache").display().to_string());
        let line = line.replace("listen 80;", &format!("listen {plain};"));
        let line = line.replace("listen 443 ", &format!("listen {tls} "));
        let line = ["10.0.0.11:8080", "10.0.0.12:8080", "10.0.0.21:8080"]
            .iter()
            .fold(line, |line, address| line.replace(address, &web.to_string()));
        own += &format!("{line}\n");
    }
    fs::write(folder.join("shop.conf"), own).unwrap();
    (plain, tls)
}

/// Sends a request over TLS as `openssl s_client` does; answers what it says and what comes.
fn over_tls(address: SocketAddr, options: &[&str], request: &str) -> String {
    use std::io::Write as _;
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &address.to_string(), "-servername", "shop.example"]).args(options);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
}

#[tokio::test]
async fn the_file_that_merchants_edit_serves_tls_and_leads_there() {
    let Some((front, server, _folder)) = shop() else { return };
    let (plain, tls) = own_site(&front, server.address);
    let main = front.folder.path().join("nginx.conf");
    nginx::check(&program().unwrap(), &main).unwrap();
    let arguments = vec!["-c".to_owned(), main.display().to_string()];
    let ready = souk_xtask::process::Ready::Listens(tls);
    let mut own = Process::new("own", &program().unwrap(), arguments, front.folder.path(), ready);
    own.start().unwrap();
    own.wait().unwrap();
    let answer = Client::new(plain).get("/cart?a=b", "text/html").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.location.as_deref()), (301, Some("https://shop.example/cart?a=b")));
    let hello = over_tls(tls, &["-alpn", "h2"], "");
    assert!(hello.contains("ALPN protocol: h2") && hello.contains("TLSv1.3"), "{hello}");
    let old = over_tls(tls, &["-tls1_1"], "");
    assert!(!old.contains("Cipher is ECDHE"), "{old}");
    let ask = "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
    let page = over_tls(tls, &["-ign_eof", "-quiet"], ask);
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Strict-Transport-Security"), "{page}");
    assert!(page.contains("X-Cache: MISS"), "{page}");
}
