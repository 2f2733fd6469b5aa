use drumbeat_common::suppression::NewSuppression;

use super::{entry, wire::RejectedSuppression};
use crate::{
    csv_rows::{CsvRow, CsvRows},
    error::ApiError,
};

/// How many bad lines are named; more are only counted.
const MAX_LISTED: usize = 1_000;

/// A CSV file of suppressions while it is being read.
pub(super) struct CsvImport {
    rows: CsvRows,
    pub(super) taken: Taken,
}

/// What was read of it.
#[derive(Default)]
pub(super) struct Taken {
    columns: Option<Columns>,
    pub(super) good: Vec<NewSuppression>,
    pub(super) rejected: Vec<RejectedSuppression>,
    pub(super) rejected_total: u64,
}

impl CsvImport {
    pub(super) fn new() -> Self {
        Self { rows: CsvRows::new(), taken: Taken::default() }
    }

    /// Reads on in the file; an error where its header is wrong.
    pub(super) fn read(&mut self, mut piece: &[u8]) -> Result<(), ApiError> {
        while let Some(row) = self.rows.next(&mut piece) {
            self.taken.row(row)?;
        }
        Ok(())
    }

    /// Reads what the end of the file ends.
    pub(super) fn end(&mut self) -> Result<(), ApiError> {
        if let Some(row) = self.rows.last() {
            self.taken.row(row)?;
        }
        match self.taken.columns {
            Some(_) => Ok(()),
            None => Err(wrong_header("the file is empty")),
        }
    }
}

impl Taken {
    fn row(&mut self, CsvRow { line, cells }: CsvRow<'_>) -> Result<(), ApiError> {
        let Some(columns) = &self.columns else {
            let columns = cells.map_err(str::to_owned).and_then(|names| Columns::named(&names));
            self.columns = Some(columns.map_err(|why| wrong_header(&why))?);
            return Ok(());
        };
        match cells.map_err(str::to_owned).and_then(|cells| columns.suppression(&cells)) {
            Ok(suppression) => self.good.push(suppression),
            Err(reason) => self.reject(line, reason),
        }
        Ok(())
    }

    fn reject(&mut self, line: u64, reason: String) {
        self.rejected_total += 1;
        if self.rejected.len() < MAX_LISTED {
            self.rejected.push(RejectedSuppression { line, reason });
        }
    }
}

/// Where in a row to find what.
struct Columns {
    channel: usize,
    address: usize,
    reason: Option<usize>,
    count: usize,
}

impl Columns {
    fn named(names: &[&str]) -> Result<Self, String> {
        // The mark at the beginning of a file is a part of the first name where it came in pieces of its own.
        let names: Vec<_> =
            names.iter().map(|name| name.trim_matches(['\u{feff}', ' ']).to_ascii_lowercase()).collect();
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        // The time stands in files that were exported here. An address is suppressed from when it is imported.
        let known = |name: &&String| matches!(name.as_str(), "channel" | "address" | "reason" | "added_at");
        if let Some(stranger) = names.iter().find(|name| !known(name)) {
            return Err(format!("there is no column {stranger:.50?}"));
        }
        if let Some(twice) = names.iter().enumerate().find(|(place, name)| find(name) != Some(*place)) {
            return Err(format!("column {:?} is there twice", twice.1));
        }
        Ok(Self {
            channel: find("channel").ok_or("there is no column channel")?,
            address: find("address").ok_or("there is no column address")?,
            reason: find("reason"),
            count: names.len(),
        })
    }

    fn suppression(&self, cells: &[&str]) -> Result<NewSuppression, String> {
        if cells.len() != self.count {
            return Err(format!("the line has {} cells, and the header {}", cells.len(), self.count));
        }
        let channel = entry::channel(cells[self.channel])?;
        let address = entry::address(channel, cells[self.address])?;
        let reason = entry::reason(self.reason.map_or("", |column| cells[column]))?;
        Ok(NewSuppression { address, reason })
    }
}

fn wrong_header(why: &str) -> ApiError {
    let detail = format!(
        "the file must begin with a header of the columns channel, address and, if you like, reason: {why}; nothing \
         was added"
    );
    ApiError::InvalidSuppressions { detail, errors: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_any_order_and_no_other_may() {
        let columns = Columns::named(&["\u{feff}Reason", " address ", "added_at", "channel"]).unwrap();
        let new = columns.suppression(&["opt_out", " a@example.com", "yesterday", "email"]).unwrap();
        assert_eq!((new.address.as_str(), new.reason.as_str()), ("a@example.com", "opt_out"));
        for (names, why) in [
            (&["channel"][..], "there is no column address"),
            (&["address", "reason"], "there is no column channel"),
            (&["channel", "address", "phone"], "there is no column \"phone\""),
            (&["channel", "address", "address"], "column \"address\" is there twice"),
        ] {
            assert_eq!(Columns::named(names).err().unwrap(), why);
        }
    }
}
