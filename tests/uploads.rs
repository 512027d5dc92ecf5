//! Somebody uploads two gigabytes. They are told the limit at once, or as soon as it is passed, while they still send;
//! the memory stays as it was, and nothing is left on the disk.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Result, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use souk_bench::client::Client;
use souk_types::limits::{IMAGE_BYTES_MAX, IMPORT_BYTES_MAX};

use crate::open::{self, Open};

/// What is there to be sent.
const BYTES: u64 = 2 * 1024 * 1024 * 1024;
const BLOCK_BYTES: usize = 1024 * 1024;
/// What may be sent while the answer is on its way: the rest is taken in meanwhile, a gigabyte and more a second.
const UNDER_WAY_BYTES: u64 = 256 * 1024 * 1024;
/// The largest picture is in memory as a whole, in a buffer that doubles; nothing else is.
const MEMORY_MB: f64 = 96.0;
const WAIT: Duration = Duration::from_secs(60);

/// How the sender tells how much will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Declared,
    /// Piece by piece (`Transfer-Encoding: chunked`).
    Chunked,
}

struct Refusal {
    status: u16,
    page: String,
    /// Bytes that had been sent when the answer was there.
    sent: u64,
    took: Duration,
}

/// Sends a file without end in a form, and stops as soon as there is an answer.
fn upload(address: SocketAddr, path: &str, cookie: &str, file: &str, size: Size) -> Result<Refusal> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    let started = Instant::now();
    let answered = Arc::new(AtomicBool::new(false));
    let reader = {
        let (stream, answered) = (stream.try_clone()?, Arc::clone(&answered));
        thread::Builder::new().name("reader".to_owned()).spawn(move || {
            let answer = answer(stream);
            answered.store(true, Ordering::SeqCst);
            (answer, started.elapsed())
        })?
    };
    let form = beginning(file);
    let length = match size {
        Size::Declared => format!("Content-Length: {}", form.len() as u64 + BYTES),
        Size::Chunked => "Transfer-Encoding: chunked".to_owned(),
    };
    (&stream).write_all(head(address, path, cookie, &length).as_bytes())?;
    let sent = send(stream, &form, size, &answered);
    let (answer, took) = reader.join().unwrap();
    let (status, page) = answer?;
    Ok(Refusal { status, page, sent, took })
}

fn head(address: SocketAddr, path: &str, cookie: &str, length: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nCookie: souk_staff={cookie}\r\n{length}\r\n\
         Content-Type: multipart/form-data; boundary=edge\r\n\r\n"
    )
}

/// The form up to the bytes of the file.
fn beginning(file: &str) -> String {
    format!("--edge\r\nContent-Disposition: form-data; name=\"{file}\"\r\n\r\n")
}

/// Sends until there is an answer or the other side hangs up; answers how much it was.
fn send(mut stream: TcpStream, form: &str, size: Size, answered: &AtomicBool) -> u64 {
    let block = "Handle,Title\n".repeat(BLOCK_BYTES / 13).into_bytes();
    let mut sent = 0;
    let mut put = |bytes: &[u8]| match size {
        Size::Declared => stream.write_all(bytes),
        Size::Chunked => write!(stream, "{:x}\r\n", bytes.len())
            .and_then(|()| stream.write_all(bytes))
            .and_then(|()| stream.write_all(b"\r\n")),
    };
    let mut pieces = vec![form.as_bytes()];
    pieces.resize(1 + usize::try_from(BYTES).unwrap() / block.len(), block.as_slice());
    for piece in pieces {
        if answered.load(Ordering::SeqCst) || put(piece).is_err() {
            break;
        }
        sent += piece.len() as u64;
    }
    sent
}

/// Reads an answer of which the length is told.
fn answer(stream: TcpStream) -> Result<(u16, String)> {
    let mut reader = BufReader::new(stream);
    let (mut status, mut length) = (0, 0);
    for number in 0.. {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if number == 0 {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        } else if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        } else if line.is_empty() {
            break;
        }
    }
    let mut page = vec![0; length];
    reader.read_exact(&mut page)?;
    Ok((status, String::from_utf8_lossy(&page).into_owned()))
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let (folders, mut found): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    found.extend(folders.iter().flat_map(|folder| files(folder)));
    found
}

