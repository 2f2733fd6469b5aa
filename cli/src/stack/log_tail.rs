use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// What fits on a screen beside the sentence above it.
const LINES: usize = 15;
/// Logs can be long; these lines are not.
const BYTES: u64 = 16 * 1024;

/// A log's last lines, indented; where it cannot be read, why.
pub(super) fn log_tail(log: &Path) -> String {
    read_end(log).map_or_else(|error| format!("  (unreadable: {error})"), |text| indent(&text))
}

fn read_end(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn indent(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    if last.is_empty() {
        return "  (empty)".to_owned();
    }
    last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown() {
        let text: String = (0..100).map(|i| format!("line {i}\n")).collect();
        let tail = indent(&text);
        assert_eq!(tail.lines().count(), LINES);
        assert!(tail.ends_with("\n  line 99"), "{tail}");
        assert_eq!(indent(""), "  (empty)");
        assert!(log_tail(Path::new("/nowhere/api.log")).starts_with("  (unreadable: "));
    }
}
