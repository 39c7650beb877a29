//! The index on disk: opened or built anew, and carried forward by changes.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError};
use tantivy::directory::{Directory as _, INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyError, Term};

use super::fold::Stemming;
use super::schema::{self, Fields, SCHEMA};
use super::{Change, SearchError};
use crate::domain::text::Language;

/// The memory in which new documents are gathered before they are written, in bytes. Tantivy takes no less than 15 MB.
const WRITER_BYTES: usize = 20_000_000;

/// A segment is merged once more than this part of it is deleted.
const DELETED_RATIO_MAX: f32 = 0.3;

/// The names of files in the index's folder that are no segment's.
const OWN_FILES: [&str; 2] = [HEAD_FILE, ".managed.json"];

/// The file without which there is no index.
const HEAD_FILE: &str = "meta.json";

/// The length of the name of a segment, in characters.
const SEGMENT_NAME_CHARS: usize = 32;

/// The index. Any number of threads may ask while one applies changes.
pub struct Index {
    tantivy: tantivy::Index,
    pub(super) fields: Fields,
    identity: String,
    folder: PathBuf,
    /// `None` after an error: what a writer was given before one may be lost, so it is never used again.
    writer: Mutex<Option<IndexWriter>>,
    reader: IndexReader,
    view: RwLock<Arc<View>>,
    repairs: AtomicU64,
}

/// The index as of one commit.
pub(super) struct View {
    pub(super) searcher: Searcher,
    /// The stemmers of the languages that stories are written in.
    pub(super) stemmings: Vec<Stemming>,
    /// How far it has followed. Seen and stepped forward together with what is searched: a cursor ahead of it would
    /// leave searches behind for good.
    cursor: Cursor,
}

/// How far an index has followed its database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The last revision applied; 0 for a new index.
    pub revision: i64,
    /// What the database calls the history that led there: it tells revisions that were lost with a restored backup from
    /// those that took their numbers.
    #[serde(default)]
    pub history: String,
}

/// What each commit says of itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    identity: String,
    schema: u32,
    #[serde(flatten)]
    cursor: Cursor,
}

impl Index {
    /// Opens the index in `folder`, which is made if need be, for the database with the id `identity` that stands at
    /// `revision`.
    ///
    /// An index that is unfinished, damaged, of another schema, of another database or ahead of this one is emptied, and
    /// its cursor is 0: whoever feeds it begins anew. One that another process writes to, or that may not be read, is an
    /// error, as neither says anything about what is in it.
    pub fn open(folder: &Path, identity: &str, revision: i64) -> Result<Self, SearchError> {
        Self::open_to_write(folder, identity, |directory| standing(directory, identity, revision))
    }

    /// Empties the index in `folder`, whatever is in it, unless another process writes to it.
    pub fn anew(folder: &Path, identity: &str) -> Result<Self, SearchError> {
        Self::open_to_write(folder, identity, |_| Ok(Err("it was asked for")))
    }

    /// Opens the index in `folder` to ask as of its last commit, also beside a process that writes to it; changes nothing.
    pub fn open_to_read(folder: &Path, identity: &str, revision: i64) -> Result<Self, SearchError> {
        if !folder.join(HEAD_FILE).exists() {
            return Err(SearchError::Absent(folder.into()));
        }
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        let found = standing(&directory, identity, revision)?;
        let (index, cursor) = found.map_err(|reason| SearchError::Unusable(folder.into(), reason))?;
        Self::of(folder, identity, index, cursor)
    }

    fn open_to_write(
        folder: &Path,
        identity: &str,
        find: impl FnOnce(&MmapDirectory) -> Result<Standing, SearchError>,
    ) -> Result<Self, SearchError> {
        fs::create_dir_all(folder).map_err(|error| SearchError::Folder(folder.into(), error))?;
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        let lock = directory
            .acquire_lock(&INDEX_WRITER_LOCK)
            .map_err(|error| lock_error(folder, error))?;
        let (index, cursor) = match find(&directory)? {
            Ok(standing) => standing,
            Err(reason) => {
                tracing::info!(folder = %folder.display(), reason, "the search index is built anew");
                (create(folder, &directory)?, Cursor::default())
            }
        };
        drop(lock);
        let opened = Self::of(folder, identity, index, cursor)?;
        // The lock is taken now, so that a second process learns at its start that it may not write here.
        let writer = opened.open_writer()?;
        *opened.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
        Ok(opened)
    }

