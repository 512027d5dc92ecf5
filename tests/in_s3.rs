//! A shop whose pictures, imports and copies of the index lie in S3: its processes share no folder, and it says in time what
//! is wrong with a bucket.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    time::{Duration, Instant},
};

use serde_json::Value;
use souk_bench::{server::souk_command_with, staff};
use souk_files::{S3Config, testing::S3Server};
use tokio::task::spawn_blocking;

use crate::{
    fleet::{Fleet, GOODS, MORE_BOOKS, MORE_SEARCH, until},
    open,
};

const SOON: Duration = Duration::from_secs(30);
/// How long a shop may look for its bucket before it says that there is none.
const REFUSED_WITHIN: Duration = Duration::from_secs(30);
/// Four red pixels.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00\xfd\xd4\x9a\x73\
    \x00\x00\x00\x10IDAT\x78\xda\x63\x38\x21\x27\x07\x44\x0c\x10\x0a\x00\x1f\x26\x04\x11\x4a\x8e\x8d\x20\x00\x00\x00\x00IEND\
    \xae\x42\x60\x82";
/// A picture that is none yet.
const BROKEN: &[u8] = b"\x89PNG";

/// A bucket in the words of the configuration.
fn table(s3: &S3Config) -> String {
    let endpoint = s3.endpoint.clone().unwrap_or_default();
    format!(
        "[s3]\nbucket = {:?}\nregion = {:?}\nendpoint = {endpoint:?}\nprefix = {:?}\naccess_key = {:?}\nsecret_key = {:?}\n",
        s3.bucket, s3.region, s3.prefix, s3.access_key, s3.secret_key
    )
}

