//! nginx on this machine, with the configuration of `deploy/nginx`.
//!
//! Its folder `souk` is taken as it is; what a merchant writes in `conf.d/shop.conf` is written here for loopback.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    command::root,
    packages,
    process::{Process, Ready},
};

const PROGRAM: &str = "/usr/sbin/nginx";

/// What stands behind nginx, and how it listens.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where it listens, without TLS.
    pub listen: SocketAddr,
    /// Every process with the web.
    pub webs: Vec<SocketAddr>,
    /// Every process with payments.
    pub payments: Vec<SocketAddr>,
    /// Whether callers are limited as in `deploy/nginx`; a load from one machine is not to be.
    pub limits: bool,
}

/// The program, installed where it is missing.
///
/// # Errors
/// When it cannot be installed.
pub fn program() -> Result<&'static Path> {
    // Debian starts what it installs; here nobody wants a server on port 80.
    let there = || packages::any_file(&[PROGRAM]);
    if !there() {
        packages::ensure_unstarted("nginx", there)?;
    }
    Ok(Path::new(PROGRAM))
}

/// Writes the configuration into a folder and answers the way to the file to start nginx with.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, site: &Site) -> Result<PathBuf> {
    let from = root().join("deploy/nginx/souk");
    let to = folder.join("souk");
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    if !site.limits {
        let limits = fs::read_to_string(to.join("limits.conf"))?;
        let lifted = limits.replace("rate=30r/m", "rate=9000r/s").replace("rate=60r/m", "rate=9000r/s");
        fs::write(to.join("limits.conf"), lifted.replace("rate=40r/s", "rate=9000r/s"))?;
    }
    fs::write(folder.join("shop.conf"), shop(folder, site)?)?;
    let main = folder.join("nginx.conf");
    fs::write(&main, main_file(folder))?;
    Ok(main)
}

/// nginx in front of the site; not started yet.
///
/// # Errors
/// When the configuration cannot be written, or nginx refuses it; tells why.
pub fn process(program: &Path, folder: &Path, site: &Site) -> Result<Process> {
    let main = write(folder, site)?;
    check(program, &main)?;
    let arguments = vec!["-c".to_owned(), main.display().to_string()];
    Ok(Process::new("nginx", program, arguments, folder, Ready::Listens(site.listen)))
}

/// Has nginx read a configuration.
///
/// # Errors
/// With what it says, when it refuses.
pub fn check(program: &Path, main: &Path) -> Result<()> {
    let mut command = Command::new(program);
    command.args(["-t", "-c"]).arg(main).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("{} cannot be started", program.display()))?;
    if !output.status.success() {
        bail!("nginx refuses {}:\n{}", main.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// What surrounds the shop's configuration: on Debian, /etc/nginx/nginx.conf.
fn main_file(folder: &Path) -> String {
    let folder = folder.display();
    // As root, its workers would change to a user who cannot reach the folder.
    let user = match fs::metadata("/proc/self") {
        Ok(me) if std::os::unix::fs::MetadataExt::uid(&me) == 0 => "user root root;\n",
        _ => "",
    };
    let mut text = format!(
        "{user}daemon off;\nworker_processes 2;\npid {folder}/nginx.pid;\nerror_log stderr warn;\n\
         events {{ worker_connections 2048; }}\n\
         http {{\n    include /etc/nginx/mime.types;\n    default_type application/octet-stream;\n    access_log off;\n"
    );
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        text += &format!("    {kind}_temp_path {folder}/nginx-{kind};\n");
    }
    text + "    include shop.conf;\n}\n"
}

/// Begins a group of processes.
fn upstream(text: &mut String, name: &str, addresses: &[SocketAddr]) -> std::fmt::Result {
    writeln!(text, "upstream souk_{name} {{\n    zone souk_{name} 256k;\n    least_conn;")?;
    for address in addresses {
        writeln!(text, "    server {address} max_fails=3 fail_timeout=1s;")?;
    }
    Ok(())
}

/// What stands in `conf.d/shop.conf` of a real site.
fn shop(folder: &Path, site: &Site) -> Result<String> {
    let mut text = String::from("include souk/http.conf;\ninclude souk/limits.conf;\n");
    let cache = folder.join("nginx-cache");
    writeln!(
        text,
        "proxy_cache_path {} levels=1:2 keys_zone=souk:16m max_size=512m inactive=1h use_temp_path=off;",
        cache.display()
    )?;
    for (name, addresses, connections) in [("web", &site.webs, 64), ("payments", &site.payments, 8)] {
        upstream(&mut text, name, addresses)?;
        writeln!(text, "    keepalive {connections};\n}}")?;
        upstream(&mut text, &format!("{name}_once"), addresses)?;
        text.push_str("}\n");
    }
    writeln!(text, "server {{\n    listen {};\n    include souk/shop.conf;\n}}", site.listen)?;
    Ok(text)
}
