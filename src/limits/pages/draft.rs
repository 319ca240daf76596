//! The form of the limits and what it is drawn from.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use uuid::Uuid;

use super::super::{Cap, Matrix, Policy, ROLES, Spot, Version, store};
use super::fields::{Fields, field};
use super::{Shown, column, place, shown};
use crate::auth::{Actor, EditPolicy};
use crate::catalogue::{Catalogue, OfferType};
use crate::customers::Tier;
use crate::error::{Error, FormErrors, Result};
use crate::money::Currency;
use crate::web::{App, Conflict, Frame, fresh_key, html};
use crate::{accounts, calendar};

/// What the pages of the limits start from.
pub(super) struct Ground {
    /// The version that was published last: changes are made from it.
    pub(super) newest: Version,
    /// All it says.
    pub(super) matrix: Matrix,
    /// The version in force now, if it is another.
    pub(super) in_force: Option<(Version, Matrix)>,
    /// The offer types that have not ended.
    pub(super) types: Vec<OfferType>,
    /// The reader's clock.
    pub(super) zone: Tz,
}

impl Ground {
    pub(super) async fn read(app: &App, who: &Actor) -> Result<Self> {
        let now = app.now();
        let mut connection = app.db.read().await?;
        let policy = app.kept::<Policy>(&mut connection, who).await?;
        let (newest, matrix) = policy.newest()?.clone();
        let in_force = policy.in_force(now).filter(|(version, _)| version.id != newest.id).cloned();
        let mut types = app.kept::<Catalogue>(&mut connection, who).await?.all(now);
        types.retain(|one| one.valid_until.is_none_or(|until| until > now));
        let zone = accounts::zone_for(app, &mut connection, who).await?;
        Ok(Self { newest, matrix, in_force, types, zone })
    }

    /// The version that counts now, and what it says.
    pub(super) fn now(&self) -> (&Version, &Matrix) {
        match &self.in_force {
            Some((version, matrix)) => (version, matrix),
            None => (&self.newest, &self.matrix),
        }
    }
}

/// One of the links that choose a tier or a currency.
struct Tab {
    href: String,
    label: String,
    current: bool,
}

/// An offer type and its places, row by row.
struct Group {
    name: String,
    kind: &'static str,
    rows: Vec<Row>,
    floor: Place,
}

struct Row {
    label: &'static str,
    places: Vec<Place>,
}

/// A place as a field, or in words.
struct Place {
    name: String,
    label: String,
    value: String,
    words: String,
    /// Before the number, and behind it.
    before: &'static str,
    after: &'static str,
}

/// What somebody else published while this form was open.
pub(super) struct Overtaken {
    pub(super) version: Version,
    pub(super) at: String,
    pub(super) changes: Vec<Shown>,
    pub(super) conflicts: Vec<Conflict>,
}

#[derive(Template)]
#[template(path = "limits/show.html")]
struct LimitsPage {
    frame: Frame,
    once: Uuid,
    errors: FormErrors,
    /// The messages with their fields and places.
    problems: Vec<(String, String)>,
    may_edit: bool,
    /// The version that is shown, or changed from.
    number: i32,
    tier: Tier,
    currency: Currency,
    tiers: Vec<Tab>,
    currencies: Vec<Tab>,
    others: Vec<String>,
    columns: [&'static str; 4],
    groups: Vec<Group>,
    customer: Vec<Place>,
    week: Vec<Place>,
    /// Which version counts now, since when.
    counting: String,
    /// The version that is still to come, if there is one.
    to_come: Option<String>,
    /// The address of the page while nothing is changed in it yet: what others publish is then shown at once.
    here: Option<String>,
    overtaken: Option<Overtaken>,
}

/// How the page is to be drawn.
pub(super) struct Drawing<'a> {
    pub(super) ground: &'a Ground,
    pub(super) tier: Tier,
    pub(super) currency: Currency,
    pub(super) form: &'a Fields,
    pub(super) errors: FormErrors,
    pub(super) overtaken: Option<Overtaken>,
    /// As it is kept, not as somebody has typed.
    pub(super) untouched: bool,
}

impl Drawing<'_> {
    pub(super) fn draw(self, app: &App, who: &Actor, frame: Frame, status: StatusCode) -> Result<Response> {
        let Self { ground, tier, currency, form, errors, overtaken, untouched } = self;
        let now = app.now();
        let may_edit = who.may::<EditPolicy>();
        let (counting, counted) = ground.now();
        let matrix = if may_edit { &ground.matrix } else { counted };
        let view = View { ground, matrix, form, tier, currency };
        let moment = |at| calendar::moment(at, ground.zone, now);
        let mut known = ground.matrix.currencies();
        if !known.contains(&currency) {
            known.push(currency);
        }
        let href = |tier: Tier, currency: Currency| format!("/limits?tier={}&currency={currency}", tier.name());
        let page = LimitsPage {
            frame,
            once: fresh_key(),
            problems: view.problems(&errors),
            errors,
            may_edit,
            number: if may_edit { ground.newest.number } else { counting.number },
            tier,
            currency,
            tiers: Tier::ALL
                .iter()
                .map(|one| Tab { href: href(*one, currency), label: one.label().to_owned(), current: *one == tier })
                .collect(),
            currencies: known
                .iter()
                .map(|one| Tab { href: href(tier, *one), label: one.to_string(), current: *one == currency })
                .collect(),
            others: Currency::all().iter().filter(|one| !known.contains(one)).map(ToString::to_string).collect(),
            columns: ROLES.map(column),
            groups: ground.types.iter().map(|one| view.group(one)).collect(),
            customer: ROLES.map(|role| view.place(&Spot::Customer { tier, currency, role })).into(),
            week: ROLES.map(|role| view.place(&Spot::Week { currency, role })).into(),
            counting: match counting.by {
                Some(_) => format!("Version {} counts since {}.", counting.number, moment(counting.in_force_from)),
                None => format!("Version {} counts, as shipped with Savedesk.", counting.number),
            },
            to_come: ground.in_force.as_ref().map(|_| {
                format!("Version {} comes into force on {}.", ground.newest.number, moment(ground.newest.in_force_from))
            }),
            here: untouched.then(|| href(tier, currency)),
            overtaken,
        };
        Ok((status, html(&page)?).into_response())
    }
}

