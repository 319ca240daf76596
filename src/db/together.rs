//! Several questions in one statement. Each is written, checked and owned where its table is; a page that needs several
//! at once asks them together, which costs one round trip and one statement instead of one for each.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, PgConnection, Postgres, Row, Type};

use crate::error::{Error, Result};

/// A question: a statement that only reads, with its values. Made by [`part!`](crate::db::part).
pub struct Part<T> {
    sql: &'static str,
    values: Vec<Value>,
    read: Read<T>,
}

type Value = Box<dyn FnOnce(&mut PgArguments) -> Result<(), sqlx::error::BoxDynError> + Send>;
type Read<T> = Box<dyn FnOnce(&str) -> Result<Vec<T>> + Send>;

impl<T: DeserializeOwned + 'static> Part<T> {
    /// A statement whose columns are the fields of `T`.
    #[must_use]
    pub fn new(sql: &'static str) -> Self {
        let read = |text: &str| serde_json::from_str(text).map_err(|error| Error::Internal(error.into()));
        Self { sql, values: Vec::new(), read: Box::new(read) }
    }
}

impl<T: 'static> Part<T> {
    /// The next value.
    #[must_use]
    pub fn bind<V>(mut self, value: V) -> Self
    where
        V: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send + 'static,
    {
        self.values.push(Box::new(|arguments| arguments.add(value)));
        self
    }

    /// What is made of each row.
    #[must_use]
    pub fn then<U>(self, make: impl Fn(T) -> Result<U> + Send + 'static) -> Part<U> {
        let read = self.read;
        Part {
            sql: self.sql,
            values: self.values,
            read: Box::new(move |text| read(text)?.into_iter().map(make).collect()),
        }
    }

    /// Every row, asked alone.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn all(self, connection: &mut PgConnection) -> Result<Vec<T>> {
        Ok(together(connection, (self,)).await?.0)
    }

    /// The first row, asked alone.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn one(self, connection: &mut PgConnection) -> Result<T> {
        first(self.all(connection).await?)
    }
}

/// The first row of an answer.
///
/// # Errors
/// `NotFound` when there is none.
pub fn first<T>(rows: Vec<T>) -> Result<T> {
    rows.into_iter().next().ok_or(Error::NotFound)
}

/// Makes a [`Part`] of a row type and a statement as `query_as!` takes them, and has it checked against the schema in
/// the same way. The values are names, with the type that stands for the column's where it is one of ours.
macro_rules! part {
    ($row:ty, $sql:tt $(+ $more:tt)* $(, $value:ident $(as $of:ty)?)* $(,)?) => {{
        let part = $crate::db::Part::<$row>::new(concat!($sql $(, $more)*))$(.bind(Clone::clone(&$value)))*;
        if false {
            // never run: this is what checks it
            drop(sqlx::query_as!($row, $sql $(+ $more)* $(, $value $(as $of)?)*));
        }
        part
    }};
}
pub(crate) use part;

/// What may stand among questions that are asked together: a question, or none where it is not asked.
pub trait Asked {
    /// What it is answered with.
    type Answer;

    #[doc(hidden)]
    fn write(&mut self, sql: &mut String, arguments: &mut PgArguments, columns: &mut usize) -> Result<()>;

    #[doc(hidden)]
    fn read(self, row: Option<&PgRow>, columns: &mut usize) -> Result<Self::Answer>;
}

impl<T> Asked for Part<T> {
    type Answer = Vec<T>;

    fn write(&mut self, sql: &mut String, arguments: &mut PgArguments, columns: &mut usize) -> Result<()> {
        sql.push_str(if *columns == 0 { "select " } else { ", " });
        sql.push_str("coalesce((select json_agg(x) from (");
        push(sql, self.sql, arguments.len());
        sql.push_str(") x)::text, '[]')");
        *columns += 1;
        for value in self.values.drain(..) {
            value(arguments).map_err(|error| Error::Internal(anyhow::anyhow!(error)))?;
        }
        Ok(())
    }

