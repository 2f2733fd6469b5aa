use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use anyhow::{Context, Result};
use reqwest::Response;

/// Writes what comes into a file, or to stdout, as it comes. `what` names it for people.
pub(crate) async fn download(mut from: Response, to: Option<&Path>, what: &str) -> Result<()> {
    let unwritten =
        || to.map_or("cannot write to stdout".into(), |path| format!("cannot write {}", path.display()));
    let mut file: Box<dyn Write> = match to {
        Some(path) => Box::new(File::create(path).with_context(unwritten)?),
        None => Box::new(io::stdout()),
    };
    while let Some(piece) =
        from.chunk().await.with_context(|| format!("{what} broke off: there is more of it"))?
    {
        file.write_all(&piece).with_context(unwritten)?;
    }
    file.flush().with_context(unwritten)
}
