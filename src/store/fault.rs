//! What a failure of the database means to whoever asked: the one place that knows the codes of both.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// The low byte of a SQLite code tells its kind, the rest its particulars.
const SQLITE_KIND: i32 = 0xff;

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// What was to be written exists already.
    Taken,
    /// The database is lost, busy or overloaded: the same may succeed later.
    Away,
    /// There is no space left where the database writes.
    Full,
    /// Anything else: asking again would fail again.
    Other,
}

impl Fault {
    /// The meaning of `error`.
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) if is_full(error) => Self::Full,
            // The last two: what a connection says that ends while it begins, as with a server that restarts.
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_) => Self::Away,
            sqlx::Error::Database(error) if error.kind() == ErrorKind::UniqueViolation => Self::Taken,
            sqlx::Error::Database(error) => of_code(&**error),
            _ => Self::Other,
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};

    matches!(error.kind(), StorageFull | QuotaExceeded)
}

fn of_code(error: &(dyn DatabaseError + 'static)) -> Fault {
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        return of_postgres(error.code());
    }
    let code = error.try_downcast_ref::<SqliteError>().and_then(DatabaseError::code);
    code.and_then(|code| code.parse().ok()).map_or(Fault::Other, of_sqlite)
}

/// By SQLSTATE: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> Fault {
    match code {
        // disk_full
        "53100" => Fault::Full,
        // admin_shutdown, crash_shutdown, cannot_connect_now; serialization_failure, deadlock_detected, lock_not_available,
        // query_canceled
        "57P01" | "57P02" | "57P03" | "40001" | "40P01" | "55P03" | "57014" => Fault::Away,
        // The classes connection_exception and insufficient_resources.
        code if code.starts_with("08") || code.starts_with("53") => Fault::Away,
        _ => Fault::Other,
    }
}

/// By extended result code: <https://www.sqlite.org/rescode.html>.
fn of_sqlite(code: i32) -> Fault {
    match (code, code & SQLITE_KIND) {
        // SQLITE_IOERR_SHMSIZE, as the write-ahead log says it, and SQLITE_FULL
        (4874, _) | (_, 13) => Fault::Full,
        // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR
        (_, 5 | 6 | 10) => Fault::Away,
        _ => Fault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_postgresql_tell_what_can_be_tried_again() {
        for (code, fault) in [
            ("57P01", Fault::Away),
            ("57P02", Fault::Away),
            ("57P03", Fault::Away),
            ("57014", Fault::Away),
            ("53000", Fault::Away),
            ("53100", Fault::Full),
            ("53200", Fault::Away),
            ("53300", Fault::Away),
            ("40001", Fault::Away),
            ("40P01", Fault::Away),
            ("55P03", Fault::Away),
            ("08000", Fault::Away),
            ("08006", Fault::Away),
            ("42601", Fault::Other),
            ("22001", Fault::Other),
            ("", Fault::Other),
        ] {
            assert_eq!(of_postgres(code), fault, "{code:?}");
        }
    }

    #[test]
    fn the_codes_of_sqlite_tell_what_can_be_tried_again() {
        for (code, fault) in [
            (5, Fault::Away),
            (517, Fault::Away),
            (6, Fault::Away),
            (10, Fault::Away),
            (778, Fault::Away),
            (13, Fault::Full),
            (4874, Fault::Full),
            (1, Fault::Other),
            (11, Fault::Other),
            (14, Fault::Other),
        ] {
            assert_eq!(of_sqlite(code), fault, "{code}");
        }
    }

    #[test]
    fn failures_before_the_database_can_be_tried_again() {
        let io = |kind: std::io::ErrorKind| sqlx::Error::Io(kind.into());
        for (error, fault) in [
            (sqlx::Error::PoolTimedOut, Fault::Away),
            (sqlx::Error::PoolClosed, Fault::Away),
            (io(std::io::ErrorKind::UnexpectedEof), Fault::Away),
            (
                sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".to_owned()),
                Fault::Away,
            ),
            (io(std::io::ErrorKind::StorageFull), Fault::Full),
            (io(std::io::ErrorKind::QuotaExceeded), Fault::Full),
            (sqlx::Error::RowNotFound, Fault::Other),
        ] {
            assert_eq!(Fault::of(&error), fault, "{error}");
        }
    }
}
