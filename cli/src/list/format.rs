use std::path::Path;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table with a header, its cells apart by commas, semicolons or tabs.
    Csv,
    /// A recipient in JSON on each line.
    Ndjson,
    /// A campaign: its options, and its recipients.
    Json,
}

impl Format {
    /// What a file's name tells, packed or not.
    pub(super) fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        Some(match name.rsplit_once('.')?.1 {
            "csv" | "tsv" => Self::Csv,
            "ndjson" | "jsonl" => Self::Ndjson,
            "json" => Self::Json,
            _ => return None,
        })
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Json => "application/json",
        }
    }
}

/// A file's name without what tells its format.
pub(super) fn plain_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let end = if Format::of_name(path).is_some() {
        name.to_ascii_lowercase().trim_end_matches(".gz").rfind('.')
    } else {
        None
    };
    Some(name[..end.unwrap_or(name.len())].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_format_and_what_to_call_the_campaign() {
        for (path, format, name) in [
            ("lists/Spring sale.csv", Some(Format::Csv), "Spring sale"),
            ("spring.2026.TSV.GZ", Some(Format::Csv), "spring.2026"),
            ("spring.jsonl", Some(Format::Ndjson), "spring"),
            ("spring.ndjson.gz", Some(Format::Ndjson), "spring"),
            ("spring.json", Some(Format::Json), "spring"),
            ("spring.xlsx", None, "spring.xlsx"),
            ("csv", None, "csv"),
        ] {
            assert_eq!(Format::of_name(Path::new(path)), format, "{path}");
            assert_eq!(plain_name(Path::new(path)).unwrap(), name);
        }
    }
}
