//! Programs that run beside others: started with a log of their own, waited for, stopped, killed, started again.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    ops::Range,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// How long a program may take until it is of use.
const READY_WITHIN: Duration = Duration::from_secs(90);
/// How long it may take to stop before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(45);
/// How long one question may take.
const ASK_WITHIN: Duration = Duration::from_secs(5);
/// Lines of a log that an error shows.
const LINES_SHOWN: usize = 12;
/// Bytes of an answer that are looked at.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Ports below those that Linux gives to outgoing connections (`net.ipv4.ip_local_port_range`, 32768 and higher).
const PORTS: Range<u16> = 10_000..32_000;
const TRIES_MAX: usize = 100;

/// Whether all this is to come to an end.
static ENDING: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Has Ctrl-C and SIGTERM end what is waited for, so that whoever started programs can stop them.
///
/// # Errors
/// When the system refuses.
pub fn end_at_signals() -> Result<()> {
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&ENDING))?;
    }
    Ok(())
}

/// Ends what is waited for, as a signal does.
pub fn end() {
    ENDING.store(true, Ordering::Relaxed);
}

/// Forgets a signal that was heeded, for what is to be done after it; the next one ends that.
pub fn go_on() {
    ENDING.store(false, Ordering::Relaxed);
}

/// Says whether all this is to come to an end.
pub fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed)
}

/// By what a program shows that it is of use.
#[derive(Debug, Clone)]
pub enum Ready {
    /// Somebody listens there.
    Listens(SocketAddr),
    /// A page is answered with 200, and has this text in it.
    Answers(SocketAddr, &'static str, &'static str),
}

/// A program that can be started, again and again.
pub struct Process {
    /// Its name among the others.
    pub name: String,
    /// By what it shows that it is of use.
    pub ready: Ready,
    program: PathBuf,
    arguments: Vec<String>,
    settings: Vec<(String, String)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Process {
    /// A program that is not started yet; it will log to `<folder>/<name>.log`.
    pub fn new(name: &str, program: &Path, arguments: Vec<String>, folder: &Path, ready: Ready) -> Self {
        let log = folder.join(format!("{name}.log"));
        let (name, program) = (name.to_owned(), program.to_owned());
        Self { name, ready, program, arguments, settings: Vec::new(), log, child: None }
    }

    /// The same, with variables.
    #[must_use]
    pub fn with(mut self, settings: Vec<(String, String)>) -> Self {
        self.settings = settings;
        self
    }

    /// Sets a variable for its next start; `None` takes it away.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Starts it, and does not wait.
    ///
    /// # Errors
    /// When it runs already or cannot be started.
    pub fn start(&mut self) -> Result<()> {
        if self.runs() {
            bail!("{} runs already", self.name);
        }
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // Ctrl-C is for whoever started them all, who then stops them in order.
        command.process_group(0);
        let child = command.spawn().with_context(|| format!("{}: {:?} cannot be started", self.name, self.program))?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it is of use.
    ///
    /// # Errors
    /// When it ends or takes too long; tells the end of its log.
    pub fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if !self.runs() {
                bail!("{} ended at once\n{}", self.name, self.end_of_log());
            }
            if self.is_ready() {
                return Ok(());
            }
            if is_ending() {
                bail!("{} was not waited for: this is to end", self.name);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("{} was of no use after {READY_WITHIN:?}\n{}", self.name, self.end_of_log())
    }

    fn is_ready(&self) -> bool {
        match self.ready {
            Ready::Listens(address) => TcpStream::connect_timeout(&address, ASK_WITHIN).is_ok(),
            Ready::Answers(address, path, wanted) => {
                ask(address, path).is_ok_and(|answer| answer.starts_with("HTTP/1.1 200") && answer.contains(wanted))
            }
        }
    }

    /// Says whether it runs.
    pub fn runs(&mut self) -> bool {
        let runs = self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|ended| ended.is_none()));
        if !runs {
            self.child = None;
        }
        runs
    }

