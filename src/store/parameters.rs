//! Tuples as the parameters of a statement, for both databases.

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Postgres, Sqlite, Type};

/// A tuple whose members can be sent to both databases.
pub trait Parameters: Send {
    /// Adds the members to the arguments of a SQLite statement.
    fn to_sqlite(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::error::BoxDynError>;
    /// Adds the members to the arguments of a PostgreSQL statement.
    fn to_postgres(self, arguments: &mut PgArguments) -> Result<(), sqlx::error::BoxDynError>;
}

/// Two tuples, one behind the other: for rows that are wider than a tuple.
#[derive(Debug, Clone)]
pub struct And<A, B>(pub A, pub B);

impl<A: Parameters, B: Parameters> Parameters for And<A, B> {
    fn to_sqlite(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::error::BoxDynError> {
        self.0.to_sqlite(arguments)?;
        self.1.to_sqlite(arguments)
    }

    fn to_postgres(self, arguments: &mut PgArguments) -> Result<(), sqlx::error::BoxDynError> {
        self.0.to_postgres(arguments)?;
        self.1.to_postgres(arguments)
    }
}

/// The arguments of one of the two drivers.
pub(super) trait Binder: Default {
    fn bind(&mut self, parameters: impl Parameters) -> Result<(), sqlx::error::BoxDynError>;
}

impl Binder for SqliteArguments {
    fn bind(&mut self, parameters: impl Parameters) -> Result<(), sqlx::error::BoxDynError> {
        parameters.to_sqlite(self)
    }
}

impl Binder for PgArguments {
    fn bind(&mut self, parameters: impl Parameters) -> Result<(), sqlx::error::BoxDynError> {
        parameters.to_postgres(self)
    }
}
/// The arguments of a statement that takes each of `rows`, one after the other.
pub(super) fn each<P: Parameters, A: Binder>(rows: impl IntoIterator<Item = P>) -> Result<A, sqlx::Error> {
    let mut arguments = A::default();
    for row in rows {
        arguments.bind(row).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(super) fn sqlite(parameters: impl Parameters) -> Result<SqliteArguments, sqlx::Error> {
    each([parameters])
}

pub(super) fn postgres(parameters: impl Parameters) -> Result<PgArguments, sqlx::Error> {
    each([parameters])
}

macro_rules! parameters {
    ($($member:ident),*) => {
        impl<$($member),*> Parameters for ($($member,)*)
        where
            $($member: Send
                + for<'q> Encode<'q, Sqlite> + Type<Sqlite>
                + for<'q> Encode<'q, Postgres> + Type<Postgres>,)*
        {
            #[expect(non_snake_case, reason = "the members are named by their types")]
            fn to_sqlite(self, arguments: &mut SqliteArguments) -> Result<(), sqlx::error::BoxDynError> {
                let ($($member,)*) = self;
                $(Arguments::add(arguments, $member)?;)*
                Ok(())
            }

            #[expect(non_snake_case, reason = "the members are named by their types")]
            fn to_postgres(self, arguments: &mut PgArguments) -> Result<(), sqlx::error::BoxDynError> {
                let ($($member,)*) = self;
                $(Arguments::add(arguments, $member)?;)*
                Ok(())
            }
        }
    };
}

impl Parameters for () {
    fn to_sqlite(self, _: &mut SqliteArguments) -> Result<(), sqlx::error::BoxDynError> {
        Ok(())
    }

    fn to_postgres(self, _: &mut PgArguments) -> Result<(), sqlx::error::BoxDynError> {
        Ok(())
    }
}

/// One implementation for each length, from the whole list down to one member.
macro_rules! parameters_of_each_length {
    ($first:ident $(, $rest:ident)*) => {
        parameters!($first $(, $rest)*);
        parameters_of_each_length!($($rest),*);
    };
    () => {};
}

parameters_of_each_length!(
    A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z
);
