use std::collections::BTreeMap;

use drumbeat_common::Channel;

use super::{
    csv_records::{MAX_CELLS, MAX_ROW, Record},
    row::{Cell, Fault, Rejection, Row},
};

/// What the columns of a file mean, by their names in its first line.
pub(super) struct CsvHeader {
    columns: Vec<Column>,
}

struct Column {
    name: String,
    meaning: Meaning,
}

#[derive(Clone, PartialEq)]
enum Meaning {
    CustomerId,
    Channel,
    Phone,
    Email,
    TemplateId,
    Message,
    Subject,
    TimeZone,
    Score(Channel),
    Preference(Channel),
    Variable(String),
}

impl Meaning {
    /// Names of ours are known in any case, as spreadsheets like to write them; every other column is a variable.
    fn of(name: &str) -> Result<Self, String> {
        let lower = name.to_ascii_lowercase();
        let channel =
            |name: &str| name.parse::<Channel>().map_err(|unknown| format!("column {lower:?}: {unknown}"));
        Ok(match (lower.as_str(), lower.split_once('.')) {
            ("customer_id", _) => Self::CustomerId,
            ("channel", _) => Self::Channel,
            ("phone", _) => Self::Phone,
            ("email", _) => Self::Email,
            ("template_id", _) => Self::TemplateId,
            ("message", _) => Self::Message,
            ("subject", _) => Self::Subject,
            ("time_zone", _) => Self::TimeZone,
            (_, Some(("channel_scores", of))) => Self::Score(channel(of)?),
            (_, Some(("preferences", of))) => Self::Preference(channel(of)?),
            _ => Self::Variable(name.strip_prefix("variables.").unwrap_or(name).to_owned()),
        })
    }
}

impl CsvHeader {
    /// Reads the first line; tells everything that is wrong with it.
    pub(super) fn read(header: &Record<'_>) -> Result<Self, String> {
        let mut columns: Vec<Column> = Vec::with_capacity(header.len());
        if header.oversized {
            return Err(format!(
                "the header is longer than {MAX_ROW} bytes, or has more than {MAX_CELLS} columns"
            ));
        }
        for (place, cell) in header.cells().enumerate() {
            let name = std::str::from_utf8(cell).map_err(|_| {
                format!("the name of column {} is not UTF-8: save the file as UTF-8", place + 1)
            })?;
            let name = name.trim().to_owned();
            let meaning = Meaning::of(&name)?;
            if !name.is_empty() && columns.iter().any(|column| column.meaning == meaning) {
                return Err(format!("column {name:?} is there twice: leave one of them"));
            }
            columns.push(Column { name, meaning });
        }
        let header = Self { columns };
        header.complete()?;
        Ok(header)
    }

    /// Whether a row can be a recipient at all.
    fn complete(&self) -> Result<(), String> {
        let has = |meaning: &Meaning| self.columns.iter().any(|column| column.meaning == *meaning);
        let scored = || self.columns.iter().any(|column| matches!(column.meaning, Meaning::Score(_)));
        let mut missing = Vec::new();
        if !has(&Meaning::CustomerId) {
            missing.push("customer_id");
        }
        if !has(&Meaning::Channel) && !scored() {
            missing.push("channel");
        }
        if !has(&Meaning::Phone) && !has(&Meaning::Email) {
            missing.push("phone or email");
        }
        if !has(&Meaning::TemplateId) && !has(&Meaning::Message) {
            missing.push("template_id or message");
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the first line must be a header with the names of the columns; it has no column {}",
            missing.join(", no column ")
        ))
    }

    /// What a record says; none where it is a line of empty cells, as spreadsheets leave behind.
    pub(super) fn row<'a>(&self, record: &'a Record<'_>) -> Option<Result<Row<'a>, Rejection>> {
        if record.oversized {
            let why =
                format!("the row is longer than {} KiB, or has more than {MAX_CELLS} cells", MAX_ROW / 1024);
            return Some(Err(Rejection::of_row(why)));
        }
        if record.cells().all(<[u8]>::is_empty) {
            return None;
        }
        let mut row = Row::default();
        let mut variables = BTreeMap::new();
        for (column, cell) in self.columns.iter().zip(record.cells()) {
            if cell.is_empty() {
                continue;
            }
            match text(&column.name, cell) {
                Ok(text) => column.fill(&mut row, &mut variables, text),
                Err(fault) => row.faults.push(fault),
            }
        }
        if record.len() != self.columns.len() {
            let (cells, columns) = (record.len(), self.columns.len());
            let fault = Fault::of_row(format!("the row has {cells} cells, and the header {columns} columns"));
            row.faults.push(fault);
        }
        // Columns are there for all rows: a finished message does without.
        if !row.message.is_given() {
            row.variables = Some(variables);
        }
        Some(Ok(row))
    }
}

