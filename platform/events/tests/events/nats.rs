//! Events between processes, by a real NATS server of each test's own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use souk_events::{Bus, Carrier, Config, Consumer, Ends, LetterFilter, Nats, NatsConfig};
use souk_store::{Store, testing::TestEngine};
use souk_tls::ServerTrust;
use souk_types::{ErrorKind, PageRequest, Timestamp};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::rig::{Answer, Rig, SOON};

/// Names the program of the server; without it these tests say that they were not run.
const SERVER: &str = "SOUK_TEST_NATS_SERVER";

struct Server {
    program: String,
    port: u16,
    folder: TempDir,
    child: Child,
}

impl Server {
    fn start() -> Option<Self> {
        let Some(program) = std::env::var(SERVER).ok().filter(|program| !program.is_empty()) else {
            println!("NOT RUN: {SERVER} names no NATS server");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(&program, port, &folder);
        Some(Self { program, port, folder, child })
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.child = spawn(&self.program, self.port, &self.folder);
    }

    async fn carrier(&self) -> Carrier {
        let urls = vec![format!("nats://127.0.0.1:{}", self.port)];
        Carrier::Nats(
            Nats::connect(NatsConfig { urls, stream: "souk".to_owned(), replicas: 1, trust: ServerTrust::default() })
                .await
                .unwrap(),
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(program: &str, port: u16, folder: &TempDir) -> Child {
    let mut command = Command::new(program);
    command.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"]).arg(folder.path());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Runs the test on each engine, with a server of its own.
async fn each(test: impl AsyncFn(Rig, Server)) {
    let engines: Vec<TestEngine> = souk_store::testing::engines();
    for engine in engines {
        let Some(server) = Server::start() else { return };
        let rig = Rig::on_the_clock(&engine).await;
        let stop = rig.stop.clone();
        test(rig, server).await;
        stop.cancel();
    }
}

/// A process that has both services: the shop sells, the depot acts.
async fn bus(rig: &Rig, server: &Server, consumers: Vec<Consumer>, listeners: Vec<Consumer>) -> Bus {
    bus_of(rig, server, vec![rig.shop.clone(), rig.depot.clone()], consumers, listeners).await
}

async fn bus_of(
    rig: &Rig,
    server: &Server,
    sources: Vec<Store>,
    consumers: Vec<Consumer>,
    listeners: Vec<Consumer>,
) -> Bus {
    let ends = Ends { sources, consumers, listeners, carrier: server.carrier().await };
    let lease = Some(Duration::from_secs(2));
    let config = Config { lease, backoff_first: Duration::from_millis(20), attempts_max: 4, ..rig.config };
    Bus::start_with(config, ends, rig.env.clone(), rig.stop.clone())
}

fn acting(rig: &Rig) -> Consumer {
    rig.consumer("depot.sales", |_, _| Answer::Effect)
}

#[tokio::test]
async fn what_one_service_emits_another_acts_on_in_order() {
    each(async |rig: Rig, server: Server| {
        for number in 0..300 {
            rig.sell(["tea", "salt"][number as usize % 2], number).await;
        }
        let bus = bus(&rig, &server, vec![acting(&rig)], Vec::new()).await;
        assert!(bus.drained(SOON).await);
        for key in ["tea", "salt"] {
            let numbers = rig.numbers_of(key);
            assert_eq!(numbers.len(), 150);
            assert!(numbers.is_sorted(), "{numbers:?}");
        }
        assert_eq!(rig.effects().await, vec![1; 300]);
    })
    .await;
}

#[tokio::test]
async fn the_past_can_be_replayed_from_the_stream_in_order() {
    each(async |rig: Rig, server: Server| {
        let consumers =
            || ["depot.notes", "depot.others"].map(|name| rig.consumer(name, |_, _| Answer::Handled)).to_vec();
        let first = bus(&rig, &server, consumers(), Vec::new()).await;
        let begun = rig.env.now();
        for number in 0..10 {
            rig.sell("tea", number).await;
        }
        assert!(first.drained(SOON).await);
        let from = rig.env.now();
        for number in 10..30 {
            rig.sell("tea", number).await;
        }
        assert!(first.drained(SOON).await);
        // It is the stream that remembers: to this process, the shop is elsewhere.
        rig.stop.cancel();
        first.stopped().await;
        let other = rig.restarted();
        let depot = bus_of(&other, &server, vec![rig.depot.clone()], consumers(), Vec::new()).await;
        for (since, expected) in [(from, 10..30), (begun, 0..30), (Timestamp::EPOCH, 0..30)] {
            rig.seen.lock().unwrap().clear();
            let count = expected.len() as u64;
            assert_eq!(depot.replay_since("shop.*", "depot.notes", since).await.unwrap(), count);
            assert!(depot.drained(SOON).await);
            assert_eq!(rig.numbers_of("tea"), expected.collect::<Vec<u32>>());
        }
        let now = rig.env.now() + Duration::from_secs(1);
        assert_eq!(depot.replay_since("*", "depot.notes", now).await.unwrap(), 0);
        assert_eq!(depot.replay_since("shop.closed", "depot.notes", begun).await.unwrap(), 0);
        assert_eq!(depot.replay_since("*", "depot.nobody", begun).await.unwrap_err().kind, ErrorKind::NotFound);
        other.stop.cancel();
    })
    .await;
}

#[tokio::test]
async fn two_instances_do_everything_once() {
    each(async |rig: Rig, server: Server| {
        let other = rig.restarted();
        let first = bus(&rig, &server, vec![acting(&rig)], Vec::new()).await;
        let second = bus(&other, &server, vec![acting(&rig)], Vec::new()).await;
        for number in 0..100 {
            rig.sell("tea", number).await;
        }
        assert!(first.drained(SOON).await);
        // The one that delivers leaves; the other takes over, and nothing is missing or there twice.
        rig.stop.cancel();
        first.stopped().await;
        for number in 100..200 {
            rig.sell("tea", number).await;
        }
        assert!(second.drained(SOON).await);
        other.stop.cancel();
        second.stopped().await;
        assert_eq!(rig.effects().await, vec![1; 200]);
        assert!(rig.numbers_of("tea").is_sorted());
    })
    .await;
}

#[tokio::test]
async fn two_instances_share_the_keys_and_keep_each_in_order() {
    each(async |rig: Rig, server: Server| {
        let (one, other) = (rig.restarted().with_a_notebook_of_its_own(), rig.restarted().with_a_notebook_of_its_own());
        let first = bus(&one, &server, vec![acting(&one)], Vec::new()).await;
        let keys: Vec<String> = (0..40).map(|key| format!("tea{key}.")).collect();
        let sell = async |numbers: std::ops::Range<u32>| {
            for number in numbers {
                for key in &keys {
                    rig.sell(key, number).await;
                }
            }
        };
        sell(0..5).await;
        assert!(first.drained(SOON).await);
        assert_eq!(one.seen().len(), 200);
        // While the second is given its share, and then goes on alone, things are sold.
        let second = bus(&other, &server, vec![acting(&other)], Vec::new()).await;
        let sharing = timeout(SOON, async {
            let mut number = 5;
            while other.seen().len() < 100 {
                sell(number..number + 1).await;
                number += 1;
                sleep(Duration::from_millis(20)).await;
            }
            number
        });
        let sold = sharing.await.unwrap();
        assert!(first.drained(SOON).await);
        let before = one.seen().len();
        sell(sold..sold + 5).await;
        assert!(second.drained(SOON).await);
        assert!(before < one.seen().len(), "the first has nothing to do any more");
        one.stop.cancel();
        first.stopped().await;
        sell(sold + 5..sold + 10).await;
        assert!(second.drained(SOON).await);
        other.stop.cancel();
        second.stopped().await;
        assert_eq!(rig.effects().await, vec![1; keys.len() * (sold as usize + 10)]);
        for key in &keys {
            let (mine, theirs) = (one.numbers_of(key), other.numbers_of(key));
            assert!(mine.is_sorted() && theirs.is_sorted(), "{key}: {mine:?}, then {theirs:?}");
            assert!(mine.last() < theirs.first(), "{key}: {mine:?}, then {theirs:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_comes_while_another_instance_leaves_is_done_by_the_one_that_stays() {
    each(async |rig: Rig, server: Server| {
        let (one, other) = (rig.restarted().with_a_notebook_of_its_own(), rig.restarted().with_a_notebook_of_its_own());
        let first = bus(&one, &server, vec![acting(&one)], Vec::new()).await;
        let keys: Vec<String> = (0..40).map(|key| format!("tea{key}.")).collect();
        let mut sold = 0;
        let mut sell = async || {
            for key in &keys {
                rig.sell(key, sold).await;
            }
            sold += 1;
            sleep(Duration::from_millis(20)).await;
        };
        sell().await;
        assert!(first.drained(SOON).await);
        let second = bus(&other, &server, vec![acting(&other)], Vec::new()).await;
        let sharing = async {
            while other.seen().len() < 100 {
                sell().await;
            }
        };
        timeout(SOON, sharing).await.unwrap();
        other.stop.cancel();
        second.stopped().await;
        // The one that stays looks now and then for what has become free; until then it reads past it.
        let before = one.seen().len();
        let taking_over = async {
            while one.seen().len() < before + 40 * 40 {
                sell().await;
            }
        };
        timeout(SOON, taking_over).await.unwrap();
        assert!(first.drained(SOON).await);
        one.stop.cancel();
        first.stopped().await;
        assert_eq!(rig.effects().await, vec![1; keys.len() * sold as usize]);
    })
    .await;
}

#[tokio::test]
async fn while_the_server_is_away_events_wait_and_nothing_is_lost() {
    each(async |rig: Rig, mut server: Server| {
        let bus = bus(&rig, &server, vec![acting(&rig)], Vec::new()).await;
        rig.sell("tea", 0).await;
        assert!(bus.drained(SOON).await);
        server.kill();
        for number in 1..50 {
            rig.sell("tea", number).await;
        }
        assert!(!bus.drained(Duration::from_millis(300)).await);
        server.start_again();
        assert!(bus.drained(SOON * 3).await);
        assert_eq!(rig.effects().await, vec![1; 50]);
        assert!(rig.numbers_of("tea").is_sorted());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_has_lost_everything_is_gone_on_with() {
    each(async |rig: Rig, mut server: Server| {
        let bus = bus(&rig, &server, vec![acting(&rig)], Vec::new()).await;
        for number in 0..20 {
            rig.sell("tea", number).await;
        }
        assert!(bus.drained(SOON).await);
        server.kill();
        server.folder = tempfile::tempdir().unwrap();
        server.start_again();
        for number in 20..30 {
            rig.sell("tea", number).await;
        }
        assert!(bus.drained(SOON * 3).await);
        assert_eq!(rig.effects().await, vec![1; 30]);
    })
    .await;
}

#[tokio::test]
async fn what_fails_is_tried_again_in_its_turn_and_is_a_dead_letter_in_the_end() {
    each(async |rig: Rig, server: Server| {
        let refusing = rig.consumer("depot.sales", |sold, _| match sold.what.as_str() {
            "tea" if sold.number == 1 => Answer::Refused,
            _ => Answer::Effect,
        });
        let bus = bus(&rig, &server, vec![refusing], Vec::new()).await;
        let refused = rig.sell("tea", 1).await;
        rig.sell("tea", 2).await;
        rig.sell("salt", 3).await;
        let filter = LetterFilter::default();
        let letters = timeout(SOON * 3, async {
            loop {
                let letters = bus.dead_letters(&filter, PageRequest::first(10)).await.unwrap().items;
                if !letters.is_empty() {
                    return letters;
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
        let letters = letters.await.unwrap();
        // It is kept by the service that failed on it.
        let letter = (letters[0].service.as_str(), letters[0].consumer.as_str(), letters[0].event);
        assert_eq!(letter, ("depot", "depot.sales", refused));
        assert!(bus.drained(SOON).await);
        assert_eq!(rig.effects().await, vec![1; 2]);
        // The salt did not wait for the tea, and the second tea did for the first.
        let seen = rig.seen();
        let place = |wanted: &str| seen.iter().rposition(|seen| seen.starts_with(wanted)).unwrap();
        assert!(place("salt 3") < place("tea 1") && place("tea 1") < place("tea 2"), "{seen:?}");
        bus.discard("depot", "depot.sales", refused).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn every_process_that_listens_is_told_of_what_happens_from_then_on() {
    each(async |rig: Rig, server: Server| {
        let (one, other) = (rig.restarted(), rig.restarted());
        let first = bus(&rig, &server, vec![acting(&rig)], Vec::new()).await;
        rig.sell("before", 0).await;
        assert!(first.drained(SOON).await);
        let heard = [one.with_a_notebook_of_its_own(), other.with_a_notebook_of_its_own()];
        let mut buses = Vec::new();
        for rig in &heard {
            let listener = rig.consumer("web.pages", |_, _| Answer::Handled);
            buses.push(bus(rig, &server, Vec::new(), vec![listener]).await);
        }
        for bus in &buses {
            assert!(bus.drained(SOON).await);
        }
        rig.sell("tea", 1).await;
        assert!(first.drained(SOON).await);
        for (rig, bus) in heard.iter().zip(&buses) {
            assert!(bus.drained(SOON).await);
            assert_eq!(rig.seen(), ["tea 1 1"]);
        }
        heard.iter().for_each(|rig| rig.stop.cancel());
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_to_a_server_that_lost_it_is_sent_again() {
    each(async |rig: Rig, mut server: Server| {
        let selling = rig.restarted();
        let shop = bus_of(&selling, &server, vec![rig.shop.clone()], Vec::new(), Vec::new()).await;
        for number in 0..20 {
            rig.sell("tea", number).await;
        }
        assert!(shop.drained(SOON).await);
        server.kill();
        server.folder = tempfile::tempdir().unwrap();
        server.start_again();
        let depot = bus_of(&rig, &server, vec![rig.depot.clone()], vec![acting(&rig)], Vec::new()).await;
        rig.sell("tea", 20).await;
        let done = timeout(SOON * 3, async {
            while rig.effects().await.len() < 21 {
                sleep(Duration::from_millis(20)).await;
            }
        });
        done.await.unwrap();
        assert!(depot.drained(SOON).await);
        assert_eq!(rig.effects().await, vec![1; 21]);
        assert!(rig.numbers_of("tea").is_sorted());
        selling.stop.cancel();
    })
    .await;
}
