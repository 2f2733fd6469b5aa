//! Whatever a file holds, its rows are read in bounded memory, none before the one before it, and become rows of a list or
//! are refused.

#![no_main]
#![allow(dead_code, unreachable_pub)]

use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;

// The reader is the api's own and not public; by their paths its files are read without all that the api needs to build.
#[path = "../../api/src/intake/csv_records.rs"]
mod csv_records;
#[path = "../../api/src/intake/csv_row.rs"]
mod csv_row;
#[path = "../../api/src/lines.rs"]
mod lines;
#[path = "../../api/src/intake/row.rs"]
mod row;

use csv_records::{CsvRecords, MAX_CELLS, MAX_ROW};
use csv_row::CsvHeader;

/// A file that arrives in pieces.
struct Pieces<'a> {
    file: &'a [u8],
    most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.most.min(into.len());
        self.file.read(&mut into[..most])
    }
}

const HEADER: &[u8] = b"customer_id,channel,phone,email,template_id,message,channel_scores.sms,preferences.sms,first_name\n";

fn read(file: &[u8], most: usize) -> Vec<(u64, usize, bool)> {
    let Ok(mut records) = CsvRecords::new(Pieces { file, most }) else { return Vec::new() };
    let header = match records.next() {
        Ok(Some(header)) => CsvHeader::read(&header).ok(),
        Ok(None) | Err(_) => None,
    };
    let (mut seen, mut last_line) = (Vec::new(), 0);
    while let Ok(Some(record)) = records.next() {
        // Not behind it where lines end as they did on old Macs, which nobody counts.
        assert!(record.line >= last_line, "line {} after {last_line}", record.line);
        assert!(record.bytes() <= MAX_ROW && record.len() <= MAX_CELLS);
        last_line = record.line;
        if let Some(header) = &header {
            let _ = header.row(&record).is_some_and(|row| row.is_ok_and(|row| row.faults.is_empty()));
        }
        seen.push((record.line, record.bytes(), record.oversized));
    }
    seen
}

fuzz_target!(|input: (&[u8], u8, bool)| {
    let (file, most, with_header) = input;
    let file = if with_header { [HEADER, file].concat() } else { file.to_vec() };
    // However it arrives, it is the same file.
    assert_eq!(read(&file, usize::from(most) + 1), read(&file, usize::MAX));
});
