use std::{env, fs, io, path::Path};

use crate::exit::WrongValue;

/// Names another file in place of `.env`; empty, none is read. The demo's processes get it empty, so that no file of
/// the user's can point them at real services.
pub(crate) const ENV_FILE: &str = "DRUMBEAT_ENV_FILE";

/// Puts what `.env` sets into the environment, unless it is set there already.
pub(crate) fn load() -> anyhow::Result<()> {
    match env::var_os(ENV_FILE) {
        Some(path) if path.is_empty() => Ok(()),
        Some(path) => read(Path::new(&path)),
        None => match read(Path::new(".env")) {
            Err(error) if is_missing(&error) => Ok(()),
            result => result,
        },
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn read(path: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(path).map_err(|error| {
        let message = format!("cannot read {}: {error}", path.display());
        io::Error::new(error.kind(), message)
    })?;
    dotenvy::from_read(text.as_bytes()).map_err(|error| match error {
        // The line itself is not shown: it may hold a secret.
        dotenvy::Error::LineParse(line, _) => {
            let number = text.lines().position(|other| other.trim() == line.trim()).map_or(0, |i| i + 1);
            WrongValue::new(format!("{}:{number}", path.display()), "the line is not NAME=value").into()
        }
        error => anyhow::Error::from(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_named_and_not_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "# a comment\n\nthis is secret\n").unwrap();
        let error = read(file.path()).unwrap_err();
        assert!(error.is::<WrongValue>());
        assert!(error.to_string().ends_with(":3: the line is not NAME=value"), "{error}");
    }

    #[test]
    fn a_missing_file_is_told_from_an_unreadable_one() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_missing(&read(&folder.path().join("none")).unwrap_err()));
        assert!(!is_missing(&read(folder.path()).unwrap_err()));
    }
}
