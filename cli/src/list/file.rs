use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use reqwest::Body;
use serde_json::Value;
use tracing::warn;

use super::{
    Format, Options,
    body::{FromStart, PIECE, written_by},
    format::plain_name,
    recipients,
};
use crate::{
    campaign_file::CampaignFile,
    client::{Meter, Upload},
    exit::WrongValue,
};

const GZIP: [u8; 2] = *b"\x1f\x8b";
/// The largest JSON body that the API takes; a larger campaign goes line by line.
const LARGEST_JSON: usize = 64 * 1024 * 1024;

/// A list of recipients on disk, or a whole campaign in JSON; packed with gzip or not.
#[derive(Debug)]
pub struct ListFile {
    file: Arc<File>,
    format: Format,
    packed: bool,
    /// What it says of itself, where it has a name.
    name: Option<String>,
    /// How to speak of it.
    shown: String,
    meter: Meter,
}

impl ListFile {
    /// Opens a file, or standard input where the path is `-`. What can be read only once is put into a file without a
    /// name first: so it can be sent again where the API was away, and whoever writes it may take any time over it.
    ///
    /// # Errors
    /// When it cannot be read, or neither its name nor the caller says how it is written.
    pub fn open(path: &Path, format: Option<Format>) -> Result<Self> {
        let is_stdin = path == Path::new("-");
        let shown = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let format = format.or_else(|| Format::of_name(path)).ok_or_else(|| {
            WrongValue::new("FORMAT (--format)", format!("say how {shown} is written: csv, ndjson or json"))
        })?;
        let unreadable = || format!("cannot read {shown}");
        let file = if is_stdin {
            keep(io::stdin().lock()).with_context(unreadable)?
        } else {
            let file = File::open(path).with_context(unreadable)?;
            if file.metadata().with_context(unreadable)?.is_file() {
                file
            } else {
                keep(file).with_context(unreadable)?
            }
        };
        let length = file.metadata().with_context(unreadable)?.len();
        let mut start = [0; GZIP.len()];
        let packed = file.read_exact_at(&mut start, 0).is_ok() && start == GZIP;
        let name = if is_stdin { None } else { plain_name(path) };
        Ok(Self { file: Arc::new(file), format, packed, name, shown, meter: Meter::of(length) })
    }

    /// What to send of it.
    ///
    /// # Errors
    /// When the campaign has no name, or is JSON that cannot be read.
    pub fn upload(&self, options: &Options) -> Result<Upload> {
        match self.format {
            Format::Csv | Format::Ndjson => self.as_it_is(options),
            Format::Json => match self.whole(options)? {
                Some(campaign) => Ok(self.in_one(campaign)),
                None => self.line_by_line(options),
            },
        }
    }

    fn as_it_is(&self, options: &Options) -> Result<Upload> {
        let name = options.name.as_ref().or(self.name.as_ref());
        let name = name.ok_or_else(|| {
            WrongValue::new("NAME (--name)", format!("{} has no name: give the campaign one", self.shown))
        })?;
        let name = ("name".to_owned(), Value::from(name.as_str()));
        let (file, meter) = (Arc::clone(&self.file), self.meter.clone());
        let body = move || {
            let mut bytes = FromStart::new(Arc::clone(&file), meter.clone());
            written_by(move |into| io::copy(&mut bytes, into).map(drop))
        };
        Ok(self.sent(self.format, self.packed, options.parameters([name]), body))
    }

    /// The campaign with what the command line changes in it; none where it is too large.
    fn whole(&self, options: &Options) -> Result<Option<Bytes>> {
        let mut text = String::new();
        let mut campaign = text_of(&self.file, self.packed, Meter::default()).take(LARGEST_JSON as u64 + 1);
        match campaign.read_to_string(&mut text) {
            // Cut in mid-letter, it is no text.
            Err(_) if campaign.limit() == 0 => return Ok(None),
            read => read.with_context(|| format!("cannot read the campaign from {}", self.shown))?,
        };
        if text.len() > LARGEST_JSON {
            return Ok(None);
        }
        let mut campaign = CampaignFile::new(text);
        for (name, value) in options.given() {
            campaign.set(name, &value)?;
        }
        Ok(Some(campaign.into_body()).filter(|body| body.len() <= LARGEST_JSON))
    }

    fn in_one(&self, campaign: Bytes) -> Upload {
        let meter = Meter::of(campaign.len() as u64);
        let counted = meter.clone();
        let body = move || {
            let (campaign, meter) = (campaign.clone(), counted.clone());
            written_by(move |into| {
                for piece in campaign.chunks(PIECE) {
                    into.write_all(piece)?;
                    meter.add(piece.len() as u64);
                }
                Ok(())
            })
        };
        Upload { meter, ..self.sent(Format::Json, false, Vec::new(), body) }
    }

    /// The options may stand behind the recipients, and the API needs them first: so the file is read twice.
    fn line_by_line(&self, options: &Options) -> Result<Upload> {
        let of_file = recipients::options(text_of(&self.file, self.packed, Meter::default()))
            .with_context(|| format!("{} is no campaign in JSON", self.shown))?;
        warn!("{} is too large for JSON: it goes line by line, and a line is the number of a recipient", self.shown);
        let (file, packed, meter) = (Arc::clone(&self.file), self.packed, self.meter.clone());
        let body = move || {
            let campaign = text_of(&file, packed, meter.clone());
            written_by(move |into| recipients::write_lines(campaign, into))
        };
        Ok(self.sent(Format::Ndjson, false, options.parameters(of_file), body))
    }

