//! A process that is measured: started, watched through /proc, stopped.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

/// How long a process may take to answer first.
const START_WITHIN: Duration = Duration::from_secs(120);
/// How long a process may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(60);
/// Clock ticks a second in /proc/…/stat: USER_HZ, 100 on every Linux.
const TICKS_PER_S: f64 = 100.0;

/// A running process that listens.
pub struct Server {
    child: Child,
    said: Arc<Mutex<String>>,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start to its first answer.
    pub first_answer: Duration,
}

/// The shop's binary: `SOUK_BIN`, as `cargo xtask` sets it, else what `cargo build --package souk` made.
///
/// # Errors
/// When there is none.
pub fn souk() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("SOUK_BIN") {
        return Ok(PathBuf::from(path));
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("debug/souk");
    if !built.is_file() {
        bail!("{} is not there; run cargo build --package souk", built.display());
    }
    Ok(built)
}

/// A command of the shop on a data folder; answers what it printed.
///
/// # Errors
/// With what it printed, when it fails.
pub fn souk_command(data: &Path, arguments: &[&str]) -> Result<String> {
    souk_command_with(data, arguments, &[])
}

/// The same, with settings as variables.
///
/// # Errors
/// With what it printed, when it fails.
pub fn souk_command_with(data: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Result<String> {
    let mut command = Command::new(souk()?);
    command.arg("--data").arg(data).args(arguments).envs(settings.iter().copied());
    let output = command.stdin(Stdio::null()).output()?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("souk {}: {}\n{text}", arguments.join(" "), output.status);
    }
    Ok(text)
}

/// A free port on loopback.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// Starts the shop on a data folder, with settings as variables.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn souk(data: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        Self::souk_until(data, settings, "/")
    }

    /// Starts a process that has some of the shop's services, perhaps not the web.
    ///
    /// # Errors
    /// When it does not answer in time.
    pub fn souk_part(data: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        Self::souk_until(data, settings, "/healthz")
    }

    fn souk_until(data: &Path, settings: &[(&str, &str)], page: &str) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(souk()?);
        command.arg("--data").arg(data).args(["serve", "--listen", &address.to_string()]);
        command.env("SOUK_LOG_FILTER", "warn").env("SOUK_SHOP_DEMO_PRODUCTS", "0");
        command.envs(settings.iter().copied());
        Self::start(command, address, page)
    }

    /// Starts the reference handler.
    ///
    /// # Errors
    /// When that takes too long.
    pub fn fixed(body_bytes: usize) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve-fixed", &format!("{address}/{body_bytes}")]);
        Self::start(command, address, "/")
    }

    fn start(mut command: Command, address: SocketAddr, path: &str) -> Result<Self> {
        let started = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let said = Arc::default();
        listen(child.stdout.take(), Arc::clone(&said), |_| {})?;
        // Its log also goes where it would go without a listener.
        listen(child.stderr.take(), Arc::clone(&said), |line| eprintln!("{line}"))?;
        let mut server = Self { child, said, address, first_answer: Duration::ZERO };
        while started.elapsed() < START_WITHIN {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended at once: {status}");
            }
            if answers(address, path) {
                server.first_answer = started.elapsed();
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("the server did not answer within {START_WITHIN:?}")
    }

    /// What it has printed and logged so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// CPU time used so far, seconds.
    pub fn cpu_s(&self) -> f64 {
        cpu_s(&self.child.id().to_string())
    }

    /// Resident memory now, MB.
    pub fn rss_mb(&self) -> f64 {
        self.status_mb("VmRSS:")
    }

    /// Of that, what is not a page of some file that the system could take back at any time, MB.
    pub fn own_mb(&self) -> f64 {
        self.status_mb("RssAnon:")
    }

    /// The most memory that was ever resident, MB.
    pub fn rss_max_mb(&self) -> f64 {
        self.status_mb("VmHWM:")
    }

    fn status_mb(&self, name: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
        kilobytes / 1024.0
    }

    /// Waits until it has ended by itself; answers how.
    ///
    /// # Errors
    /// When it still runs after the time.
    pub fn wait_for_end(&mut self, within: Duration) -> Result<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < within {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the server still runs after {within:?}")
    }

    /// Ends it at once, as a power cut would.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits.
    ///
    /// # Errors
    /// When that takes too long.
    pub fn stop(mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let asked = Instant::now();
        while asked.elapsed() < STOP_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() { Ok(()) } else { bail!("the server ended badly: {status}") };
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill()?;
        bail!("the server did not stop within {STOP_WITHIN:?}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Keeps what comes, so that the process can always go on printing.
fn listen(
    output: Option<impl Read + Send + 'static>,
    said: Arc<Mutex<String>>,
    pass_on: fn(&str),
) -> std::io::Result<()> {
    let Some(output) = output else { return Ok(()) };
    let keep = move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            pass_on(&line);
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
        }
    };
    std::thread::Builder::new().name("listener".to_owned()).spawn(keep).map(drop)
}

/// CPU time that this process used so far, seconds.
pub fn own_cpu_s() -> f64 {
    cpu_s("self")
}

fn cpu_s(pid: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The command's name may hold spaces; the fields after its closing parenthesis are fixed (proc(5)).
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS_PER_S
}

/// Asks once over a plain socket, so that waiting for the start needs no runtime.
fn answers(address: SocketAddr, path: &str) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return false;
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut head = [0; 12];
    stream.set_read_timeout(Some(Duration::from_secs(10))).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut head).is_ok()
        && head.starts_with(b"HTTP/1.1 200")
}
