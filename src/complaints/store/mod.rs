//! Complaints as rows: read whole in one statement, saved piece by piece.

mod lists;
mod responses;
mod taking;
mod terms;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{ActionTaken, Allegation, Complainant, Complaint, Ended, How, Round, Stage};
use crate::db::{Part, Tx, part};
use crate::error::Result;
use crate::ids::{CaseId, ComplaintEntryId, ComplaintId, CustomerId, UserId};
use terms::TemplateRow;

pub(super) use lists::{Filter, Listed, counts, page};
pub(super) use responses::{
    delete_action, delete_allegation, details_of, insert_action, insert_allegation, insert_extension, insert_round,
    insert_signature, reviewers, save_allegation, save_due, save_letter, save_sent, things_done,
};
pub use taking::{find_by_ref, known_refs};
pub(super) use taking::{insert, refs_of_case};
pub use terms::templates;
pub(super) use terms::{insert_template, versions};

#[derive(Deserialize)]
struct Row {
    id: ComplaintId,
    case: CaseId,
    case_number: i64,
    owner: Option<UserId>,
    customer: CustomerId,
    customer_name: String,
    unknown: bool,
    template: Json<TemplateRow>,
    external_ref: Option<String>,
    public: bool,
    complainant: String,
    email: String,
    phone: String,
    place: String,
    stage: Stage,
    round: i16,
    revision: i32,
    reviewer: Option<UserId>,
    reviewer_name: Option<String>,
    taken_in_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    ended_how: Option<How>,
    ended_because: String,
    version: i64,
    rounds: Json<Vec<Round>>,
    allegations: Json<Vec<Allegation>>,
    actions: Json<Vec<ActionTaken>>,
}

impl Row {
    fn read(self) -> Result<Complaint> {
        let ended = self.ended_at.zip(self.ended_how);
        Ok(Complaint {
            id: self.id,
            case: self.case,
            case_number: self.case_number,
            owner: self.owner,
            customer: self.customer,
            customer_name: self.customer_name,
            unknown: self.unknown,
            template: self.template.0.read()?,
            external_ref: self.external_ref,
            public: self.public,
            complainant: Complainant {
                name: self.complainant,
                email: self.email,
                phone: self.phone,
                place: self.place,
            },
            stage: self.stage,
            round: u8::try_from(self.round).unwrap_or(1),
            revision: self.revision,
            reviewer: self.reviewer.zip(self.reviewer_name),
            taken_in_at: self.taken_in_at,
            ended: ended.map(|(at, how)| Ended { at, how, because: self.ended_because }),
            version: self.version,
            rounds: self.rounds.0,
            allegations: self.allegations.0,
            actions: self.actions.0,
        })
    }
}

