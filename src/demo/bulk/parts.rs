//! The tables in which a case has rows.

/// A table of which a case has rows, and how its rows find their case.
pub(super) struct Part {
    pub(super) table: &'static str,
    /// The case of a row; empty where rows are of the customer.
    pub(super) case: &'static str,
    /// What leads there.
    pub(super) from: &'static str,
}

const fn own(table: &'static str) -> Part {
    Part { table, case: "t.case_id", from: "" }
}

const fn through(table: &'static str, case: &'static str, from: &'static str) -> Part {
    Part { table, case, from }
}

/// All of them. What is about more than one case (problems, samples), has a life of its own (complaints, processes, booked
/// calls) or is told once (notices, mails) does not happen again.
pub(super) const PARTS: [Part; 35] = [
    through("cases", "t.id", ""),
    through("subscriptions", "s.case_id", "join subjects s on s.subject = t.id"),
    through("orders", "s.case_id", "join subjects s on s.subject = t.id"),
    through("order_lines", "s.case_id", "join subjects s on s.subject = t.order_id"),
    through("service_costs", "s.case_id", "join subjects s on s.subject = coalesce(t.subscription_id, t.order_id)"),
    through("billing_lines", "p.case_id", "join promises p on p.billing_line_id = t.id"),
    own("cancellation_lines"),
    own("case_changes"),
    own("interactions"),
    through("interaction_levers", "i.case_id", "join interactions i on i.id = t.interaction_id"),
    own("offers"),
    through("offer_revisions", "o.case_id", "join offers o on o.id = t.offer_id"),
    through("offer_presentations", "o.case_id", "join offers o on o.id = t.offer_id"),
    own("approvals"),
    through("approval_decisions", "a.case_id", "join approvals a on a.id = t.approval_id"),
    through("approval_messages", "a.case_id", "join approvals a on a.id = t.approval_id"),
    own("promises"),
    through("promise_moves", "p.case_id", "join promises p on p.id = t.promise_id"),
    through("promise_grounds", "p.case_id", "join promises p on p.id = t.promise_id"),
    own("requests"),
    own("request_entries"),
    through("request_answers", "r.case_id", "join requests r on r.id = t.request_id"),
    through("request_readers", "r.case_id", "join requests r on r.id = t.request_id"),
    own("follow_ups"),
    own("follow_up_changes"),
    own("deadlines"),
    through("chases", "d.case_id", "join deadlines d on d.id = t.deadline_id"),
    through("rung_effects", "d.case_id", "join deadlines d on d.id = t.deadline_id"),
    through("outcomes", "t.id", ""),
    // of the customer as a whole; written otherwise, see `customers`
    through("customers", "", ""),
    through("contacts", "", ""),
    through("consents", "", ""),
    through("status_changes", "", ""),
    through("concession_heads", "", ""),
    through("search_terms", "", ""),
];

/// The place of a table among [`PARTS`].
pub(super) fn part(table: &str) -> usize {
    PARTS.iter().position(|part| part.table == table).unwrap_or(PARTS.len())
}
