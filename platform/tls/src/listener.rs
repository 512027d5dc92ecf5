use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use souk_types::Seldom;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_rustls::server::TlsStream;

use crate::Identity;

/// Connections at the same time; more wait to be let in.
const CONNECTIONS_MAX: usize = 4_096;
/// Callers that are being looked at, at the same time.
const LOOKED_AT_MAX: usize = 256;
/// How often it is told that callers are refused.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// A listener that lets in only who shows a certificate.
pub struct Secured<L: Listener> {
    inner: L,
    identity: Identity,
    room: Arc<Semaphore>,
    looked_at: JoinSet<Option<(SecuredStream, L::Addr)>>,
    refusals: Arc<Seldom>,
}

impl<L: Listener> Secured<L> {
    /// Looks at whoever the listener lets in.
    pub fn new(inner: L, identity: Identity) -> Self {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self { inner, identity, room, looked_at: JoinSet::new(), refusals: Arc::new(Seldom::new(TOLD_EVERY)) }
    }
}

impl<L> Listener for Secured<L>
where
    L: Listener<Io = TcpStream>,
    L::Addr: std::fmt::Debug + 'static,
{
    type Io = SecuredStream;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let Self { inner, identity, room, looked_at, refusals } = self;
        loop {
            let waiting = async {
                let room = Arc::clone(room).acquire_owned().await;
                (room, inner.accept().await)
            };
            let is_free = looked_at.len() < LOOKED_AT_MAX;
            tokio::select! {
                Some(looked) = looked_at.join_next() => if let Ok(Some(let_in)) = looked { return let_in },
                // Nobody closes the semaphore, so that there always is a permit in the end.
                (Ok(room), (stream, from)) = waiting, if is_free => {
                    let (identity, refusals) = (identity.clone(), Arc::clone(refusals));
                    looked_at.spawn(async move {
                        drop(stream.set_nodelay(true));
                        match identity.accept(stream).await {
                            Ok(stream) => Some((SecuredStream { stream, _room: room }, from)),
                            Err(error) => {
                                if let Some(others) = refusals.pass() {
                                    tracing::warn!(?from, %error, others, "a caller was refused");
                                }
                                None
                            }
                        }
                    });
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}

/// A connection to somebody who has shown a certificate.
pub struct SecuredStream {
    stream: TlsStream<TcpStream>,
    _room: OwnedSemaphorePermit,
}

impl AsyncRead for SecuredStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for SecuredStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
