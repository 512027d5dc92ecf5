use std::{process::ExitCode, time::Duration};

use anyhow::Result;

use super::Opened;
use crate::{audit, config::Config, say::say};

/// How long looking through all books may take.
const AUDIT_WITHIN: Duration = Duration::from_hours(1);

pub async fn run(config: Config) -> Result<ExitCode> {
    let opened = Opened::open(config).await?;
    // What a crash left half done is finished first: the audit is about what is settled.
    opened.settle().await;
    let report = audit::run(&opened.shop, &opened.shop.cx(AUDIT_WITHIN)).await;
    opened.finish().await;
    Ok(if tell(&report?) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints what was found; says whether all books agree.
pub fn tell(report: &audit::Report) -> bool {
    say!("{} orders looked at", report.orders);
    if report.is_clean() {
        say!("All books agree.");
        return true;
    }
    for problem in &report.problems {
        say!("  {problem}");
    }
    if report.untold > 0 {
        say!("  … and {} more", report.untold);
    }
    say!("{} problems", report.problems.len() + report.untold);
    false
}
