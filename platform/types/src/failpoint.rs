use std::{
    process,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

struct Armed {
    name: String,
    passes_left: AtomicU64,
}

/// Marks an instant at which a crash must do no harm. `SOUK_FAILPOINT=orders.reserved:37` makes the process send
/// itself SIGKILL (abort, where there are no signals) the 37th time that it passes `orders.reserved`: nothing is
/// cleaned up. Otherwise this costs one load.
pub fn failpoint(name: &'static str) {
    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
    let Some(armed) = ARMED.get_or_init(|| parse(&std::env::var("SOUK_FAILPOINT").ok()?)) else {
        return;
    };
    if armed.name == name && armed.passes_left.fetch_sub(1, Ordering::SeqCst) == 1 {
        end();
    }
}

/// Does not return: the kernel ends every thread before this one is back in its own code.
fn end() -> ! {
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    process::abort()
}

fn parse(setting: &str) -> Option<Armed> {
    let (name, passes) = setting.rsplit_once(':').unwrap_or((setting, "1"));
    Some(Armed { name: name.to_owned(), passes_left: AtomicU64::new(passes.parse().ok()?) })
}
