//! A lean HTTP/1.1 client: one kept-alive connection, cookies as a browser would send them.

use std::{collections::BTreeMap, error::Error, fmt, net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::{net::TcpStream, time::timeout};

/// How long an answer may take before the run fails.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// A shopper's connection.
pub struct Client {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
    cookies: BTreeMap<String, String>,
    /// It takes gzipped answers, as browsers do; they stay gzipped.
    pub takes_gzip: bool,
    /// What it shows as `Authorization: Bearer`.
    pub token: Option<String>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Where it sends the client.
    pub location: Option<String>,
    /// Under which trace the server worked.
    pub trace: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// An answer with another status than the one that was wanted.
#[derive(Debug)]
pub struct Refused {
    /// Its status.
    pub status: StatusCode,
    /// The beginning of its body.
    pub text: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.text)
    }
}

impl Error for Refused {}

impl Answer {
    /// Reads a JSON body.
    ///
    /// # Errors
    /// When it is not JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).with_context(|| format!("{}: {}", self.status, self.text()))
    }

    /// A header as text; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text_all(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The beginning of the body as text, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }

    /// Refuses every other status.
    ///
    /// # Errors
    /// [`Refused`], when the status is another.
    pub fn expect(self, status: StatusCode) -> Result<Self> {
        if self.status == status { Ok(self) } else { Err(self.refused().into()) }
    }

    /// The answer as an error.
    pub fn refused(&self) -> Refused {
        Refused { status: self.status, text: self.text() }
    }
}

impl Client {
    /// A shopper who has not been here before.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, sender: None, cookies: BTreeMap::new(), takes_gzip: false, token: None }
    }

    /// A cookie that it keeps.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Keeps a cookie that another has got.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Goes on at another address, as where a shop has moved.
    pub fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
        self.sender = None;
    }

    /// Goes on over another connection.
    pub fn connect_anew(&mut self) {
        self.sender = None;
    }

    /// Forgets the cookies: the next shopper on the same connection.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When there is no answer in time.
    pub async fn get(&mut self, path: &str, accept: &str) -> Result<Answer> {
        self.send(Method::GET, path, accept, None).await
    }

    /// Sends JSON, and wants JSON.
    ///
    /// # Errors
    /// When there is no answer in time.
    pub async fn post_json(&mut self, path: &str, body: String) -> Result<Answer> {
        self.post_json_for(path, body, "application/json").await
    }

    /// Sends JSON, and wants something else.
    ///
    /// # Errors
    /// When there is no answer in time.
    pub async fn post_json_for(&mut self, path: &str, body: String, accept: &str) -> Result<Answer> {
        self.send(Method::POST, path, accept, Some(("application/json", body))).await
    }

    /// Sends a form, as a page does.
    ///
    /// # Errors
    /// When there is no answer in time.
    pub async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let body = serde_urlencoded::to_string(fields)?;
        self.send(Method::POST, path, "text/html", Some(("application/x-www-form-urlencoded", body))).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        accept: &str,
        sent: Option<(&'static str, String)>,
    ) -> Result<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .header(header::ACCEPT, accept);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if self.takes_gzip {
            request = request.header(header::ACCEPT_ENCODING, "gzip");
        }
        if let Some((kind, _)) = &sent {
            request = request.header(header::CONTENT_TYPE, *kind);
        }
        let body = sent.map(|(_, body)| body).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body)))?;
        let response = timeout(ANSWER_WITHIN, self.connected().await?.send_request(request)).await??;
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str()?);
        }
        let location = head.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let trace =
            head.headers.get("x-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = timeout(ANSWER_WITHIN, body.collect()).await??.to_bytes();
        Ok(Answer { status: head.status, location, trace, headers: head.headers, body })
    }

    #[expect(clippy::disallowed_methods, reason = "a connection is served by a task until it is closed")]
    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>> {
        let alive = self.sender.as_ref().is_some_and(|sender| !sender.is_closed());
        if !alive {
            let stream = timeout(ANSWER_WITHIN, TcpStream::connect(self.address)).await??;
            stream.set_nodelay(true)?;
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        let sender = self.sender.as_mut().context("there is a connection")?;
        sender.ready().await?;
        Ok(sender)
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}
