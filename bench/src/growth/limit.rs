//! What a run may take of time and disk.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use souk_bench::server::souk;

/// When a run has to be over.
pub struct Limit {
    begun: Instant,
    time: Duration,
}

impl Limit {
    /// So long from now.
    pub fn of(time: Duration) -> Self {
        Self { begun: Instant::now(), time }
    }

    /// Fails when the time is over.
    pub fn check(&self) -> Result<()> {
        if self.begun.elapsed() > self.time {
            bail!("{} minutes are over; what is missing was not measured", self.time.as_secs() / 60);
        }
        Ok(())
    }

    /// A command of the shop, which is ended when the time is over.
    pub fn command(&self, data: &Path, arguments: &[&str]) -> Result<String> {
        let said = tempfile::NamedTempFile::new_in(".")?;
        let mut command = Command::new(souk()?);
        command.arg("--data").arg(data).args(arguments).stdin(Stdio::null());
        let log = said.reopen()?;
        let mut child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if let Err(over) = self.check() {
                child.kill()?;
                child.wait()?;
                return Err(over);
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let text = fs::read_to_string(said.path())?;
        if !status.success() {
            bail!("souk {}: {status}\n{text}", arguments.join(" "));
        }
        Ok(text)
    }
}

/// Says what will be needed, and fails when this folder's disk has less.
pub fn check_disk(needed_bytes: u64) -> Result<()> {
    let output = Command::new("df").args(["--output=avail", "-B1", "."]).output().context("df cannot be started")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let free: u64 = said.lines().nth(1).and_then(|line| line.trim().parse().ok()).context("df tells no number")?;
    let gb = |bytes: u64| bytes as f64 / 1e9;
    println!("── needs {:.1} GB of disk; {:.1} GB are free", gb(needed_bytes), gb(free));
    if free < needed_bytes {
        bail!("the disk is too small; ask for less by --products and --orders");
    }
    Ok(())
}

/// What lies in a folder, bytes.
pub fn folder_bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.metadata()?;
        sum += if kind.is_dir() { folder_bytes(&entry.path())? } else { kind.len() };
    }
    Ok(sum)
}
