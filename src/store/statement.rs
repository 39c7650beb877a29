//! Statements for many rows: made of constants and counted placeholders, of nothing else.

/// Rows in one statement of [`Write::run_many`]: beyond this a longer statement gains nothing measurable.
pub(super) const ROWS_A_STATEMENT: usize = 32;

/// An `insert` of any number of rows, or an `update` from them: what stands before the rows, how many columns each has, what stands behind.
#[derive(Debug, Clone, Copy)]
pub struct Many {
    /// As in `insert into aliases (name, article_id) values`.
    pub head: &'static str,
    /// Parameters a row.
    pub columns: usize,
    /// As in `on conflict (name) do nothing`.
    pub tail: &'static str,
}

/// A `select` for any number of values of one column: what stands before the parenthesis, and what behind.
#[derive(Debug, Clone, Copy)]
pub struct Among {
    /// As in `select name, article_id from alias where name in`.
    pub head: &'static str,
    /// As in `order by name`; empty for most.
    pub tail: &'static str,
}

/// How a database wants the parameters of a long statement written. SQLite looks up each numbered one among those before
/// it, which took 2 % of a poll cycle's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placeholders {
    /// `$1, $2`, as PostgreSQL wants them.
    Numbered,
    /// `?, ?`, as SQLite has them cheapest.
    Plain,
}

impl Placeholders {
    fn push(self, sql: &mut String, place: usize) {
        match self {
            Self::Numbered => {
                sql.push('$');
                sql.push_str(&place.to_string());
            }
            Self::Plain => sql.push('?'),
        }
    }
}

impl Many {
    /// The statement for `rows` rows.
    pub(super) fn sql(&self, rows: usize, placeholders: Placeholders) -> String {
        rows_sql(self.head, (self.columns, rows), self.tail, placeholders)
    }
}

impl Among {
    /// The statement, always with the same number of placeholders, so that one prepared statement serves all lengths.
    pub(super) fn sql(&self, placeholders: Placeholders) -> String {
        let mut sql = String::with_capacity(self.head.len() + self.tail.len() + ROWS_A_STATEMENT * 5 + 4);
        sql.push_str(self.head);
        for value in 1..=ROWS_A_STATEMENT {
            sql.push_str(if value == 1 { " (" } else { ", " });
            placeholders.push(&mut sql, value);
        }
        sql.push_str(") ");
        sql.push_str(self.tail);
        sql
    }
}

/// `head`, placeholders for so many columns and rows, and `tail`: made of what is given and of nothing else.
pub(super) fn rows_sql(head: &str, (columns, rows): (usize, usize), tail: &str, placeholders: Placeholders) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * columns * 6);
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 1..=columns {
            sql.push_str(if column == 1 { "" } else { ", " });
            placeholders.push(&mut sql, row * columns + column);
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// `batch` filled up to the length of a statement by repeating its last value, which changes nothing in what is found.
pub(super) fn padded<T: Clone>(batch: &[T]) -> impl Iterator<Item = (T,)> {
    let filler = batch
        .last()
        .into_iter()
        .cycle()
        .take(ROWS_A_STATEMENT.saturating_sub(batch.len()));
    batch.iter().chain(filler).cloned().map(|value| (value,))
}
