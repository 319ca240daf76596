//! What our people write down: how save attempts end, what comes next, notes, e-mails and the last lines of a case.

use crate::cases::Outcome;
use crate::interactions::Response;

/// How a save attempt ended, in the words of whoever made it.
pub(super) fn ending(response: Response) -> &'static [&'static str] {
    match response {
        Response::Saved => &[
            "Agreed on the phone, and glad that somebody listened.",
            "They stay. I send it in writing today.",
            "Took it at once. Asked that we keep our word this time.",
            "Said yes after a short talk with a colleague in the room.",
        ],
        Response::PartlySaved => {
            &["Keeps part of it and lets the rest go.", "Half of it stays. The other half is decided."]
        }
        Response::Considering => &[
            "Wants to talk it over and call back.",
            "Will take it to the owner; a decision by the end of the week.",
            "Asked for it in writing before deciding.",
            "Did not say no. Needs a night to sleep on it.",
        ],
        Response::Declined => &[
            "Not enough. They stay with their decision.",
            "Thanked me and declined. It is decided.",
            "No. They do not want to be called about it again.",
            "Turned it down; the new contract is signed.",
        ],
        Response::NoContact => &[
            "No answer, left a message with my direct number.",
            "Rang out twice. Sent a short e-mail as well.",
            "Voicemail is full. Trying again tomorrow.",
            "Reception took my name, no call back so far.",
        ],
    }
}

/// What was tried, by the lever's code.
pub(super) fn tried(lever: &str) -> &'static [&'static str] {
    match lever {
        "fix_fault" => &[
            "Offered to mend the cause first, with one person responsible and a date.",
            "Took it over myself and promised a result by tomorrow.",
        ],
        "explain_value" => &[
            "Went through what is included today and what the other offer leaves out.",
            "Explained what they already pay for and do not use yet.",
        ],
        "right_size" => &["Suggested the smaller plan.", "Calculated it again for the seats that are really in use."],
        "pause" => &["Offered a pause instead.", "Suggested to wait instead of ending it."],
        "swap_or_expedite" => &["Offered to swap it.", "Asked whether a faster way would do, and offered it."],
        "one_off_credit" => &["Offered a credit of {credit}.", "Put {credit} on the table for the trouble."],
        "time_limited_discount" => &["Offered {percent} % for 12 months.", "Offered {percent} % for half a year."],
        _ => &["Asked for an exception."],
    }
}

/// What comes next while we work.
pub(super) const NEXT: [&str; 14] = [
    "Call {name} with one number",
    "Send the offer in writing",
    "Ask Billing about the credit of {credit}",
    "Call back after the partners' meeting",
    "Check the answer of Technical support",
    "Send the comparison {name} asked for",
    "Confirm the date with Operations",
    "Call {name} before noon",
    "Ask Logistics for a date",
    "Show {name} the smaller plan",
    "Send the findings to {name}",
    "Try {name} again",
    "Read the contract for the notice period",
    "Agree a date with {name}",
];

/// What comes next while the customer thinks.
pub(super) const THINKING: [&str; 5] = [
    "Ask {name} for a decision",
    "Call if {name} has not answered",
    "Hear what the owner says",
    "Follow up on the offer",
    "Remind {name} that the offer ends soon",
];

/// Notes to colleagues.
pub(super) const NOTES: [&str; 12] = [
    "Contract checked: notice period is 30 days, no fee at the end of the term.",
    "Billing confirms that all bills up to last month are paid.",
    "Spoke with the account's earlier owner. Last offer was two years ago.",
    "Technical support looks into it; ticket number is in the customer's file.",
    "Please call only the contact named here, not the owner.",
    "Customer prefers e-mail, answers the same day.",
    "Logistics says two-day insured is possible until 15:00.",
    "Sent the terms to {name} again, the first mail was in the spam folder.",
    "Two tickets in the last 30 days, both closed.",
    "Usage went down by a third since the summer.",
    "Has referred two other customers to us.",
    "Supervisor knows about it and would support a fair offer.",
];

