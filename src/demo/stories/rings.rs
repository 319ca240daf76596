//! Aurelle: orders of rings and jewellery.

use super::{ORDER, ORDER_OR_COMPLAINT, Story};
use crate::cases::Kind;

pub(super) const STORIES: [Story; 20] = [
    Story {
        reason: "competitor.better_offer",
        times: 20,
        kinds: &[(Kind::OrderCancellation, 9), (Kind::WinBack, 1)],
        objection: "competitor",
        levers: &["explain_value", "swap_or_expedite", "one_off_credit"],
        stated: &[
            "I found a very similar {item} at {rival} for {quote}. I'd rather have yours, but not at that difference. Please cancel order {order}.",
            "{rival} offered me the same stone with a lifetime warranty. Cancel {order} please.",
            "My fiancée's aunt works at {rival} and can get it at cost. Sorry to do this, please cancel.",
        ],
        said: &[
            "{name} sent the {rival} page. Their stone is a colour lower and comes without a report; had not noticed.",
            "{name} prefers our setting. It is about {amount}, and about feeling sure.",
        ],
    },
    Story {
        reason: "price.too_high",
        times: 9,
        kinds: ORDER,
        objection: "price",
        levers: &["explain_value", "swap_or_expedite", "one_off_credit"],
        stated: &[
            "I got carried away. {sum} is more than I should spend on a ring. Can I cancel?",
            "With duty and shipping it comes to far more than I had in mind. Please cancel order {order}.",
        ],
        said: &[
            "Loves the ring, set a limit of three quarters of it at home. A slightly smaller stone in the same setting would be under it.",
        ],
    },
    Story {
        reason: "price.cannot_afford",
        times: 5,
        kinds: ORDER,
        objection: "price",
        levers: &["pause", "swap_or_expedite"],
        stated: &[
            "I lost my job on Friday and can't pay the second instalment. I'm so sorry, please cancel my {item}.",
        ],
        said: &["{name} wants it, only not now. Asked whether the deposit could wait for 90 days."],
    },
    Story {
        reason: "other.dont_know",
        times: 10,
        kinds: ORDER,
        objection: "timing",
        levers: &["explain_value"],
        stated: &[
            "Please cancel order {order}.",
            "Changed my mind. Please refund.",
            "I'd rather not say why. Please cancel and confirm.",
        ],
        said: &["{name} did not want to give a reason. Polite, short call."],
    },
    Story {
        reason: "delivery.late",
        times: 18,
        kinds: ORDER_OR_COMPLAINT,
        objection: "timing",
        levers: &["fix_fault", "swap_or_expedite", "one_off_credit"],
        stated: &[
            "You promised my {item} for last week. {occasion} is on {day} and nobody can tell me where it is!",
            "Third date in a row that you missed. I'm buying one in a shop tomorrow, cancel {order}.",
            "The tracking hasn't moved for nine days. If it isn't here by {day} I don't need it any more.",
            "I planned everything around the date you gave me. What am I supposed to kneel down with?",
        ],
        said: &[
            "{occasion} is on {day}. {name} would stay if a person, not a page, says when it leaves the bench.",
            "The parcel sits in customs. {name} had no idea and thought we had forgotten it.",
        ],
    },
    Story {
        reason: "delivery.date_too_far",
        times: 12,
        kinds: ORDER,
        objection: "timing",
        levers: &["swap_or_expedite"],
        stated: &[
            "Six weeks?! {occasion} is on {day}. I didn't see that when I ordered. Please cancel {order}.",
            "Your e-mail says the {item} ships after {occasion}. Then it's of no use to me.",
        ],
        said: &[
            "The real date is {day}. A ready-made setting with the same stone would make it; {name} wants to see a picture.",
        ],
    },
    Story {
        reason: "delivery.damaged",
        times: 5,
        kinds: &[(Kind::Complaint, 1)],
        objection: "quality",
        levers: &["fix_fault", "swap_or_expedite"],
        stated: &["The box came crushed and a prong is bent. I took photos. I want my money back."],
        said: &["Photos show the bent prong clearly. {name} would take a new one if it is here before {day}."],
    },
    Story {
        reason: "delivery.wrong_item",
        times: 5,
        kinds: ORDER_OR_COMPLAINT,
        objection: "quality",
        levers: &["fix_fault", "swap_or_expedite"],
        stated: &[
            "I ordered size 6 in platinum and got size 8 in white gold. How does this happen? Cancel and refund, please.",
        ],
        said: &["Two parcels were swapped at packing. The right one is still with us."],
    },
    Story {
        reason: "quality.below_expectation",
        times: 14,
        kinds: ORDER_OR_COMPLAINT,
        objection: "quality",
        levers: &["explain_value", "swap_or_expedite", "one_off_credit"],
        stated: &[
            "In the pictures the stone sparkles. Mine looks like glass. I'd like to return the {item}.",
            "The band is much thinner than on your page. She was disappointed and so am I.",
            "It doesn't look like {sum}. I expected more, honestly. How do I send it back?",
        ],
        said: &[
            "{name} compared it under a kitchen lamp with the studio picture. Offered to look at two other stones on a video call.",
        ],
    },
    Story {
        reason: "quality.certification",
        times: 11,
        kinds: ORDER,
        objection: "certification",
        levers: &["explain_value", "swap_or_expedite"],
        stated: &[
            "The certificate is from a laboratory I've never heard of. My jeweller says IGI grades softer than GIA. I don't trust the grade, please cancel.",
            "The number engraved on the stone isn't the one on the report. I want to return it.",
            "I asked for a GIA stone and the report says something else. Cancel {order}, please.",
        ],
        said: &[
            "{name} wants to know what the stone would be graded elsewhere. Promised the comparison of both reports in writing.",
        ],
    },
    Story {
        reason: "quality.defect",
        times: 7,
        kinds: ORDER_OR_COMPLAINT,
        objection: "quality",
        levers: &["fix_fault", "swap_or_expedite"],
        stated: &[
            "The stone is loose after two weeks of wearing it. For {sum}!",
            "There's a scratch inside the band and the clasp doesn't close. I'd like a refund.",
        ],
        said: &["Loose stone, clearly ours to mend. {name} is afraid of losing it and took it off."],
    },
    Story {
        reason: "no_need.found_elsewhere",
        times: 12,
        kinds: ORDER,
        objection: "competitor",
        levers: &["explain_value", "swap_or_expedite"],
        stated: &[
            "We saw one in a little shop on Saturday and fell in love with it. Please cancel my order {order}.",
            "My grandmother gave me her ring. I won't need the {item} any more.",
        ],
        said: &["Happy for {name}. Asked about wedding bands to match; will come back to us in spring."],
    },
    Story {
        reason: "no_need.found_cheaper",
        times: 12,
        kinds: ORDER,
        objection: "price",
        levers: &["explain_value", "swap_or_expedite", "one_off_credit"],
        stated: &[
            "The same {item} is {quote} at {rival}. Cancel {order} unless you can match it.",
            "Found it online for {amount} less with free shipping. Why is yours so much more?",
        ],
        said: &["Same carat, but two clarity grades lower. Showed {name} two of ours near that price."],
    },
    Story {
        reason: "no_need.not_needed",
        times: 10,
        kinds: ORDER,
        objection: "need_gone",
        levers: &["pause"],
        stated: &[
            "I ordered two sizes to be safe. The first one fits, so cancel the other please.",
            "We decided to do without rings. Please cancel {order}.",
        ],
        said: &["Nothing to be sorry about: {name} does not need it any more."],
    },
    Story {
        reason: "life_event.changed_plans",
        times: 14,
        kinds: ORDER,
        objection: "need_gone",
        levers: &["pause", "swap_or_expedite"],
        stated: &[
            "The wedding is put off to next year. I don't want the {item} lying around until then. Please cancel.",
            "We broke up. Please cancel order {order} and don't ask.",
            "She found out about the proposal, so the plan has changed. Can I get out of {order}?",
        ],
        said: &["{occasion} moves to next year. {name} is open to a hold of 90 days with the deposit kept."],
    },
    Story {
        reason: "life_event.deceased",
        times: 2,
        kinds: ORDER,
        objection: "need_gone",
        levers: &[],
        stated: &[
            "My father ordered this for my mother. He passed away last week. Please cancel {order} and send the refund to the same account.",
        ],
        said: &["Cancelled and refunded in full, with our condolences."],
    },
    Story {
        reason: "fraud.not_recognised",
        times: 3,
        kinds: ORDER,
        objection: "trust",
        levers: &[],
        stated: &["I never ordered any jewellery. My card was charged {sum}. Who are you?"],
        said: &["Not their order. Stopped the parcel and handed it to Fraud; the card is refunded."],
    },
    Story {
        reason: "fraud.identity_theft",
        times: 1,
        kinds: ORDER,
        objection: "trust",
        levers: &[],
        stated: &["Somebody opened an account in my name and bought a {item}. I have filed a police report."],
        said: &["Police report is here. Account closed, order stopped."],
    },
    Story {
        reason: "support.waiting",
        times: 6,
        kinds: ORDER_OR_COMPLAINT,
        objection: "trust",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "Five days without an answer to a simple question about the size. If you treat buyers like this I don't want the ring.",
            "Your chat says 'we'll be right with you' since Tuesday. Cancel {order}.",
        ],
        said: &[
            "The question about the size was answered in two minutes. {name} only wanted to know it before engraving.",
        ],
    },
    Story {
        reason: "billing.wrong_charge",
        times: 4,
        kinds: &[(Kind::Complaint, 1)],
        objection: "trust",
        levers: &["fix_fault", "one_off_credit"],
        stated: &[
            "You charged my card twice for {order}. I want {amount} back today, otherwise I cancel the whole thing.",
        ],
        said: &["The second charge was a hold that falls away by itself. {name} wants that in writing."],
    },
];
