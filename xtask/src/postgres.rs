//! A throw-away Postgres on loopback, for tests and measurements.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::packages;

/// Its processes may end, the machine never does: what was handed to the system is not lost.
const FORGETFUL: &[&str] = &["fsync=off", "log_min_messages=fatal"];
/// What is said is kept apart from what a run prints.
const LOGGED: &[&str] = &["logging_collector=on", "log_directory=..", "log_filename=postgres.log"];

/// A server that ends, and whose data go, when this is dropped.
pub struct Postgres {
    /// There unless it was crashed.
    server: Option<Child>,
    programs: PathBuf,
    port: u16,
    /// Where to connect.
    pub url: String,
    /// The authority that its certificate comes from.
    pub authority: PathBuf,
    settings: Vec<String>,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Installs Postgres where it is missing, and starts one for tests.
    ///
    /// # Errors
    /// When it cannot be installed, or does not answer within 60 seconds.
    pub fn start() -> Result<Self> {
        Self::start_with(FORGETFUL)
    }

    /// The same for measurements: what it has committed is on the disk. With more settings, as `work_mem=16MB`.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn durable(settings: &[&str]) -> Result<Self> {
        Self::start_with(&[LOGGED, settings].concat())
    }

    /// Its programs, as `psql` and `pgbench`, with the user that may use the server.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.stdin(Stdio::null());
        command
    }

    /// What one that was started [for measurements](Postgres::durable) has logged so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn said(&self) -> Result<String> {
        let log = fs::read(self.folder.path().join("postgres.log"))?;
        Ok(String::from_utf8_lossy(&log).into_owned())
    }

    fn start_with(settings: &[&str]) -> Result<Self> {
        let programs = install()?;
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let as_root = is_root()?;
        if as_root {
            // It is another user there, who must reach the folder.
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status()?;
            if !owned.success() {
                bail!("the Postgres folder could not be given to the user postgres");
            }
        }
        let made = program(&programs, "initdb", as_root)
            .args(["-U", "souk", "-A", "trust", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .current_dir("/")
            .stdout(Stdio::null())
            .status()?;
        if !made.success() {
            bail!("initdb failed");
        }
        let authority = make_certificate(folder.path(), as_root)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("postgres://souk@127.0.0.1:{port}/postgres");
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let mut postgres = Self { server: None, programs, port, url, authority, settings, folder };
        postgres.start_again()?;
        Ok(postgres)
    }

    /// Ends it as a crash does, with all its processes: by its immediate shutdown, which saves nothing that is not
    /// saved already.
    ///
    /// # Errors
    /// When it does not run.
    pub fn crash(&mut self) -> Result<()> {
        let mut server = self.server.take().context("Postgres does not run")?;
        signal(&server, "QUIT")?;
        server.wait()?;
        Ok(())
    }

    /// Starts one that was crashed, and waits until it answers.
    ///
    /// # Errors
    /// When it does not answer within 60 seconds.
    pub fn start_again(&mut self) -> Result<()> {
        let folder = self.folder.path();
        let server = program(&self.programs, "postgres", is_root()?)
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
            .args(self.settings.iter().flat_map(|setting| ["-c", setting.as_str()]))
            .args(["-c", "ssl=on", "-c"])
            .arg(format!("ssl_cert_file={}", folder.join("server.pem").display()))
            .arg("-c")
            .arg(format!("ssl_key_file={}", folder.join("server.key").display()))
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.server = Some(server);
        self.wait()
    }

    fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(status) = self.server.as_mut().map(Child::try_wait).transpose()?.flatten() {
                bail!("Postgres ended at once: {status}");
            }
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()?;
            if ready.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("Postgres did not answer within 60 seconds")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // SIGINT is Postgres's fast shutdown; a kill would leave its children behind.
        if signal(&server, "INT").is_err() {
            drop(server.kill());
        }
        drop(server.wait());
    }
}

fn signal(server: &Child, signal: &str) -> Result<()> {
    let sent = Command::new("kill").args([format!("-{signal}"), server.id().to_string()]).status()?;
    if !sent.success() {
        bail!("Postgres could not be sent SIG{signal}");
    }
    Ok(())
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)?)
}

/// One of its programs. Postgres refuses to run as root: it runs as its own user there.
fn program(programs: &Path, name: &str, as_root: bool) -> Command {
    let path = programs.join(name);
    if !as_root {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
    command
}

/// Makes an authority and a certificate of the server by it; answers the file of the authority.
fn make_certificate(folder: &Path, as_root: bool) -> Result<PathBuf> {
    packages::ensure("openssl", || packages::on_path("openssl"))?;
    let openssl = |arguments: &str| -> Result<()> {
        let mut command = Command::new("openssl");
        let made = command.args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null()).status()?;
        if !made.success() {
            bail!("openssl {arguments}: {made}");
        }
        Ok(())
    };
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n")?;
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -days 30 -subj /CN=authority -keyout authority.key -out authority.pem"))?;
    openssl(&format!("req -new {key} -subj /CN=localhost -keyout server.key -out server.csr"))?;
    openssl(
        "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 -extfile names -out \
         server.pem",
    )?;
    if as_root && !Command::new("chown").arg("postgres").arg(folder.join("server.key")).status()?.success() {
        bail!("the key could not be given to the user postgres");
    }
    Ok(folder.join("authority.pem"))
}

/// The folder of its programs; it is installed where it is missing.
///
/// # Errors
/// When it cannot be installed.
pub fn install() -> Result<PathBuf> {
    packages::ensure("postgresql", || programs().is_some())?;
    programs().context("Postgres is installed, but its programs were not found")
}

/// The newest installed version's program folder.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop()
}

/// Starts one for hand-run tests, until Ctrl-C.
///
/// # Errors
/// When it cannot be started.
pub fn run() -> Result<()> {
    let mut postgres = Postgres::start()?;
    println!("export SOUK_TEST_POSTGRES_URL={}", postgres.url);
    println!("export SOUK_TEST_POSTGRES_CA={}", postgres.authority.display());
    if let Some(server) = &mut postgres.server {
        server.wait()?;
    }
    Ok(())
}