    fn of(folder: &Path, identity: &str, index: tantivy::Index, cursor: Cursor) -> Result<Self, SearchError> {
        let reader = reader(&index)?;
        let view = RwLock::new(Arc::new(View::of(&reader, cursor)?));
        Ok(Self {
            tantivy: index,
            fields: schema::schema().1,
            identity: identity.to_owned(),
            folder: folder.to_owned(),
            writer: Mutex::new(None),
            reader,
            view,
            repairs: AtomicU64::new(0),
        })
    }

    /// How far what is searched has followed, as the last commit says.
    pub fn cursor(&self) -> Cursor {
        self.view().cursor.clone()
    }

    /// How many changes [`Index::mend`] made since it was opened.
    pub fn repairs(&self) -> u64 {
        self.repairs.load(Ordering::Relaxed)
    }

    /// How many documents are in the index.
    pub fn count(&self) -> u64 {
        self.view().searcher.num_docs()
    }

    /// The keys of all documents in the index, in rising order: eight bytes each, for comparing with the store.
    pub fn keys(&self) -> Result<Vec<i64>, SearchError> {
        let view = self.view();
        let mut keys = Vec::new();
        for segment in view.searcher.segment_readers() {
            let column = segment.fast_fields().i64(schema::KEY)?;
            keys.extend(segment.doc_ids_alive().filter_map(|doc| column.first(doc)));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// Makes `changes` in their order and commits them with the new `cursor`; when it returns, they are found.
    ///
    /// After an error nothing of them may be in the index, and applying again all that came after [`Index::cursor`] mends it.
    /// Applying a change twice does no harm. Waits for the disk: not for a thread that serves requests.
    pub fn apply(&self, changes: Vec<Change>, cursor: Cursor) -> Result<(), SearchError> {
        self.step(cursor, |writer| self.write(writer, changes))
    }

    /// Makes `changes` where the index does not tell what the database told at its cursor, and counts them.
    pub fn mend(&self, changes: Vec<Change>) -> Result<(), SearchError> {
        let count = changes.len();
        self.apply(changes, self.cursor())?;
        self.repairs
            .fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }

    /// Takes everything out. The cursor is 0: whoever feeds it begins anew.
    pub fn empty(&self) -> Result<(), SearchError> {
        self.step(Cursor::default(), |writer| {
            writer.delete_all_documents()?;
            Ok(())
        })
    }

    /// Writes, commits and shows what was committed, with its cursor.
    fn step(
        &self,
        cursor: Cursor,
        write: impl FnOnce(&IndexWriter) -> Result<(), SearchError>,
    ) -> Result<(), SearchError> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.open_writer()?,
        };
        write(&writer)?;
        self.commit(&mut writer, &cursor)?;
        *slot = Some(writer);
        self.reader.reload()?;
        let view = Arc::new(View::of(&self.reader, cursor)?);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        Ok(())
    }

    /// The index as of the last commit.
    pub(super) fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, writer: &IndexWriter, changes: Vec<Change>) -> Result<(), SearchError> {
        for change in changes {
            match change {
                Change::Put(document) => {
                    writer.delete_term(Term::from_field_i64(self.fields.key, document.key));
                    writer.add_document(self.fields.document(&document))?;
                }
                Change::Drop(key) => {
                    writer.delete_term(Term::from_field_i64(self.fields.key, key));
                }
            }
        }
        Ok(())
    }

    /// The one commit there is: a commit without a payload would erase the cursor.
    fn commit(&self, writer: &mut IndexWriter, cursor: &Cursor) -> Result<(), SearchError> {
        let payload = Payload {
            identity: self.identity.clone(),
            schema: SCHEMA,
            cursor: cursor.clone(),
        };
        let payload =
            serde_json::to_string(&payload).map_err(|error| TantivyError::InternalError(error.to_string()))?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        Ok(())
    }

    fn open_writer(&self) -> Result<IndexWriter, SearchError> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_BYTES)
            .build();
        let writer = match self.tantivy.writer_with_options(options) {
            Err(TantivyError::LockFailure(error, _)) => return Err(lock_error(&self.folder, error)),
            other => other?,
        };
        let mut policy = LogMergePolicy::default();
        policy.set_del_docs_ratio_before_merge(DELETED_RATIO_MAX);
        writer.set_merge_policy(Box::new(policy));
        Ok(writer)
    }
}

