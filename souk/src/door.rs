//! Where connections come in, and how it is closed so that whoever is on the way in is still served.
//!
//! A proxy that shares requests among instances learns that one is gone only when a connection is refused, and then
//! asks another. A connection that was let in and then cut is another matter: what was sent on it may have been done,
//! so a POST is not sent again. So the door closes in an order: those who stand before it are let in, it is shut, and
//! those inside have a moment to say what they want; each answer tells them that it is the last on its connection.

use std::{collections::VecDeque, future::pending, io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    response::Response,
    serve::{Listener, ListenerExt as _, TapIo},
};
use http::{HeaderValue, header};
use souk_telemetry::Health;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tower::util::MapResponseLayer;

/// How long those who were let in last have to send their request.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// A listener that is shut without cutting anybody off.
pub struct Door {
    listener: Option<TcpListener>,
    address: SocketAddr,
    /// Let in when it was shut, and not served yet.
    last: VecDeque<(TcpStream, SocketAddr)>,
    leaving: CancellationToken,
    shut: CancellationToken,
}

impl Door {
    /// Opens it, until `leaving`.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn open(listener: TcpListener, leaving: CancellationToken) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let shut = CancellationToken::new();
        Ok(Self { listener: Some(listener), address, last: VecDeque::new(), leaving, shut })
    }

    /// As a listener of which handlers can learn who calls.
    pub fn knows_callers(self) -> TapIo<Self, fn(&mut TcpStream)> {
        // What is written is whole answers or pieces of them that are waited for: nothing is to be held back.
        self.tap_io(|stream| drop(stream.set_nodelay(true)))
    }

    /// Cancelled when it is shut and everybody inside has had time to speak.
    pub fn shut(&self) -> CancellationToken {
        self.shut.clone()
    }

    /// Lets in whoever stands before it, and shuts it.
    fn close(&mut self) {
        let Some(listener) = self.listener.take() else { return };
        // The kernel's own queue is asked, for what the runtime knows of it may be old.
        let Ok(listener) = listener.into_std() else { return };
        while let Ok((stream, address)) = listener.accept() {
            let ready = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
            self.last.extend(ready.ok().map(|stream| (stream, address)));
        }
    }
}

impl Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        if let Some(listener) = &mut self.listener {
            tokio::select! {
                biased;
                () = self.leaving.cancelled() => {}
                accepted = Listener::accept(listener) => return accepted,
            }
            self.close();
        }
        if let Some(last) = self.last.pop_front() {
            return last;
        }
        sleep(LAST_WORDS).await;
        self.shut.cancel();
        pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// Ends each connection with its next answer, once the process is about to stop.
pub fn saying_goodbye(router: Router, health: &Health) -> Router {
    let health = health.clone();
    router.layer(MapResponseLayer::new(move |mut response: Response| {
        if health.is_leaving() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }))
}

#[cfg(test)]
mod tests {
    use std::future::IntoFuture as _;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

    #[tokio::test]
    async fn who_stands_at_the_door_when_it_shuts_is_served_and_nobody_after_that() {
        let (leaving, health) = (CancellationToken::new(), Health::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = Door::open(listener, leaving.clone()).unwrap();
        let (address, shut) = (door.local_addr().unwrap(), door.shut());
        // Connected before anybody accepts: they wait in the kernel's queue.
        let mut early = Vec::new();
        for _ in 0..5 {
            early.push(TcpStream::connect(address).await.unwrap());
        }
        health.leave();
        leaving.cancel();
        let router = saying_goodbye(Router::new().route("/", get(|| async { "hello" })), &health);
        let serving = axum::serve(door, router).with_graceful_shutdown(shut.cancelled_owned()).into_future();
        let visits = async {
            // By now the door is shut, and none of them has said a word.
            sleep(LAST_WORDS / 5).await;
            assert!(TcpStream::connect(address).await.is_err(), "somebody came in after it was shut");
            for visitor in &mut early {
                visitor.write_all(ASK).await.unwrap();
                let mut answer = String::new();
                visitor.read_to_string(&mut answer).await.unwrap();
                assert!(answer.ends_with("hello") && answer.contains("connection: close"), "{answer}");
            }
        };
        let both = async { tokio::join!(serving, visits) };
        tokio::time::timeout(Duration::from_secs(10), both).await.unwrap().0.unwrap();
    }
}
