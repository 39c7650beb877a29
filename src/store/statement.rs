//! Statements for many rows: made of constants and counted placeholders, of nothing else.

/// Rows in one statement of [`Write::run_many`]: beyond this a longer statement gains nothing measurable.
pub(super) const ROWS_A_STATEMENT: usize = 32;

/// An `insert` of any number of rows: what stands before the rows, how many columns each has, what stands behind.
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

impl Many {
    /// The statement for `rows` rows.
    pub(super) fn sql(&self, rows: usize) -> String {
        rows_sql(self.head, self.columns, rows, self.tail)
    }
}

impl Among {
    /// The statement, always with the same number of placeholders, so that one prepared statement serves all lengths.
    pub(super) fn sql(&self) -> String {
        let mut sql = String::with_capacity(self.head.len() + self.tail.len() + ROWS_A_STATEMENT * 5 + 4);
        sql.push_str(self.head);
        for value in 1..=ROWS_A_STATEMENT {
            sql.push_str(if value == 1 { " ($" } else { ", $" });
            sql.push_str(&value.to_string());
        }
        sql.push_str(") ");
        sql.push_str(self.tail);
        sql
    }
}

/// `head`, `rows` times as many placeholders as there are columns, and `tail`.
pub(super) fn rows_sql(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = String::with_capacity(head.len() + tail.len() + rows * columns * 6);
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 1..=columns {
            let comma = if column == 1 { "$" } else { ", $" };
            sql.push_str(comma);
            sql.push_str(&(row * columns + column).to_string());
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
