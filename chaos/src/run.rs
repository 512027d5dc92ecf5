//! One thing after the other, and what must hold after each.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use souk_bench::client::Client;
use tokio::{
    task::{LocalSet, spawn_blocking},
    time::{sleep, timeout},
};

use crate::{
    books::{self, Wanted},
    figures::{HEADING, Row, Span, is_quiet},
    ground::{Ground, Programs, on},
    market::{Market, PLENTY},
    scenario::Scenario,
    shopper::shop,
    staff::Staff,
};

/// How long it may take until all goes well again.
const RECOVERS_WITHIN: Duration = Duration::from_secs(60);
/// How long the shop may take to show what was imported.
const OPEN_WITHIN: Duration = Duration::from_secs(60);
const AUDIT_AGAIN_AFTER: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What is to happen, and for how long.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the fleet is made of.
    pub programs: Programs,
    /// Shoppers at the same time.
    pub shoppers: usize,
    /// What happens; once each, and again from the first for as long as `lasts` is not over.
    pub scenarios: Vec<Scenario>,
    /// How long something new may begin.
    pub lasts: Duration,
    /// How long all goes well before.
    pub calm: Duration,
    /// How long it lasts.
    pub fault: Duration,
    /// How long all has to go well after, to count as recovered.
    pub quiet: Duration,
    /// Whether books are audited after each; else after the last of each kind.
    pub audit_each: bool,
    /// Whether configuration, data and logs stay where they are.
    pub keep: bool,
}

/// Lets everything happen; prints and answers what shoppers noticed.
///
/// # Errors
/// With all that must hold and did not, and when the fleet cannot be started, or a part of it not started again.
pub async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let (programs, keep) = (plan.programs.clone(), plan.keep);
    let ground = spawn_blocking(move || {
        let mut ground = Ground::open(&programs)?;
        if keep {
            ground.fleet.keep();
            println!("── configuration, data and logs: {}", ground.fleet.path().display());
        }
        anyhow::Ok(ground)
    });
    let ground = ground.await??;
    let (address, market, local) = (ground.fleet.address, Rc::new(Market::default()), LocalSet::new());
    open(&mut Client::new(address)).await?;
    let staff = Rc::new(Staff::sign_up(address, &owner_link(&ground).await?).await?);
    for _ in 0..plan.shoppers {
        local.spawn_local(shop(address, Rc::clone(&market)));
    }
    let (sending, of) = (Rc::clone(&staff), Rc::clone(&market));
    local.spawn_local(async move { sending.work(&of).await });
    let mut run = Run { plan, market, staff, rows: Vec::new(), problems: Vec::new(), checked: 0 };
    println!("\n{HEADING}");
    local.run_until(run.through(ground)).await?;
    timeout(OPEN_WITHIN, local).await?;
    if !run.problems.is_empty() {
        bail!("what must hold did not:\n  {}", run.problems.join("\n  "));
    }
    Ok(run.rows)
}

