//! What the policy says of a request to the one who looks at it.

use super::super::store::Mine;
use super::super::{Approval, LEAST_FOR_A_SECOND};
use super::any_of;
use super::facts::Facts;
use crate::auth::Role;
use crate::limits::{self, APPROVERS};
use crate::money::Money;

/// One line of the policy check.
pub(super) struct Check {
    pub(super) tone: &'static str,
    pub(super) icon: &'static str,
    pub(super) what: String,
    pub(super) sub: String,
}

/// Each rule that a decision has to keep, and whether it does. `whose`: the limits of somebody absent in whose place it
/// would be decided; the reader's own otherwise.
pub(super) fn checks(
    facts: &Facts,
    standing: Mine,
    (whose, roles): (Option<&str>, &[Role]),
    second_discount: bool,
) -> Vec<Check> {
    let good = |what: String, sub: String| Check { tone: "good", icon: "ok", what, sub };
    let bad = |what: String, sub: String| Check { tone: "bad", icon: "alert", what, sub };
    let warn = |what: String, sub: String| Check { tone: "warn", icon: "alert", what, sub };
    let limit = whose.map_or_else(|| "your limit".to_owned(), |name| format!("{name}’s limit"));
    let mut checks = Vec::new();
    let mine: Vec<Role> = APPROVERS.into_iter().filter(|role| roles.contains(role)).collect();
    let exceeded = mine.iter().rev().map(|role| facts.limits.exceeded(*role, &facts.asked, false));
    let exceeded: Vec<_> = exceeded.collect();
    checks.push(if exceeded.iter().any(Vec::is_empty) {
        let cell = facts.furthest(&mine);
        good(format!("Within {limit}{}", cell.map(of_cell).unwrap_or_default()), String::new())
    } else {
        let because: Vec<_> = exceeded.first().into_iter().flatten().map(ToString::to_string).collect();
        bad(format!("Beyond {limit} now"), because.join(" "))
    });
    checks.push(match (facts.asked.margin, facts.limits.floor(&facts.asked.offer_type)) {
        (None, _) => warn("Margin not known".to_owned(), "No cost to serve is noted for this.".to_owned()),
        (Some(left), None) => good(format!("Margin stays at {left}"), "No floor is set for this offer.".to_owned()),
        (Some(left), Some(floor)) if left < floor => {
            bad(format!("Margin falls to {left}, under the {floor} floor"), "Nobody may give that.".to_owned())
        }
        (Some(left), Some(floor)) => good(format!("Margin stays above the {floor} floor"), format!("{left} is left")),
    });
    let cap = mine.iter().rev().find_map(|role| facts.limits.customer.iter().find(|(whose, _)| whose == role));
    if let Some((_, cap)) = cap {
        let total = facts.total();
        let what = format!("{total} to this customer in 12 months, of {cap}");
        checks.push(if total.minor <= cap.minor { good(what, String::new()) } else { bad(what, String::new()) });
    }
    checks.push(if standing.own {
        bad("Your own: somebody else decides".to_owned(), String::new())
    } else if standing.circle {
        bad("In a circle: they approved an offer of yours to this customer".to_owned(), String::new())
    } else {
        good("You neither asked for it, wrote it nor work the case".to_owned(), String::new())
    });
    if second_discount {
        let sub = format!("Allowed with a written reason of at least {LEAST_FOR_A_SECOND} characters.");
        checks.push(warn("Second discount in 24 months".to_owned(), sub));
    }
    checks
}

/// " of 25%, 24 months, $15,000.00"
fn of_cell(cell: &limits::Cell) -> String {
    let caps = [
        cell.max_percent.map(|cap| cap.to_string()),
        cell.max_months.map(|cap| format!("{cap} months")),
        cell.max_amount.map(Money::short),
    ];
    let caps: Vec<_> = caps.into_iter().flatten().collect();
    if caps.is_empty() { String::new() } else { format!(" of {}", caps.join(", ")) }
}

/// Why the viewer does not decide it, and who does; empty when they do, or nobody has to any more.
pub(super) fn not_yours(approval: &Approval, standing: Mine, deciders: &[String]) -> String {
    let who = match deciders {
        [] => "Nobody else can decide it at this moment; it moves up on time.".to_owned(),
        some => format!("{} can decide it.", any_of(some)),
    };
    match () {
        () if !approval.stage.is_open() || standing.decides => String::new(),
        () if standing.own => {
            format!("You asked for this, wrote it, or work the case, so somebody else decides. {who}")
        }
        () if standing.decided => format!("You have approved it; it takes somebody else as well. {who}"),
        () if standing.circle => {
            format!(
                "{} approved an offer of yours to this customer, so somebody else decides. {who}",
                approval.asked_by_name
            )
        }
        () => format!("This is beyond your limits now. {who}"),
    }
}
