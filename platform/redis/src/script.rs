use redis::Cmd;

/// A Lua script, which Redis runs in one piece.
pub struct Script {
    name: &'static str,
    code: &'static str,
    digest: String,
}

impl Script {
    /// A script with its name in metrics.
    pub fn new(name: &'static str, code: &'static str) -> Self {
        Self { name, code, digest: redis::Script::new(code).get_hash().to_owned() }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Runs what the server knows already.
    pub(crate) fn by_digest(&self, keys: &[&str], arguments: &[&[u8]]) -> Cmd {
        call("EVALSHA", &self.digest, keys, arguments)
    }

    /// Has the server learn it: each node of a cluster does so by itself, and forgets it at a restart.
    pub(crate) fn in_full(&self, keys: &[&str], arguments: &[&[u8]]) -> Cmd {
        call("EVAL", self.code, keys, arguments)
    }
}

fn call(command: &str, script: &str, keys: &[&str], arguments: &[&[u8]]) -> Cmd {
    let mut cmd = redis::cmd(command);
    cmd.arg(script).arg(keys.len()).arg(keys).arg(arguments);
    cmd
}
