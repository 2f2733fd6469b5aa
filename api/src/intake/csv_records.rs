use std::io::{self, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::lines::newlines;

/// The longest row, in bytes: a hundred of them are a batch, and go through memory together.
pub(super) const MAX_ROW: usize = 256 * 1024;
/// The most cells in a row.
pub(super) const MAX_CELLS: usize = 1_024;
const INPUT: usize = 64 * 1024;
const FIRST_OUTPUT: usize = 4 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The records of a CSV file as it arrives: with bounded memory, whatever the file holds. The `csv` crate's own reader
/// would keep all that follows a quote which is never closed.
pub(super) struct CsvRecords<R> {
    source: R,
    core: Reader,
    input: Box<[u8]>,
    unread: std::ops::Range<usize>,
    output: Vec<u8>,
    ends: Vec<usize>,
    /// Whether anything of a record that has not ended yet was read.
    within: bool,
    ended: bool,
}

/// One record.
pub(super) struct Record<'a> {
    /// The line on which it starts, from 1.
    pub(super) line: u64,
    cells: &'a [u8],
    ends: &'a [usize],
    /// Longer than is allowed, or of more cells: what it holds was thrown away.
    pub(super) oversized: bool,
}

impl Record<'_> {
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends).map(|(start, end)| &self.cells[start..*end])
    }

    /// How long it is.
    pub(super) const fn bytes(&self) -> usize {
        self.cells.len()
    }

    /// How many cells it has.
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A file whose records cannot be told apart.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error(
        "the quote that opens in the row of line {0} is never closed: close it, or double it if it is part of the text"
    )]
    OpenQuote(u64),
}

/// How far the record has come that is being read.
#[derive(Default)]
struct Partial {
    bytes: usize,
    cells: usize,
    /// Newlines in what was thrown away.
    newlines: u64,
    oversized: bool,
}

impl<R: Read> CsvRecords<R> {
    /// Finds out the delimiter by the first line: whichever of comma, semicolon and tab stands in it most often.
    pub(super) fn new(source: R) -> io::Result<Self> {
        let mut records = Self {
            source,
            core: Reader::new(),
            input: vec![0; INPUT].into_boxed_slice(),
            unread: 0..0,
            output: vec![0; FIRST_OUTPUT],
            ends: vec![0; MAX_CELLS],
            within: false,
            ended: false,
        };
        while !records.ended && !records.has_first_line() && records.unread.end < INPUT {
            records.fill()?;
        }
        if records.input[..records.unread.end].starts_with(BOM) {
            records.unread.start = BOM.len();
        }
        let delimiter = delimiter(&records.input[records.unread.clone()]);
        records.core = ReaderBuilder::new().delimiter(delimiter).build();
        Ok(records)
    }

    fn has_first_line(&self) -> bool {
        self.input[..self.unread.end].contains(&b'\n')
    }

    /// The next record; none at the end. Empty lines are none.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, RecordError> {
        let mut partial = Partial::default();
        while !self.read(&mut partial) {
            if self.ended {
                return self.end(partial);
            }
            self.unread = 0..0;
            self.fill()?;
        }
        let ended_a_line = self.input[self.unread.start - 1] == b'\n';
        Ok(Some(self.record(&partial, self.core.line() - u64::from(ended_a_line))))
    }

    /// Reads on as far as the input goes. Answers whether the record is whole.
    fn read(&mut self, partial: &mut Partial) -> bool {
        while !self.unread.is_empty() {
            let input = &self.input[self.unread.clone()];
            let (result, read, bytes, cells) = self.core.read_record(
                input,
                &mut self.output[partial.bytes..],
                &mut self.ends[partial.cells..],
            );
            self.within |= input[..read].iter().any(|byte| !matches!(byte, b'\r' | b'\n'));
            self.unread.start += read;
            partial.bytes += bytes;
            partial.cells += cells;
            match result {
                ReadRecordResult::Record => return true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return false,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => self.make_room(partial),
            }
        }
        false
    }

    /// Lets a record grow up to the longest that is allowed; of a longer one nothing is kept.
    fn make_room(&mut self, partial: &mut Partial) {
        let is_long = partial.bytes == self.output.len() && self.output.len() >= MAX_ROW;
        if is_long || partial.cells == self.ends.len() {
            let newlines = partial.newlines + newlines(&self.output[..partial.bytes]) as u64;
            *partial = Partial { bytes: 0, cells: 0, newlines, oversized: true };
        } else {
            self.output.resize(self.output.len() * 2, 0);
        }
    }

    /// At the end of the file a last line without a newline is a record too; a quote that is still open is not closed by
    /// it.
    fn end(&mut self, mut partial: Partial) -> Result<Option<Record<'_>>, RecordError> {
        if !self.within {
            return Ok(None);
        }
        if partial.bytes == self.output.len() || partial.cells == self.ends.len() {
            self.make_room(&mut partial);
        }
        let (result, _, bytes, cells) =
            self.core.read_record(b"\n", &mut self.output[partial.bytes..], &mut self.ends[partial.cells..]);
        let line = self.core.line() - 1;
        if matches!(result, ReadRecordResult::Record) {
            partial.bytes += bytes;
            partial.cells += cells;
            return Ok(Some(self.record(&partial, line)));
        }
        self.within = false;
        let newlines = partial.newlines + newlines(&self.output[..partial.bytes]) as u64;
        Err(RecordError::OpenQuote(line - newlines))
    }

    /// The record that ends on this line.
    fn record(&mut self, partial: &Partial, last_line: u64) -> Record<'_> {
        self.within = false;
        let (cells, ends) = (&self.output[..partial.bytes], &self.ends[..partial.cells]);
        let line = last_line - partial.newlines - newlines(cells) as u64;
        Record { line, cells, ends, oversized: partial.oversized }
    }

    fn fill(&mut self) -> io::Result<()> {
        let read = self.source.read(&mut self.input[self.unread.end..])?;
        self.unread.end += read;
        self.ended = read == 0;
        Ok(())
    }
}