impl Column {
    fn fill<'a>(&self, row: &mut Row<'a>, variables: &mut BTreeMap<String, String>, text: &'a str) {
        let place = match &self.meaning {
            Meaning::CustomerId => &mut row.customer_id,
            Meaning::Channel => &mut row.channel,
            Meaning::Phone => &mut row.phone,
            Meaning::Email => &mut row.email,
            Meaning::TemplateId => &mut row.template_id,
            Meaning::Message => &mut row.message,
            Meaning::Subject => &mut row.subject,
            Meaning::TimeZone => &mut row.time_zone,
            Meaning::Score(channel) => {
                return match text.trim().parse::<f64>() {
                    Ok(score) if score.is_finite() => row.channel_scores.push((*channel, score)),
                    _ => row.faults.push(Fault::of(&self.name, format!("{} must be a number", self.name))),
                };
            }
            Meaning::Preference(channel) => {
                return match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "yes" | "1" => row.preferences.push((*channel, true)),
                    "false" | "no" | "0" => row.preferences.push((*channel, false)),
                    _ => {
                        row.faults.push(Fault::of(&self.name, format!("{} must be true or false", self.name)))
                    }
                };
            }
            Meaning::Variable(name) => {
                variables.insert(name.clone(), text.to_owned());
                return;
            }
        };
        *place = Cell::Text(text.into());
    }
}

fn text<'a>(column: &str, cell: &'a [u8]) -> Result<&'a str, Fault> {
    let text = std::str::from_utf8(cell).map_err(|error| {
        let byte = cell[error.valid_up_to()];
        Fault::of(column, format!("{column} is not UTF-8 (byte 0x{byte:02X}): save the file as UTF-8"))
    })?;
    if text.contains('\0') {
        return Err(Fault::of(column, format!("{column} holds a NUL byte")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::csv_records::CsvRecords;

    fn header(line: &str) -> Result<CsvHeader, String> {
        let mut records = CsvRecords::new(line.as_bytes()).unwrap();
        CsvHeader::read(&records.next().unwrap().unwrap())
    }

    #[test]
    fn a_header_without_what_everybody_needs_says_what_is_missing() {
        assert!(header("Customer_ID,Channel,PHONE,Template_Id,first_name").is_ok());
        assert!(header("customer_id,channel_scores.sms,phone,message").is_ok());
        for (line, words) in [
            (
                "CUST-1,sms,+14155550100,Hi",
                "no column customer_id, no column channel, no column phone or email",
            ),
            ("customer_id,channel,email", "no column template_id or message"),
            ("customer_id,channel,phone,message,Phone", "\"Phone\" is there twice"),
            ("customer_id,channel,phone,message,a,variables.a", "\"variables.a\" is there twice"),
            ("customer_id,channel_scores.fax,phone,message", "unknown channel \"fax\""),
        ] {
            let why = header(line).err().unwrap();
            assert!(why.contains(words), "{line}: {why}");
        }
    }
}
