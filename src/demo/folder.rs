//! The folder of a demonstration, which is gone when it ends.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Nobody else reads it.
const FOLDER_MODE: u32 = 0o700;

/// A folder that is removed when this is dropped, unless it is to be kept.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    is_kept: bool,
    is_left: bool,
}

impl Folder {
    /// Makes `keep`, or else one among the temporary files that `name` tells from all others.
    pub fn make(keep: Option<PathBuf>, name: &str) -> anyhow::Result<Self> {
        let is_kept = keep.is_some();
        let path = keep.unwrap_or_else(|| std::env::temp_dir().join(format!("docent-demo-{name}")));
        let made = DirBuilder::new().mode(FOLDER_MODE).create(&path);
        made.with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self {
            path,
            is_kept,
            is_left: false,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes it, or leaves it where it is to be kept; what became of it, in a sentence.
    pub fn leave(mut self) -> anyhow::Result<String> {
        self.is_left = true;
        let shown = self.path.display();
        if self.is_kept {
            return Ok(format!("the demo has stopped; what it made is in {shown}"));
        }
        fs::remove_dir_all(&self.path).with_context(|| format!("cannot remove the folder {shown}"))?;
        Ok("the demo has stopped, and everything it made is gone".to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept && !self.is_left {
            // Whoever drops it without leaving it is failing already, and says why.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
