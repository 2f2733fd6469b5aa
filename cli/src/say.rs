use std::io::{self, Write};

/// Says a line on stdout, at once even where that is a pipe; an error where its reader has left, in place of
/// `println!`'s panic.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
