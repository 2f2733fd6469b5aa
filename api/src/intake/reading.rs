use std::{
    cell::RefCell,
    io::{self, BufRead, BufReader, Read},
};

use drumbeat_common::TemplateBook;
use serde_json::value::RawValue;

use super::{
    csv_records::{CsvRecords, MAX_ROW, RecordError},
    csv_row::CsvHeader,
    examine::Examiner,
    json_row::JsonRow,
    list::{List, Piece, Sink, Summary, hand_on},
    options::IntakeOptions,
    parameters,
    row::Rejection,
    source::{Source, Text},
    upload::{Format, JSON_LIMIT, Upload},
    verdict,
};
use crate::{
    body::too_large,
    complaints::{Complaints, Fault as Place, pointer},
    error::ApiError,
    json::{self, Fields, Kind},
    lines::Lines,
};

/// A list that was read to its end.
pub(super) struct Reading {
    pub(super) options: IntakeOptions,
    pub(super) summary: Summary,
    /// What tells the body from others; where it was asked for.
    pub(super) fingerprint: Option<String>,
}

/// What a list is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Send {
        fingerprint: bool,
    },
    /// Each message is looked at as its provider would get it.
    Look,
}

/// Reads a list to its end, and hands on what becomes of it meanwhile. It blocks: for a thread of its own.
pub(super) fn read(
    upload: Upload,
    templates: &TemplateBook,
    sink: &Sink,
    purpose: Purpose,
) -> Result<Reading, ApiError> {
    let Upload { format, parameters, mut source } = upload;
    if purpose == (Purpose::Send { fingerprint: true }) {
        let beside = if parameters.is_empty() { String::new() } else { format!("{parameters:?}") };
        source.take_fingerprint(&beside);
    }
    let reader = Reader { templates, sink, look: purpose == Purpose::Look };
    let read = match format {
        Format::Json => reader.json(&mut source, &parameters::object(parameters)?),
        Format::Ndjson | Format::Csv => {
            let options = parameters::read(parameters)?;
            hand_on(sink, Piece::Options(Box::new(options.clone())))?;
            let rows = if format == Format::Csv {
                reader.csv(&mut source, &options)
            } else {
                reader.ndjson(&mut source, &options)
            };
            rows.map(|summary| (options, summary))
        }
    };
    let (options, summary) = read.map_err(|stop| match stop {
        Stop::Read(error) => source.error(&error),
        Stop::Refused(error) => error,
    })?;
    Ok(Reading { options, summary, fingerprint: source.fingerprint() })
}

/// Why a list is not read on.
enum Stop {
    Read(io::Error),
    Refused(ApiError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<RecordError> for Stop {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Read(error) => Self::Read(error),
            RecordError::OpenQuote(_) => Self::Refused(ApiError::invalid_list(error.to_string())),
        }
    }
}

struct Reader<'a> {
    templates: &'a TemplateBook,
    sink: &'a Sink,
    look: bool,
}