    /// Waits until it has ended by itself; answers how, or `None` when it still runs.
    ///
    /// # Errors
    /// When it was not started.
    pub fn ended_within(&mut self, wait: Duration) -> Result<Option<ExitStatus>> {
        let begun = Instant::now();
        let child = self.child.as_mut().with_context(|| format!("{} does not run", self.name))?;
        let mut ended = child.try_wait()?;
        while ended.is_none() && begun.elapsed() < wait {
            std::thread::sleep(Duration::from_millis(20));
            ended = child.try_wait()?;
        }
        self.child = self.child.take().filter(|_| ended.is_none());
        Ok(ended)
    }

    /// Ends it at once, as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<()> {
        let child = self.child.take().with_context(|| format!("{} does not run", self.name))?;
        put_an_end_to(child)
    }

    /// Asks it to stop, and waits.
    ///
    /// # Errors
    /// When it does not run, or had to be killed after a while.
    pub fn stop(&mut self) -> Result<()> {
        self.ask_to_stop()?;
        self.wait_for_end()
    }

    /// Waits until it has ended, as it was asked to.
    ///
    /// # Errors
    /// When it does not run, or had to be killed after a while.
    pub fn wait_for_end(&mut self) -> Result<()> {
        let asked = Instant::now();
        let mut child = self.child.take().with_context(|| format!("{} does not run", self.name))?;
        while asked.elapsed() < STOP_WITHIN {
            if child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        put_an_end_to(child)?;
        bail!("{} did not stop within {STOP_WITHIN:?} and was killed\n{}", self.name, self.end_of_log())
    }

    /// Asks it to stop, and does not wait.
    ///
    /// # Errors
    /// When it does not run.
    pub fn ask_to_stop(&self) -> Result<()> {
        self.signal("TERM")
    }

    /// Sends it a signal, as `HUP`.
    ///
    /// # Errors
    /// When it does not run.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let child = self.child.as_ref().with_context(|| format!("{} does not run", self.name))?;
        let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status()?;
        if !sent.success() {
            bail!("{} could not be sent SIG{signal}", self.name);
        }
        Ok(())
    }

    /// All that it has said.
    pub fn said(&self) -> String {
        said(&self.log)
    }

    fn end_of_log(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        let end = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
        format!("the end of its log, {}:\n{end}", self.log.display())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = self.child.take() {
            drop(put_an_end_to(child));
        }
    }
}

/// Ends a process and those that it has started, as nginx its workers, which would go on without it.
fn put_an_end_to(mut child: Child) -> Result<()> {
    let sent = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
    child.kill()?;
    child.wait()?;
    if !sent?.success() {
        bail!("the processes of group {} could not be ended", child.id());
    }
    Ok(())
}

/// Runs a program to its end; answers what it printed.
///
/// # Errors
/// With what it printed, when it fails, or has to be killed because it takes too long or all this is to end.
pub fn run_within(command: &mut Command, limit: Duration) -> Result<String> {
    let printed = tempfile::NamedTempFile::new()?;
    let output = || File::options().append(true).open(printed.path());
    let begun = Instant::now();
    let started = command.stdin(Stdio::null()).stdout(output()?).stderr(output()?).spawn();
    let mut child = started.with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    let ended = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > limit || is_ending() {
            child.kill()?;
            child.wait()?;
            bail!("{:?} was ended after {:?}\n{}", command.get_program(), begun.elapsed(), said(printed.path()));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = said(printed.path());
    if !ended.success() {
        bail!("{ended}\n{text}");
    }
    Ok(text)
}

fn said(file: &Path) -> String {
    fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// An address on loopback whose port is free: one of those that the system gives to nobody who connects, so that it is
/// still free when a program wants it.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    // One after the other: what was given to somebody who has not taken it yet is not given again.
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(..)));
    for _ in 0..TRIES_MAX {
        let port = PORTS.start + NEXT.fetch_add(1, Ordering::Relaxed) % (PORTS.end - PORTS.start);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("none of {TRIES_MAX} ports was free")
}

/// The answer to a GET, head and body as they come.
///
/// # Errors
/// When there is none in time.
pub fn ask(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ASK_WITHIN)?;
    stream.set_read_timeout(Some(ASK_WITHIN))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
