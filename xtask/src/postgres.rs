//! A throw-away Postgres on loopback for the tests.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::packages;

/// A server that ends, and whose data go, when this is dropped.
pub struct Postgres {
    server: Child,
    /// Where to connect.
    pub url: String,
    /// The authority that its certificate comes from.
    pub authority: PathBuf,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// Installs Postgres where it is missing, and starts one.
    ///
    /// # Errors
    /// When it cannot be installed, or does not answer within 60 seconds.
    pub fn start() -> Result<Self> {
        packages::ensure("postgresql", || programs().is_some())?;
        let programs = programs().context("Postgres is installed, but its programs were not found")?;
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        // Postgres refuses to run as root: it runs as its own user there, who must reach the folder.
        let as_root = fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)?;
        if as_root {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status()?;
            if !owned.success() {
                bail!("the Postgres folder could not be given to the user postgres");
            }
        }
        let program = |name: &str| -> Command {
            let path = programs.join(name);
            if as_root {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
                command
            } else {
                Command::new(path)
            }
        };
        let made = program("initdb")
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
        let server = program("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"])
            // The tests end processes, never the machine: what is not synced is not lost.
            .args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "log_min_messages=fatal"])
            .args(["-c", "ssl=on", "-c"])
            .arg(format!("ssl_cert_file={}", folder.path().join("server.pem").display()))
            .arg("-c")
            .arg(format!("ssl_key_file={}", folder.path().join("server.key").display()))
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let url = format!("postgres://souk@127.0.0.1:{port}/postgres");
        let mut postgres = Self { server, url, authority, _folder: folder };
        postgres.wait(&programs, port)?;
        Ok(postgres)
    }

    fn wait(&mut self, programs: &Path, port: u16) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(status) = self.server.try_wait()? {
                bail!("Postgres ended at once: {status}");
            }
            let ready = Command::new(programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
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
        // SIGINT is Postgres's fast shutdown; a kill would leave its children behind.
        let pid = self.server.id().to_string();
        let asked = Command::new("kill").args(["-INT", &pid]).status().is_ok_and(|status| status.success());
        if !asked {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
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
    postgres.server.wait()?;
    Ok(())
}
