use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::Path,
};

use anyhow::{Context, Result, bail};

/// The demo's folder, for one demo at a time.
#[derive(Debug)]
pub(super) struct Folder {
    /// Locked as long as it is open, whatever becomes of this process.
    _lock: File,
}

impl Folder {
    /// Makes the folder, and empties it of what an earlier demo left: of that only, since anybody may name any folder.
    pub(super) fn take(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot use the folder {}", path.display());
        fs::create_dir_all(path).with_context(cannot)?;
        let lock = File::create(path.join("lock")).with_context(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("another demo runs in the folder {}; choose another with --folder", path.display())
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
        }
        for left in ["redis", "logs"] {
            match fs::remove_dir_all(path.join(left)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(cannot),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Self { _lock: lock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_demo_left_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["redis", "logs", "letters"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("file"), "x").unwrap();
        }
        Folder::take(folder.path()).unwrap();
        assert!(!folder.path().join("redis").exists());
        assert!(!folder.path().join("logs").exists());
        assert!(folder.path().join("letters/file").exists());
    }

    #[test]
    fn two_demos_do_not_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::take(folder.path()).unwrap();
        let error = Folder::take(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("choose another with --folder"), "{error}");
        drop(first);
        Folder::take(folder.path()).unwrap();
    }
}
