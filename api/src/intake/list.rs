use std::{collections::BTreeSet, io};

use drumbeat_common::{Batch, Channel, Content, Recipient, RecipientIndex, Rejected, TemplateId, queue};
use tokio::sync::mpsc;

use super::{
    addresses::{Addresses, Duplicate},
    check::{Checked, Rules, check},
    examine::Examiner,
    options::IntakeOptions,
    rejections::Rejections,
    row::{Fault, Rejection, Row},
    tally::{Class, Tally},
};
use crate::{ChannelTotals, error::ApiError, number::grouped};

/// The most recipients in a campaign: the ledger of so many is 50 MB.
const MAX_RECIPIENTS: u32 = 50_000_000;
/// Recipients are handed on when so many batches have come together, some megabytes in memory; or so many bytes of rows.
const GROUP: usize = 25;
const GROUP_BYTES: usize = 4 * 1024 * 1024;
const _: () = assert!(GROUP <= queue::MAX_PUSH);
/// Duplicates in one piece.
const DUPLICATES: usize = 10_000;
/// Examples of duplicates in an answer.
const EXAMPLES: usize = 3;

/// What is handed on of a list while it is still being read.
pub(super) enum Piece {
    /// What the campaign asks for; comes first.
    Options(Box<IntakeOptions>),
    /// The next recipients, in batches that are full but for the last.
    Batches(Vec<Vec<Recipient>>),
    Rejected(Vec<Rejected>),
    /// Recipients that are to be passed over.
    Duplicates(Vec<RecipientIndex>),
}

/// Where pieces go; they are thrown away where there is no sink.
pub(super) type Sink = Option<mpsc::Sender<Piece>>;

/// A list while it is being read.
pub(super) struct List<'a> {
    rules: Rules<'a>,
    sink: &'a Sink,
    examiner: Option<Examiner<'a>>,
    summary: Summary,
    addresses: Addresses,
    batch: Vec<Recipient>,
    group: Vec<Vec<Recipient>>,
    group_bytes: usize,
}

/// What a list came to.
#[derive(Default)]
pub(super) struct Summary {
    /// Rows that became recipients.
    pub(super) total: u32,
    /// By channel, those that are passed over too.
    pub(super) channels: ChannelTotals,
    pub(super) rejections: Rejections,
    /// Those to whom something goes out.
    pub(super) tally: Tally,
    pub(super) used_templates: BTreeSet<(Channel, TemplateId)>,
    /// Recipients whose channel was chosen by score.
    pub(super) chosen: u64,
    pub(super) duplicates: u64,
    /// Some of them: line, and the line of the first with that address.
    pub(super) duplicate_examples: Vec<(u64, u64)>,
    /// Of each channel, some finished messages.
    pub(super) samples: Vec<super::examine::Sample>,
}

impl Summary {
    /// All rows that are not empty.
    pub(super) fn rows(&self) -> u64 {
        u64::from(self.total) + self.rejections.count
    }
}

impl<'a> List<'a> {
    pub(super) fn new(rules: Rules<'a>, sink: &'a Sink, examiner: Option<Examiner<'a>>) -> Self {
        Self {
            rules,
            sink,
            examiner,
            summary: Summary::default(),
            addresses: Addresses::new(),
            batch: Vec::with_capacity(Batch::SIZE as usize),
            group: Vec::new(),
            group_bytes: 0,
        }
    }

    /// Takes the row that starts at this line; `place` tells the pointer and line of a fault in it.
    pub(super) fn take(
        &mut self,
        row: Result<Row<'_>, Rejection>,
        line: u64,
        bytes: usize,
        place: impl Fn(&Fault) -> (String, u64),
    ) -> Result<(), ApiError> {
        match row.and_then(|row| check(row, self.rules)) {
            Ok(checked) => self.accept(checked, line, bytes, place),
            Err(rejection) => self.reject(rejection, line, place),
        }
    }

