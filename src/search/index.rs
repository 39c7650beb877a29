//! The index on disk: opened or built anew, and carried forward by changes.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
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
const OWN_FILES: [&str; 2] = ["meta.json", ".managed.json"];

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
    cursor: AtomicI64,
}

/// The index as of one commit.
pub(super) struct View {
    pub(super) searcher: Searcher,
    /// The stemmers of the languages that stories are written in.
    pub(super) stemmings: Vec<Stemming>,
}

/// What each commit says of itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Payload {
    identity: String,
    schema: u32,
    revision: i64,
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

    /// Opens the index in `folder` beside a process that writes to it, to ask as of its last commit.
    pub fn open_to_read(folder: &Path, identity: &str, revision: i64) -> Result<Self, SearchError> {
        let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
        let found = standing(&directory, identity, revision)?;
        let (index, cursor) = found.map_err(|_| SearchError::InUse(folder.into()))?;
        Self::of(folder, identity, index, cursor)
    }

    fn open_to_write(
        folder: &Path,
        identity: &str,
        find: impl FnOnce(&MmapDirectory) -> Result<Result<(tantivy::Index, i64), &'static str>, SearchError>,
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
                (create(folder, &directory)?, 0)
            }
        };
        drop(lock);
        let opened = Self::of(folder, identity, index, cursor)?;
        // The lock is taken now, so that a second process learns at its start that it may not write here.
        let writer = opened.open_writer()?;
        *opened.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
        Ok(opened)
    }

    fn of(folder: &Path, identity: &str, index: tantivy::Index, cursor: i64) -> Result<Self, SearchError> {
        let reader = reader(&index)?;
        let view = RwLock::new(Arc::new(View::of(&reader)?));
        Ok(Self {
            tantivy: index,
            fields: schema::schema().1,
            identity: identity.to_owned(),
            folder: folder.to_owned(),
            writer: Mutex::new(None),
            reader,
            view,
            cursor: AtomicI64::new(cursor),
        })
    }

    /// The last revision applied, as the last commit says; 0 for a new index.
    pub fn cursor(&self) -> i64 {
        self.cursor.load(Ordering::Acquire)
    }

    /// How many stories are in the index.
    pub fn count(&self) -> u64 {
        self.view().searcher.num_docs()
    }

    /// The keys of all stories in the index, in rising order: eight bytes each, for comparing with the store.
    pub fn stories(&self) -> Result<Vec<i64>, SearchError> {
        let view = self.view();
        let mut stories = Vec::new();
        for segment in view.searcher.segment_readers() {
            let keys = segment.fast_fields().i64(schema::STORY)?;
            stories.extend(segment.doc_ids_alive().filter_map(|doc| keys.first(doc)));
        }
        stories.sort_unstable();
        Ok(stories)
    }

    /// Makes `changes` in their order and commits them with `revision` as the new cursor; when it returns, they are found.
    ///
    /// After an error nothing of them is in the index, and applying again all that came after [`Index::cursor`] mends it.
    /// Applying a change twice does no harm. Waits for the disk: not for a thread that serves requests.
    pub fn apply(&self, changes: Vec<Change>, revision: i64) -> Result<(), SearchError> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.open_writer()?,
        };
        self.write(&writer, changes)?;
        self.commit(&mut writer, revision)?;
        *slot = Some(writer);
        self.cursor.store(revision, Ordering::Release);
        self.reader.reload()?;
        let view = Arc::new(View::of(&self.reader)?);
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
                Change::Put(story) => {
                    writer.delete_term(Term::from_field_i64(self.fields.story, story.story));
                    writer.add_document(self.fields.document(&story))?;
                }
                Change::Drop(story) => {
                    writer.delete_term(Term::from_field_i64(self.fields.story, story));
                }
            }
        }
        Ok(())
    }

    /// The one commit there is: a commit without a payload would erase the cursor.
    fn commit(&self, writer: &mut IndexWriter, revision: i64) -> Result<(), SearchError> {
        let payload = Payload {
            identity: self.identity.clone(),
            schema: SCHEMA,
            revision,
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
    fn of(reader: &IndexReader) -> Result<Self, SearchError> {
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
        Ok(Self { searcher, stemmings })
    }
}

/// The index that stands in `directory` with its cursor, or why it is of no use.
fn standing(
    directory: &MmapDirectory,
    identity: &str,
    revision: i64,
) -> Result<Result<(tantivy::Index, i64), &'static str>, SearchError> {
    match open_standing(directory, identity, revision) {
        Ok(answer) => Ok(answer),
        Err(error) if says_nothing_of_the_content(&error) => Err(error.into()),
        Err(_) => Ok(Err("it cannot be read")),
    }
}

