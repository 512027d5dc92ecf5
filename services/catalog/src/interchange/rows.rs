use std::io::{self, Read};

use souk_types::limits::IMPORT_ROW_BYTES_MAX;

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;
/// Bytes of a heading within which the delimiter must show.
const SNIFF_BYTES_MAX: usize = 64 * 1024;

/// Reads a CSV file (RFC 4180) row by row in bounded memory. A row that is malformed costs only the line it begins on:
/// reading goes on with the next, so that one forgotten quotation mark does not swallow the rest of the file.
pub(super) struct RowReader<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where in the buffer the next row begins.
    start: usize,
    ended: bool,
    /// Where in the file the buffer begins.
    offset: u64,
    /// The line on which the next row begins, from 1.
    line: u64,
    delimiter: u8,
}

/// A row of the file, or what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u64,
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// Its size.
    pub(super) bytes: usize,
    pub(super) fields: Vec<String>,
    pub(super) malformed: Option<String>,
}

enum Stop {
    Io(io::Error),
    Malformed(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn malformed<T>(reason: &str) -> Result<T, Stop> {
    Err(Stop::Malformed(reason.to_owned()))
}

impl<R: Read> RowReader<R> {
    /// Starts at the beginning of a file: passes over a byte order mark and finds out the delimiter.
    pub(super) fn new(source: R) -> io::Result<Self> {
        let mut reader = Self::resume(source, 0, 1, b',');
        while !reader.ended && reader.buffer.len() < SNIFF_BYTES_MAX && !reader.buffer.contains(&b'\n') {
            reader.fill()?;
        }
        if reader.buffer.starts_with(&[0xEF, 0xBB, 0xBF]) {
            reader.start = 3;
        }
        let heading = reader.buffer[reader.start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |delimiter: u8| heading.iter().filter(|byte| **byte == delimiter).count();
        // Spreadsheets of some countries write semicolons.
        reader.delimiter = [b',', b';', b'\t']
            .into_iter()
            .max_by_key(|delimiter| (count(*delimiter), *delimiter == b','))
            .unwrap_or(b',');
        Ok(reader)
    }

    /// Goes on at a place where a row begins.
    pub(super) fn resume(source: R, offset: u64, line: u64, delimiter: u8) -> Self {
        Self { source, buffer: Vec::new(), start: 0, ended: false, offset, line, delimiter }
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Where in the file the next row begins, and on which line.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.offset + self.start as u64, self.line)
    }

    /// The next row that is not blank; `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> io::Result<Option<Row>> {
        loop {
            self.compact();
            if self.byte_at(self.start)?.is_none() {
                return Ok(None);
            }
            let (offset, line) = self.place();
            match self.scan() {
                Ok((fields, end)) => {
                    let bytes = end - self.start;
                    self.consume(end);
                    if fields.iter().any(|field| !field.trim().is_empty()) {
                        return Ok(Some(Row { line, offset, bytes, fields, malformed: None }));
                    }
                }
                Err(Stop::Malformed(reason)) => {
                    let fields = vec![self.first_cell()];
                    self.pass_line()?;
                    return Ok(Some(Row { line, offset, bytes: 0, fields, malformed: Some(reason) }));
                }
                Err(Stop::Io(error)) => return Err(error),
            }
        }
    }

    fn scan(&mut self) -> Result<(Vec<String>, usize), Stop> {
        let mut fields = Vec::new();
        let mut at = self.start;
        loop {
            let (field, end) = match self.byte(at)? {
                Some(b'"') => self.quoted(at + 1)?,
                _ => self.plain(at)?,
            };
            let field = String::from_utf8(field).or_else(|_| malformed("is not UTF-8 text"))?;
            fields.push(field);
            match self.byte(end)? {
                None => return Ok((fields, end)),
                Some(b'\n') => return Ok((fields, end + 1)),
                Some(b'\r') if self.ends_line(end)? => {
                    let newline = usize::from(self.byte(end + 1)?.is_some());
                    return Ok((fields, end + 1 + newline));
                }
                Some(byte) if byte == self.delimiter => at = end + 1,
                Some(_) => return malformed("has text behind a closing quotation mark"),
            }
        }
    }

    /// A field without quotation marks around it, and where it ends.
    fn plain(&mut self, from: usize) -> Result<(Vec<u8>, usize), Stop> {
        let mut at = from;
        loop {
            let delimiter = self.delimiter;
            let rest = self.buffer.get(at..).unwrap_or_default();
            at +=
                rest.iter().position(|byte| *byte == delimiter || matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            let ends = match self.byte(at)? {
                None | Some(b'\n') => true,
                Some(b'\r') => self.ends_line(at)?,
                Some(byte) => byte == delimiter,
            };
            if ends {
                return Ok((self.buffer[from..at].to_vec(), at));
            }
            // More of the field has been read, or this was a lone carriage return.
            if self.buffer.get(at) == Some(&b'\r') {
                at += 1;
            }
        }
    }

    /// A field within quotation marks, and the place behind the closing one.
    fn quoted(&mut self, from: usize) -> Result<(Vec<u8>, usize), Stop> {
        let mut field = Vec::new();
        let mut at = from;
        loop {
            let rest = self.buffer.get(at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len());
            field.extend_from_slice(&rest[..plain]);
            at += plain;
            match self.byte(at)? {
                None => return malformed("opens a quotation mark that is never closed"),
                Some(b'"') if self.byte(at + 1)? == Some(b'"') => {
                    field.push(b'"');
                    at += 2;
                }
                Some(b'"') => return Ok((field, at + 1)),
                Some(_) => {}
            }
        }
    }

    fn ends_line(&mut self, carriage_return: usize) -> Result<bool, Stop> {
        Ok(matches!(self.byte(carriage_return + 1)?, None | Some(b'\n')))
    }

    /// The byte at a place of the buffer, which is filled as far as need be.
    fn byte(&mut self, at: usize) -> Result<Option<u8>, Stop> {
        if at - self.start > IMPORT_ROW_BYTES_MAX {
            return Err(Stop::Malformed(format!("is longer than {IMPORT_ROW_BYTES_MAX} bytes")));
        }
        Ok(self.byte_at(at)?)
    }

    fn byte_at(&mut self, at: usize) -> io::Result<Option<u8>> {
        while at >= self.buffer.len() && !self.ended {
            self.fill()?;
        }
        Ok(self.buffer.get(at).copied())
    }

    fn fill(&mut self) -> io::Result<()> {
        let filled = self.buffer.len();
        self.buffer.resize(filled + READ_BYTES, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(())
    }

    fn compact(&mut self) {
        if self.start >= READ_BYTES {
            self.buffer.drain(..self.start);
            self.offset += self.start as u64;
            self.start = 0;
        }
    }

    fn consume(&mut self, end: usize) {
        self.line += self.buffer[self.start..end].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.start = end;
    }

    /// What stands before the first delimiter: tells which product a malformed row is about.
    fn first_cell(&self) -> String {
        let line = self.buffer[self.start..].split(|byte| *byte == self.delimiter || *byte == b'\n').next();
        String::from_utf8_lossy(line.unwrap_or_default()).trim_matches(['"', '\r']).chars().take(200).collect()
    }

    /// Passes over the rest of the line.
    fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(newline) = rest.iter().position(|byte| *byte == b'\n') {
                self.consume(self.start + newline + 1);
                return Ok(());
            }
            self.start = self.buffer.len();
            self.compact();
            if self.byte_at(self.start)?.is_none() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Row> {
        let mut reader = RowReader::new(text.as_bytes()).unwrap();
        std::iter::from_fn(|| reader.next_row().unwrap()).collect()
    }

    fn fields(text: &str) -> Vec<Vec<String>> {
        read(text).into_iter().map(|row| row.fields).collect()
    }

    #[test]
    fn quoted_fields_hold_anything() {
        let text = "\u{feff}a,b\r\n\"x, \"\"y\"\"\",\"one\r\ntwo\"\r\n\r\n5\" pipe,\r\nlast,z";
        assert_eq!(fields(text), [["a", "b"], ["x, \"y\"", "one\r\ntwo"], ["5\" pipe", ""], ["last", "z"]]);
        assert_eq!(read(text).iter().map(|row| row.line).collect::<Vec<_>>(), [1, 2, 5, 6]);
    }

    #[test]
    fn an_unclosed_quote_costs_one_line() {
        let rows = read("a,b\n1,\"open\n2,\"x\"\n3,y\n");
        assert!(rows[1].malformed.is_some());
        assert_eq!((rows[1].line, rows[1].fields[0].as_str()), (2, "1"));
        assert_eq!(rows[2].fields, ["2", "x"]);
        assert_eq!(rows[3].fields, ["3", "y"]);
        assert_eq!(rows.len(), 4);
        let last = read("a,b\n1,2\n3,\"open\n4,5");
        assert!(last[2].malformed.is_some());
        assert_eq!(last[3].fields, ["4", "5"]);
    }

    #[test]
    fn semicolons_and_tabs_are_found_out() {
        assert_eq!(fields("a;b\n1,5;2"), [["a", "b"], ["1,5", "2"]]);
        assert_eq!(fields("a\tb\n1\t2"), [["a", "b"], ["1", "2"]]);
    }

    #[test]
    fn a_row_that_is_too_long_is_passed_over() {
        let text = format!("a,b\n1,\"{}\"\n2,x\n", "y".repeat(IMPORT_ROW_BYTES_MAX + 10));
        let rows = read(&text);
        assert!(rows[1].malformed.as_ref().is_some_and(|reason| reason.contains("longer")));
        assert_eq!(rows[2].fields, ["2", "x"]);
    }

    #[test]
    fn reading_goes_on_where_it_stopped() {
        let text = "a,b\n1,\"x\ny\"\n2,z\n";
        let mut reader = RowReader::new(text.as_bytes()).unwrap();
        reader.next_row().unwrap();
        reader.next_row().unwrap();
        let (offset, line) = reader.place();
        let rest = &text.as_bytes()[usize::try_from(offset).unwrap()..];
        let row = RowReader::resume(rest, offset, line, b',').next_row().unwrap().unwrap();
        assert_eq!((row.fields, row.line), (vec!["2".to_owned(), "z".to_owned()], 4));
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        let mut reader = RowReader::new(&b"a,b\n1,\xff\n2,y\n"[..]).unwrap();
        reader.next_row().unwrap();
        assert!(reader.next_row().unwrap().unwrap().malformed.is_some());
        assert_eq!(reader.next_row().unwrap().unwrap().fields, ["2", "y"]);
    }
}
