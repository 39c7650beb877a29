//! `sources.toml` on disk.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{FILE_BYTES_MAX, Mistakes, read};
use crate::domain::source::Declared;

/// Why the declared sources are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read, or is no UTF-8.
    #[error("could not read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
    /// The file has mistakes.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// The text of a file of sources, at most one byte more than [`read`] takes.
pub fn text(path: &Path) -> Result<String, LoadError> {
    let most = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(cause) => Err(LoadError::Read {
            path: path.to_owned(),
            cause,
        }),
    }
}

/// The sources that a file declares; mistakes name it as `shown`.
pub fn load(path: &Path, shown: &str) -> Result<Vec<Declared>, LoadError> {
    Ok(read(&text(path)?, shown)?)
}

/// Puts `text` in the place of the file at `path` in one step, so that whoever reads it meanwhile, or after a crash, sees
/// the old text or the new one. A link is followed.
pub fn save(path: &Path, text: &str) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = path.clone().into_os_string();
    beside.push(".new");
    let written = (|| {
        let mut file = File::create(&beside)?;
        if let Ok(old) = path.metadata() {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    })();
    if written.is_err() {
        // Best effort: what matters is the error that led here.
        drop(std::fs::remove_file(&beside));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_is_loaded_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sources.toml");
        save(&path, "old").unwrap();
        save(
            &path,
            "[[source]]\nid = \"a\"\nname = \"A\"\nlink = \"https://example.org/\"\n",
        )
        .unwrap();
        assert_eq!(load(&path, "f").unwrap().len(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.toml");
        assert_eq!(
            load(&path, "f").unwrap_err().to_string(),
            format!("could not read {}", path.display())
        );
        save(&path, "[[source]]\n").unwrap();
        assert!(
            load(&path, "f")
                .unwrap_err()
                .to_string()
                .starts_with("f:1:1: id: missing")
        );
    }
}
