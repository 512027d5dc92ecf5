//! A progress bar on a terminal; nothing elsewhere.

use std::{
    io::{self, Write},
    sync::LazyLock,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The bars that are on the terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Standard error for the log: a bar makes room for each line, and is drawn again below it.
pub fn log() -> impl Write {
    AboveBars
}

struct AboveBars;

impl Write for AboveBars {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A bar that knows how far something is.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar over bytes.
    pub fn bytes(what: &'static str) -> Self {
        Self::with_template(what, "{prefix} {bar:40} {bytes}/{total_bytes}  {msg}  {elapsed}")
    }

    /// A bar over a count.
    pub fn count(what: &'static str) -> Self {
        Self::with_template(what, "{prefix} {bar:40} {pos}/{len}  {msg}  {elapsed}")
    }

    /// A count of what is done, where nobody knows how much there is.
    pub fn done(what: &'static str) -> Self {
        Self::with_template(what, "{prefix} {pos} {msg}  {elapsed}")
    }

    fn with_template(what: &'static str, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(BARS.add(ProgressBar::new(0).with_style(style).with_prefix(what)))
    }

    /// Moves the bar.
    pub fn at(&mut self, done: u64, total: u64, message: &str) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(message.to_owned());
    }

    /// Leaves the bar as it is.
    pub fn end(self) {
        self.0.abandon();
    }
}