/// The complaints that a condition picks, the newest first, each with all that was written of it.
macro_rules! complaints {
    ($which:tt, $value:ident as $of:ty) => {
        part!(
            Row,
            r#"
            select c.id as "id: ComplaintId", c.case_id as "case: CaseId", k.number as case_number,
                k.owner_id as "owner: UserId", c.customer_id as "customer: CustomerId", cu.name as customer_name,
                c.unknown, to_jsonb(t) || jsonb_build_object('published_by', null) as "template!: Json<TemplateRow>",
                c.external_ref, c.public, c.complainant, c.email, c.phone, c.place, c.stage as "stage: Stage", c.round,
                c.revision, c.reviewer_id as "reviewer: UserId", rv.name as "reviewer_name?", c.taken_in_at, c.ended_at,
                c.ended_how as "ended_how: How", c.ended_because, c.version,
                coalesce((
                    select jsonb_agg(to_jsonb(r) || jsonb_build_object('signed_at', s.at, 'signed_by', su.name,
                        'sent_by', se.name, 'extended_because', e.why, 'authors', coalesce((
                            select jsonb_agg(distinct jsonb_build_object('id', w.by_id, 'name', wu.name))
                            from complaint_entries w
                            join users wu on wu.id = w.by_id
                            where w.complaint_id = c.id and w.round = r.round and w.what in ('wrote', 'review_asked')
                        ), '[]')) order by r.round)
                    from complaint_rounds r
                    left join complaint_signatures s on s.complaint_id = r.complaint_id and s.round = r.round
                        and s.revision = coalesce(r.signed_revision, c.revision)
                    left join users su on su.id = s.by_id
                    left join users se on se.id = r.sent_by_id
                    left join complaint_extensions e on e.complaint_id = r.complaint_id and e.round = r.round
                    where r.complaint_id = c.id
                ), '[]') as "rounds!: Json<Vec<Round>>",
                coalesce((
                    select jsonb_agg(to_jsonb(a) order by a.round, a.position, a.id)
                    from complaint_allegations a
                    where a.complaint_id = c.id
                ), '[]') as "allegations!: Json<Vec<Allegation>>",
                coalesce((
                    select jsonb_agg(to_jsonb(d) || jsonb_build_object('promise', p.what, 'offer', o.number)
                        order by d.round, d.position, d.id)
                    from complaint_actions d
                    left join promises p on p.id = d.promise_id
                    left join offers o on o.id = d.offer_id
                    where d.complaint_id = c.id
                ), '[]') as "actions!: Json<Vec<ActionTaken>>"
            from complaints c
            join cases k on k.id = c.case_id
            join customers cu on cu.id = c.customer_id
            join complaint_templates t on t.id = c.template_id
            left join users rv on rv.id = c.reviewer_id
            "# + $which + r#"
            order by c.taken_in_at desc, c.id desc
            limit 20
            "#,
            $value as $of,
        )
        .then(Row::read)
    };
}

/// A complaint.
///
/// # Errors
/// `NotFound` when there is none.
pub async fn find(connection: &mut PgConnection, complaint: ComplaintId) -> Result<Complaint> {
    complaints!("where c.id = $1", complaint as ComplaintId).one(connection).await
}

/// The complaints of a case, the newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn of_case(connection: &mut PgConnection, case: CaseId) -> Result<Vec<Complaint>> {
    of_case_part(case).all(connection).await
}

/// The same, to be asked with others.
#[must_use]
pub fn of_case_part(case: CaseId) -> Part<Complaint> {
    complaints!("where c.case_id = $1", case as CaseId)
}

pub(super) async fn lock(tx: &mut Tx, complaint: ComplaintId) -> Result<Complaint> {
    sqlx::query_scalar!("select version from complaints where id = $1 for no key update", complaint as ComplaintId)
        .fetch_one(&mut **tx)
        .await?;
    find(tx, complaint).await
}

/// Saves where a complaint stands, one version further.
pub(super) async fn save(tx: &mut Tx, complaint: &mut Complaint) -> Result<()> {
    let ended_by = complaint.ended.as_ref().and(tx.by());
    sqlx::query!(
        "
        update complaints
        set case_id = $2, customer_id = $3, unknown = $4, stage = $5, round = $6, revision = $7, reviewer_id = $8,
            ended_by_id = case when ended_at is distinct from $9 then $12 else ended_by_id end, ended_at = $9,
            ended_how = $10, ended_because = $11, version = version + 1
        where id = $1
        ",
        complaint.id as ComplaintId,
        complaint.case as CaseId,
        complaint.customer as CustomerId,
        complaint.unknown,
        complaint.stage.name(),
        i16::from(complaint.round),
        complaint.revision,
        complaint.reviewer.as_ref().map(|(id, _)| *id) as Option<UserId>,
        complaint.ended.as_ref().map(|ended| ended.at),
        complaint.ended.as_ref().map(|ended| ended.how.name()),
        complaint.ended.as_ref().map_or("", |ended| ended.because.as_str()),
        ended_by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    complaint.version += 1;
    Ok(())
}

/// One line of what became of a complaint.
pub(super) async fn note(tx: &mut Tx, complaint: &Complaint, what: &str, words: &str) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into complaint_entries (id, complaint_id, at, by_id, what, round, revision, words)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        ",
        ComplaintEntryId::new() as ComplaintEntryId,
        complaint.id as ComplaintId,
        at,
        by as Option<UserId>,
        what,
        i16::from(complaint.round),
        complaint.revision,
        words,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