    fn accept(
        &mut self,
        checked: Checked,
        line: u64,
        bytes: usize,
        place: impl Fn(&Fault) -> (String, u64),
    ) -> Result<(), ApiError> {
        let Checked { recipient, chosen } = checked;
        let channel = recipient.address.channel();
        let class = match &mut self.examiner {
            Some(examiner) => match examiner.examine(&recipient, &mut self.summary.samples) {
                Ok(class) => class,
                Err(error) => {
                    let faults = vec![Fault::of("variables", error.to_string())];
                    let rejection = Rejection { customer_id: Some(recipient.customer_id), faults };
                    return self.reject(rejection, line, place);
                }
            },
            None => Class { channel, country: None, template: None, parts: 1 },
        };
        let class = self.summary.tally.add(class);
        let summary = &mut self.summary;
        self.addresses.add(&recipient.address, summary.total, line, class).map_err(disk)?;
        if let Content::Template { id, .. } = &recipient.content
            && !summary.used_templates.contains(&(channel, id.clone()))
        {
            summary.used_templates.insert((channel, id.clone()));
        }
        *summary.channels.get_mut(channel) += 1;
        summary.chosen += u64::from(chosen);
        summary.total += 1;
        if summary.total > MAX_RECIPIENTS {
            let most = grouped(MAX_RECIPIENTS.into());
            return Err(ApiError::invalid_list(format!("the list has more than {most} recipients")));
        }
        self.push(recipient, bytes)
    }

    fn push(&mut self, recipient: Recipient, bytes: usize) -> Result<(), ApiError> {
        if self.sink.is_none() {
            return Ok(());
        }
        self.batch.push(recipient);
        self.group_bytes += bytes;
        if self.batch.len() == Batch::SIZE as usize {
            self.group.push(std::mem::replace(&mut self.batch, Vec::with_capacity(Batch::SIZE as usize)));
            if self.group.len() == GROUP || self.group_bytes >= GROUP_BYTES {
                return self.flush();
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ApiError> {
        self.group_bytes = 0;
        let group = std::mem::take(&mut self.group);
        self.hand_on(Piece::Batches(group))
    }

    pub(super) fn reject(
        &mut self,
        rejection: Rejection,
        line: u64,
        place: impl Fn(&Fault) -> (String, u64),
    ) -> Result<(), ApiError> {
        match self.summary.rejections.add(rejection, line, place) {
            Some(block) => self.hand_on(Piece::Rejected(block)),
            None => Ok(()),
        }
    }

    /// Ends the list: judges it, hands on what is left, and finds the duplicates.
    pub(super) fn end(
        mut self,
        judge: impl FnOnce(&Summary) -> Result<(), ApiError>,
    ) -> Result<Summary, ApiError> {
        judge(&self.summary)?;
        if !self.batch.is_empty() {
            self.group.push(std::mem::take(&mut self.batch));
        }
        if !self.group.is_empty() {
            self.flush()?;
        }
        if let Some(block) = self.summary.rejections.last_block() {
            self.hand_on(Piece::Rejected(block))?;
        }
        let Self { sink, mut summary, addresses, .. } = self;
        let mut group = Vec::new();
        addresses.duplicates(|Duplicate { index, line, first_line, class }| {
            summary.duplicates += 1;
            summary.tally.take_off(class);
            if summary.duplicate_examples.len() < EXAMPLES {
                summary.duplicate_examples.push((line, first_line));
            }
            group.push(index);
            if group.len() < DUPLICATES {
                return Ok(());
            }
            hand_on(sink, Piece::Duplicates(std::mem::take(&mut group)))
        })?;
        hand_on(sink, Piece::Duplicates(group))?;
        Ok(summary)
    }

    fn hand_on(&self, piece: Piece) -> Result<(), ApiError> {
        hand_on(self.sink, piece)
    }
}

/// Hands a piece on, as soon as there is room. Where nobody takes it any more, somebody else knows why.
pub(super) fn hand_on(sink: &Sink, piece: Piece) -> Result<(), ApiError> {
    match sink {
        Some(sink) => sink.blocking_send(piece).map_err(|_| ApiError::Internal),
        None => Ok(()),
    }
}

impl From<io::Error> for ApiError {
    fn from(error: io::Error) -> Self {
        disk(error)
    }
}

fn disk(error: io::Error) -> ApiError {
    tracing::error!(%error, "cannot keep a list's addresses in a temporary file");
    ApiError::Internal
}
