//! The verbs of an import. Each locks its row first.

use sha2::{Digest, Sha256};

use super::choices::Choices;
use super::look::{Look, header_digest, look};
use super::mapping::Kind;
use super::reader::Sheet;
use super::rows::Reading;
use super::store::{self, NewImport};
use super::{Counts, Import, Stage};
use crate::audit::{self, Action, Entry, Subject};
use crate::auth::{Can, ImportData};
use crate::cases::Channel;
use crate::complaints::{self, Template};
use crate::db::{Db, Tx};
use crate::error::{Error, FormErrors, Result};
use crate::ids::ImportId;

/// A file as it was sent.
#[derive(Debug, Clone)]
pub struct Upload {
    /// What it is called.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it holds; guessed when not said.
    pub kind: Option<Kind>,
}

/// An upload that was read: made outside the transaction, since a large file takes its time.
#[derive(Debug, Clone)]
pub struct Opened {
    upload: Upload,
    kind: Kind,
    look: Look,
    rows: i32,
    file_digest: [u8; 32],
}

impl Upload {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence for the person who sent it: it is no table, or not about what we know.
    pub fn open(mut self) -> Result<(Opened, Sheet), String> {
        let sheet = super::reader::read(&self.bytes).map_err(|unreadable| unreadable.to_string())?;
        if sheet.rows.is_empty() && sheet.refused.is_empty() {
            return Err("The file has column names and no rows.".to_owned());
        }
        let rows = i32::try_from(sheet.rows.len() + sheet.refused.len()).map_err(|_| "The file has too many rows.")?;
        self.file_name = plain_name(&self.file_name);
        let (kind, look) = look(&sheet, &self.file_name, self.kind)?;
        let file_digest = Sha256::digest(&self.bytes).into();
        Ok((Opened { upload: self, kind, look, rows, file_digest }, sheet))
    }
}

/// A file's name without its folders, as it can be shown and kept.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
    if name.trim().is_empty() { "file.csv".to_owned() } else { name }
}

/// Keeps a file. Its columns are matched as they were last time, or by a guess.
///
/// # Errors
/// When the database refuses.
pub async fn upload(tx: &mut Tx, _: &Can<ImportData>, opened: Opened) -> Result<ImportId> {
    let Opened { upload, kind, look, rows, file_digest } = opened;
    let header_digest = header_digest(&look.header);
    let guessed = look.guesses.get(kind.name()).cloned().unwrap_or_default();
    let choices = match store::remembered(tx, kind, &header_digest).await? {
        Some(remembered) => remembered,
        None => guessed,
    };
    let id = ImportId::new();
    store::insert(
        tx,
        NewImport {
            id,
            kind,
            file_name: &upload.file_name,
            file: &upload.bytes,
            file_digest: &file_digest,
            look: &look,
            choices: &choices,
            header_digest: &header_digest,
            rows_total: rows,
        },
    )
    .await?;
    let entry = Entry::new(Action::ImportUploaded, Subject::Import(id))
        .fact("kind", kind.name())
        .fact("rows", rows)
        .fact("bytes", upload.bytes.len())
        .fact("sha256", hex::encode(file_digest));
    audit::record(tx, entry).await?;
    Ok(id)
}

/// Choices that leave nothing open.
#[derive(Debug, Clone)]
pub struct Decided {
    import: ImportId,
    kind: Kind,
    choices: Choices,
}

/// Finds out whether anything is left to be decided about a file: made outside the transaction, since a large file
/// takes its time.
///
/// # Errors
/// `Invalid` with what is still to be decided, beside its field.
pub async fn decide(db: &Db, _: &Can<ImportData>, import: ImportId, kind: Kind, choices: Choices) -> Result<Decided> {
    let mut connection = db.read().await?;
    let file = store::file(&mut connection, import).await?;
    let terms = complaints::templates(&mut connection).await?;
    drop(connection);
    let at = db.now();
    let decided = tokio::task::spawn_blocking(move || {
        let sheet = super::reader::read(&file).map_err(|not| FormErrors::of("", not.to_string()))?;
        let mut errors = Reading::new(kind, &sheet, &choices, at).err().unwrap_or_default();
        check_terms(&mut errors, kind, &choices, &terms);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok::<_, FormErrors>(Decided { import, kind, choices })
    });
    Ok(decided.await.map_err(anyhow::Error::from)??)
}

