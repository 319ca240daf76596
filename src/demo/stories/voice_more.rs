//! Brightline: service, support, product, bills and life.

use super::{CANCEL, CANCEL_OR_LESS, CANCEL_OR_RENEW, COMPLAINT, Story};
use crate::cases::Kind;

pub(super) const STORIES: [Story; 26] = [
    Story {
        reason: "service.call_quality",
        times: 13,
        kinds: CANCEL_OR_RENEW,
        objection: "quality",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "Our front desk drops calls every Monday morning. Customers think we hang up on them. We've had enough.",
            "People sound like robots. We opened tickets, it gets better for a week and then it starts again. Please cancel.",
            "One-way audio on every third call since the update in {month}. We can't run a business like this.",
        ],
        said: &[
            "Dropped calls between 8 and 10 on Mondays, always the front desk. {name} sent a list of 14 of them with times.",
        ],
    },
    Story {
        reason: "service.network_reliability",
        times: 10,
        kinds: CANCEL,
        objection: "quality",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "The phones go offline whenever it rains, no joke. After {years} years we're done.",
            "Third week in a row with registration errors on half of our {seats} phones. We're leaving for {rival}.",
        ],
        said: &[
            "Their router was never set up for voice. Support knew since {month} and sent a link instead of a person.",
        ],
    },
    Story {
        reason: "service.outage",
        times: 9,
        kinds: COMPLAINT,
        objection: "quality",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "Four hours without telephones on our busiest day and not even an apology. I want a credit, and I want out.",
            "The outage cost us bookings for at least {amount}. Your status page was green the whole time!",
        ],
        said: &[
            "{name} lost a morning of appointments. Wants to hear what was changed since, and a credit on the next bill.",
        ],
    },
    Story {
        reason: "service.dissatisfaction",
        times: 6,
        kinds: CANCEL,
        objection: "quality",
        levers: &["explain_value", "fix_fault"],
        stated: &[
            "Nothing has worked as promised since we moved offices. Please close the account at the end of {soon}.",
        ],
        said: &[
            "A row of small things: wrong greeting, a number not ported, nobody felt responsible. None of them hard to mend.",
        ],
    },
    Story {
        reason: "service.slow_internet",
        times: 4,
        kinds: CANCEL,
        objection: "quality",
        levers: &["fix_fault", "swap_or_expedite"],
        stated: &["The line is so slow in the afternoon that calls break up. {rival} says it can do better."],
        said: &[
            "The line is full with backups at 15:00. A rule in their router would help; {name} is willing to try it.",
        ],
    },
    Story {
        reason: "support.attitude_of_support",
        times: 16,
        kinds: &[(Kind::Cancellation, 3), (Kind::Complaint, 1)],
        objection: "trust",
        levers: &["explain_value", "one_off_credit"],
        stated: &[
            "The person on your hotline laughed at my question. I'm not going to pay {sum} a year for that.",
            "I was told to 'read the manual' by your support. We're moving to people who are polite.",
            "Your agent hung up on me. Twice. Cancel our {seats} seats, please.",
        ],
        said: &[
            "{name} was talked down to on the phone in {month}. Apologised; they want one person to call from now on.",
        ],
    },
    Story {
        reason: "support.attitude_of_provider",
        times: 3,
        kinds: CANCEL,
        objection: "trust",
        levers: &["explain_value"],
        stated: &[
            "Your technician came two hours late, left the cabinet open and told us it was our own fault. We would like to leave.",
        ],
        said: &["The visit was a contractor's. {name} sent photos of the cabinet. It looks as bad as described."],
    },
    Story {
        reason: "support.phone_expertise",
        times: 6,
        kinds: CANCEL,
        objection: "trust",
        levers: &["fix_fault"],
        stated: &[
            "Nobody on your hotline knows how call queues work. I end up explaining it to them.",
            "Four calls, four different answers about the same setting. That's not support.",
        ],
        said: &["The setting {name} asked for exists. Took me three minutes to show it."],
    },
    Story {
        reason: "support.not_resolved",
        times: 8,
        kinds: COMPLAINT,
        objection: "trust",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "My ticket has been open since {month}. Every two weeks somebody asks me to describe the problem again.",
            "We've reported the voicemail fault six times. It is closed each time as solved and it isn't.",
        ],
        said: &["The ticket went through five hands. {name} wants one owner and a date."],
    },
    Story {
        reason: "support.waiting",
        times: 5,
        kinds: CANCEL,
        objection: "trust",
        levers: &["explain_value", "one_off_credit"],
        stated: &["55 minutes on hold to change a greeting. I won't do that again. Please cancel."],
        said: &["{name} did not know that the greeting can be changed in the app. Showed it on the call."],
    },
    Story {
        reason: "product.missing_feature",
        times: 10,
        kinds: CANCEL_OR_RENEW,
        objection: "quality",
        levers: &["explain_value", "right_size"],
        stated: &[
            "We need text messages from our main number. You've had it 'on the roadmap' for two years, {rival} has it today.",
            "No link to our booking system. The team copies numbers by hand all day. We will change provider.",
            "Without call transcripts in Spanish this is of no use to our second location.",
        ],
        said: &[
            "They need it for the second location only. The pilot group would give it to them now; {name} did not know of it.",
        ],
    },
    Story {
        reason: "product.dissatisfaction",
        times: 9,
        kinds: CANCEL,
        objection: "quality",
        levers: &["explain_value", "fix_fault"],
        stated: &[
            "The app logs everybody out overnight and half the team misses the first calls. We're tired of it.",
            "We never got used to the new app. The old one did what we needed. Please cancel at the end of the term.",
        ],
        said: &["Went through the app with {name}. Most of the trouble is one setting that came with the update."],
    },
    Story {
        reason: "product.limited_range",
        times: 3,
        kinds: CANCEL,
        objection: "competitor",
        levers: &["explain_value"],
        stated: &[
            "We want phones, internet and mobiles from one company and you only do phones. {rival} does all three.",
        ],
        said: &["{name} wants a single bill. Our partner's mobile plan on our bill could be that."],
    },
    Story {
        reason: "product.no_self_service",
        times: 2,
        kinds: CANCEL,
        objection: "quality",
        levers: &["explain_value"],
        stated: &[
            "To add one seat I have to write an e-mail and wait two days. Everybody else lets me do that online.",
        ],
        said: &["They change seats every week. {name} would like to be shown the admin page before deciding."],
    },
    Story {
        reason: "value.too_much",
        times: 9,
        kinds: CANCEL_OR_LESS,
        objection: "need_gone",
        levers: &["right_size"],
        stated: &[
            "We are {few} people now and pay for {seats}. Either make it smaller or cancel it.",
            "The {plan} plan is far too big for us. Call center features for an office of ten!",
        ],
        said: &["{few} of {seats} seats were used in the last three months. {name} would stay on the smaller plan."],
    },
    Story {
        reason: "value.not_used",
        times: 7,
        kinds: CANCEL_OR_LESS,
        objection: "need_gone",
        levers: &["right_size", "pause"],
        stated: &[
            "Everyone works from home with mobiles. The desk phones haven't rung in months. Please cancel.",
            "We hardly use it. The season is over and the lines are silent until spring.",
        ],
        said: &[
            "Seasonal: busy from April to September. A pause over the winter would do. {name} had never heard of it.",
        ],
    },
    Story {
        reason: "value.not_seen",
        times: 2,
        kinds: CANCEL,
        objection: "need_gone",
        levers: &["explain_value"],
        stated: &["What exactly do we get for {seat} a seat that a free app doesn't do? Nobody could tell me."],
        said: &["Sent the report of answered and missed calls. {name} was surprised how many come in after hours."],
    },
    Story {
        reason: "billing.wrong_charge",
        times: 10,
        kinds: COMPLAINT,
        objection: "trust",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "You billed {amount} for seats we removed in {month}. I've reported it three times. Correct it and close the account.",
            "Two invoices for the same month, both collected! I want {amount} back and then we're done.",
            "The bill still shows the old plan. That's {amount} too much, again.",
        ],
        said: &["Checked the invoices: {name} is right, {amount} too much. Nobody had answered the earlier e-mails."],
    },
    Story {
        reason: "billing.after_cancelling",
        times: 5,
        kinds: &[(Kind::Complaint, 1)],
        objection: "trust",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "We cancelled in {month}, in writing. You keep collecting {amount} each month. This is my last letter before I go to the regulator.",
            "I have your confirmation of the cancellation here and three bills that came after it.",
        ],
        said: &["The confirmation is genuine. The cancellation never reached billing."],
    },
    Story {
        reason: "billing.unexpected_fee",
        times: 6,
        kinds: &[(Kind::Complaint, 2), (Kind::NonPayment, 2), (Kind::Cancellation, 1)],
        objection: "trust",
        levers: &["explain_value", "one_off_credit"],
        stated: &[
            "A 'regulatory recovery fee' of {amount} that nobody mentioned when we signed. That's not how we do business.",
        ],
        said: &["The fee was in the terms but not in the quote {name} signed. Wants it gone or the contract ended."],
    },
    Story {
        reason: "billing.lost_trust",
        times: 3,
        kinds: CANCEL,
        objection: "trust",
        levers: &["one_off_credit"],
        stated: &[
            "Every single bill this year was wrong in one way or another. We don't trust you with our bank details any more.",
        ],
        said: &[
            "Seven bills, five corrections. {name} would only stay if somebody checks each bill before it goes out.",
        ],
    },
    Story {
        reason: "contract.term_ended",
        times: 9,
        kinds: &[(Kind::RenewalAtRisk, 1)],
        objection: "timing",
        levers: &["explain_value", "time_limited_discount"],
        stated: &[
            "Our term ends on {end}. We don't want it to renew by itself. Please send what a month-to-month contract would cost.",
            "Before we sign for another year we are asking three others for a quote.",
        ],
        said: &["{name} wants no automatic renewal and a term of one year at most. The service itself is fine."],
    },
    Story {
        reason: "contract.cannot_cancel",
        times: 4,
        kinds: &[(Kind::Complaint, 1)],
        objection: "trust",
        levers: &["fix_fault"],
        stated: &[
            "I asked to cancel on the phone in {month} and again by e-mail. Nothing happened. How does one leave you?",
            "There's no button to cancel, the chat sends me to the phone and the phone to the chat.",
        ],
        said: &["Found the first request of {month} in an old mailbox. The cancellation counts from that day."],
    },
    Story {
        reason: "life_event.closed",
        times: 8,
        kinds: CANCEL,
        objection: "need_gone",
        levers: &["pause"],
        stated: &[
            "After {years} years we're closing the business at the end of {soon}. Thank you for everything.",
            "We merged with a larger firm and move into their offices. They have phones.",
        ],
        said: &[
            "The business closes. {name} would like the main number to be kept for two months with an announcement.",
        ],
    },
    Story {
        reason: "life_event.deceased",
        times: 4,
        kinds: CANCEL,
        objection: "need_gone",
        levers: &[],
        stated: &[
            "My husband, who ran the company, died in {month}. Please close the account and tell me what you need from me.",
            "I am the executor of the estate of the owner. The service should end as soon as possible.",
        ],
        said: &["Spoke with the family. They need the final bill and a letter, nothing else."],
    },
    Story {
        reason: "fraud.not_recognised",
        times: 2,
        kinds: CANCEL,
        objection: "trust",
        levers: &[],
        stated: &["We never ordered {seats} seats from you. Somebody used our company's name. End this at once."],
        said: &["Signed up with a stolen letterhead. Handed to Fraud; the company owes nothing."],
    },
];
