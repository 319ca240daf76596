//! Samples, their cases, and the share of "other".

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;

use super::{NewSample, Recoding, Sample};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CaseId, SampleId, UserId};
use crate::money::{Currency, Money};

pub(super) async fn insert(tx: &mut Tx, sample: SampleId, new: &NewSample) -> Result<()> {
    let (at, by) = (tx.now(), tx.by());
    sqlx::query!(
        "
        insert into recoding_samples (id, from_day, until_day, zone, seed, asked, drawn_at, drawn_by_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        ",
        sample as SampleId,
        new.from_day,
        new.until_day,
        new.zone.name(),
        new.seed,
        new.asked,
        at,
        by as Option<UserId>,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Draws the cases: those whose digest with the seed comes first, so that it can be drawn again. Who coded a case is who
/// last changed its reason, or else who opened it with one.
pub(super) async fn fill(tx: &mut Tx, sample: SampleId, new: &NewSample) -> Result<u64> {
    let filled = sqlx::query!(
        "
        insert into recodings (sample_id, case_id, position, coded, coded_by_id)
        select $1, drawn.id, row_number() over (order by drawn.place), drawn.reason,
            case when h.id is null then drawn.opened_by_id else h.by_id end
        from (
            select c.id, c.reason, c.opened_by_id, md5($4::bigint || ':' || c.id) as place
            from cases c
            where c.stage = 'closed' and c.closed_at >= $2 and c.closed_at < $3 and c.outcome <> 'duplicate'
            order by md5($4::bigint || ':' || c.id)
            limit $5
        ) drawn
        left join lateral (
            select id, by_id
            from case_changes
            where case_id = drawn.id and field = 'reason'
            order by at desc, id desc
            limit 1
        ) h on true
        ",
        sample as SampleId,
        new.span.0,
        new.span.1,
        new.seed,
        i64::from(new.asked),
    )
    .execute(&mut **tx)
    .await?;
    Ok(filled.rows_affected())
}

/// One case of a sample, held.
pub(super) async fn lock(tx: &mut Tx, sample: SampleId, case: CaseId) -> Result<Recoding> {
    Ok(sqlx::query_as!(
        Recoding,
        r#"
        select case_id as "case: CaseId", coded, coded_by_id as "coded_by: UserId", recoded
        from recodings
        where sample_id = $1 and case_id = $2
        for update
        "#,
        sample as SampleId,
        case as CaseId,
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// One case of a sample.
pub(super) async fn find_case(connection: &mut PgConnection, sample: SampleId, case: CaseId) -> Result<Recoding> {
    Ok(sqlx::query_as!(
        Recoding,
        r#"
        select case_id as "case: CaseId", coded, coded_by_id as "coded_by: UserId", recoded
        from recodings
        where sample_id = $1 and case_id = $2
        "#,
        sample as SampleId,
        case as CaseId,
    )
    .fetch_one(connection)
    .await?)
}

pub(super) async fn save(tx: &mut Tx, sample: SampleId, case: CaseId, reason: &str, by: UserId) -> Result<()> {
    let at = tx.now();
    sqlx::query!(
        "
        update recodings
        set recoded = $3, recoded_at = $4, recoded_by_id = $5
        where sample_id = $1 and case_id = $2
        ",
        sample as SampleId,
        case as CaseId,
        reason,
        at,
        by as UserId,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Samples, newest first.
pub(super) async fn list(
    connection: &mut PgConnection,
    after: Option<(DateTime<Utc>, SampleId)>,
    limit: i64,
) -> Result<Vec<Sample>> {
    let (at, id) = after.unzip();
    Ok(sqlx::query_as!(
        Sample,
        r#"
        select s.id as "id: SampleId", s.from_day, s.until_day, s.seed, s.drawn_at, u.name as "drawn_by?",
            count(r.case_id) as "cases!", count(r.recoded) as "done!",
            count(*) filter (where r.recoded = r.coded) as "agreed!"
        from (
            select *
            from recoding_samples
            where $1::timestamptz is null or (drawn_at, id) < ($1, $2::uuid)
            order by drawn_at desc, id desc
            limit $3
        ) s
        left join users u on u.id = s.drawn_by_id
        left join recodings r on r.sample_id = s.id
        group by s.id, s.from_day, s.until_day, s.seed, s.drawn_at, u.name
        order by s.drawn_at desc, s.id desc
        "#,
        at,
        id as Option<SampleId>,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// A sample.
pub(super) async fn find(connection: &mut PgConnection, sample: SampleId) -> Result<Sample> {
    Ok(sqlx::query_as!(
        Sample,
        r#"
        select s.id as "id: SampleId", s.from_day, s.until_day, s.seed, s.drawn_at, u.name as "drawn_by?",
            count(r.case_id) as "cases!", count(r.recoded) as "done!",
            count(*) filter (where r.recoded = r.coded) as "agreed!"
        from recoding_samples s
        left join users u on u.id = s.drawn_by_id
        left join recodings r on r.sample_id = s.id
        where s.id = $1
        group by s.id, u.name
        "#,
        sample as SampleId,
    )
    .fetch_one(connection)
    .await?)
}

/// The samples of which something is still to be coded again, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn open_samples(connection: &mut PgConnection) -> Result<Vec<SampleId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select s.id as "id: SampleId"
        from recoding_samples s
        where exists (select from recodings r where r.sample_id = s.id and r.recoded is null)
        order by s.drawn_at desc
        limit 20
        "#,
    )
    .fetch_all(connection)
    .await?)
}

/// The next case of a sample that somebody may code again, after one of them or from the start.
///
/// # Errors
/// When the database cannot be read.
pub async fn next_for(
    connection: &mut PgConnection,
    sample: SampleId,
    who: Option<UserId>,
    passing: Option<CaseId>,
) -> Result<Option<CaseId>> {
    Ok(sqlx::query_scalar!(
        r#"
        select r.case_id as "id: CaseId"
        from recodings r
        left join recodings p on p.sample_id = r.sample_id and p.case_id = $3
        where r.sample_id = $1 and r.recoded is null and r.coded_by_id is distinct from $2
            and r.case_id is distinct from $3
        order by r.position < coalesce(p.position, 0), r.position
        limit 1
        "#,
        sample as SampleId,
        who as Option<UserId>,
        passing as Option<CaseId>,
    )
    .fetch_optional(connection)
    .await?)
}

/// A case that was coded twice.
pub(super) struct Pair {
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
    pub(super) stated: String,
    pub(super) coded: String,
    pub(super) recoded: String,
    pub(super) coded_by: Option<String>,
    pub(super) recoded_by: Option<String>,
    pub(super) verified: Option<String>,
}

/// What of a sample was coded twice, in the order in which it was drawn.
pub(super) async fn pairs(connection: &mut PgConnection, sample: SampleId) -> Result<Vec<Pair>> {
    Ok(sqlx::query_as!(
        Pair,
        r#"
        select r.case_id as "case: CaseId", c.number, cu.name as customer, left(c.stated_reason, 200) as "stated!",
            r.coded, r.recoded as "recoded!", a.name as "coded_by?", b.name as "recoded_by?",
            c.verified_cause as verified
        from recodings r
        join cases c on c.id = r.case_id
        join customers cu on cu.id = c.customer_id
        left join users a on a.id = r.coded_by_id
        left join users b on b.id = r.recoded_by_id
        where r.sample_id = $1 and r.recoded is not null
        order by r.position
        "#,
        sample as SampleId,
    )
    .fetch_all(connection)
    .await?)
}

/// Some of the cases of a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    All,
    /// Coded again.
    Done,
    /// Not yet.
    Left,
    /// Coded with the very same reason.
    Alike,
    /// Coded with the same reason of level 1.
    Group,
    /// First coded with a reason of level 1, of those that were coded again.
    Coded,
    /// Coded with it again.
    Recoded,
    /// Coded with it both times.
    Both,
}

impl Which {
    pub(super) const ALL: [Self; 8] =
        [Self::All, Self::Done, Self::Left, Self::Alike, Self::Group, Self::Coded, Self::Recoded, Self::Both];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Done => "done",
            Self::Left => "left",
            Self::Alike => "alike",
            Self::Group => "group",
            Self::Coded => "coded",
            Self::Recoded => "recoded",
            Self::Both => "both",
        }
    }
}

/// A case of a sample as it is listed. What it was coded with is told once it is coded again: nobody sees the code before.
pub(super) struct Sampled {
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
    pub(super) stated: String,
    pub(super) position: i16,
    pub(super) coded: Option<String>,
    pub(super) recoded: Option<String>,
    /// Whether the first code is of whoever looks.
    pub(super) own: bool,
}

/// Some of the cases of a sample, in the order in which it was drawn.
pub(super) async fn cases(
    connection: &mut PgConnection,
    sample: SampleId,
    (which, top): (Which, &str),
    who: Option<UserId>,
    after: i16,
    limit: i64,
) -> Result<Vec<Sampled>> {
    Ok(sqlx::query_as!(
        Sampled,
        r#"
        select r.case_id as "case: CaseId", c.number, cu.name as customer, left(c.stated_reason, 200) as "stated!",
            r.position, case when r.recoded is not null then r.coded end as coded, r.recoded,
            coalesce(r.coded_by_id = $4, false) as "own!"
        from recodings r
        join cases c on c.id = r.case_id
        join customers cu on cu.id = c.customer_id
        where r.sample_id = $1 and r.position > $5
            and case $2::text
                when '' then true
                when 'left' then r.recoded is null
                when 'done' then r.recoded is not null
                when 'alike' then r.recoded = r.coded
                when 'group' then split_part(r.recoded, '.', 1) = split_part(r.coded, '.', 1)
                when 'coded' then r.recoded is not null and split_part(r.coded, '.', 1) = $3
                when 'recoded' then split_part(r.recoded, '.', 1) = $3
                else split_part(r.recoded, '.', 1) = $3 and split_part(r.coded, '.', 1) = $3
            end
        order by r.position
        limit $6
        "#,
        sample as SampleId,
        which.name(),
        top,
        who as Option<UserId>,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Cases that came in in a month, and how many of them are coded as "other".
pub(super) struct MonthTotals {
    pub(super) month: NaiveDate,
    pub(super) cases: i64,
    pub(super) other: i64,
}

/// The share of "other", with all that is below it, by the month in which cases came in, newest first. Cases without a
/// code do not count.
pub(super) async fn months(connection: &mut PgConnection, from: DateTime<Utc>, zone: Tz) -> Result<Vec<MonthTotals>> {
    Ok(sqlx::query_as!(
        MonthTotals,
        r#"
        select date_trunc('month', opened_at at time zone $2)::date as "month!", count(*) as "cases!",
            count(*) filter (where split_part(reason, '.', 1) = 'other') as "other!"
        from cases
        where reason is not null and opened_at >= $1
        group by 1
        order by 1 desc
        "#,
        from,
        zone.name(),
    )
    .fetch_all(connection)
    .await?)
}

/// A case that is coded as "other".
pub(super) struct Other {
    pub(super) case: CaseId,
    pub(super) number: i64,
    pub(super) customer: String,
    pub(super) stated: String,
    pub(super) reason: String,
    pub(super) opened_at: DateTime<Utc>,
    value_minor: i64,
    currency: Currency,
}

impl Other {
    pub(super) fn value(&self) -> Money {
        Money::new(self.value_minor, self.currency)
    }
}

/// Cases that came in within a span and are coded, as "other" or with whatever, newest first.
pub(super) async fn others(
    connection: &mut PgConnection,
    span: (DateTime<Utc>, DateTime<Utc>),
    whatever: bool,
    below: i64,
    limit: i64,
) -> Result<Vec<Other>> {
    Ok(sqlx::query_as!(
        Other,
        r#"
        select c.id as "case: CaseId", c.number, cu.name as customer, left(c.stated_reason, 300) as "stated!",
            r.name as reason, c.opened_at, c.value_at_risk_minor as value_minor, c.currency as "currency: Currency"
        from cases c
        join customers cu on cu.id = c.customer_id
        join reasons r on r.code = c.reason
        where ($5 or split_part(c.reason, '.', 1) = 'other') and c.opened_at >= $1 and c.opened_at < $2 and c.number < $3
        order by c.number desc
        limit $4
        "#,
        span.0,
        span.1,
        below,
        limit,
        whatever,
    )
    .fetch_all(connection)
    .await?)
}