impl<'a> Reader<'a> {
    fn list<'b>(&'b self, options: &'b IntakeOptions, sink: &'b Sink) -> List<'b> {
        let examiner = self.look.then_some(Examiner { templates: self.templates });
        List::new(options.rules(self.templates), sink, examiner)
    }

    fn csv(&self, source: &mut Source, options: &IntakeOptions) -> Result<Summary, Stop> {
        let mut records = CsvRecords::new(Text::of(source)?)?;
        let header = match records.next()? {
            Some(header) => CsvHeader::read(&header).map_err(ApiError::invalid_list)?,
            None => return Err(ApiError::invalid_list("the file is empty").into()),
        };
        let mut list = self.list(options, self.sink);
        while let Some(record) = records.next()? {
            if let Some(row) = header.row(&record) {
                let line = record.line;
                list.take(row, line, record.bytes(), |fault| (pointer(String::new(), &fault.path), line))?;
            }
        }
        Ok(list.end(|summary| self.judge(summary, options.max_rejected))?)
    }

    fn ndjson(&self, source: &mut Source, options: &IntakeOptions) -> Result<Summary, Stop> {
        let mut text = BufReader::new(Text::of(source)?);
        let mut list = self.list(options, self.sink);
        let (mut bytes, mut line) = (Vec::new(), 0);
        while read_line(&mut text, &mut bytes)? {
            line += 1;
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let place = |path: &[String]| (pointer(String::new(), path), line);
            match json_line(&bytes) {
                Ok(raw) => match JsonRow::read(raw) {
                    Ok(row) => list.take(Ok(row.row()), line, bytes.len(), |fault| place(&fault.path))?,
                    Err(rejection) => list.reject(rejection, line, |fault| place(&fault.path))?,
                },
                Err(why) => list.reject(Rejection::of_row(why), line, |fault| place(&fault.path))?,
            }
        }
        Ok(list.end(|summary| self.judge(summary, options.max_rejected))?)
    }

    /// Of a list that is only looked at, the report says what is wrong with it.
    fn judge(&self, summary: &Summary, max_rejected: f64) -> Result<(), ApiError> {
        if self.look { Ok(()) } else { verdict::judge(summary, max_rejected) }
    }

    /// JSON is read as a whole, since its options may stand behind its recipients. What a form says beside the file holds.
    fn json(&self, source: &mut Source, beside: &str) -> Result<(IntakeOptions, Summary), Stop> {
        let mut body = Vec::new();
        Text::of(source)?.take(JSON_LIMIT as u64 + 1).read_to_end(&mut body)?;
        if body.len() > JSON_LIMIT {
            return Err(too_large(JSON_LIMIT).into());
        }
        let whole = json::parse(&body)?;
        let mut complaints = Complaints::about(&body);
        let beside = Fields::read(json::parse(beside.as_bytes())?, IntakeOptions::JSON_FIELDS);
        let beside = beside.map_err(ApiError::Parameters)?;
        let fields = match Fields::read(whole, IntakeOptions::JSON_FIELDS) {
            Ok(fields) => fields.under(beside),
            Err(detail) => {
                complaints.option(Place::of_whole(whole, format!("the body {detail}")));
                return Err(complaints.into_campaign_error().into());
            }
        };
        for stranger in &fields.strangers {
            complaints.option(stranger.fault(IntakeOptions::KNOWN));
        }
        let options = IntakeOptions::read(whole, &fields, &mut complaints);
        let recipients = match fields.get("recipients") {
            None => Err(Place::of("recipients", whole, "recipients is missing")),
            Some(raw) if Kind::of(raw) != Kind::List => {
                Err(Place::of("recipients", raw, format!("recipients must be a list, not {}", Kind::of(raw))))
            }
            Some(raw) if is_empty(raw) => {
                Err(Place::of("recipients", raw, "recipients is empty: a campaign needs at least one"))
            }
            Some(raw) => Ok(raw),
        };
        let recipients = recipients.map_err(|fault| complaints.option(fault)).ok();
        let usable = options.clone().filter(|_| complaints.is_empty());
        if let Some(options) = &usable {
            hand_on(self.sink, Piece::Options(Box::new(options.clone())))?;
        }
        // Where the options are wrong, the recipients are checked all the same: everything is told at once.
        let rules = options.unwrap_or_else(IntakeOptions::unnamed);
        let sink = if usable.is_some() { self.sink } else { &None };
        let mut list = self.list(&rules, sink);
        if let Some(raw) = recipients {
            recipients_of(raw, &body, &mut list)?;
        }
        let most = if self.look { None } else { Some(rules.max_rejected) };
        let judge = |summary: &Summary| verdict::judge_all(complaints, summary, most);
        let summary = list.end(judge)?;
        Ok((rules.clone(), summary))
    }
}

fn is_empty(list: &RawValue) -> bool {
    list.get().trim_start_matches('[').trim_start().starts_with(']')
}

fn recipients_of(raw: &RawValue, body: &[u8], list: &mut List<'_>) -> Result<(), Stop> {
    let lines = RefCell::new(Lines::of(body));
    let (mut index, mut stop) = (0, None);
    let read = json::each_element(raw, |element| {
        if stop.is_some() {
            return;
        }
        let line = lines.borrow_mut().line_of(element);
        let prefix = format!("/recipients/{index}");
        let taken = match JsonRow::read(element) {
            Ok(row) => list.take(Ok(row.row()), line, element.get().len(), |fault| {
                (pointer(prefix.clone(), &fault.path), lines.borrow_mut().line_of(row.place(fault)))
            }),
            Err(rejection) => {
                list.reject(rejection, line, |fault| (pointer(prefix.clone(), &fault.path), line))
            }
        };
        stop = taken.err();
        index += 1;
    });
    if let Some(error) = stop {
        return Err(error.into());
    }
    read.map_err(|why| ApiError::invalid_list(format!("recipients: {why}")).into())
}

/// Reads a line; of one that is too long, as much as shows that it is. Answers whether there was one.
fn read_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let read = text.by_ref().take(MAX_ROW as u64 + 1).read_until(b'\n', line)?;
    if line.len() > MAX_ROW && !line.ends_with(b"\n") {
        text.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

fn json_line(line: &[u8]) -> Result<&RawValue, String> {
    if line.len() > MAX_ROW {
        return Err(format!("the line is longer than {} KiB", MAX_ROW / 1024));
    }
    let text = std::str::from_utf8(line).map_err(|error| {
        format!("the line is not UTF-8 (byte 0x{:02X}): save the file as UTF-8", line[error.valid_up_to()])
    })?;
    let text = text.trim_start_matches('\u{feff}').trim();
    serde_json::from_str(text).map_err(|error| format!("the line is no JSON: {}", json::words_of(&error)))
}