impl View {
    fn of(reader: &IndexReader, cursor: Cursor) -> Result<Self, SearchError> {
        let searcher = reader.searcher();
        let mut stemmings = BTreeSet::new();
        for segment in searcher.segment_readers() {
            let Some(languages) = segment.fast_fields().str(schema::LANGUAGE)? else {
                continue;
            };
            let mut code = String::new();
            for place in 0..u64::try_from(languages.num_terms()).unwrap_or(0) {
                if languages.ord_to_str(place, &mut code).map_err(TantivyError::from)? {
                    stemmings.extend(Language::parse(&code).as_ref().and_then(Stemming::of));
                }
            }
        }
        let stemmings = stemmings.into_iter().collect();
        Ok(Self {
            searcher,
            stemmings,
            cursor,
        })
    }
}

/// What stands in a folder: an index with its cursor, or why it is of no use.
type Standing = Result<(tantivy::Index, Cursor), &'static str>;

fn standing(directory: &MmapDirectory, identity: &str, revision: i64) -> Result<Standing, SearchError> {
    match open_standing(directory, identity, revision) {
        Ok(answer) => Ok(answer),
        Err(error) if says_nothing_of_the_content(&error) => Err(error.into()),
        Err(_) => Ok(Err("it cannot be read")),
    }
}

fn open_standing(directory: &MmapDirectory, identity: &str, revision: i64) -> Result<Standing, TantivyError> {
    if !tantivy::Index::exists(directory)? {
        return Ok(Err("there is none"));
    }
    let mut index = tantivy::Index::open(directory.clone())?;
    if index.schema() != schema::schema().0 {
        return Ok(Err("it has another schema"));
    }
    let payload = index.load_metas()?.payload;
    let Some(payload) = payload.and_then(|text| serde_json::from_str::<Payload>(&text).ok()) else {
        return Ok(Err("it has no cursor"));
    };
    if payload.schema != SCHEMA {
        return Ok(Err("it has another schema number"));
    }
    if payload.identity != identity {
        return Ok(Err("it is of another database"));
    }
    if payload.cursor.revision > revision {
        return Ok(Err("it is ahead of the database"));
    }
    if !index.validate_checksum()?.is_empty() {
        return Ok(Err("its files are damaged"));
    }
    index.set_tokenizers(schema::tokenizers());
    let view = View::of(&reader(&index)?, payload.cursor);
    let view = view.map_err(|error| TantivyError::InternalError(error.to_string()))?;
    Ok(Ok((index, view.cursor)))
}

fn reader(index: &tantivy::Index) -> Result<IndexReader, TantivyError> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

fn create(folder: &Path, directory: &MmapDirectory) -> Result<tantivy::Index, SearchError> {
    clear(folder).map_err(|error| SearchError::Folder(folder.into(), error))?;
    let mut index = tantivy::Index::create(directory.clone(), schema::schema().0, IndexSettings::default())?;
    index.set_tokenizers(schema::tokenizers());
    Ok(index)
}

/// Removes what is an index's, and nothing else: a folder given by mistake keeps what it had.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let first = name.split('.').next().unwrap_or_default();
        let of_a_segment = first.len() == SEGMENT_NAME_CHARS && first.bytes().all(|byte| byte.is_ascii_hexdigit());
        if (of_a_segment || OWN_FILES.contains(&&*name)) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn lock_error(folder: &Path, error: LockError) -> SearchError {
    match error {
        LockError::LockBusy => SearchError::InUse(folder.into()),
        LockError::IoError(error) => {
            SearchError::Folder(folder.into(), io::Error::new(error.kind(), error.to_string()))
        }
    }
}

