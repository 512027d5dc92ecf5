//! The same files in a folder and in S3; what is wrong with a bucket is told in time.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bytes::Bytes;
use souk_files::{Files, NotKept, S3Config, testing::S3Server};
use souk_tls::testing::Authority;
use souk_types::{Env, ErrorKind, Fault};
use tempfile::TempDir;

/// More than one part of S3, and no whole number of them.
const LARGE_BYTES: usize = 40 * 1024 * 1024 + 7;
/// How long whoever asks a bucket that does not answer may be held.
const HELD_MAX: Duration = Duration::from_secs(20);

/// Files of one kind, and what they lie on.
struct Rig {
    name: &'static str,
    files: Files,
    /// The folder in which they lie by their keys.
    place: PathBuf,
    disk: TempDir,
    s3: Option<S3Server>,
}

fn in_s3(config: &S3Config, disk: &Path) -> Files {
    Files::in_s3(config, disk.join("scratch"), Env::system()).unwrap()
}

fn rigs() -> Vec<Rig> {
    let disk = tempfile::tempdir().unwrap();
    let place = disk.path().join("files");
    let files = Files::in_folder(place.clone(), disk.path().join("scratch"), Env::system());
    let folder = Rig { name: "folder", files, place, disk, s3: None };
    let (disk, server) = (tempfile::tempdir().unwrap(), S3Server::start());
    let files = in_s3(&server.config(), disk.path());
    vec![folder, Rig { name: "S3", files, place: server.files(), disk, s3: Some(server) }]
}

/// No two parts of it are alike.
fn large() -> Vec<u8> {
    let block: Vec<u8> = (0..=250).collect();
    let mut bytes = block.repeat(LARGE_BYTES / block.len() + 1);
    bytes.truncate(LARGE_BYTES);
    bytes
}