/// On which terms complaints are answered has to be chosen where their source has several.
fn check_terms(errors: &mut FormErrors, kind: Kind, choices: &Choices, terms: &[Template]) {
    let channel = choices.answers.channel.as_deref().and_then(Channel::from_name);
    let Some(source) = channel.filter(|source| kind == Kind::Cases && source.brings_complaints()) else { return };
    let chosen = choices.answers.terms.as_deref();
    let named = terms.iter().any(|one| one.active && one.source == source && Some(one.code.as_str()) == chosen);
    if !named && complaints::only(terms, source).is_none() {
        errors.add("terms", format!("Choose on which terms {} complaints are answered.", source.label()));
    }
}

/// Takes the choices and begins to check the rows. Nothing is changed by a check.
///
/// # Errors
/// A refusal when it is being worked on.
pub async fn check(tx: &mut Tx, _: &Can<ImportData>, decided: Decided) -> Result<Import> {
    let Decided { import, kind, choices } = decided;
    let mut import = store::lock(tx, import).await?;
    require(import.stage.is_open(), "The choices of this import are made. Its page shows how far it is.")?;
    // the day a file speaks of is this file's own
    let mut lasting = choices.clone();
    lasting.answers.as_of = None;
    store::remember(tx, kind, &import.header_digest, &lasting).await?;
    import.kind = kind;
    import.choices = choices;
    import.stage = Stage::Checking;
    begin(tx, &mut import, true).await?;
    let entry = Entry::new(Action::ImportChecked, Subject::Import(import.id)).fact("kind", kind.name());
    audit::record(tx, entry).await?;
    tell(tx, import.id);
    Ok(import)
}

/// Begins to bring the rows in, or goes on where a run stopped.
///
/// # Errors
/// A refusal when it was not checked, or runs already.
pub async fn start(tx: &mut Tx, _: &Can<ImportData>, import: ImportId) -> Result<Import> {
    let mut import = store::lock(tx, import).await?;
    require(
        matches!(import.stage, Stage::Checked | Stage::Failed),
        "This import was started before. Its page shows how far it is.",
    )?;
    let goes_on = import.stage == Stage::Failed;
    import.stage = Stage::Running;
    import.failure = None;
    if goes_on {
        store::begin(tx, import.id, false).await?;
        store::save(tx, &mut import).await?;
    } else {
        begin(tx, &mut import, false).await?;
    }
    let entry = Entry::new(Action::ImportStarted, Subject::Import(import.id))
        .fact("kind", import.kind.name())
        .fact("rows", import.rows_total)
        .fact("goes_on", goes_on);
    audit::record(tx, entry).await?;
    tell(tx, import.id);
    Ok(import)
}

async fn begin(tx: &mut Tx, import: &mut Import, dry: bool) -> Result<()> {
    import.started_at = Some(tx.now());
    import.counts = Counts::default();
    store::forget_rows(tx, import.id).await?;
    store::begin(tx, import.id, dry).await?;
    store::save(tx, import).await
}

/// Throws a file away that was not brought in.
///
/// # Errors
/// A refusal when it was.
pub async fn discard(tx: &mut Tx, _: &Can<ImportData>, import: ImportId) -> Result<()> {
    let import = store::lock(tx, import).await?;
    require(import.stage.is_open(), "Rows of this file were brought in, so it stays on record.")?;
    store::delete(tx, import.id).await?;
    let entry = Entry::new(Action::ImportDiscarded, Subject::Import(import.id)).fact("rows", import.rows_total);
    audit::record(tx, entry).await?;
    tell(tx, import.id);
    Ok(())
}

fn require(allowed: bool, otherwise: &str) -> Result<()> {
    if allowed { Ok(()) } else { Err(Error::refused(otherwise)) }
}

/// Tells the pages that show the import, and the list.
pub(super) fn tell(tx: &mut Tx, import: ImportId) {
    tx.tell(format!("import:{import}"));
    tx.tell("imports");
}
