use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use souk_types::Timestamp;

use super::Opened;
use crate::{config::Config, say::say};

/// Which events are to come again, and to whom.
pub struct Wish {
    pub service: String,
    pub since: Timestamp,
    pub consumer: Option<String>,
    pub topic: String,
}

/// Reads a time as people write it for programs: RFC 3339.
pub fn time(text: &str) -> Result<Timestamp> {
    let time: jiff::Timestamp =
        text.parse().with_context(|| format!("--since {text:?}: is no time as 2026-11-28T10:00:00Z"))?;
    Ok(Timestamp::from_micros(time.as_microsecond()))
}

pub async fn replay(config: Config, wish: &Wish) -> Result<ExitCode> {
    let opened = Opened::open(config).await?;
    let replayed = tell_again(&opened, wish).await;
    opened.finish().await;
    let replayed = replayed?;
    for (consumer, count) in &replayed {
        say!("{consumer}: {count} events came again");
    }
    say!("What failed is in the admin console, under Failed work.");
    Ok(ExitCode::SUCCESS)
}

async fn tell_again(opened: &Opened, wish: &Wish) -> Result<Vec<(&'static str, u64)>> {
    let bus = &opened.running.bus;
    let consumers = consumers_of(bus.consumers().collect(), wish)?;
    let mut replayed = Vec::with_capacity(consumers.len());
    for consumer in consumers {
        let count = bus.replay_since(&wish.topic, consumer, wish.since).await.map_err(|fault| anyhow!(fault))?;
        replayed.push((consumer, count));
    }
    Ok(replayed)
}

fn consumers_of(all: Vec<&'static str>, wish: &Wish) -> Result<Vec<&'static str>> {
    let of = |consumer: &&str| consumer.split('.').next() == Some(&wish.service);
    let known: Vec<&'static str> = all.into_iter().filter(of).collect();
    if known.is_empty() {
        bail!("--service {}: acts on no events here", wish.service);
    }
    match &wish.consumer {
        None => Ok(known),
        Some(name) => match known.iter().find(|consumer| *consumer == name) {
            Some(consumer) => Ok(vec![consumer]),
            None => bail!("--consumer {name}: is none of {}, which has {}", wish.service, known.join(", ")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(service: &str, consumer: Option<&str>) -> Wish {
        let (service, consumer) = (service.to_owned(), consumer.map(str::to_owned));
        Wish { service, since: Timestamp::EPOCH, consumer, topic: "*".to_owned() }
    }

    #[test]
    fn a_service_is_told_by_all_its_consumers_or_the_one_that_is_named() {
        let all = vec!["cart.erased", "cart.orders", "carts.other"];
        assert_eq!(consumers_of(all.clone(), &wish("cart", None)).unwrap(), ["cart.erased", "cart.orders"]);
        assert_eq!(consumers_of(all.clone(), &wish("cart", Some("cart.orders"))).unwrap(), ["cart.orders"]);
        let wrong = consumers_of(all.clone(), &wish("cart", Some("carts.other"))).unwrap_err().to_string();
        assert!(wrong.contains("cart.erased, cart.orders"), "{wrong}");
        assert!(consumers_of(all, &wish("web", None)).is_err());
    }

    #[test]
    fn a_time_is_written_with_its_zone() {
        assert_eq!(time("2026-11-28T10:00:00+01:00").unwrap(), time("2026-11-28T09:00:00Z").unwrap());
        assert_eq!(time("1970-01-01T00:00:01.5Z").unwrap(), Timestamp::from_micros(1_500_000));
        assert!(time("yesterday").unwrap_err().to_string().contains("--since \"yesterday\""));
    }
}
