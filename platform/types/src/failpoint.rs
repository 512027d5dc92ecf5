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

/// Marks an instant at which a crash must do no harm. `SOUK_FAILPOINT=orders.reserved:37` ends the process, with
/// no clean-up whatever, the 37th time that it passes `orders.reserved`; otherwise this costs one load.
pub fn failpoint(name: &'static str) {
    static ARMED: OnceLock<Option<Armed>> = OnceLock::new();
    let Some(armed) = ARMED.get_or_init(|| parse(&std::env::var("SOUK_FAILPOINT").ok()?)) else {
        return;
    };
    if armed.name == name && armed.passes_left.fetch_sub(1, Ordering::SeqCst) == 1 {
        process::abort();
    }
}

fn parse(setting: &str) -> Option<Armed> {
    let (name, passes) = setting.rsplit_once(':').unwrap_or((setting, "1"));
    Some(Armed { name: name.to_owned(), passes_left: AtomicU64::new(passes.parse().ok()?) })
}
