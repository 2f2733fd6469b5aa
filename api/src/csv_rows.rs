//! A CSV file that comes in pieces, cut into rows; never more than one row of it is held.

use crate::lines::newlines;

/// The longest row. A quote that is never closed would make the rest of the file one row.
const LONGEST: usize = 16 * 1024;
/// The most cells of a row.
const MOST_CELLS: usize = 64;

/// What is held of the file.
pub(crate) struct CsvRows {
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    ended: usize,
    /// Why the row under way cannot be read.
    flaw: Option<&'static str>,
    /// Lines read so far.
    lines: u64,
    /// Where the row under way began; none between rows.
    began: Option<u64>,
}

/// A row of the file.
pub(crate) struct CsvRow<'a> {
    /// The line in which it begins, from 1.
    pub(crate) line: u64,
    /// Its cells, or why it cannot be read.
    pub(crate) cells: Result<Vec<&'a str>, &'static str>,
}

impl CsvRows {
    pub(crate) fn new() -> Self {
        Self {
            parser: csv_core::Reader::new(),
            text: vec![0; LONGEST],
            ends: vec![0; MOST_CELLS],
            written: 0,
            ended: 0,
            flaw: None,
            lines: 0,
            began: None,
        }
    }

    /// The next row that ends in this piece, which is then shorter by it; none when the piece is used up.
    pub(crate) fn next(&mut self, piece: &mut &[u8]) -> Option<CsvRow<'_>> {
        self.pass_by_line_ends(piece);
        while !piece.is_empty() {
            self.began.get_or_insert(self.lines + 1);
            if self.read(piece) {
                return self.take();
            }
        }
        None
    }

    /// The row that the end of the file ends, if there is one.
    pub(crate) fn last(&mut self) -> Option<CsvRow<'_>> {
        while self.began.is_some() {
            if self.read(&mut [].as_slice()) {
                return self.take();
            }
        }
        None
    }

    /// Empty lines are no rows, nor is what follows the `\r` of a line.
    fn pass_by_line_ends(&mut self, piece: &mut &[u8]) {
        if self.began.is_some() {
            return;
        }
        let length = piece.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (line_ends, rest) = piece.split_at(length);
        self.lines += newlines(line_ends) as u64;
        *piece = rest;
    }

    /// Reads on in a row; answers whether it is over.
    fn read(&mut self, piece: &mut &[u8]) -> bool {
        use csv_core::ReadRecordResult::{End, InputEmpty, OutputEndsFull, OutputFull, Record};
        let (text, ends) = (&mut self.text[self.written..], &mut self.ends[self.ended..]);
        let (result, read, written, ended) = self.parser.read_record(piece, text, ends);
        self.lines += newlines(&piece[..read]) as u64;
        *piece = &piece[read..];
        self.written += written;
        self.ended += ended;
        match result {
            Record | End => return true,
            InputEmpty => {}
            OutputFull => self.spoil("the row is longer than 16 KiB; perhaps a quote is never closed"),
            OutputEndsFull => self.spoil("the row has more than 64 cells"),
        }
        false
    }

    /// The rest of the row is read and thrown away.
    fn spoil(&mut self, flaw: &'static str) {
        self.flaw.get_or_insert(flaw);
        (self.written, self.ended) = (0, 0);
    }

    fn take(&mut self) -> Option<CsvRow<'_>> {
        let line = self.began.take()?;
        let cells = match self.flaw.take() {
            Some(flaw) => Err(flaw),
            None => cells(&self.text, &self.ends[..self.ended]),
        };
        (self.written, self.ended) = (0, 0);
        Some(CsvRow { line, cells })
    }
}

fn cells<'a>(text: &'a [u8], ends: &[usize]) -> Result<Vec<&'a str>, &'static str> {
    let starts = [0].iter().chain(ends);
    let cell = |(start, end): (&usize, &usize)| str::from_utf8(&text[*start..*end]);
    starts.zip(ends).map(cell).collect::<Result<_, _>>().map_err(|_| "the row is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = (u64, Result<Vec<String>, &'static str>);

    /// Reads a file that comes in pieces of so many bytes.
    fn rows(file: &[u8], size: usize) -> Vec<Read> {
        fn owned(row: CsvRow<'_>) -> Read {
            (row.line, row.cells.map(|cells| cells.into_iter().map(str::to_owned).collect()))
        }
        let (mut reader, mut all) = (CsvRows::new(), Vec::new());
        for mut piece in file.chunks(size) {
            while let Some(row) = reader.next(&mut piece) {
                all.push(owned(row));
            }
        }
        all.extend(reader.last().map(owned));
        all
    }

    fn good(line: u64, cells: &[&str]) -> Read {
        (line, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[test]
    fn rows_are_the_same_in_whatever_pieces_they_come() {
        let file = "\r\na,b\r\n\n\"c\n,\"\"d\",é\n€,\n last".as_bytes();
        let expected =
            [good(2, &["a", "b"]), good(4, &["c\n,\"d", "é"]), good(6, &["€", ""]), good(7, &[" last"])];
        for size in 1..=file.len() {
            assert_eq!(rows(file, size), expected, "{size}");
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_takes_no_other_with_it() {
        let long = "x".repeat(40_000);
        let many = "a,".repeat(200);
        let file = [b"a\n", long.as_bytes(), b"\nb\n", many.as_bytes(), b"\n\xff\nc\n"].concat();
        let expected = [
            good(1, &["a"]),
            (2, Err("the row is longer than 16 KiB; perhaps a quote is never closed")),
            good(3, &["b"]),
            (4, Err("the row has more than 64 cells")),
            (5, Err("the row is not UTF-8")),
            good(6, &["c"]),
        ];
        for size in [1, 7, 1_000, 100_000] {
            assert_eq!(rows(&file, size), expected, "{size}");
        }
    }

    #[test]
    fn the_mark_at_the_beginning_of_a_file_is_no_part_of_it() {
        assert_eq!(rows(b"\xef\xbb\xbfa,b\n", 100), [good(1, &["a", "b"])]);
    }

    #[test]
    fn a_quote_that_is_never_closed_spoils_one_row() {
        let file = format!("a\n\"{}", "b\n".repeat(30_000));
        assert!(matches!(&rows(file.as_bytes(), 999)[..], [(1, Ok(_)), (2, Err(_))]));
    }
}