    fn read(self, row: Option<&PgRow>, columns: &mut usize) -> Result<Vec<T>> {
        let text: &str = row.ok_or(sqlx::Error::RowNotFound)?.try_get(*columns)?;
        *columns += 1;
        (self.read)(text)
    }
}

impl<A: Asked> Asked for Option<A>
where
    A::Answer: Default,
{
    type Answer = A::Answer;

    fn write(&mut self, sql: &mut String, arguments: &mut PgArguments, columns: &mut usize) -> Result<()> {
        self.as_mut().map_or(Ok(()), |part| part.write(sql, arguments, columns))
    }

    fn read(self, row: Option<&PgRow>, columns: &mut usize) -> Result<A::Answer> {
        self.map_or_else(|| Ok(A::Answer::default()), |part| part.read(row, columns))
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name: Asked),+> Asked for ($($name,)+) {
            type Answer = ($($name::Answer,)+);

            #[expect(non_snake_case, reason = "the parts are named as their types")]
            fn write(&mut self, sql: &mut String, arguments: &mut PgArguments, columns: &mut usize) -> Result<()> {
                let ($($name,)+) = self;
                $($name.write(sql, arguments, columns)?;)+
                Ok(())
            }

            #[expect(non_snake_case, reason = "the parts are named as their types")]
            fn read(self, row: Option<&PgRow>, columns: &mut usize) -> Result<Self::Answer> {
                let ($($name,)+) = self;
                Ok(($($name.read(row, columns)?,)+))
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

/// Asks all of it in one statement: a tuple of questions, or of such tuples.
///
/// # Errors
/// When the database cannot be read.
pub async fn together<A: Asked>(connection: &mut PgConnection, mut asked: A) -> Result<A::Answer> {
    let (mut sql, mut arguments, mut columns) = (String::new(), PgArguments::default(), 0);
    asked.write(&mut sql, &mut arguments, &mut columns)?;
    if columns == 0 {
        return asked.read(None, &mut 0);
    }
    // every piece of it is text of ours; what people type goes in as values
    let row = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_one(connection).await?;
    asked.read(Some(&row), &mut 0)
}

/// Adds a statement whose values follow so many others, its columns by their bare names: `"id: CaseId"` is `"id"`.
fn push(sql: &mut String, text: &str, before: usize) {
    let mut rest = text;
    while let Some(at) = rest.find(['"', '$', '\'', '-']) {
        let (plain, mark) = rest.split_at(at);
        sql.push_str(plain);
        let inside = &mark[1..];
        let taken = match mark.as_bytes()[0] {
            b'$' => {
                let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
                let number: usize = inside[..digits].parse().unwrap_or_default();
                sql.push('$');
                sql.push_str(&(number + before).to_string());
                digits
            }
            b'"' => {
                let name = inside.find('"').unwrap_or(inside.len());
                let bare = inside[..name].split([':', '!', '?']).next().unwrap_or_default();
                sql.push('"');
                sql.push_str(bare);
                sql.push('"');
                name + 1
            }
            b'\'' => {
                let end = inside.find('\'').map_or(inside.len(), |end| end + 1);
                sql.push('\'');
                sql.push_str(&inside[..end]);
                end
            }
            _ if inside.starts_with('-') => inside.find('\n').unwrap_or(inside.len()),
            _ => {
                sql.push('-');
                0
            }
        };
        rest = inside.get(taken..).unwrap_or_default();
    }
    sql.push_str(rest);
}

/// A question that is of one kind only by name.
impl<T> std::fmt::Debug for Part<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("sql", &self.sql).field("of", &PhantomData::<T>).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_on_and_names_are_bare() {
        let mut sql = String::new();
        let text =
            "select id as \"id: CaseId\", n - 1 as \"n!\", '$1: \"x?\"' -- $1's own\nfrom t where a = $1 and b = $12";
        push(&mut sql, text, 3);
        assert_eq!(sql, "select id as \"id\", n - 1 as \"n\", '$1: \"x?\"' \nfrom t where a = $4 and b = $15");
    }
}