/// E-mails we send.
pub(super) const SENT: [&str; 6] = [
    "Dear {name}, thank you for telling us openly. I have read your message and will call you today. Should another time suit you better, just tell me.",
    "Dear {name}, as promised here is what we talked about in writing. The offer stands until the end of next week.",
    "Dear {name}, I have passed your point on and will tell you what comes of it, whichever way it goes.",
    "Dear {name}, I tried to reach you by telephone. When would be a good time?",
    "Dear {name}, attached are the figures you asked for, with nothing left out.",
    "Dear {name}, we are sorry for the trouble. This is what happened, and this is what we have changed.",
];

/// What customers answer.
pub(super) const ANSWERED: [&str; 7] = [
    "Thanks for the quick reply. Tomorrow after 10 is fine.",
    "I got your message. Let me talk to my partner first.",
    "Any news? You wanted to come back to me.",
    "Understood. Please send it in writing.",
    "That's already better than what I heard from the hotline.",
    "I need an answer this week, otherwise it is decided.",
    "Who can I call directly if it happens again?",
];

/// What the telephone call was about, from either side.
pub(super) const CALLED: [&str; 5] = [
    "Called to hear the whole story. {name} took ten minutes; written down above in their words.",
    "Short call: {name} was on the way out, asked me to call later.",
    "{name} called and asked how far we are.",
    "Called to confirm what was agreed. Nothing open from their side.",
    "Called to say where things stand. {name} was glad of it.",
];

/// The confirmation of a cancel request.
pub(super) const CONFIRMED: [&str; 3] = [
    "Confirmed in writing that the cancellation is recorded, with its date. We may still talk, but nothing depends on it.",
    "Sent the confirmation of the cancel request with the last day of service.",
    "Told {name} that the request is recorded and counts from the day it came in.",
];

/// Why a closed case was opened again.
pub(super) const REOPENED: [&str; 4] = [
    "The customer came back: the credit is not on the bill",
    "Called again, the problem has returned",
    "Withdrew the agreement two days later",
    "New facts from Billing",
];

/// Corrections of an earlier entry.
pub(super) const CORRECTED: [&str; 3] = [
    "Correction: the amount discussed was {credit}, not what I first wrote.",
    "Correction: I spoke with the office manager, not with {name}.",
    "Correction: the call was yesterday. I logged it a day late.",
];

/// The last line of a case.
pub(super) fn closing(outcome: Outcome) -> &'static [&'static str] {
    match outcome {
        Outcome::SavedWithOffer => &[
            "Stays with {percent} % for 12 months, confirmed in writing.",
            "Stays. Credit of {credit} on the next bill.",
            "Accepted the offer; everything else remains as it was.",
        ],
        Outcome::SavedWithoutOffer => &[
            "Stays without an offer: the fault is mended.",
            "Stays. It was enough that somebody called and explained.",
            "Withdrew the cancellation after we sorted it out.",
        ],
        Outcome::Modified => {
            &["Stays on a smaller plan.", "Changed to what they really need.", "Paused until the season begins."]
        }
        Outcome::PartlySaved => &["Keeps part of it, the rest ends.", "One part stays with us, the other goes."],
        Outcome::Lost => &[
            "Leaves for {rival}. Cancelled and confirmed.",
            "Nothing we could offer would have changed it. Confirmed the last day.",
            "Leaves on good terms; would come back for the right offer.",
            "Cancelled as asked, final bill sent.",
        ],
        Outcome::Unreachable => {
            &["Five tries in three weeks, no answer. The request stands.", "No answer to calls, e-mails and a letter."]
        }
        Outcome::NeverAtRisk => &[
            "A question, not a cancellation. Answered.",
            "Did not want to leave at all; the form was filled in by mistake.",
        ],
        Outcome::Duplicate => {
            &["Same request as in the other case.", "Came by a second channel; worked in the first case."]
        }
        Outcome::Unknown => {
            &["The customer was taken over by another company; what became of the contract cannot be found out."]
        }
    }
}

/// The last line where no attempt is made.
pub(super) fn settled(reason: &str) -> &'static [&'static str] {
    match reason {
        "life_event.deceased" => &["Closed with our condolences. No fees, last bill cancelled."],
        "fraud.not_recognised" | "fraud.identity_theft" => {
            &["Not the customer's doing. Undone in full and handed to Fraud."]
        }
        _ => &["Cancelled and confirmed the same day, as asked.", "Just cancel: done, and confirmed in writing."],
    }
}
