//! Connections to the addresses of a service.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Uri, uri::Scheme};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector},
    rt::TokioIo,
};
use souk_tls::{ClientStream, Identity, Name};
use tokio::net::TcpStream;
use tokio_util::either::Either;
use tower::{BoxError, Service};

/// How long a connection may take to be made: in one network this is much.
const CONNECT_MAX: Duration = Duration::from_secs(1);

/// Makes connections to one host, at any of its addresses.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    /// Who calls, and the name that the host has to show; without, nobody shows anything.
    secured: Option<(Identity, Name)>,
}

impl Connector {
    pub(super) fn new(secured: Option<(Identity, Name)>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_MAX));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Self { tcp, secured }
    }

    pub(super) fn scheme(&self) -> Scheme {
        if self.secured.is_some() { Scheme::HTTPS } else { Scheme::HTTP }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(BoxError::from)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let (connecting, secured) = (self.tcp.call(address), self.secured.clone());
        Box::pin(async move {
            let tcp = connecting.await?.into_inner();
            let stream = match secured {
                Some((identity, name)) => Either::Right(identity.connect(&name, tcp).await?),
                None => Either::Left(tcp),
            };
            Ok(Stream(TokioIo::new(stream)))
        })
    }
}

/// A connection, plain or not.
pub(super) struct Stream(TokioIo<Either<TcpStream, ClientStream<TcpStream>>>);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
