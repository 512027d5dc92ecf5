//! Whole checkouts on Postgres, beside `pgbench` with the statements that they are made of.

use anyhow::Result;
use souk_bench::server::{Server, souk_command_with};

use super::{Stand, pgbench::Reference};
use crate::{
    pairs::{Measured, alternate},
    runs::{purchases, wares},
};

/// What of the statements' rate is wanted.
const WANTED: f64 = 0.5;

/// One process with all services, as a shop on Postgres begins, against its statements in a database with the
/// same tables and the same catalogue.
pub async fn run(stand: &Stand) -> Result<()> {
    println!("── checkout on Postgres, one process");
    let (folder, beside) = (tempfile::tempdir_in(".")?, tempfile::tempdir_in(".")?);
    let (shop, reference) = (stand.database("shop")?, stand.database("reference")?);
    let settings = [("SOUK_DATA_POSTGRES", shop.as_str())];
    souk_command_with(folder.path(), &["demo", "--products", &stand.products.to_string()], &settings)?;
    let same = [("SOUK_DATA_POSTGRES", reference.as_str())];
    souk_command_with(beside.path(), &["demo", "--products", &stand.products.to_string()], &same)?;
    let mut reference = Reference::prepare(&stand.postgres, reference.clone(), "checkout")?;
    let server = Server::souk(folder.path(), &settings)?;
    let wares = wares(stand.products);
    let mut sold_out = 0;
    let pair = alternate(
        stand.rounds,
        async || {
            let (figures, missed) = purchases(&server, stand.shape(), &wares.skus, None).await?;
            sold_out += missed;
            Ok(Measured::from(figures))
        },
        async || reference.run(&stand.postgres, stand.shape()),
    )
    .await?;
    pair.print("whole checkout, 64 clients", "its statements by pgbench", WANTED);
    println!("   sold out meanwhile              {sold_out:>9}");
    server.stop()?;
    print!("── audit\n{}", souk_command_with(folder.path(), &["audit"], &settings)?);
    Ok(())
}
