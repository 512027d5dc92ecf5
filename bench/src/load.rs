//! Drives a server with many clients and counts.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use souk_bench::{
    client::Client,
    server::{Server, own_cpu_s},
};
use tokio::task::LocalSet;

/// What a run showed.
#[derive(Debug, Clone)]
pub struct Figures {
    pub per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub server_cpu: f64,
    pub generator_cpu: f64,
    pub rss_mb: f64,
    pub count: usize,
}

impl Figures {
    /// A line of the report.
    pub fn print(&self, name: &str) {
        println!(
            "{name:<34} {:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  rss {:>5.0} MB  cpu {:>4.2} + {:>4.2} generator  n {}",
            self.per_s, self.p50_ms, self.p99_ms, self.rss_mb, self.server_cpu, self.generator_cpu, self.count
        );
    }
}

/// What is driven.
#[derive(Clone, Copy)]
pub struct Target<'t> {
    address: SocketAddr,
    /// The process whose CPU time and memory are looked at; of a fleet, none.
    process: Option<&'t Server>,
}

impl<'t> From<&'t Server> for Target<'t> {
    fn from(server: &'t Server) -> Self {
        Self { address: server.address, process: Some(server) }
    }
}

impl From<SocketAddr> for Target<'_> {
    fn from(address: SocketAddr) -> Self {
        Self { address, process: None }
    }
}

impl Target<'_> {
    fn cpu_s(&self) -> f64 {
        self.process.map_or(0.0, Server::cpu_s)
    }
}

/// How long, and with how many clients.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub clients: usize,
    pub warm_up: Duration,
    pub measure: Duration,
}

impl Shape {
    /// Measures for so long, after a quarter of it to warm up.
    pub fn of(clients: usize, measure: Duration) -> Self {
        Self { clients, warm_up: measure / 4, measure }
    }
}

/// Lets every client repeat a step until the time is over; the first failure ends the run.
///
/// The step gets the client, the client's number and a count that rises with each of its calls.
pub async fn drive<'t, S>(target: impl Into<Target<'t>>, shape: Shape, step: S) -> Result<Figures>
where
    S: AsyncFn(&mut Client, usize, usize) -> Result<()> + 'static,
{
    let target = target.into();
    let address = target.address;
    repeat(target, shape, move |_| Client::new(address), step).await
}

/// The same for clients of any kind, each made with its number.
pub async fn repeat<C, S>(target: Target<'_>, shape: Shape, client: impl Fn(usize) -> C, step: S) -> Result<Figures>
where
    C: 'static,
    S: AsyncFn(&mut C, usize, usize) -> Result<()> + 'static,
{
    let step = Rc::new(step);
    let begin = Instant::now() + shape.warm_up;
    let end = begin + shape.measure;
    let taken: Rc<RefCell<Vec<Duration>>> = Rc::default();
    let local = LocalSet::new();
    let mut tasks = Vec::new();
    for number in 0..shape.clients {
        let (step, taken) = (Rc::clone(&step), Rc::clone(&taken));
        let mut client = client(number);
        tasks.push(local.spawn_local(async move {
            let mut count = 0;
            while Instant::now() < end {
                let started = Instant::now();
                step(&mut client, number, count).await?;
                count += 1;
                if started >= begin {
                    taken.borrow_mut().push(started.elapsed());
                }
            }
            Ok::<_, anyhow::Error>(())
        }));
    }
    let mut cpu = (0.0, 0.0);
    local
        .run_until(async {
            tokio::time::sleep_until(begin.into()).await;
            cpu = (target.cpu_s(), own_cpu_s());
            for task in tasks {
                task.await??;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    let measured = begin.elapsed().as_secs_f64();
    let mut taken = taken.take();
    taken.sort_unstable();
    let at = |share: f64| -> Result<f64> {
        let index = ((taken.len() as f64 - 1.0) * share).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the list")]
        let found = taken.get(index as usize).context("nothing was measured")?;
        Ok(found.as_secs_f64() * 1_000.0)
    };
    Ok(Figures {
        per_s: taken.len() as f64 / measured,
        p50_ms: at(0.5)?,
        p99_ms: at(0.99)?,
        server_cpu: (target.cpu_s() - cpu.0) / measured,
        generator_cpu: (own_cpu_s() - cpu.1) / measured,
        rss_mb: target.process.map_or(0.0, Server::rss_mb),
        count: taken.len(),
    })
}
