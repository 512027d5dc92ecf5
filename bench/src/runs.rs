//! What is measured, in which order, and what it is held against.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    net::SocketAddr,
    path::Path,
    rc::Rc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use hyper::StatusCode;
use souk_bench::{
    client::Client,
    server::{Server, souk_command},
    shopper::{GOOD_CARD, Purchase, add_to_cart, check_out, check_out_beside},
};
use souk_contracts::catalog::{ProductDraft, ProductStatus, VariantDraft};
use souk_types::{Currency, Money};
use tokio::sync::Mutex;

use crate::{
    console,
    load::{Figures, Shape, Target, drive},
    reference,
};

/// Pages that fit into the page cache together.
pub const HOT_PAGES: usize = 500;
/// Pieces of the flash sale's only variant.
const FLASH_STOCK: usize = 500;
/// Tries to buy one of them.
const FLASH_ATTEMPTS: usize = 5_000;
pub const SHOPPERS: usize = 64;
pub const SEARCHERS: usize = 16;
/// Products whose SKUs are bought, spread over all of them.
const BOUGHT_MAX: usize = 200_000;
/// Queries that are asked again and again.
const QUERIES: usize = 2_000;
/// Queries that are drawn to find those that were not asked before.
const QUERIES_DRAWN: usize = 200_000;
pub const HTML: &str = "text/html";
const JSON: &str = "application/json";
const SECONDS: u64 = 10;
const SECONDS_QUICK: u64 = 3;

/// How long a run takes.
pub fn seconds(quick: bool) -> u64 {
    if quick { SECONDS_QUICK } else { SECONDS }
}

/// What to run, and how much of it.
pub struct Plan {
    products: usize,
    orders: usize,
    measure: Duration,
    chosen: Vec<String>,
}

impl Plan {
    /// All runs when none is chosen.
    pub fn new(quick: bool, chosen: Vec<String>) -> Self {
        let (products, orders) = if quick { (5_000, 50_000) } else { (100_000, 1_000_000) };
        Self { products, orders, measure: Duration::from_secs(seconds(quick)), chosen }
    }

    fn wants(&self, name: &str) -> bool {
        self.chosen.is_empty() || self.chosen.iter().any(|chosen| chosen == name)
    }

    fn shape(&self, clients: usize) -> Shape {
        Shape::of(clients, self.measure)
    }
}

/// What of the catalogue the runs ask for.
pub struct Wares {
    pub slugs: Rc<[String]>,
    pub skus: Rc<[String]>,
}

impl Wares {
    /// Products whose pages fit into the page cache together.
    pub fn hot(&self) -> Rc<[String]> {
        self.slugs.iter().take(HOT_PAGES).cloned().collect()
    }
}

/// What the demo catalogue has in its first so many products.
pub fn wares(products: usize) -> Wares {
    let (mut slugs, mut skus) = (Vec::with_capacity(products), Vec::new());
    let step = products.div_ceil(BOUGHT_MAX).max(1);
    for (number, draft) in souk_demo::Catalogue::new(1, Currency::EUR).take(products).enumerate() {
        slugs.push(draft.slug);
        if number % step == 0 {
            let stocked = draft.variants.into_iter().filter(|variant| variant.stock.unwrap_or(0) >= 50);
            skus.extend(stocked.map(|variant| variant.sku));
        }
    }
    Wares { slugs: slugs.into(), skus: skus.into() }
}

/// Spreads a count over a list: a full-period walk with a large odd stride, the same in every run.
pub fn pick<T>(list: &[T], client: usize, count: usize) -> &T {
    let step = (client * 7_919 + count).wrapping_mul(2_654_435_761);
    &list[step % list.len()]
}

/// Runs all that the plan wants.
pub async fn all(plan: &Plan) -> Result<()> {
    if plan.wants("console") {
        console::lists(plan.orders, plan.shape(console::STAFF)).await?;
        if plan.chosen.len() == 1 {
            return Ok(());
        }
    }
    let folder = tempfile::tempdir_in(".")?;
    let data = folder.path();
    println!("── {} products", plan.products);
    let filled = std::time::Instant::now();
    souk_command(data, &["demo", "--products", &plan.products.to_string()])?;
    let seconds = filled.elapsed().as_secs_f64();
    println!("demo catalogue, findable           {:>9.0}/s  {seconds:.1} s in all", plan.products as f64 / seconds);
    import_speed(plan, data)?;
    let server = Server::souk(data, &[])?;
    println!("first page after the start         {:>9.0} ms", server.first_answer.as_secs_f64() * 1_000.0);
    print_memory("memory at rest", &server);
    let wares = wares(plan.products);
    pages(plan, &server, &wares).await?;
    if plan.wants("search") {
        search(plan, &server).await?;
    }
    if plan.wants("cart") {
        cart(plan, &server, &wares).await?.print("add to cart, 64 clients");
    }
    if plan.wants("checkout") {
        checkout(plan, &server, &wares).await?;
    }
    if plan.wants("flash") {
        flash(&server).await?;
    }
    print_memory("memory at the end", &server);
    server.stop()?;
    print!("── audit\n{}", souk_command(data, &["audit"])?);
    Ok(())
}

