//! A mail server on loopback that keeps what it is given, and refuses when told to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use data_encoding::BASE64;
use souk_jobs::Background;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

/// How long a test waits for a message.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

/// A mail server.
pub struct SmtpServer {
    /// Where it listens, as the configuration wants it.
    pub url: String,
    kept: Arc<Kept>,
    _listening: Background,
}

#[derive(Default)]
struct Kept {
    mails: Mutex<Vec<Mail>>,
    refusals: Mutex<VecDeque<&'static str>>,
}

/// A message as it came in.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Header and body.
    pub data: String,
}

impl SmtpServer {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let kept = Arc::<Kept>::default();
        let shared = Arc::clone(&kept);
        let listening = Background::start(async move {
            let mut talking = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                talking.spawn(talk(stream, Arc::clone(&shared)));
            }
        });
        Self { url, kept, _listening: listening }
    }

    /// Answers the next messages so instead of taking them.
    pub fn refuse(&self, answers: &[&'static str]) {
        self.kept.refusals.lock().unwrap().extend(answers);
    }

    /// What has come in, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.kept.mails.lock().unwrap().clone()
    }

    /// Waits until so many messages have come in.
    ///
    /// # Panics
    /// When they do not, or more do.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        for _ in 0..ARRIVES_WITHIN.as_millis() / 20 {
            if self.mails().len() >= count {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        let mails = self.mails();
        assert_eq!(mails.len(), count, "{:?}", mails.iter().map(Mail::subject).collect::<Vec<_>>());
        mails
    }
}

/// One connection: RFC 5321, as far as a sender needs it.
async fn talk(stream: TcpStream, kept: Arc<Kept>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 loopback ESMTP\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-loopback\r\n250 8BITMIME".to_owned(),
            "MAIL" => {
                to.clear();
                from = address(&line);
                "250 ok".to_owned()
            }
            "RCPT" => match kept.refusals.lock().unwrap().pop_front() {
                Some(refusal) => refusal.to_owned(),
                None => {
                    to.push(address(&line));
                    "250 ok".to_owned()
                }
            },
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut data = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    // A line that begins with a dot was sent with one more.
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push_str("\r\n");
                }
                kept.mails.lock().unwrap().push(Mail { from: from.clone(), to: to.clone(), data });
                "250 taken".to_owned()
            }
            "QUIT" => {
                writer.write_all(b"221 bye\r\n").await?;
                break;
            }
            _ => "250 ok".to_owned(),
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn address(line: &str) -> String {
    let between = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    between.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

impl Mail {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> String {
        header(&self.data, name)
    }

    /// The subject.
    pub fn subject(&self) -> String {
        self.header("Subject")
    }

    /// The text of the part of a kind, `text/plain` or `text/html`.
    ///
    /// # Panics
    /// When there is no such part.
    pub fn part(&self, kind: &str) -> String {
        let outer = self.header("Content-Type");
        let boundary = outer.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let separator = format!("--{boundary}");
        let mut parts = self.data.split(&separator);
        let part = parts.find(|part| header(part, "Content-Type").starts_with(kind)).unwrap();
        let (_, body) = part.split_once("\r\n\r\n").unwrap();
        let bytes = match header(part, "Content-Transfer-Encoding").as_str() {
            "base64" => BASE64.decode(body.replace("\r\n", "").as_bytes()).unwrap(),
            "quoted-printable" => unquoted(body),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8(bytes).unwrap()
    }
}

fn header(text: &str, name: &str) -> String {
    let text = text.trim_start();
    let head = text.split_once("\r\n\r\n").map_or(text, |(head, _)| head).replace("\r\n ", " ");
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// RFC 2045, 6.7.
fn unquoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'=', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}
