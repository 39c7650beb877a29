//! Which workers of a data folder live, and what the dead ones left.
//!
//! Each worker locks a file of its own for as long as it runs; the lock goes with the process, however that ends. So whoever
//! comes next sees at once who died, and need not wait until the leases of the dead run out.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::store::Store;

/// The folder of these files, inside the data folder.
const FOLDER: &str = "workers";

/// A worker that lives. It counts as dead as soon as this is dropped.
#[derive(Debug)]
pub struct Presence {
    file: File,
}

/// Before the name of a worker that does not hold its lock yet.
const COMING: &str = ".";

/// Says that the worker called `name` lives, and gives back the leases of those in `data` that died. A file that cannot be
/// judged is left alone.
pub async fn begin(data: &Path, name: &str, store: &Store) -> io::Result<Presence> {
    let folder = data.join(FOLDER);
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        let other = entry.file_name().to_string_lossy().into_owned();
        if other.starts_with(COMING) {
            continue;
        }
        let is_dead = File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if is_dead && let Ok(leases) = store.release_leases(&other).await {
            tracing::info!(leases, "a worker that died gave back what it held");
            let _ = fs::remove_file(entry.path());
        }
    }
    // Under its name it is seen only once it is locked: until then it would count as dead, and be removed.
    let coming = folder.join(format!("{COMING}{name}"));
    let file = File::create(&coming)?;
    file.lock()?;
    fs::rename(coming, folder.join(name))?;
    Ok(Presence { file })
}

/// Whether any worker of `data` lives.
pub fn is_anybody_there(data: &Path) -> bool {
    let files = fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten();
    let mut files = files.filter_map(|entry| File::open(entry.path()).ok());
    files.any(|file| file.try_lock().is_err())
}

impl Drop for Presence {
    /// The file stays for the next worker to remove: to delete it here could meet one that is just looking at it.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}