    fn sent(
        &self,
        format: Format,
        packed: bool,
        parameters: Vec<(String, String)>,
        body: impl Fn() -> Body + Send + Sync + 'static,
    ) -> Upload {
        let (body, meter) = (Box::new(body), self.meter.clone());
        Upload { media_type: format.media_type(), packed, parameters, body, meter }
    }
}

fn keep(mut once: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut once, &mut file)?;
    file.flush()?;
    Ok(file)
}

fn text_of(file: &Arc<File>, packed: bool, meter: Meter) -> Box<dyn Read + Send> {
    let bytes = BufReader::with_capacity(PIECE, FromStart::new(Arc::clone(file), meter));
    if packed { Box::new(BufReader::new(MultiGzDecoder::new(bytes))) } else { Box::new(bytes) }
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};
    use http_body_util::BodyExt;
    use tempfile::TempDir;

    use super::*;

    const CAMPAIGN: &str =
        "{\"recipients\":[{\"customer_id\":\"1\"},{\"customer_id\":\"2\"}],\"name\":\"Spring\"}";

    fn written(folder: &TempDir, name: &str, bytes: &[u8]) -> ListFile {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        ListFile::open(&path, None).unwrap()
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    async fn bytes(upload: &Upload) -> Bytes {
        (upload.body)().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn a_table_goes_as_it_is_as_often_as_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let table = "customer_id,phone\n".repeat(20_000);
        let (plain, zipped) = (table.clone().into_bytes(), packed(&table));
        for (name, content, is_packed) in
            [("Spring sale.csv", plain, false), ("Spring sale.tsv.gz", zipped, true)]
        {
            let upload = written(&folder, name, &content).upload(&Options::default()).unwrap();
            assert_eq!((upload.media_type, upload.packed), ("text/csv", is_packed));
            assert_eq!(upload.parameters, [("name".to_owned(), "Spring sale".to_owned())]);
            assert_eq!(bytes(&upload).await, content);
            assert_eq!(upload.meter.bytes(), upload.meter.total());
            assert_eq!(bytes(&upload).await, content);
        }
    }

    #[tokio::test]
    async fn a_campaign_in_json_goes_in_one_with_what_the_command_line_changes() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { name: Some("Autumn".to_owned()), ..Options::default() };
        for (name, content) in [("x.json", CAMPAIGN.as_bytes().to_vec()), ("x.json.gz", packed(CAMPAIGN))] {
            let upload = written(&folder, name, &content).upload(&options).unwrap();
            assert_eq!((upload.media_type, upload.packed), ("application/json", false));
            assert_eq!(bytes(&upload).await, CAMPAIGN.replace("Spring", "Autumn"));
            assert_eq!(upload.meter.bytes(), upload.meter.total());
        }
    }

    #[tokio::test]
    async fn a_campaign_that_is_too_large_for_json_goes_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { dry_run: true, ..Options::default() };
        for (name, content) in [("x.json", CAMPAIGN.as_bytes().to_vec()), ("x.json.gz", packed(CAMPAIGN))] {
            let upload = written(&folder, name, &content).line_by_line(&options).unwrap();
            assert_eq!((upload.media_type, upload.packed), ("application/x-ndjson", false));
            let parameters = [("dry_run", "true"), ("name", "Spring")];
            assert_eq!(upload.parameters, parameters.map(|(name, text)| (name.to_owned(), text.to_owned())));
            assert_eq!(bytes(&upload).await, "{\"customer_id\":\"1\"}\n{\"customer_id\":\"2\"}\n");
            assert_eq!(upload.meter.bytes(), upload.meter.total());
        }
    }

    #[test]
    fn a_campaign_is_in_one_up_to_what_the_api_takes() {
        let folder = tempfile::tempdir().unwrap();
        let spaces = LARGEST_JSON - CAMPAIGN.len();
        let list = written(&folder, "x.json", format!("{CAMPAIGN}{}", " ".repeat(spaces)).as_bytes());
        assert!(list.whole(&Options::default()).unwrap().is_some());
        let longer = Options { name: Some("A longer name".to_owned()), ..Options::default() };
        assert!(list.whole(&longer).unwrap().is_none());
        // Its last letter lies across the limit.
        let list = written(&folder, "x.json", format!("{CAMPAIGN}{}é", " ".repeat(spaces)).as_bytes());
        assert!(list.whole(&Options::default()).unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        let said = |path: &str| format!("{:#}", ListFile::open(Path::new(path), None).unwrap_err());
        assert!(said("/nowhere/list.csv").starts_with("cannot read /nowhere/list.csv: "));
        assert_eq!(said("-"), "FORMAT (--format): say how standard input is written: csv, ndjson or json");
        assert!(said("list.xlsx").starts_with("FORMAT (--format): say how list.xlsx is written"));
    }
}
