//! A backup: the whole database in one file, alike for both databases.
//!
//! The file is a zstd stream of lines of JSON: what it is; then for each table a line that names its columns, and a line for
//! each row; at last a digest of all lines before. Rows keep their keys and revisions, so that whatever is made from them is
//! the same to the byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::statement::ROWS_A_STATEMENT;
use super::tables::{Kind, TABLES, Table};
use super::whole::{Snapshot, newest_schema};
use super::{Store, StoreError};
use crate::domain::time::Timestamp;

/// The form of the file that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
/// How much zstd works: its own default, beyond which time grows faster than files shrink.
const COMPRESSION_LEVEL: i32 = 3;
/// The longest line read, in bytes: an entry or a page is shorter, even as base64.
const LINE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The base-2 logarithm of the largest zstd window taken, in bytes.
const WINDOW_LOG_MAX: u32 = 27;
/// Rows are written together until their lines are so long, in bytes.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// The columns of a table as a backup names them, and what each holds.
type Columns = Vec<(&'static str, Kind)>;

/// What the first line of a backup says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The form of the file.
    pub docent_backup: u32,
    /// The number of the last migration of the tables.
    pub schema: i64,
    /// When it was made.
    pub made_at: Timestamp,
    /// How many rows it has, by table.
    pub rows: BTreeMap<String, i64>,
}

/// How far it has come, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows done.
    pub done: u64,
    /// Rows in all.
    pub all: u64,
}

/// Why there is no backup, or none that can be restored.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error("cannot write the backup")]
    Unwritten(#[source] io::Error),
    /// The file is no backup.
    #[error("this is no backup of docent")]
    Foreign,
    /// A newer docent made it.
    #[error(
        "a newer docent made this backup (its tables are of version {schema}, this one knows versions up to {known}); \
         restore it with a docent that is as new"
    )]
    Newer {
        /// Of the backup's tables.
        schema: i64,
        /// Of ours.
        known: i64,
    },
    /// The file is not what was written.
    #[error("the backup is damaged or cut off: {0}")]
    Damaged(String),
    /// There is something where it should go.
    #[error("the database is not empty: there are {rows} rows in the table {table}")]
    NotEmpty {
        /// The first table that has rows.
        table: &'static str,
        /// How many.
        rows: i64,
    },
}

/// The line before a table's rows.
#[derive(Serialize, Deserialize)]
struct TableLine {
    table: String,
    columns: Vec<String>,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct EndLine {
    end: String,
}

impl Store {
    /// Writes everything that there is now into `out`, whatever is written meanwhile.
    pub async fn back_up(
        &self,
        out: impl Write,
        made_at: Timestamp,
        mut progress: impl FnMut(Progress),
    ) -> Result<Header, BackupError> {
        let mut snapshot = Snapshot::begin(&self.db).await?;
        let mut rows = BTreeMap::new();
        for table in TABLES {
            rows.insert(table.name.to_owned(), snapshot.count(table).await?);
        }
        let header = Header {
            docent_backup: FORMAT,
            schema: newest_schema(),
            made_at,
            rows,
        };
        let mut file = Writing::begin(out)?;
        file.line(&header)?;
        let mut reached = Progress::of(&header);
        for table in TABLES {
            let columns = table.columns().into_iter().map(|(name, _)| name.to_owned());
            let table_line = TableLine {
                table: table.name.to_owned(),
                columns: columns.collect(),
            };
            file.line(&table_line)?;
            snapshot
                .each(table, |row| {
                    reached.done += 1;
                    progress(reached);
                    file.line(&row)
                })
                .await?;
        }
        file.end()?;
        Ok(header)
    }

    /// Writes what the backup in `file` holds into this database, which must be empty: all of it or, if anything is wrong,
    /// nothing. The database gets the name `identity`, so that no index takes it for the one that it was made for.
    pub async fn restore(
        &self,
        file: impl Read,
        identity: &str,
        mut progress: impl FnMut(Progress),
    ) -> Result<Header, BackupError> {
        let mut file = Reading::begin(file)?;
        let header = file.header()?;
        // The history is the backup's: this run adds nothing to it.
        let unnamed = Self {
            run: None,
            ..self.clone()
        };
        let (mut write, _) = unnamed.write().await?;
        write.unhurried().await?;
        for table in TABLES.iter().filter(|table| !table.replaced) {
            let rows = write.count(table).await?;
            if rows > 0 {
                let table = table.name;
                return Err(BackupError::NotEmpty { table, rows });
            }
        }
        let mut reached = Progress::of(&header);
        let mut read = BTreeMap::new();
        while let Some((table, columns)) = file.table()? {
            let mut count = 0;
            loop {
                let rows = file.rows(columns.len())?;
                if rows.is_empty() {
                    break;
                }
                count += i64::try_from(rows.len()).unwrap_or(i64::MAX);
                reached.done += rows.len() as u64;
                write.put(table, &columns, rows).await?;
                progress(reached);
            }
            if table.gives_keys {
                write.go_on_with_keys(table).await?;
            }
            read.insert(table.name.to_owned(), count);
        }
        if read != header.rows {
            return Err(BackupError::Damaged(
                "it does not hold the rows that it should".to_owned(),
            ));
        }
        write.run(NAME_ANEW, (identity.to_owned(),)).await?;
        write.commit().await?;
        Ok(header)
    }
}

/// Reads the backup in `file` to its end, and finds nothing wrong with it.
pub fn check(file: impl Read, mut progress: impl FnMut(Progress)) -> Result<Header, BackupError> {
    let mut file = Reading::begin(file)?;
    let header = file.header()?;
    let mut reached = Progress::of(&header);
    let mut read = BTreeMap::new();
    while let Some((table, columns)) = file.table()? {
        let mut count = 0;
        loop {
            let rows = file.rows(columns.len())?.len();
            if rows == 0 {
                break;
            }
            count += i64::try_from(rows).unwrap_or(i64::MAX);
            reached.done += rows as u64;
            progress(reached);
        }
        read.insert(table.name.to_owned(), count);
    }
    if read == header.rows {
        Ok(header)
    } else {
        Err(damaged("it does not hold the rows that it should"))
    }
}

impl Progress {
    fn of(header: &Header) -> Self {
        let all = header.rows.values().sum::<i64>();
        Self {
            done: 0,
            all: u64::try_from(all).unwrap_or(0),
        }
    }
}

/// A backup that is being written.
struct Writing<W: Write> {
    out: zstd::Encoder<'static, W>,
    digest: Sha256,
}

impl<W: Write> Writing<W> {
    fn begin(out: W) -> Result<Self, BackupError> {
        let out = zstd::Encoder::new(out, COMPRESSION_LEVEL).map_err(BackupError::Unwritten)?;
        let digest = Sha256::new();
        Ok(Self { out, digest })
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(line).map_err(|error| BackupError::Unwritten(error.into()))?;
        text.push(b'\n');
        self.digest.update(&text);
        self.out.write_all(&text).map_err(BackupError::Unwritten)
    }

