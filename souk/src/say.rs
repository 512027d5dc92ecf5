//! What the program prints for whoever started it.

use std::{
    fmt::Arguments,
    io::{self, ErrorKind, Write},
};

/// Prints a line. Nobody may read any more, as of `souk … | head`: then there is nothing left to say it to, and the
/// work goes on.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::say::line(&mut std::io::stdout().lock(), format_args!($($text)*))
    };
}
pub(crate) use say;

/// Writes a line, unless nobody reads any more.
pub(crate) fn line(out: &mut impl Write, text: Arguments<'_>) {
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => tell(&error),
        Ok(()) | Err(_) => {}
    }
}

fn tell(error: &io::Error) {
    // Where this cannot be written either, there is no place left to say it.
    let _ = writeln!(io::stderr(), "souk: what it has to say cannot be written: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes one line and is then closed.
    struct Head(Vec<u8>);

    impl Write for Head {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.contains(&b'\n') {
                return Err(ErrorKind::BrokenPipe.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_nobody_reads_any_more_is_no_failure() {
        let mut head = Head(Vec::new());
        for number in 1..=3 {
            line(&mut head, format_args!("{number} orders"));
        }
        assert_eq!(head.0, b"1 orders\n");
    }
}
