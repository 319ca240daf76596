//! Brightline: price, competitors and those who cannot say.

use super::{CANCEL, CANCEL_OR_RENEW, Story};
use crate::cases::Kind;

pub(super) const STORIES: [Story; 11] = [
    Story {
        reason: "competitor.better_offer",
        times: 70,
        kinds: &[(Kind::Cancellation, 7), (Kind::RenewalAtRisk, 2), (Kind::WinBack, 2)],
        objection: "competitor",
        levers: &["explain_value", "right_size", "time_limited_discount"],
        stated: &[
            "{rival} quoted us {quote} a seat with no setup fee. Please cancel our {seats} seats at the end of the month. If there is paperwork, send it to me.",
            "We signed with {rival} last week. Same features, {quote} instead of {seat}. What do you need from us to close the account?",
            "Our new CFO compared three providers and yours is the dearest. {rival} comes to {quote} all in. We don't plan to renew.",
            "{rival} gives us the first three months free and throws in the desk phones. Hard to say no to that. Please stop our {plan} plan.",
            "I have a written offer from {rival} on my desk that saves us {sum} a year. I'd rather not move everybody again, but I can't justify the difference.",
            "Hi, we got an offer through our trade association with {rival}. {quote} a seat for members. Can you match it, yes or no? Otherwise cancel please.",
            "My brother-in-law's firm moved to {rival} and pays a third less. Cancel us as of the next bill.",
        ],
        said: &[
            "{name} has a written {rival} quote at {quote} a seat, no setup fee. Likes our app, but wants one number and not another round.",
            "{name} read the {rival} offer to me. It leaves out the call recording and the number porting, which we include.",
            "Went through the {rival} quote line by line with {name}. With support and recording they end up close to what they pay us.",
        ],
    },
    Story {
        reason: "competitor.better_devices",
        times: 50,
        kinds: CANCEL_OR_RENEW,
        objection: "competitor",
        levers: &["explain_value", "swap_or_expedite", "one_off_credit"],
        stated: &[
            "{rival} includes new desk phones and headsets for all {seats} people. Ours are from the year we moved in. Please end the contract.",
            "The handsets you gave us are falling apart and {rival} replaces theirs every two years. We are switching.",
            "Our reception wants the video phones {rival} showed us. You don't have anything like it, so we'd like to cancel.",
            "I've asked twice about newer conference phones. {rival} delivered a demo unit the next day. We're going with them.",
            "Half the staff use their own mobiles because the desk phones are so bad. {rival} brings new ones at no charge. Cancel us for the 1st.",
        ],
        said: &[
            "It is about the hardware. Six of the phones fail and nobody told {name} that they are under warranty.",
            "{name} was shown the {rival} handsets last week. Would stay if we replaced the reception phones before the end of the month.",
        ],
    },
    Story {
        reason: "competitor.more_data",
        times: 25,
        kinds: CANCEL,
        objection: "competitor",
        levers: &["explain_value", "right_size", "time_limited_discount"],
        stated: &[
            "With {rival} we get unlimited minutes and recordings kept for a year. You keep them 30 days. Please cancel.",
            "We hit the limit on recordings every month and {rival} has no limit. Moving over in {soon}.",
            "{rival} offers us twice the minutes for the same money. I don't see why we should stay.",
        ],
        said: &[
            "They only need longer storage for one team of eight. {name} did not know the archive can be added by seat.",
        ],
    },
    Story {
        reason: "competitor.higher_speeds",
        times: 20,
        kinds: CANCEL,
        objection: "competitor",
        levers: &["fix_fault", "swap_or_expedite", "time_limited_discount"],
        stated: &[
            "{rival} brings fiber into our street and bundles the phones. We will take both from them, so please cancel everything here.",
            "The line {rival} offers is four times as fast for less. Voice goes with it. Tell me the notice period.",
            "Our landlord put {rival} in the whole building, symmetrical gigabit included. No reason to keep a second provider.",
        ],
        said: &[
            "{name} takes the {rival} line whatever we do. Open question is whether the {seats} voice seats could stay with us over it.",
        ],
    },
    Story {
        reason: "price.too_high",
        times: 20,
        kinds: &[(Kind::Cancellation, 4), (Kind::Downgrade, 4), (Kind::NonPayment, 3)],
        objection: "price",
        levers: &["explain_value", "right_size", "time_limited_discount"],
        stated: &[
            "{sum} a year for telephones is too much for a company of our size. Please cancel or show me something at half of that.",
            "We went through all our costs and {seat} a seat doesn't hold up any more. We want out at the end of the term.",
            "Too expensive. We hardly call anyone these days and still pay for {seats} seats on the {plan} plan.",
            "The partners voted to cut software by 20 %. You are the third largest item. I'm sorry but please cancel.",
        ],
        said: &[
            "Budget is fixed at 20 % less. {name} counted: 9 of the {seats} seats have not been used since spring.",
            "{name} is happy with the service. It is the total on the bill, not the price of a seat.",
        ],
    },
    Story {
        reason: "price.increase",
        times: 12,
        kinds: CANCEL_OR_RENEW,
        objection: "price",
        levers: &["explain_value", "time_limited_discount"],
        stated: &[
            "Your letter says the price goes up 8 % from {soon}. Nobody asked us. We would like to use our right to cancel.",
            "Second increase in two years! We signed at a good deal less. Cancel before the new price applies, please.",
            "I saw the new rate on the renewal form and almost fell off my chair. If it stays like that we leave.",
        ],
        said: &[
            "The increase is the third thing in a row that {name} learned from a bill. Wants it explained by a person, and a price that holds for a year.",
        ],
    },
    Story {
        reason: "price.cannot_afford",
        times: 8,
        kinds: &[(Kind::NonPayment, 1)],
        objection: "price",
        levers: &["pause", "right_size", "exception"],
        stated: &[
            "Business is very slow since the summer. We cannot pay the last two bills at once. Can we pause, or do we have to cancel?",
            "Our largest customer went under and took a third of our turnover along. I have to cut everything, including you.",
            "I know we are behind with the bill. Please don't cut us off, but we can't carry {sum} a year any longer.",
        ],
        said: &["{name} was open about it: two bills behind, a new order starts in {soon}. Could pay in three parts."],
    },
    Story {
        reason: "price.discount_ended",
        times: 6,
        kinds: CANCEL_OR_RENEW,
        objection: "discount",
        levers: &["explain_value", "right_size", "time_limited_discount"],
        stated: &[
            "Our discount ran out and the bill jumped. New customers pay less than we do after {years} years. Cancel, please.",
            "The 10 % was the reason we stayed last time. Without it we go to {rival}.",
        ],
        said: &[
            "The loyalty discount ended in {month}. {name} was not told beforehand and feels punished for staying.",
        ],
    },
    Story {
        reason: "price.long_distance_charges",
        times: 2,
        kinds: CANCEL,
        objection: "price",
        levers: &["right_size", "one_off_credit"],
        stated: &[
            "Calls to our supplier in Mexico cost more than the whole plan. {rival} includes them. We want to cancel.",
        ],
        said: &["All of it is calls to two numbers in Monterrey. The bundle for Mexico would have covered them."],
    },
    Story {
        reason: "price.extra_data_charges",
        times: 2,
        kinds: CANCEL,
        objection: "price",
        levers: &["right_size", "one_off_credit"],
        stated: &[
            "Again {amount} of extra charges for recordings over the limit. We can't plan with that. Please end our contract.",
        ],
        said: &[
            "The overage comes from one voicemail box that nobody empties. {name} is annoyed that we never mentioned it.",
        ],
    },
    Story {
        reason: "other.dont_know",
        times: 32,
        kinds: CANCEL_OR_RENEW,
        objection: "need_gone",
        levers: &["explain_value"],
        stated: &[
            "Please cancel our account {account}. Thank you.",
            "We have decided to discontinue the service at the end of the term.",
            "The office manager who set this up has left and I was told to cancel. I don't know more than that.",
            "Cancel, please. No calls.",
            "Management decision. I can't say why.",
            "Kindly confirm the cancellation in writing.",
        ],
        said: &[
            "{name} could not say why. The decision came from the head office; gave me no name there.",
            "Asked twice, kindly. {name} does not want to go into it.",
        ],
    },
];
