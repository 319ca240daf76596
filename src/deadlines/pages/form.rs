//! A ladder as it is typed: one row per rung, and an empty one for a new rung.

use chrono::TimeDelta;
use serde::Deserialize;

use super::super::{Act, Kind, Ladder, NewLadder, Rung};
use crate::error::FormErrors;

/// Units of time as chosen: name, label, minutes, whether working time.
pub(super) const UNITS: [(&str, &str, i64, bool); 5] = [
    ("working_minutes", "working minutes", 1, true),
    ("working_hours", "working hours", 60, true),
    ("minutes", "minutes", 1, false),
    ("hours", "hours", 60, false),
    ("days", "days", 1440, false),
];

/// Before or after, as chosen.
pub(super) const SIDES: [(&str, &str); 3] =
    [("before", "before it is due"), ("due", "when it is due"), ("after", "after it is due")];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LadderForm {
    pub(super) version: String,
    pub(super) pauses: String,
    pub(super) urgent: String,
    rung: Vec<String>,
    amount: Vec<String>,
    unit: Vec<String>,
    side: Vec<String>,
    act: Vec<String>,
    /// Numbers of rows that go.
    remove: Vec<String>,
}

/// A row of the form.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Counted from one.
    pub(super) place: usize,
    pub(super) number: String,
    pub(super) amount: String,
    pub(super) unit: String,
    pub(super) side: String,
    pub(super) act: String,
    pub(super) remove: bool,
}

impl Row {
    /// What it is called where it cannot be seen.
    pub(super) fn name(&self) -> String {
        if self.number.is_empty() { "New rung".to_owned() } else { format!("Rung {}", self.place) }
    }
}

impl LadderForm {
    /// As a ladder stands.
    pub(super) fn of(ladder: &Ladder) -> Self {
        let mut form = Self {
            version: ladder.version.to_string(),
            pauses: if ladder.pauses { "on" } else { "" }.to_owned(),
            urgent: if ladder.urgent { "on" } else { "" }.to_owned(),
            ..Self::default()
        };
        for rung in &ladder.rungs {
            let minutes = rung.after.num_minutes().abs();
            let (unit, _, size, _) = UNITS
                .iter()
                .rev()
                .find(|(_, _, size, working)| *working == rung.working && minutes % size == 0)
                .unwrap_or(&UNITS[2]);
            form.rung.push(rung.number.to_string());
            form.amount.push((minutes / size).to_string());
            form.unit.push((*unit).to_owned());
            form.side.push(match rung.after {
                after if after.is_zero() => "due".to_owned(),
                after if after < TimeDelta::zero() => "before".to_owned(),
                _ => "after".to_owned(),
            });
            form.act.push(rung.act.name().to_owned());
        }
        form
    }

    /// The same on a ladder that somebody else changed meanwhile: a rung that they took away would be a new one.
    pub(super) fn on(mut self, theirs: &Ladder) -> Self {
        self.version = theirs.version.to_string();
        for number in &mut self.rung {
            if theirs.rungs.iter().all(|rung| rung.number.to_string() != *number) {
                number.clear();
            }
        }
        self
    }

    /// Row by row, with an empty one at the end.
    pub(super) fn rows(&self) -> Vec<Row> {
        let at = |values: &[String], n: usize| values.get(n).cloned().unwrap_or_default();
        let mut rows: Vec<Row> = (0..self.amount.len())
            .map(|n| Row {
                place: n + 1,
                number: at(&self.rung, n),
                amount: at(&self.amount, n),
                unit: at(&self.unit, n),
                side: at(&self.side, n),
                act: at(&self.act, n),
                remove: self.remove.contains(&n.to_string()),
            })
            .collect();
        if rows.last().is_none_or(|last| !last.number.is_empty() || !last.act.is_empty() || !last.amount.is_empty()) {
            rows.push(Row { unit: "working_hours".to_owned(), side: "before".to_owned(), ..Row::default() });
        }
        rows
    }