fn print_memory(when: &str, server: &Server) {
    println!("{when:<34} {:>9.0} MB, {:.0} MB without mapped files", server.rss_mb(), server.own_mb());
}

/// Exports everything, imports it into an empty shop, and imports it again; adds the flash sale's product.
fn import_speed(plan: &Plan, data: &Path) -> Result<()> {
    let flash = ProductDraft {
        slug: "flash".into(),
        title: "Flash sale".into(),
        description: String::new(),
        brand: String::new(),
        status: ProductStatus::Active,
        category: vec![],
        tags: vec![],
        options: vec![],
        variants: vec![VariantDraft {
            sku: "FLASH".into(),
            barcode: String::new(),
            options: vec![],
            price: Money::new(990, Currency::EUR),
            compare_at: None,
            weight_g: 100,
            image: None,
            stock: Some(i64::try_from(FLASH_STOCK)?),
        }],
        attributes: vec![],
        images: vec![],
    };
    let file = data.join("flash.jsonl");
    std::fs::write(&file, serde_json::to_string(&flash)?)?;
    souk_command(data, &["import", &file.to_string_lossy()])?;
    if !plan.wants("import") {
        return Ok(());
    }
    let csv = data.join("products.csv");
    souk_command(data, &["export", &csv.to_string_lossy()])?;
    let empty = tempfile::tempdir_in(".")?;
    for what in ["import of a Shopify CSV", "the same again, unchanged"] {
        let started = std::time::Instant::now();
        let said = souk_command(empty.path(), &["import", &csv.to_string_lossy()])?;
        let seconds = started.elapsed().as_secs_f64();
        let took = said.lines().find(|line| line.starts_with("Took")).context("the import does not tell its speed")?;
        println!("{what:<34} {took} {seconds:.1} s in all");
    }
    Ok(())
}

async fn pages(plan: &Plan, server: &Server, wares: &Wares) -> Result<()> {
    if !plan.wants("page") && !plan.wants("fixed") {
        return Ok(());
    }
    let hot = wares.hot();
    // As a browser asks for it.
    let mut browser = Client::new(server.address);
    browser.takes_gzip = true;
    let bytes = browser.get(&format!("/products/{}", hot[0]), HTML).await?.body.len();
    let fixed_server = Server::fixed(bytes)?;
    let fixed = drive(&fixed_server, plan.shape(SHOPPERS), async |client, _, _| {
        client.get("/", HTML).await?.expect(StatusCode::OK).map(drop)
    })
    .await?;
    fixed.print(&format!("fixed body of {bytes} bytes"));
    drop(fixed_server);
    if !plan.wants("page") {
        return Ok(());
    }
    let cached = product_pages(server, plan.shape(SHOPPERS), hot, "", HTML).await?;
    cached.print(&format!("product page, cached, of {HOT_PAGES}"));
    println!("   of the fixed body               {:>9.2}   (0.70 wanted)", cached.per_s / fixed.per_s);
    // Before the pages: those that are asked for often keep the documents out of the cache.
    let documents = product_pages(server, plan.shape(SHOPPERS), Rc::clone(&wares.slugs), ".json", JSON).await?;
    documents.print("product as JSON, any");
    let any = product_pages(server, plan.shape(SHOPPERS), Rc::clone(&wares.slugs), "", HTML).await?;
    any.print("product page, any");
    Ok(())
}

/// Product pages, or what else is made of a product, spread over all that are named.
pub async fn product_pages(
    target: impl Into<Target<'_>>,
    shape: Shape,
    slugs: Rc<[String]>,
    ending: &'static str,
    accept: &'static str,
) -> Result<Figures> {
    drive(target, shape, async move |client, number, count| {
        let path = format!("/products/{}{ending}", pick(&slugs, number, count));
        client.takes_gzip = true;
        client.get(&path, accept).await?.expect(StatusCode::OK).map(drop)
    })
    .await
}

/// Searches as they come: 2,000 queries asked again and again, of which the common ones are there many times; and then
/// only queries that nobody has asked before, which no cache can help.
async fn search(plan: &Plan, server: &Server) -> Result<()> {
    let asked: Vec<String> = queries().take(QUERIES).collect();
    let mut new = NewQueries::beside(&asked);
    let shape = plan.shape(SEARCHERS);
    searches(server, shape, move |client, count| Some(pick(&asked, client, count).clone()))
        .await?
        .print("search page, asked before");
    searches(server, shape, new.next()).await?.print("search page, never asked before");
    Ok(())
}

/// Queries that nobody has asked before, each of them once.
pub struct NewQueries(Rc<RefCell<std::vec::IntoIter<String>>>);

impl NewQueries {
    /// Those that are not among others.
    pub fn beside(asked: &[String]) -> Self {
        let mut seen: HashSet<String> = asked.iter().cloned().collect();
        let drawn = queries().skip(asked.len()).take(QUERIES_DRAWN).filter(|query| seen.insert(query.clone()));
        Self(Rc::new(RefCell::new(drawn.collect::<Vec<_>>().into_iter())))
    }