/// Whether `error` comes of the machine (rights, memory, open files) and not of what is in the files.
fn says_nothing_of_the_content(error: &TantivyError) -> bool {
    let io = match error {
        TantivyError::IoError(error)
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: error, .. })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: error, .. }) => error,
        TantivyError::LockFailure(..) | TantivyError::SystemError(_) => return true,
        _ => return false,
    };
    !matches!(
        io.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use tantivy::directory::error::{DeleteError, OpenWriteError};
    use tantivy::directory::{Directory, DirectoryLock, FileHandle, Lock, WatchCallback, WatchHandle, WritePtr};

    use super::super::{Ask, Document, read};
    use super::*;
    use crate::domain::link::Link;
    use crate::domain::time::Timestamp;

    fn put(story: i64, title: &str) -> Change {
        Change::Put(Box::new(Document {
            key: story,
            title: title.to_owned(),
            byline: None,
            text: String::new(),
            notes: String::new(),
            sources: Vec::new(),
            language: Language::parse("en"),
            topics: Vec::new(),
            lists: Vec::new(),
            picked: Vec::new(),
            editors: Vec::new(),
            link: Link::parse("https://example.org/"),
            published: None,
            found: Timestamp::from_millis(story),
        }))
    }

    fn at(revision: i64) -> Cursor {
        Cursor {
            revision,
            history: "first".to_owned(),
        }
    }

    fn open(folder: &Path) -> Index {
        Index::open(folder, "one", 100).expect("an index")
    }

    fn found(index: &Index, query: &str) -> Vec<i64> {
        let ask = Ask {
            limit: 10,
            after: None,
            facets: false,
        };
        let hits = index.ask(&read(query), &ask).expect("an answer");
        hits.items.iter().map(|hit| hit.key).collect()
    }

    #[test]
    fn what_was_applied_is_found_at_once_and_after_opening_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        assert_eq!((index.cursor().revision, index.count()), (0, 0));
        index
            .apply(vec![put(1, "museum"), put(2, "roof")], at(7))
            .expect("applied");
        assert_eq!((found(&index, "museums"), index.cursor().revision), (vec![1], 7));
        drop(index);
        let index = open(folder.path());
        assert_eq!(
            (found(&index, "roof"), index.cursor().revision, index.count()),
            (vec![2], 7, 2)
        );
    }

    #[test]
    fn the_cursor_goes_on_without_a_change() {
        let folder = tempfile::tempdir().expect("a folder");
        open(folder.path()).apply(Vec::new(), at(9)).expect("applied");
        assert_eq!(open(folder.path()).cursor(), at(9));
    }

    #[test]
    fn a_change_may_be_applied_any_number_of_times() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        for revision in 1..4 {
            index
                .apply(
                    vec![put(1, "museum"), put(1, "roof"), put(2, "x"), Change::Drop(2)],
                    at(revision),
                )
                .expect("applied");
            assert_eq!(found(&index, "roof"), [1]);
            assert_eq!(found(&index, "museum"), [] as [i64; 0]);
            assert_eq!(index.keys().expect("keys"), [1]);
        }
    }

    #[test]
    fn an_index_of_another_database_or_ahead_of_it_is_built_anew() {
        for (identity, revision) in [("two", 100), ("one", 6)] {
            let folder = tempfile::tempdir().expect("a folder");
            open(folder.path())
                .apply(vec![put(1, "museum")], at(7))
                .expect("applied");
            let index = Index::open(folder.path(), identity, revision).expect("an index");
            assert_eq!(
                (index.cursor().revision, index.count()),
                (0, 0),
                "{identity} {revision}"
            );
        }
    }

    #[test]
    fn a_damaged_index_is_built_anew_and_what_else_lies_there_is_kept() {
        let damages: [fn(&Path); 4] = [
            |folder| fs::write(folder.join("meta.json"), "{").expect("written"),
            |folder| fs::remove_file(folder.join(".managed.json")).expect("removed"),
            |folder| fs::write(segment_file(folder), "x").expect("written"),
            |folder| {
                let file = segment_file(folder);
                let mut bytes = fs::read(&file).expect("read");
                bytes[3] ^= 0x55;
                fs::write(file, bytes).expect("written");
            },
        ];
        for (number, damage) in damages.iter().enumerate() {
            let folder = tempfile::tempdir().expect("a folder");
            open(folder.path())
                .apply(vec![put(1, "museum")], at(7))
                .expect("applied");
            fs::write(folder.path().join("notes.txt"), "mine").expect("written");
            damage(folder.path());
            let index = open(folder.path());
            if index.cursor().revision == 7 {
                // What tantivy mends by itself need not be built anew.
                assert_eq!(found(&index, "museum"), [1], "{number}");
            } else {
                assert_eq!((index.cursor().revision, index.count()), (0, 0), "{number}");
            }
            index.apply(vec![put(1, "museum")], at(8)).expect("applied");
            assert_eq!(found(&index, "museum"), [1], "{number}");
            assert!(folder.path().join("notes.txt").exists());
        }
    }

    #[test]
    fn a_lock_held_elsewhere_is_an_error_and_no_reason_to_rebuild() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        index.apply(vec![put(1, "museum")], at(7)).expect("applied");
        let second = Index::open(folder.path(), "two", 100).err().expect("an error");
        assert!(matches!(second, SearchError::InUse(_)), "{second}");
        assert_eq!(found(&index, "museum"), [1]);
    }

    #[test]
    fn a_writer_that_failed_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        *index.writer.lock().expect("a lock") = None;
        index.apply(vec![put(1, "museum")], at(7)).expect("applied");
        assert_eq!(found(&index, "museum"), [1]);
    }

    #[test]
    fn a_change_that_could_not_be_shown_is_shown_when_it_is_applied_again() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(open(folder.path()));
        let directory = Unreadable {
            files: MmapDirectory::open(folder.path()).expect("a folder"),
            now: Arc::default(),
        };
        let mut tantivy = tantivy::Index::open(directory.clone()).expect("an index");
        tantivy.set_tokenizers(schema::tokenizers());
        let index = Index::of(folder.path(), "one", tantivy, Cursor::default()).expect("an index");
        index.apply(vec![put(1, "museum")], at(7)).expect("applied");
        directory.now.store(true, Ordering::Relaxed);
        let failed = index.apply(vec![put(2, "museum")], at(8));
        assert!(failed.is_err(), "it was committed, but could not be read back");
        assert_eq!((found(&index, "museum"), index.cursor()), (vec![1], at(7)));
        directory.now.store(false, Ordering::Relaxed);
        index.apply(vec![put(2, "museum")], at(8)).expect("applied");
        assert_eq!((found(&index, "museum").len(), index.cursor()), (2, at(8)));
    }

    #[test]
    fn an_emptied_index_begins_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        index.apply(vec![put(1, "museum")], at(7)).expect("applied");
        index.empty().expect("emptied");
        assert_eq!((index.count(), index.cursor()), (0, Cursor::default()));
        index.apply(vec![put(1, "roof")], at(3)).expect("applied");
        assert_eq!((found(&index, "roof"), index.count()), (vec![1], 1));
    }

    #[test]
    fn what_is_mended_is_counted_and_leaves_the_cursor() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        index.apply(vec![put(1, "museum")], at(7)).expect("applied");
        index.mend(vec![put(2, "roof"), Change::Drop(1)]).expect("mended");
        assert_eq!((index.repairs(), index.cursor()), (2, at(7)));
        assert_eq!(index.keys().expect("keys"), [2]);
    }

    /// A folder whose small files cannot be read at times.
    #[derive(Debug, Clone)]
    struct Unreadable {
        files: MmapDirectory,
        now: Arc<AtomicBool>,
    }

    impl Directory for Unreadable {
        fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
            self.files.get_file_handle(path)
        }

        fn delete(&self, path: &Path) -> Result<(), DeleteError> {
            self.files.delete(path)
        }

        fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
            self.files.exists(path)
        }

        fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
            self.files.open_write(path)
        }

        fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
            if self.now.load(Ordering::Relaxed) {
                let error = io::Error::from_raw_os_error(5);
                return Err(OpenReadError::wrap_io_error(error, path.into()));
            }
            self.files.atomic_read(path)
        }

        fn atomic_write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            self.files.atomic_write(path, bytes)
        }

        fn sync_directory(&self) -> io::Result<()> {
            self.files.sync_directory()
        }

        fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
            self.files.acquire_lock(lock)
        }

        fn watch(&self, told: WatchCallback) -> tantivy::Result<WatchHandle> {
            self.files.watch(told)
        }
    }

    fn segment_file(folder: &Path) -> PathBuf {
        let files = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path());
        let mut files: Vec<PathBuf> = files
            .filter(|file| file.extension().is_some_and(|kind| kind == "idx"))
            .collect();
        files.pop().expect("a file of a segment")
    }
}