    /// Reads it, with what does not do beside its row; a row in which nothing was typed or chosen is no rung.
    pub(super) fn parse(&self, kind: Kind) -> Result<(NewLadder, i64), FormErrors> {
        let mut errors = FormErrors::new();
        let (mut rungs, mut places) = (Vec::new(), Vec::new());
        let rows = self.rows();
        let is_empty = |row: &Row| row.number.is_empty() && row.act.is_empty() && row.amount.trim().is_empty();
        for (n, row) in rows.iter().enumerate().filter(|(_, row)| !row.remove && !is_empty(row)) {
            let field = format!("amount-{n}");
            let unit = UNITS.iter().find(|(name, ..)| *name == row.unit);
            let amount = row.amount.trim().parse::<i64>().ok().filter(|amount| (0..=600_000).contains(amount));
            let act = Act::from_name(&row.act);
            let (amount, unit) = match (amount, unit, row.side.as_str()) {
                (_, unit, "due") => (0, unit.unwrap_or(&UNITS[1])),
                (Some(amount), Some(unit), "before") => (-amount, unit),
                (Some(amount), Some(unit), "after") => (amount, unit),
                _ => {
                    errors.add(&field, "Enter how long as a whole number, like 4.");
                    continue;
                }
            };
            let Some(act) = act else {
                errors.add(&field, "Choose what happens.");
                continue;
            };
            let number = match row.number.as_str() {
                "" => None,
                number => number.parse::<i16>().ok(),
            };
            let after = TimeDelta::minutes(amount * unit.2);
            rungs.push((number, Rung { number: 0, after, working: unit.3, act }));
            places.push(n);
        }
        let Ok(seen) = self.version.parse() else {
            errors.add("", "Open the page anew.");
            return Err(errors);
        };
        let (pauses, urgent) = (!self.pauses.is_empty(), !self.urgent.is_empty());
        let ladder = NewLadder { kind, pauses, urgent, rungs };
        for (rung, wrong) in ladder.wrong() {
            errors.add(&rung.map_or_else(String::new, |rung| format!("amount-{}", places[rung])), wrong);
        }
        if errors.is_empty() { Ok((ladder, seen)) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_is_read_as_it_is_shown() {
        let rung = |number, minutes, working, act| Rung { number, after: TimeDelta::minutes(minutes), working, act };
        let rungs = vec![
            rung(1, -7200, false, Act::Remind),
            rung(2, -90, true, Act::Remind),
            rung(3, 0, true, Act::Escalate),
            rung(4, 480, true, Act::Escalate),
        ];
        let ladder = Ladder { kind: Kind::FollowUp, pauses: true, urgent: false, version: 3, rungs };
        let (new, seen) = LadderForm::of(&ladder).parse(Kind::FollowUp).unwrap();
        assert_eq!((new.as_ladder(3, 4), seen), (ladder, 3));
    }

    #[test]
    fn what_is_wrong_stands_beside_its_own_row_though_others_go() {
        let ladder = |rungs| Ladder { kind: Kind::Offer, pauses: false, urgent: false, version: 1, rungs };
        let rung = |number, hours, act| Rung { number, after: TimeDelta::hours(hours), working: false, act };
        let before = ladder(vec![rung(1, -4, Act::Remind), rung(2, -3, Act::Remind), rung(3, 0, Act::Expire)]);
        let mut form = LadderForm::of(&before);
        form.remove = vec!["0".to_owned()];
        form.amount[1] = "soon".to_owned();
        assert!(form.parse(Kind::Offer).unwrap_err().get("amount-1").is_some());
        (form.amount[1], form.side[2], form.amount[2]) = ("2".to_owned(), "after".to_owned(), "1".to_owned());
        assert!(form.parse(Kind::Offer).unwrap_err().get("amount-2").is_some());
        // a rung that somebody else took away meanwhile is typed anew
        form.side[2] = "due".to_owned();
        let theirs = Ladder { version: 2, ..ladder(vec![rung(1, -4, Act::Remind), rung(3, 0, Act::Expire)]) };
        let (new, seen) = form.on(&theirs).parse(Kind::Offer).unwrap();
        let numbers: Vec<Option<i16>> = new.rungs.iter().map(|(number, _)| *number).collect();
        assert_eq!((numbers, seen), (vec![None, Some(3)], 2));
    }

    #[test]
    fn what_is_no_number_is_told_beside_its_row() {
        let one = |text: &str| vec![text.to_owned()];
        let form = LadderForm {
            version: "1".to_owned(),
            amount: one("soon"),
            unit: one("hours"),
            side: one("before"),
            act: one("remind"),
            ..LadderForm::default()
        };
        assert!(form.parse(Kind::Promise).unwrap_err().get("amount-0").is_some());
    }
}