fn open_standing(
    directory: &MmapDirectory,
    identity: &str,
    revision: i64,
) -> Result<Result<(tantivy::Index, i64), &'static str>, TantivyError> {
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
    if payload.revision > revision {
        return Ok(Err("it is ahead of the database"));
    }
    if !index.validate_checksum()?.is_empty() {
        return Ok(Err("its files are damaged"));
    }
    index.set_tokenizers(schema::tokenizers());
    View::of(&reader(&index)?).map_err(|error| TantivyError::InternalError(error.to_string()))?;
    Ok(Ok((index, payload.revision)))
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
    use super::super::{Ask, Document, Scope, read};
    use super::*;
    use crate::domain::link::Link;
    use crate::domain::time::Timestamp;

    fn put(story: i64, title: &str) -> Change {
        Change::Put(Box::new(Document {
            story,
            title: title.to_owned(),
            byline: None,
            text: String::new(),
            notes: String::new(),
            sources: Vec::new(),
            language: Language::parse("en"),
            topics: Vec::new(),
            lists: Vec::new(),
            picked: None,
            editors: Vec::new(),
            link: Link::parse("https://example.org/"),
            published: None,
            found: Timestamp::from_millis(story),
            public: true,
        }))
    }

    fn open(folder: &Path) -> Index {
        Index::open(folder, "one", 100).expect("an index")
    }

    fn found(index: &Index, query: &str) -> Vec<i64> {
        let ask = Ask {
            scope: Scope::Desk,
            limit: 10,
            after: None,
            facets: false,
        };
        let hits = index.ask(&read(query), &ask).expect("an answer");
        hits.items.iter().map(|hit| hit.story).collect()
    }

    #[test]
    fn what_was_applied_is_found_at_once_and_after_opening_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        assert_eq!((index.cursor(), index.count()), (0, 0));
        index.apply(vec![put(1, "museum"), put(2, "roof")], 7).expect("applied");
        assert_eq!((found(&index, "museums"), index.cursor()), (vec![1], 7));
        drop(index);
        let index = open(folder.path());
        assert_eq!((found(&index, "roof"), index.cursor(), index.count()), (vec![2], 7, 2));
    }

    #[test]
    fn the_cursor_goes_on_without_a_change() {
        let folder = tempfile::tempdir().expect("a folder");
        open(folder.path()).apply(Vec::new(), 9).expect("applied");
        assert_eq!(open(folder.path()).cursor(), 9);
    }

    #[test]
    fn a_change_may_be_applied_any_number_of_times() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        for revision in 1..4 {
            index
                .apply(
                    vec![put(1, "museum"), put(1, "roof"), put(2, "x"), Change::Drop(2)],
                    revision,
                )
                .expect("applied");
            assert_eq!(found(&index, "roof"), [1]);
            assert_eq!(found(&index, "museum"), [] as [i64; 0]);
            assert_eq!(index.stories().expect("keys"), [1]);
        }
    }

    #[test]
    fn an_index_of_another_database_or_ahead_of_it_is_built_anew() {
        for (identity, revision) in [("two", 100), ("one", 6)] {
            let folder = tempfile::tempdir().expect("a folder");
            open(folder.path()).apply(vec![put(1, "museum")], 7).expect("applied");
            let index = Index::open(folder.path(), identity, revision).expect("an index");
            assert_eq!((index.cursor(), index.count()), (0, 0), "{identity} {revision}");
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
            open(folder.path()).apply(vec![put(1, "museum")], 7).expect("applied");
            fs::write(folder.path().join("notes.txt"), "mine").expect("written");
            damage(folder.path());
            let index = open(folder.path());
            if index.cursor() == 7 {
                // What tantivy mends by itself need not be built anew.
                assert_eq!(found(&index, "museum"), [1], "{number}");
            } else {
                assert_eq!((index.cursor(), index.count()), (0, 0), "{number}");
            }
            index.apply(vec![put(1, "museum")], 8).expect("applied");
            assert_eq!(found(&index, "museum"), [1], "{number}");
            assert!(folder.path().join("notes.txt").exists());
        }
    }

    #[test]
    fn a_lock_held_elsewhere_is_an_error_and_no_reason_to_rebuild() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        index.apply(vec![put(1, "museum")], 7).expect("applied");
        let second = Index::open(folder.path(), "two", 100).err().expect("an error");
        assert!(matches!(second, SearchError::InUse(_)), "{second}");
        assert_eq!(found(&index, "museum"), [1]);
    }

    #[test]
    fn a_writer_that_failed_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let index = open(folder.path());
        *index.writer.lock().expect("a lock") = None;
        index.apply(vec![put(1, "museum")], 7).expect("applied");
        assert_eq!(found(&index, "museum"), [1]);
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