/// The one-time link that makes the owner; a process prints it when it has started.
async fn owner_link(ground: &Ground) -> Result<String> {
    let begun = Instant::now();
    loop {
        if let Some(link) = ground.fleet.owner_link() {
            return Ok(link);
        }
        if begun.elapsed() > OPEN_WITHIN {
            bail!("no process has printed a link for the owner");
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Waits until there is something to buy.
async fn open(client: &mut Client) -> Result<()> {
    let (begun, path) = (Instant::now(), format!("/products/{}", PLENTY.to_lowercase()));
    loop {
        let answer = client.get(&format!("{path}?{}", begun.elapsed().as_millis()), "text/html").await?;
        if answer.text_all().contains("Add to cart") {
            return Ok(());
        }
        if begun.elapsed() > OPEN_WITHIN {
            bail!("{path} still answers {} after {OPEN_WITHIN:?}", answer.status);
        }
        sleep(LOOK_EVERY).await;
    }
}

struct Run<'p> {
    plan: &'p Plan,
    market: Rc<Market>,
    staff: Rc<Staff>,
    rows: Vec<Row>,
    /// What did not hold.
    problems: Vec<String>,
    /// Orders that were asked for already.
    checked: usize,
}

impl Run<'_> {
    async fn through(&mut self, mut ground: Ground) -> Result<()> {
        let begun = Instant::now();
        let plan = self.plan;
        for (number, scenario) in plan.scenarios.iter().cycle().enumerate() {
            if number >= plan.scenarios.len() && begun.elapsed() >= plan.lasts {
                break;
            }
            self.market.open(number);
            let span;
            (ground, span) = self.happens(ground, scenario).await?;
            self.market.clear().await?;
            let row = Row::of(&scenario.name, span, &self.market.attempts.take());
            println!("{row}");
            self.rows.push(row);
            ground = self.check(ground, scenario).await?;
        }
        self.market.close();
        self.end(ground).await
    }

    async fn happens(&mut self, ground: Ground, scenario: &Scenario) -> Result<(Ground, Span)> {
        let fault = scenario.fault;
        sleep(self.plan.calm).await;
        let began = Instant::now();
        let (ground, ()) = on(ground, move |ground| ground.begin(fault)).await?;
        sleep(self.plan.fault).await;
        let (ground, over) = on(ground, move |ground| ground.end(fault)).await?;
        let back = Instant::now();
        loop {
            let since = (Instant::now() - self.plan.quiet).max(over);
            if since > over && is_quiet(&self.market.attempts.borrow(), since) {
                break;
            }
            if back.elapsed() > RECOVERS_WITHIN {
                self.broken(scenario, &[format!("purchases still fail {RECOVERS_WITHIN:?} after it was over")]);
                break;
            }
            sleep(LOOK_EVERY).await;
        }
        Ok((ground, Span { began, over, quiet: Instant::now() }))
    }

    /// Checks what must hold, while nobody buys.
    async fn check(&mut self, ground: Ground, scenario: &Scenario) -> Result<Ground> {
        let bought = self.market.bought.borrow().clone();
        let fresh = &bought[self.checked..];
        self.broken(scenario, &books::orders_come_to(ground.fleet.address, fresh, Wanted::Paid).await);
        self.checked = bought.len();
        self.broken(scenario, &books::nothing_is_oversold(&bought));
        let audits = self.plan.audit_each || scenario.ends_its_kind;
        let (ground, problems) = on(ground, move |ground| {
            let mut problems: Vec<String> =
                ground.ended().into_iter().map(|name| format!("{name} has ended by itself")).collect();
            if audits {
                problems.extend(audit(ground));
                let twice = ground.paid_twice()?;
                problems.extend(twice.lines().map(|order| format!("paid more than once: {order}")));
            }
            Ok(problems)
        })
        .await?;
        self.broken(scenario, &problems);
        Ok(ground)
    }

    /// After all of it: every parcel arrives, and when everything stands still the books agree.
    async fn end(&mut self, ground: Ground) -> Result<()> {
        let begun = Instant::now();
        self.staff.send_all(&self.market).await?;
        let bought = self.market.bought.borrow().clone();
        let last = Scenario { name: "the end".to_owned(), ..self.plan.scenarios[0].clone() };
        self.broken(&last, &books::orders_come_to(ground.fleet.address, &bought, Wanted::Delivered).await);
        println!(
            "\n{} orders; the last parcel arrived {:.1} s after the last order",
            bought.len(),
            begun.elapsed().as_secs_f64()
        );
        let (_, (audited, twice)) = on(ground, move |ground| {
            ground.fleet.close()?;
            Ok((ground.audit(), ground.paid_twice()?))
        })
        .await?;
        match audited {
            Ok(said) => println!("souk audit: {}", said.trim().replace('\n', "  ")),
            Err(error) => self.broken(&last, &[format!("{error:#}")]),
        }
        self.broken(&last, &twice.lines().map(|order| format!("paid more than once: {order}")).collect::<Vec<_>>());
        Ok(())
    }

    fn broken(&mut self, scenario: &Scenario, problems: &[String]) {
        for problem in problems {
            println!("   BROKEN: {problem}");
            self.problems.push(format!("{}: {problem}", scenario.name));
        }
    }
}

/// Audits while the fleet runs: what it still finishes may look like a difference, and is looked at again.
fn audit(ground: &Ground) -> Option<String> {
    let begun = Instant::now();
    loop {
        let error = ground.audit().err()?;
        if begun.elapsed() > books::BOOKS_WITHIN {
            return Some(format!("{error:#}"));
        }
        std::thread::sleep(AUDIT_AGAIN_AFTER);
    }
}