    /// Gives the next one at each call, whoever asks.
    pub fn next(&mut self) -> impl Fn(usize, usize) -> Option<String> + use<> {
        let queries = Rc::clone(&self.0);
        move |_, _| queries.borrow_mut().next()
    }
}

fn queries() -> impl Iterator<Item = String> {
    souk_demo::queries(1).map(|query| query.replace(' ', "+"))
}

/// Searches, 16 at a time.
pub async fn searches(
    target: impl Into<Target<'_>>,
    shape: Shape,
    query: impl Fn(usize, usize) -> Option<String> + 'static,
) -> Result<Figures> {
    drive(target, shape, async move |client, number, count| {
        let query = query(number, count).context("there are no more queries to ask")?;
        let path = format!("/search?q={query}");
        client.takes_gzip = true;
        client.get(&path, HTML).await?.expect(StatusCode::OK).map(drop)
    })
    .await
}

async fn cart(plan: &Plan, server: &Server, wares: &Wares) -> Result<Figures> {
    let skus = Rc::clone(&wares.skus);
    drive(server, plan.shape(SHOPPERS), async move |client, number, count| {
        if count % 10 == 0 {
            client.forget();
        }
        add_to_cart(client, pick(&skus, number, count).as_str(), 1).await?.expect(StatusCode::OK).map(drop)
    })
    .await
}

async fn checkout(plan: &Plan, server: &Server, wares: &Wares) -> Result<()> {
    let bare = reference::checkouts_per_s(plan.measure / 2)?;
    println!("bare transaction, 64 an fsync      {bare:>9.0}/s");
    let (figures, sold_out) = purchases(server, plan.shape(SHOPPERS), &wares.skus, None).await?;
    figures.print("whole checkout, 64 clients");
    println!("   of the bare transaction         {:>9.2}   (0.20 wanted, and 1,500/s)", figures.per_s / bare);
    println!("   sold out meanwhile              {sold_out:>9}");
    Ok(())
}

/// Whole purchases, each by a new shopper: into the cart, the price, a token for the card, the order. Answers, too, how
/// many found that nothing was left. The gateway is asked where it is, if nothing sends its calls there.
pub async fn purchases(
    target: impl Into<Target<'_>>,
    shape: Shape,
    skus: &Rc<[String]>,
    gateway: Option<SocketAddr>,
) -> Result<(Figures, usize)> {
    let skus = Rc::clone(skus);
    let sold_out = Rc::new(Cell::new(0_usize));
    let counter = Rc::clone(&sold_out);
    let beside: Vec<Mutex<Client>> =
        gateway.iter().flat_map(|address| (0..shape.clients).map(|_| Mutex::new(Client::new(*address)))).collect();
    let figures = drive(target, shape, async move |client, number, count| {
        client.forget();
        let added = add_to_cart(client, pick(&skus, number, count).as_str(), 1).await?;
        if added.status == StatusCode::CONFLICT {
            counter.set(counter.get() + 1);
            return Ok(());
        }
        added.expect(StatusCode::OK)?;
        let purchase = match beside.get(number) {
            Some(gateway) => check_out_beside(client, &mut *gateway.lock().await, GOOD_CARD).await?,
            None => check_out(client, GOOD_CARD).await?,
        };
        match purchase {
            Purchase::Ordered(order) if order.state == "placed" => Ok(()),
            Purchase::Ordered(order) => bail!("the order {} is {}", order.number, order.state),
            Purchase::SoldOut => {
                counter.set(counter.get() + 1);
                Ok(())
            }
        }
    })
    .await?;
    Ok((figures, sold_out.get()))
}

async fn flash(server: &Server) -> Result<()> {
    let left = Rc::new(Cell::new(FLASH_ATTEMPTS));
    let sold = Rc::new(Cell::new(0_usize));
    let started = std::time::Instant::now();
    let local = tokio::task::LocalSet::new();
    let address = server.address;
    let shoppers = (0..SHOPPERS).map(|_| {
        let (left, sold) = (Rc::clone(&left), Rc::clone(&sold));
        local.spawn_local(async move {
            let mut client = Client::new(address);
            while left.get() > 0 {
                left.set(left.get() - 1);
                client.forget();
                let added = add_to_cart(&mut client, "FLASH", 1).await?;
                if added.status == StatusCode::CONFLICT {
                    continue;
                }
                added.expect(StatusCode::OK)?;
                if let Purchase::Ordered(_) = check_out(&mut client, GOOD_CARD).await? {
                    sold.set(sold.get() + 1);
                }
            }
            Ok::<_, anyhow::Error>(())
        })
    });
    let shoppers: Vec<_> = shoppers.collect();
    local
        .run_until(async {
            for shopper in shoppers {
                shopper.await.context("a shopper broke off")??;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    println!(
        "flash sale                         {:>9} of {FLASH_STOCK} sold in {FLASH_ATTEMPTS} attempts, {:.1} s",
        sold.get(),
        started.elapsed().as_secs_f64()
    );
    if sold.get() != FLASH_STOCK {
        bail!("{} were sold of {FLASH_STOCK}", sold.get());
    }
    Ok(())
}