fn anywhere(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { anywhere(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_file_is_found_by_its_key_until_it_is_removed() {
    for Rig { name, files, place, .. } in rigs() {
        files.check().await.unwrap();
        let key = "images/ab/ab12.orig";
        assert_eq!((files.get(key).await.unwrap(), files.size(key).await.unwrap()), (None, None), "{name}");
        files.put(key, Bytes::from_static(b"one")).await.unwrap();
        files.put(key, Bytes::from_static(b"two!")).await.unwrap();
        assert_eq!(files.get(key).await.unwrap().as_deref(), Some(&b"two!"[..]), "{name}");
        assert_eq!(files.size(key).await.unwrap(), Some(4), "{name}");
        assert_eq!(fs::read(place.join(key)).unwrap(), b"two!", "{name}: a key is a path");
        // What lies in a folder is in the part of it, too.
        assert_eq!(files.below("images").get("ab/ab12.orig").await.unwrap().as_deref(), Some(&b"two!"[..]));
        files.put("empty", Bytes::new()).await.unwrap();
        assert_eq!(files.get("empty").await.unwrap(), Some(Bytes::new()), "{name}");
        files.delete(key).await.unwrap();
        files.delete(key).await.unwrap();
        assert_eq!(files.get(key).await.unwrap(), None, "{name}");
    }
}

#[tokio::test]
async fn what_lies_below_a_folder_is_listed_and_removed() {
    for Rig { name, files, .. } in rigs() {
        assert!(files.list("search").await.unwrap().is_empty(), "{name}");
        for key in ["search/b/index/.managed.json", "search/b/db", "search/a/db", "searched"] {
            files.put(key, Bytes::from_static(b"x")).await.unwrap();
        }
        let all = ["search/a/db", "search/b/db", "search/b/index/.managed.json"];
        assert_eq!(files.list("search").await.unwrap(), all, "{name}");
        let below = files.below("search");
        assert_eq!(below.list("b").await.unwrap(), ["b/db", "b/index/.managed.json"], "{name}");
        assert_eq!(below.list("").await.unwrap().len(), 3, "{name}");
        below.delete_all("b").await.unwrap();
        below.delete_all("b").await.unwrap();
        assert_eq!(files.list("search").await.unwrap(), ["search/a/db"], "{name}");
        assert!(files.get("searched").await.unwrap().is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_key_never_leads_out_of_the_folder() {
    for Rig { name, files, disk, .. } in rigs() {
        fs::write(disk.path().join("secret"), "x").unwrap();
        for key in ["../secret", "images/../../secret", "/etc/hostname", "", "a//b"] {
            let faults: [Fault; 3] = [
                files.get(key).await.unwrap_err(),
                files.put(key, Bytes::new()).await.unwrap_err(),
                files.below("images").size(key).await.unwrap_err(),
            ];
            assert!(faults.iter().all(|fault| fault.kind == ErrorKind::Internal), "{name}: {key} {faults:?}");
        }
    }
}

#[tokio::test]
async fn a_large_file_goes_there_and_back_through_files_of_the_machine() {
    for Rig { name, files, disk, .. } in rigs() {
        let (from, to) = (disk.path().join("from"), disk.path().join("to"));
        fs::write(&from, large()).unwrap();
        files.store("search/copy/large", &from).await.unwrap();
        assert!(files.fetch("search/copy/large", &to).await.unwrap(), "{name}");
        assert!(fs::read(&to).unwrap() == large(), "{name}");
        fs::remove_file(&to).unwrap();
        assert!(!files.fetch("search/copy/none", &to).await.unwrap(), "{name}");
        assert!(!to.exists() && !disk.path().join("to.part").exists(), "{name}");
    }
}

#[tokio::test]
async fn a_file_that_comes_in_is_there_whole_or_not_at_all() {
    for Rig { name, files, place, disk, s3 } in rigs() {
        let files = files.below("imports");
        let mut incoming = files.incoming("a.csv").await.unwrap();
        for piece in large().chunks(1_000_003) {
            incoming.write(piece).await.unwrap();
        }
        assert_eq!(files.size("a.csv").await.unwrap(), None, "{name}");
        incoming.finish().await.unwrap().keep();
        assert_eq!(files.size("a.csv").await.unwrap(), Some(LARGE_BYTES as u64), "{name}");

        let mut broken = files.incoming("b.csv").await.unwrap();
        broken.write(b"half").await.unwrap();
        drop(broken);
        let mut refused = files.incoming("c.csv").await.unwrap();
        refused.write(b"whole").await.unwrap();
        drop(refused.finish().await.unwrap());
        let begun = Instant::now();
        while files.size("c.csv").await.unwrap().is_some() {
            assert!(begun.elapsed() < HELD_MAX, "{name}: it is still there");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let left: Vec<PathBuf> = anywhere(disk.path());
        assert_eq!(left.len(), usize::from(s3.is_none()), "{name}: {left:?}");
        assert!(place.join("imports/a.csv").is_file(), "{name}");
    }
}

#[tokio::test]
async fn a_file_is_read_by_its_path_wherever_it_lies() {
    for Rig { name, files, place, s3, .. } in rigs() {
        let files = files.below("imports");
        assert_eq!(files.local("a.csv").await.unwrap(), None, "{name}");
        files.put("a.csv", Bytes::from_static(b"a")).await.unwrap();
        files.put("b.csv", Bytes::from_static(b"b")).await.unwrap();
        let first = files.local("a.csv").await.unwrap().unwrap();
        assert_eq!(fs::read(&first).unwrap(), b"a", "{name}");
        assert_eq!(first == place.join("imports/a.csv"), s3.is_none(), "{name}");
        if s3.is_some() {
            // It is fetched once.
            fs::write(&first, "A").unwrap();
            assert_eq!(files.local("a.csv").await.unwrap().as_ref(), Some(&first));
            assert_eq!(fs::read(&first).unwrap(), b"A");
        }
        let second = files.local("b.csv").await.unwrap().unwrap();
        assert_eq!(first.exists(), s3.is_none(), "{name}: one is kept at a time");
        files.let_go("b.csv").await;
        assert_eq!(second.exists(), s3.is_none(), "{name}");
        assert_eq!(files.size("b.csv").await.unwrap(), Some(1), "{name}");
    }
}

/// What is said of a bucket, and after how long.
async fn said(config: &S3Config) -> (Fault, Duration) {
    let disk = tempfile::tempdir().unwrap();
    let files = in_s3(config, disk.path());
    let begun = Instant::now();
    let fault = files.check().await.unwrap_err();
    let took = begun.elapsed();
    println!("{fault} after {took:?}");
    assert_eq!(fault.kind, ErrorKind::Unavailable);
    assert!(!fault.to_string().contains(&config.secret_key), "{fault}");
    (fault, took)
}

#[tokio::test]
async fn what_is_wrong_with_a_bucket_is_told() {
    let server = S3Server::start();
    let wrong_secret = S3Config { secret_key: "another-secret".to_owned(), ..server.config() };
    assert!(said(&wrong_secret).await.0.to_string().contains("SignatureDoesNotMatch"));
    let disk = tempfile::tempdir().unwrap();
    let refused = in_s3(&wrong_secret, disk.path()).put("images/a", Bytes::from_static(b"x")).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unavailable);
    assert!(refused.public.contains("nothing was saved"), "{refused}");
    let wrong_key = S3Config { access_key: "another".to_owned(), ..server.config() };
    assert!(said(&wrong_key).await.0.to_string().contains("shop-files"));
    let no_bucket = S3Config { bucket: "another-bucket".to_owned(), ..server.config() };
    let (fault, _) = said(&no_bucket).await;
    assert!(fault.to_string().contains("another-bucket") && fault.to_string().contains("NoSuchBucket"), "{fault}");
}

#[tokio::test]
async fn a_server_that_hangs_holds_nobody_for_long() {
    let server = S3Server::start();
    // Connections are made, and nothing is ever said.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let hangs = S3Config { endpoint: Some(format!("http://{}", silent.local_addr().unwrap())), ..server.config() };
    let (fault, took) = said(&hangs).await;
    assert!(took < HELD_MAX, "{took:?}");
    assert!(fault.to_string().contains("no answer within"), "{fault}");
}

#[tokio::test]
async fn a_server_that_was_away_is_used_again() {
    let (disk, mut server) = (tempfile::tempdir().unwrap(), S3Server::start());
    let files = in_s3(&server.config(), disk.path());
    files.put("a", Bytes::from_static(b"x")).await.unwrap();
    server.stop();
    let (away, begun) = (files.get("a").await.unwrap_err(), Instant::now());
    assert_eq!(away.kind, ErrorKind::Unavailable);
    let mut incoming = files.incoming("imports/a.csv").await.unwrap();
    incoming.write(b"x").await.unwrap();
    let Err(NotKept::Away(fault)) = incoming.finish().await else { panic!("it is kept nowhere") };
    assert!(fault.public.contains("nothing was saved"), "{fault}");
    assert!(begun.elapsed() < HELD_MAX);
    server.start_again();
    assert_eq!(files.get("a").await.unwrap().as_deref(), Some(&b"x"[..]));
}

#[tokio::test]
async fn a_server_is_known_by_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Authority::new("ours").issue_here(folder.path(), "s3");
    let others = Authority::new("others").issue_here(folder.path(), "others");
    let server = S3Server::start_secured(&certificate);
    let files = in_s3(&server.config(), &folder.path().join("right"));
    files.put("a", Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(files.get("a").await.unwrap().as_deref(), Some(&b"x"[..]));
    for authorities in [Some(others.authorities), None] {
        let (fault, _) = said(&S3Config { authorities, ..server.config() }).await;
        assert!(fault.to_string().contains("certificate"), "{fault}");
    }
}
