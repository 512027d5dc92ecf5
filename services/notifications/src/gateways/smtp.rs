//! A mail server, by SMTP (RFC 5321).

use std::time::{Duration, SystemTime};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{AsyncSmtpTransportBuilder, extension::ClientId},
};
use souk_contracts::MessageId;
use souk_types::{Fault, Timestamp};

use crate::MailConfig;

/// How long the mail server may take for one step.
const STEP_MAX: Duration = Duration::from_secs(30);
/// Answers by which the mail server refuses this message, rather than all: RFC 5321, 4.2.3. Any other refusal, of a
/// password for example, may be mended in the configuration, so the message is tried again.
const REFUSALS: [u16; 4] = [550, 551, 553, 556];

/// A message on its way out.
pub struct Mail {
    pub id: MessageId,
    pub email: String,
    pub name: String,
    pub subject: String,
    pub html: String,
    pub text: String,
    pub written_at: Timestamp,
}

/// Why a message was not sent.
pub enum Unsent {
    /// It never will be.
    Refused(String),
    /// It may be later.
    Later(String),
}

/// The way to a mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Reads the configuration; nothing is connected yet. Needs a Tokio runtime, which watches over idle connections.
    pub fn try_new(config: &MailConfig) -> Result<Self, Fault> {
        let (builder, from) = read(config)?;
        let hello = ClientId::Domain(from.email.domain().to_owned());
        let transport = builder.timeout(Some(STEP_MAX)).hello_name(hello).build();
        Ok(Self { transport, from })
    }

    /// Hands a message to the mail server.
    pub async fn send(&self, mail: Mail) -> Result<(), Unsent> {
        let message = self.message(mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let why = describe(&error);
                let refused = error.status().is_some_and(|code| REFUSALS.contains(&u16::from(code)));
                Err(if refused { Unsent::Refused(why) } else { Unsent::Later(why) })
            }
        }
    }

    fn message(&self, mail: Mail) -> Result<Message, Unsent> {
        let never = |error: String| Unsent::Refused(error);
        let address: Address = mail.email.parse().map_err(|_| never("this is no email address".to_owned()))?;
        let written_at = Duration::from_micros(u64::try_from(mail.written_at.as_micros()).unwrap_or(0));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.name).filter(|name| !name.is_empty()), address))
            .subject(mail.subject)
            // The same in every try, so that a message that was taken twice can be told to be one.
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .date(SystemTime::UNIX_EPOCH + written_at)
            // RFC 3834: no machine is to answer.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(mail.text, mail.html))
            .map_err(|error| never(error.to_string()))
    }
}

/// Checks the configuration.
pub fn check(config: &MailConfig) -> Result<(), Fault> {
    read(config).map(drop)
}

fn read(config: &MailConfig) -> Result<(AsyncSmtpTransportBuilder, Mailbox), Fault> {
    // The reason may quote the address, and with it the password.
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.smtp)
        .map_err(|_| Fault::invalid("smtp", "not an address like smtps://user:password@mail.example.com"))?;
    if shows_password(&config.smtp) {
        let wrong = "would send the password unencrypted; use smtps://, or add ?tls=required for STARTTLS";
        return Err(Fault::invalid("smtp", wrong));
    }
    let from = config.from.parse().map_err(|_| Fault::invalid("from", "not a sender like Souk <shop@example.com>"))?;
    Ok((builder, from))
}

/// Says whether a password would go over a network as it is.
fn shows_password(url: &str) -> bool {
    let Some((_, host)) = url.strip_prefix("smtp://").and_then(|rest| rest.rsplit_once('@')) else {
        return false;
    };
    let here = ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host.starts_with(name));
    !here && !url.contains("tls=required")
}

fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(smtp: &str, from: &str) -> Option<String> {
        let config = MailConfig { smtp: smtp.to_owned(), from: from.to_owned() };
        check(&config).err().map(|fault| {
            assert!(!fault.to_string().contains("s3cret"), "{fault}");
            fault.fields[0].field.clone()
        })
    }

    #[test]
    fn what_cannot_work_is_named_without_the_password() {
        let from = "Souk <shop@souk.example>";
        for good in [
            "smtps://shop:s3cret@mail.example",
            "smtp://shop:s3cret@mail.example:587?tls=required",
            "smtp://shop:s3cret@localhost:25",
            "smtp://mail.example:25",
        ] {
            assert_eq!(wrong(good, from), None, "{good}");
        }
        for bad in ["mail.example", "http://shop:s3cret@mail.example", "smtp://shop:s3cret@mail.example"] {
            assert_eq!(wrong(bad, from).as_deref(), Some("smtp"), "{bad}");
        }
        assert_eq!(wrong("smtp://mail.example", "nobody").as_deref(), Some("from"));
    }
}
