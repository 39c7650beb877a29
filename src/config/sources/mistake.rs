//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;

/// At most so many mistakes are kept; the rest is only counted.
const MISTAKES_MAX: usize = 200;

/// Foreign text in a message is cut to so many characters.
const SHOWN_CHARS_MAX: usize = 100;

/// One mistake. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The line.
    pub line: usize,
    /// The column in it.
    pub column: usize,
    /// The key it is about, as in `link` or `selectors.title`; empty where the file is no TOML at all.
    pub key: String,
    /// What is wrong.
    pub what: String,
}

/// All mistakes of one file in the order of its lines; never empty. Displayed one a line, as compilers do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes {
    /// The file's name.
    pub file: String,
    /// The mistakes.
    pub list: Vec<Mistake>,
    /// How many more there are.
    pub left_out: usize,
}

/// Gathers mistakes while a file is read.
#[derive(Debug)]
pub(super) struct Notes {
    /// Where each line begins, in bytes.
    line_starts: Vec<usize>,
    text: String,
    list: Vec<Mistake>,
    left_out: usize,
}

impl Notes {
    pub(super) fn on(text: &str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            line_starts,
            text: text.to_owned(),
            list: Vec::new(),
            left_out: 0,
        }
    }

    /// Notes that the value of `key`, which stands at the bytes `span`, is wrong.
    pub(super) fn note(&mut self, span: &Range<usize>, key: &str, what: impl Into<String>) {
        if self.list.len() >= MISTAKES_MAX {
            self.left_out += 1;
            return;
        }
        let (line, column) = self.place(span.start);
        self.list.push(Mistake {
            line,
            column,
            key: key.to_owned(),
            what: what.into(),
        });
    }

    /// The line of a byte, and its column.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index))
            .copied()
            .unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count()) + 1;
        (line.max(1), column)
    }

    /// `value` if nothing was noted, else the mistakes.
    pub(super) fn judge<T>(mut self, file: &str, value: T) -> Result<T, Mistakes> {
        if self.list.is_empty() {
            return Ok(value);
        }
        self.list.sort();
        Err(Mistakes {
            file: file.to_owned(),
            list: self.list,
            left_out: self.left_out,
        })
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (
            index,
            Mistake {
                line,
                column,
                key,
                what,
            },
        ) in self.list.iter().enumerate()
        {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{}:{line}:{column}: ", self.file)?;
            if !key.is_empty() {
                write!(out, "{key}: ")?;
            }
            out.write_str(what)?;
        }
        if self.left_out > 0 {
            write!(out, "\n{}: and {} more", self.file, self.left_out)?;
        }
        Ok(())
    }
}

/// `text` in quotes, cut where it is long.
pub(super) fn shown(text: &str) -> String {
    if text.chars().nth(SHOWN_CHARS_MAX).is_none() {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{start:?}…")
}