    fn end(mut self) -> Result<(), BackupError> {
        let end = hex(self.digest.clone());
        self.line(&EndLine { end })?;
        let mut out = self.out.finish().map_err(BackupError::Unwritten)?;
        out.flush().map_err(BackupError::Unwritten)
    }
}

/// A backup that is being read. Nothing that it says is believed before its last line was.
struct Reading<R: Read> {
    lines: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    digest: Sha256,
    /// A line that was read and not used yet.
    next: Option<Vec<u8>>,
}

impl<R: Read> Reading<R> {
    fn begin(file: R) -> Result<Self, BackupError> {
        let mut decoder = zstd::Decoder::new(file).map_err(|_| BackupError::Foreign)?;
        decoder
            .window_log_max(WINDOW_LOG_MAX)
            .map_err(|_| BackupError::Foreign)?;
        Ok(Self {
            lines: BufReader::new(decoder),
            digest: Sha256::new(),
            next: None,
        })
    }

    /// The header. A newer form than ours is not read any further: it may say anything.
    fn header(&mut self) -> Result<Header, BackupError> {
        let line = self.line().map_err(|_| BackupError::Foreign)?;
        let header: Header = serde_json::from_slice(&line).map_err(|_| BackupError::Foreign)?;
        let known = newest_schema();
        if header.docent_backup > FORMAT || header.schema > known {
            let schema = header.schema;
            return Err(BackupError::Newer { schema, known });
        }
        Ok(header)
    }

    /// The next table and its columns; none behind the last one, if everything is as it was written.
    fn table(&mut self) -> Result<Option<(&'static Table, Columns)>, BackupError> {
        let before = hex(self.digest.clone());
        let line = self.line()?;
        if let Ok(EndLine { end }) = serde_json::from_slice(&line) {
            let is_over = self.lines.fill_buf().is_ok_and(<[u8]>::is_empty);
            return if end == before && is_over {
                Ok(None)
            } else {
                Err(damaged("its digest is another"))
            };
        }
        let TableLine { table, columns } = serde_json::from_slice(&line).map_err(|_| damaged("a line is odd"))?;
        let table = TABLES.iter().find(|known| known.name == table);
        let table = table.ok_or_else(|| damaged("it has an unknown table"))?;
        let known = table.columns();
        let named = |name: &String| known.iter().copied().find(|(known, _)| known == name);
        let columns: Option<Vec<_>> = columns.iter().map(named).collect();
        let columns = columns.ok_or_else(|| damaged("it has an unknown column"))?;
        Ok(Some((table, columns)))
    }

    /// The next rows of a table, as many as are written together; none behind its last.
    fn rows(&mut self, columns: usize) -> Result<Vec<Vec<Value>>, BackupError> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        while rows.len() < ROWS_A_STATEMENT && bytes < BATCH_BYTES_MAX {
            let line = self.peek()?;
            if !line.starts_with(b"[") {
                break;
            }
            bytes += line.len();
            let line = self.line()?;
            let row: Vec<Value> = serde_json::from_slice(&line).map_err(|_| damaged("a row is odd"))?;
            if row.len() != columns {
                return Err(damaged("a row is too long or too short"));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// A whole line, counted into the digest.
    fn line(&mut self) -> Result<Vec<u8>, BackupError> {
        self.peek()?;
        let line = self.next.take().unwrap_or_default();
        self.digest.update(&line);
        Ok(line)
    }

    fn peek(&mut self) -> Result<&[u8], BackupError> {
        if self.next.is_none() {
            let mut line = Vec::new();
            let read = self.lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
            read.map_err(|error| BackupError::Damaged(error.to_string()))?;
            if !line.ends_with(b"\n") {
                return Err(damaged("it ends before its end"));
            }
            self.next = Some(line);
        }
        Ok(self.next.as_deref().unwrap_or_default())
    }
}

fn damaged(what: &str) -> BackupError {
    BackupError::Damaged(what.to_owned())
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes whatever is written");
        text
    })
}

const NAME_ANEW: &str = "\
insert into fact (name, value) values ('identity', $1) on conflict (name) do update set value = excluded.value";
