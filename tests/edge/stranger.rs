//! Processes behind nginx that misbehave, which a shop's does not on demand.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use super::{Front, cache, program};

/// Answers every request in the same way, or closes the connection once it has read one.
struct Stranger {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stranger {
    fn start(answer: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (Arc::clone(&asked), Arc::clone(&over));
        let serve = move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                take(stream.unwrap(), answer, &count);
            }
        };
        let thread = Some(Builder::new().name("stranger".to_owned()).spawn(serve).unwrap());
        Self { address, asked, over, thread }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Reads one request, and answers it or not.
fn take(mut stream: TcpStream, answer: Option<&str>, count: &AtomicUsize) {
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut head = Vec::new();
    let mut piece = [0; 4_096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(bytes @ 1..) => head.extend_from_slice(&piece[..bytes]),
            _ => return,
        }
    }
    count.fetch_add(1, Ordering::SeqCst);
    if let Some(answer) = answer {
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

#[tokio::test]
async fn what_changes_something_is_sent_once_and_what_is_looked_at_is_asked_for_elsewhere() {
    let Some(program) = program() else { return };
    let (one, other) = (Stranger::start(None), Stranger::start(None));
    let front = Front::start(&program, &[one.address, other.address]);
    let asked = || one.asked() + other.asked();
    for path in ["/cart/lines", "/account/sign-in", "/checkout", "/api/v1/orders"] {
        let before = asked();
        let answer = front.client().post_json(path, "{}".to_owned()).await.unwrap();
        assert_eq!((answer.status.as_u16(), asked() - before), (502, 1), "{path}");
        // Both count as well again after that time.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let front = Front::start(&program, &[one.address, other.address]);
    let before = asked();
    assert_eq!(front.client().get("/cart", "text/html").await.unwrap().status, 502);
    assert_eq!(asked() - before, 2);
}

#[tokio::test]
async fn an_instance_that_says_503_goes_on_being_asked() {
    let Some(program) = program() else { return };
    let stranger =
        Stranger::start(Some("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno\n"));
    let front = Front::start(&program, &[stranger.address]);
    for _ in 0..10 {
        assert_eq!(front.client().get("/cart", "text/html").await.unwrap().text(), "no\n");
    }
}

#[tokio::test]
async fn an_old_page_is_shown_however_old_while_nobody_answers() {
    let Some(program) = program() else { return };
    let stranger = Stranger::start(Some(
        "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold",
    ));
    let front = Front::start(&program, &[stranger.address]);
    assert_eq!(cache(&front.client().get("/c/lamps", "text/html").await.unwrap()), "MISS");
    drop(stranger);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answer = front.client().get("/c/lamps", "text/html").await.unwrap();
    assert_eq!((answer.status.as_u16(), cache(&answer), answer.text().as_str()), (200, "STALE", "old"));
}

#[tokio::test]
async fn nothing_is_kept_that_sets_a_cookie_or_varies_or_does_not_say_that_it_is_public() {
    let Some(program) = program() else { return };
    for answer in [
        "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60\r\nVary: Cookie\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nCache-Control: private, max-age=60\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno",
    ] {
        let stranger = Stranger::start(Some(answer));
        let front = Front::start(&program, &[stranger.address]);
        for path in ["/", "/products/lamp", "/assets/a.css", "/cart"] {
            for _ in 0..2 {
                let got = front.client().get(path, "text/html").await.unwrap();
                assert!(["MISS", "BYPASS"].contains(&cache(&got)), "{path}: {} for {answer}", cache(&got));
            }
        }
        assert_eq!(stranger.asked(), 8, "{answer}");
    }
}