/// The delimiter that stands most often in the first line, outside of quotes.
fn delimiter(start: &[u8]) -> u8 {
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    for byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            byte => {
                if let Some(place) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
                    counts[place] += 1;
                }
            }
        }
    }
    // Of equally many the last would win: the first is the usual one.
    let best = (0..DELIMITERS.len()).rev().max_by_key(|place| counts[*place]);
    DELIMITERS[best.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every record with its line, read in pieces of so many bytes.
    fn records(file: &[u8], piece: usize) -> Result<Vec<(u64, Vec<String>)>, RecordError> {
        struct Pieces<'a>(&'a [u8], usize);
        impl Read for Pieces<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let most = self.1.min(into.len());
                self.0.read(&mut into[..most])
            }
        }
        let mut reader = CsvRecords::new(Pieces(file, piece))?;
        let mut records = Vec::new();
        while let Some(record) = reader.next()? {
            let cells = record.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
            let cells = if record.oversized { vec!["oversized".to_owned()] } else { cells.collect() };
            records.push((record.line, cells));
        }
        Ok(records)
    }

    fn expect(file: &[u8], expected: &[(u64, &[&str])]) {
        for piece in [1, 3, 7, 1 << 20] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(line, cells)| (*line, cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>()))
                .collect();
            assert_eq!(records(file, piece).unwrap(), expected, "pieces of {piece}");
        }
    }

    #[test]
    fn each_of_the_three_delimiters_is_found_by_itself() {
        expect(b"a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        expect(b"a;b\n1,5;2", &[(1, &["a", "b"]), (2, &["1,5", "2"])]);
        expect(b"a\tb\n1\t2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        expect(b"\"a,b,c\";d;e\n", &[(1, &["a,b,c", "d", "e"])]);
    }

    #[test]
    fn lines_are_counted_through_quotes_empty_lines_and_both_kinds_of_line_ends() {
        let expected: &[(u64, &[&str])] =
            &[(1, &["a", "b"]), (2, &["x\ny", "1"]), (5, &["z", "2"]), (6, &["w", "3"])];
        expect(b"\xef\xbb\xbfa,b\n\"x\ny\",1\n\nz,2\nw,3", expected);
        let crlf: &[(u64, &[&str])] =
            &[(1, &["a", "b"]), (2, &["x\r\ny", "1"]), (5, &["z", "2"]), (6, &["w", "3"])];
        expect(b"a,b\r\n\"x\r\ny\",1\r\n\r\nz,2\r\nw,3\r\n", crlf);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_named_by_its_line() {
        for piece in [1, 5, 1 << 20] {
            let error = records(b"a,b\n1,2\n3,\"4\n5,6\n7,8\n", piece).unwrap_err();
            assert!(matches!(error, RecordError::OpenQuote(3)), "{error}");
            let endless = [b"a,b\n1,\"".as_slice(), &b"x\n".repeat(2 * MAX_ROW)].concat();
            let error = records(&endless, piece.max(4096)).unwrap_err();
            assert!(matches!(error, RecordError::OpenQuote(2)), "{error}");
        }
        assert_eq!(records(b"a,b\n5\" nail,1", 1 << 20).unwrap().len(), 2);
    }

    #[test]
    fn of_a_row_that_is_too_long_nothing_is_kept_and_the_next_one_is_read() {
        let long = "x".repeat(2 * MAX_ROW);
        let file = format!("a,b\n{long},1\n\"{long}\n\",2\n3,4\n");
        expect(
            file.as_bytes().get(..).unwrap(),
            &[(1, &["a", "b"]), (2, &["oversized"]), (3, &["oversized"]), (5, &["3", "4"])],
        );
        let wide = format!("a,b\n{}\n3,4\n", "1,".repeat(5_000));
        expect(wide.as_bytes(), &[(1, &["a", "b"]), (2, &["oversized"]), (3, &["3", "4"])]);
    }

    #[test]
    fn a_file_of_nothing_has_no_records() {
        for file in [&b""[..], b"\n\n\r\n", b"\xef\xbb\xbf"] {
            expect(file, &[]);
        }
    }
}