/// Sends a file to the API; answers the status and the body.
fn send(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// Staff of a fleet who use its API.
struct Desk {
    address: SocketAddr,
    key: String,
    sent: u32,
}

impl Desk {
    async fn of(fleet: &Fleet) -> Self {
        let address = fleet.front().address;
        let said = || fleet.processes[MORE_BOOKS].as_ref().unwrap().said();
        let mut owner = staff::owner_at(address, said).await.unwrap();
        Self { address, key: open::key_by(&mut owner, &["catalog:manage"]).await, sent: 0 }
    }

    async fn send(&mut self, path: &str, kind: &'static str, version: i64, body: &[u8]) -> (u16, String) {
        self.sent += 1;
        let body = body.to_vec();
        let (address, path) = (self.address, format!("/api/v1/admin/{path}"));
        let headers = [
            ("Authorization", format!("Bearer {}", self.key)),
            ("Idempotency-Key", format!("sent-{}", self.sent)),
            ("Content-Type", kind.to_owned()),
            ("If-Match", format!("\"{version}\"")),
        ];
        let sending = move || {
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            send(address, &path, &headers, &body)
        };
        spawn_blocking(sending).await.unwrap()
    }

    async fn ask(&self, fleet: &Fleet, path: &str) -> Value {
        let mut client = fleet.client();
        client.token = Some(self.key.clone());
        client.get(&format!("/api/v1/admin/{path}"), "application/json").await.unwrap().json().unwrap()
    }
}

/// The last whole copy of the index.
fn last_copy(place: &Path) -> Option<String> {
    let found = fs::read_dir(place.join("search")).into_iter().flatten().flatten();
    let whole = found.filter(|copy| copy.path().join("copy.json").is_file());
    whole.map(|copy| copy.file_name().to_string_lossy().into_owned()).max()
}

#[tokio::test]
async fn a_fleet_without_a_folder_shares_pictures_imports_and_copies_of_the_index() {
    let mut server = S3Server::start();
    // The products come by a command, from a machine of its own.
    let Some(mut fleet) = Fleet::start_with(&table(&server.config())).await else { return };
    let mut client = fleet.client();
    until(&mut client, "/products/thing-hot", "Add to cart").await;
    until(&mut client, "/search?q=thing", "/products/thing-cold").await;
    let mut desk = Desk::of(&fleet).await;
    let listed = desk.ask(&fleet, "products").await;
    let (id, version) = (listed["items"][0]["id"].as_str().unwrap().to_owned(), &listed["items"][0]["version"]);
    let (pictures, version) = (format!("products/{id}/images"), version.as_i64().unwrap_or(1));

    let (status, answer) = desk.send(&pictures, "image/png", version, PICTURE).await;
    assert_eq!(status, 201, "{answer}");
    let product: Value = serde_json::from_str(&answer).unwrap();
    let hash = product["images"][0]["hash"].as_str().unwrap().to_owned();
    assert!(server.files().join(format!("images/{}/{hash}.orig", &hash[..2])).is_file());

    let before = last_copy(&server.files());
    let csv = "Handle,Title,Variant SKU,Variant Price\nwarm,Warm thing,WARM,9.50\n".as_bytes();
    let (status, answer) = desk.send("imports?name=all.csv", "text/csv", 1, csv).await;
    assert_eq!(status, 201, "{answer}");
    until(&mut client, "/search?q=warm", "/products/warm").await;

    // A process on an empty disk has the picture, and its index begins with a copy.
    let begun = Instant::now();
    while last_copy(&server.files()) <= before {
        assert!(begun.elapsed() < SOON, "there is no copy after {before:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    fleet.kill(GOODS);
    fs::remove_dir_all(fleet.data(GOODS)).unwrap();
    fleet.start_again(GOODS).await;
    until(&mut client, "/search?q=warm", "/products/warm").await;
    let said = fleet.processes[GOODS].as_ref().unwrap().said();
    assert!(said.contains("the search index begins with a copy"), "{said}");
    let shown = client.get(&format!("/images/{hash}-160.webp"), "image/webp").await.unwrap();
    assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, "image/webp"));
    fleet.start_again(MORE_SEARCH).await;
    until(&mut client, "/search?q=warm", "/products/warm").await;

    // Without S3 pages go on, and what cannot be kept is refused in so many words.
    server.stop();
    for path in ["/", "/products/thing-hot", "/search?q=thing"] {
        assert_eq!(client.get(path, "text/html").await.unwrap().status, 200, "{path}");
    }
    let version = product["version"].as_i64().unwrap();
    let begun = Instant::now();
    let (status, answer) = desk.send("imports?name=more.csv", "text/csv", 1, csv).await;
    assert!(status == 503 && answer.contains("Nothing of it was kept"), "{status} {answer}");
    let other = [PICTURE, b"\0"].concat();
    let (status, answer) = desk.send(&pictures, "image/png", version, &other).await;
    assert!(status == 503 && answer.contains("othing was saved"), "{status} {answer}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    server.start_again();
    let (status, answer) = desk.send(&pictures, "image/png", version, &other).await;
    assert_eq!(status, 201, "{answer}");
    let (status, answer) = desk.send(&pictures, "image/png", version + 1, BROKEN).await;
    assert_eq!(status, 422, "{answer}");
    fleet.close();
}

#[tokio::test]
async fn a_shop_whose_bucket_cannot_be_used_says_why_and_does_not_start() {
    let (folder, server) = (tempfile::tempdir().unwrap(), S3Server::start());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let right = server.config();
    let hangs = format!("http://{}", silent.local_addr().unwrap());
    for (wrong, said) in [
        (S3Config { secret_key: "wrong-secret".to_owned(), ..right.clone() }, "SignatureDoesNotMatch"),
        (S3Config { bucket: "no-such-bucket".to_owned(), ..right.clone() }, "NoSuchBucket"),
        (S3Config { endpoint: Some(hangs), ..right.clone() }, "no answer within"),
    ] {
        let config = folder.path().join("souk.toml");
        fs::write(&config, table(&wrong)).unwrap();
        let (data, config) = (folder.path().join("data"), config.display().to_string());
        let begun = Instant::now();
        let refused = souk_command_with(&data, &["serve", "--listen", "127.0.0.1:0"], &[("SOUK_CONFIG", &config)]);
        let refused = format!("{:#}", refused.unwrap_err());
        println!("{refused} after {:?}", begun.elapsed());
        assert!(begun.elapsed() < REFUSED_WITHIN, "{refused}");
        let bucket = format!("the bucket {} cannot be used", wrong.bucket);
        assert!(refused.contains(&bucket) && refused.contains(said), "{refused}");
        assert!(!refused.contains(&wrong.secret_key), "{refused}");
        // What is configured is shown without the secret, whether anybody answers or not.
        let shown = souk_command_with(&data, &["config", "check"], &[("SOUK_CONFIG", &config)]).unwrap();
        assert!(shown.contains(&wrong.bucket) && !shown.contains(&wrong.secret_key), "{shown}");
    }
}