/// Uploads once, and asserts that it is refused after `bytes_max`, in these words, with nothing left.
async fn refused(open: &Open, staff: &Client, (path, file): (&str, &str), size: Size, bytes_max: u64, said: &[&str]) {
    let (before, kept) = (open.server.rss_max_mb(), files(&open.data().join("files")));
    let (address, cookie) = (open.server.address, staff.cookie("souk_staff").unwrap().to_owned());
    let (path, file) = (path.to_owned(), file.to_owned());
    let what = format!("{path} {size:?}");
    let sending = move || upload(address, &path, &cookie, &file, size);
    let refusal = tokio::task::spawn_blocking(sending).await.unwrap().unwrap();
    let grown = open.server.rss_max_mb() - before;
    println!(
        "{what}: {} after {} MB and {:?}, {grown:.1} MB of memory",
        refusal.status,
        refusal.sent >> 20,
        refusal.took
    );
    assert_eq!(refusal.status, 413, "{what}: {}", refusal.page);
    for said in said {
        assert!(refusal.page.contains(said), "{what}: {}", refusal.page);
    }
    assert!(refusal.sent < bytes_max + UNDER_WAY_BYTES, "{what}: {} bytes were taken", refusal.sent);
    assert!(grown < MEMORY_MB, "{what}: {grown} MB");
    assert_eq!(files(&open.data().join("files")), kept, "{what}");
}

/// The admin address of the only product.
async fn product(staff: &mut Client) -> String {
    let list: serde_json::Value = staff.get("/admin/products", "application/json").await.unwrap().json().unwrap();
    format!("/admin/products/{}", list["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{list}")))
}

#[tokio::test]
async fn an_upload_without_end_is_refused_at_its_limit() {
    let open = Open::with_stock(1);
    let mut staff = open::owner(&open.server).await;
    let product = product(&mut staff).await;
    let picture = (product.as_str(), "image\"; filename=\"all.png");
    let import = ("/admin/imports", "file\"; filename=\"all.csv");
    // A form may bring three pictures and two megabytes of text.
    let form_bytes_max = 3 * IMAGE_BYTES_MAX as u64 + 2 * 1024 * 1024;
    let of_picture = ["larger than the 62 MB", "A picture may have 20 MB at most", "Nothing was saved"];
    let of_import = ["The file has more than 1 GB", "Nothing of it was kept"];
    refused(&open, &staff, import, Size::Declared, 0, &of_import).await;
    refused(&open, &staff, picture, Size::Declared, 0, &of_picture).await;
    refused(&open, &staff, picture, Size::Chunked, form_bytes_max, &of_picture).await;
    refused(&open, &staff, import, Size::Chunked, IMPORT_BYTES_MAX, &of_import).await;
    assert_eq!(open.client().get("/", "text/html").await.unwrap().status, 200);
    open.close();
}

/// Many programs look for an answer only when they have sent everything.
#[tokio::test]
async fn who_sends_everything_first_is_answered_all_the_same() {
    let open = Open::with_stock(1);
    let mut staff = open::owner(&open.server).await;
    let (product, address) = (product(&mut staff).await, open.server.address);
    let cookie = staff.cookie("souk_staff").unwrap().to_owned();
    let sending = move || -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(WAIT))?;
        let form = beginning("image\"; filename=\"all.png") + &"x".repeat(100 * BLOCK_BYTES);
        let length = format!("Content-Length: {}", form.len());
        stream.write_all(head(address, &product, &cookie, &length).as_bytes())?;
        for piece in form.as_bytes().chunks(BLOCK_BYTES) {
            thread::sleep(Duration::from_millis(2));
            stream.write_all(piece)?;
        }
        answer(stream)
    };
    let (status, page) = tokio::task::spawn_blocking(sending).await.unwrap().unwrap();
    assert_eq!(status, 413, "{page}");
    open.close();
}