/// Draws the places of one tier and currency.
struct View<'a> {
    ground: &'a Ground,
    matrix: &'a Matrix,
    form: &'a Fields,
    tier: Tier,
    currency: Currency,
}

impl View<'_> {
    fn group(&self, one: &OfferType) -> Group {
        let (tier, currency) = (self.tier, self.currency);
        let row = |cap: &Cap| Row {
            label: cap.label(),
            places: ROLES
                .map(|role| self.place(&Spot::Cell { tier, currency, offer_type: one.code.clone(), role, cap: *cap }))
                .into(),
        };
        Group {
            name: one.name.clone(),
            kind: one.kind.label(),
            rows: Cap::of(one.kind.shape()).iter().map(row).collect(),
            floor: self.place(&Spot::Floor { offer_type: one.code.clone() }),
        }
    }

    /// Every message with the field it stands at, named, since many fields look alike.
    fn problems(&self, errors: &FormErrors) -> Vec<(String, String)> {
        let spots = Matrix::spots(&self.ground.types, self.tier, self.currency);
        let named = |(name, message): (&str, &str)| {
            let spot = spots.iter().find(|spot| field(spot) == name);
            let words = spot.map(|spot| format!("{}. {message}", place(spot, &self.ground.types)));
            (name.to_owned(), words.unwrap_or_else(|| message.to_owned()))
        };
        errors.all().into_iter().map(named).collect()
    }

    fn place(&self, spot: &Spot) -> Place {
        let name = field(spot);
        let sign = self.currency.sign().unwrap_or_default();
        let (before, after) = match spot {
            Spot::Cell { cap: Cap::Percent, .. } | Spot::Floor { .. } => ("", "%"),
            Spot::Cell { cap: Cap::Months, .. } => ("", ""),
            _ => (sign, ""),
        };
        Place {
            label: place(spot, &self.ground.types),
            value: self.form.get(&name).to_owned(),
            words: match self.matrix.words(spot).as_str() {
                "not at all" | "no floor" | "nothing" => "–".to_owned(),
                words => words.to_owned(),
            },
            name,
            before,
            after,
        }
    }
}

/// What a form of the limits was made from, and what stands in it.
pub(super) struct Draft {
    pub(super) ground: Ground,
    pub(super) tier: Tier,
    pub(super) currency: Currency,
    /// The number of the version it was made from.
    pub(super) based_on: i32,
    pub(super) form: Fields,
}

impl Draft {
    pub(super) async fn read(app: &App, who: &Actor, form: Fields) -> Result<Self> {
        let incomplete = || Error::refused("The form did not arrive whole. Open the page anew and try again.");
        let tier = Tier::from_name(form.get("tier")).ok_or_else(incomplete)?;
        let currency = Currency::parse(form.get("currency")).map_err(|_| incomplete())?;
        let based_on = form.get("based_on").parse().map_err(|_| incomplete())?;
        // of a form that somebody else may have overtaken just now
        Ok(Self { ground: Ground::read(app, &who.anew()).await?, tier, currency, based_on, form })
    }

    /// The whole version, as typed.
    pub(super) fn parse(&self) -> Result<Matrix, FormErrors> {
        self.form.parse(&self.ground.matrix, &self.ground.types, self.tier, self.currency)
    }

    pub(super) fn is_overtaken(&self) -> bool {
        self.based_on != self.ground.newest.number
    }

    /// The form again, with messages beside its fields.
    pub(super) fn again(
        &self,
        app: &App,
        who: &Actor,
        frame: Frame,
        status: StatusCode,
        errors: FormErrors,
    ) -> Result<Response> {
        let Self { ground, tier, currency, form, .. } = self;
        let (tier, currency) = (*tier, *currency);
        let drawing = Drawing { ground, tier, currency, form, errors, overtaken: None, untouched: false };
        drawing.draw(app, who, frame, status)
    }

    /// The form again, made from the newest version, with everything that was typed (R6).
    pub(super) async fn overtaken(self, app: &App, who: &Actor, frame: Frame) -> Result<Response> {
        let base = {
            let mut connection = app.db.read().await?;
            let after = self.based_on.checked_add(1).ok_or(Error::NotFound)?;
            let version = store::list(&mut connection, Some(after), 1).await?.into_iter().next();
            let version = version.filter(|version| version.number == self.based_on).ok_or(Error::NotFound)?;
            store::matrix(&mut connection, version.id).await?
        };
        let Self { ground, tier, currency, form, .. } = &self;
        let types = &ground.types;
        let label = |spot: &Spot| place(spot, types);
        let (merged, conflicts) = form.merge((&base, &ground.matrix), types, *tier, *currency, label);
        let overtaken = Overtaken {
            version: ground.newest.clone(),
            at: calendar::moment(ground.newest.published_at, ground.zone, app.now()),
            changes: shown(ground.matrix.changes(&base, types), types),
            conflicts,
        };
        let drawing = Drawing {
            ground,
            tier: *tier,
            currency: *currency,
            form: &merged,
            errors: FormErrors::new(),
            overtaken: Some(overtaken),
            untouched: false,
        };
        drawing.draw(app, who, frame, StatusCode::CONFLICT)
    }
}
