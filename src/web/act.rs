//! Doing what a form asks for, or saying why it is shown again.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::answer::Answer;
use crate::auth::Actor;
use crate::db::{Once, Tx};
use crate::error::{Error, FormErrors, Result};

/// A form that was not done and is shown again, as things stand now.
#[derive(Debug)]
pub struct NotDone {
    /// 422 where something is wrong with what was typed, 409 where the rules or somebody else stand against it.
    pub status: StatusCode,
    /// What is wrong, or why it was refused.
    pub errors: FormErrors,
}

impl App {
    /// Does what a form asks for, once (R7), with what was read of it, and goes where the answer says.
    ///
    /// # Errors
    /// `Done` with the first answer when the form was sent before; whatever fails without a sentence for its sender.
    pub async fn act<T>(
        &self,
        actor: &Actor,
        once: &Once,
        read: Result<T, FormErrors>,
        work: impl AsyncFnOnce(&mut Tx, T) -> Result<Answer>,
    ) -> Result<Result<Response, NotDone>> {
        Ok(match self.attempt(actor, once, read, work).await? {
            Ok((tx, answer)) => Ok(tx.finish(answer).await?.into_response()),
            Err(not_done) => Err(not_done),
        })
    }

    /// The same up to what came of it: the caller finishes the transaction, or drops what was done in it.
    ///
    /// # Errors
    /// As [`App::act`].
    pub async fn attempt<T, W>(
        &self,
        actor: &Actor,
        once: &Once,
        read: Result<T, FormErrors>,
        work: impl AsyncFnOnce(&mut Tx, T) -> Result<W>,
    ) -> Result<Result<(Tx, W), NotDone>> {
        let read = match read {
            Ok(read) => read,
            Err(errors) => return Ok(Err(NotDone { status: StatusCode::UNPROCESSABLE_ENTITY, errors })),
        };
        let mut tx = self.begin(actor, once).await?;
        match work(&mut tx, read).await {
            Ok(done) => Ok(Ok((tx, done))),
            Err(Error::Refused(why)) => {
                Ok(Err(NotDone { status: StatusCode::CONFLICT, errors: FormErrors::of("", why) }))
            }
            Err(error) => Err(error),
        }
    }
}
