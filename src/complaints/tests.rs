use chrono::NaiveTime;

use super::*;
use crate::cases::Channel;
use crate::ids::{AllegationId, ComplaintTemplateId};

fn round(number: u8) -> Round {
    Round {
        round: number,
        received_on: "2026-05-03".parse().unwrap(),
        words: "They billed me twice.".to_owned(),
        due_at: "2026-06-02T21:00:00Z".parse().unwrap(),
        because: "30 days".to_owned(),
        opening: String::new(),
        closing: String::new(),
        public_words: String::new(),
        version: 1,
        signed_at: None,
        signed_by: None,
        sent_at: None,
        sent_by: None,
        sent_how: None,
        extended_because: None,
        authors: Vec::new(),
    }
}

fn complaint() -> Complaint {
    Complaint {
        id: ComplaintId::new(),
        case: CaseId::new(),
        case_number: 20_418,
        owner: None,
        customer: CustomerId::new(),
        customer_name: "Ada".to_owned(),
        unknown: false,
        template: Template {
            id: ComplaintTemplateId::new(),
            code: "bbb".to_owned(),
            number: 1,
            source: Channel::Bbb,
            name: "BBB".to_owned(),
            span: 14,
            counted: Counted::Days,
            due_time: NaiveTime::MIN,
            zone: chrono_tz::UTC,
            public: false,
            addressed_to: AddressedTo::Both,
            address: String::new(),
            rounds: 2,
            round_span: Some(14),
            extended_span: None,
            citation: "The rules of the office".to_owned(),
            active: true,
            published_at: DateTime::UNIX_EPOCH,
            published_by: None,
        },
        external_ref: Some("4711".to_owned()),
        public: false,
        complainant: Complainant::default(),
        stage: Stage::Received,
        round: 1,
        revision: 1,
        reviewer: None,
        taken_in_at: DateTime::UNIX_EPOCH,
        ended: None,
        version: 1,
        rounds: vec![round(1)],
        allegations: Vec::new(),
        actions: Vec::new(),
    }
}

fn allegation(finding: Option<Finding>, answer: &str) -> Allegation {
    Allegation {
        id: AllegationId::new(),
        round: 1,
        position: 1,
        words: "Billed twice".to_owned(),
        finding,
        answer: answer.to_owned(),
        version: 1,
    }
}

#[test]
fn nobody_reviews_before_every_allegation_is_answered() {
    let mut one = complaint();
    assert!(matches!(one.clone().review(None, &[]), Err(Refusal::Unfinished(why)) if why.contains("every allegation")));
    one.allegations = vec![allegation(Some(Finding::Upheld), "It was."), allegation(None, "")];
    let why = one.clone().review(None, &[]).unwrap_err().to_string();
    assert_eq!(why, "One allegation has no finding or no answer yet.");
    one.allegations[1] = allegation(Some(Finding::NotUpheld), "It was not.");
    assert_eq!(one.review(None, &[]).unwrap().stage, Stage::InReview);
}

#[test]
fn what_everybody_reads_holds_nothing_of_the_account() {
    let mut one = complaint();
    one.template.public = true;
    one.allegations = vec![allegation(Some(Finding::Upheld), "It was.")];
    assert_eq!(one.missing(&[]), ["Write the public response: everybody can read it."]);
    one.rounds[0].public_words = "We wrote to ada@example.com.".to_owned();
    let missing = one.missing(&["ada@example.com".to_owned()]);
    assert_eq!(missing, ["Take “ada@example.com” out of the public response: everybody can read it."]);
    one.rounds[0].public_words = "We are sorry, and have put it right.".to_owned();
    assert!(one.missing(&["ada@example.com".to_owned()]).is_empty());
}

#[test]
fn nobody_signs_off_what_they_wrote_or_have_not_seen() {
    let (ada, bo) = (UserId::new(), UserId::new());
    let mut one = complaint();
    one.allegations = vec![allegation(Some(Finding::Upheld), "It was.")];
    one.rounds[0].authors = vec![Author { id: ada, name: "Ada".to_owned() }];
    assert_eq!(one.clone().sign(Some(bo), 1, &[]), Err(Refusal::NotInReview));
    let asked = one.clone().review(Some((ada, "Ada".to_owned())), &[]);
    assert_eq!(asked, Err(Refusal::WroteIt("Ada".to_owned())));
    let one = one.review(Some((bo, "Bo".to_owned())), &[]).unwrap();
    assert_eq!(one.clone().sign(Some(ada), 1, &[]), Err(Refusal::OwnAnswer));
    assert_eq!(one.clone().sign(Some(bo), 2, &[]), Err(Refusal::Changed));
    assert_eq!(one.sign(Some(bo), 1, &[]).unwrap().stage, Stage::Signed);
}

#[test]
fn what_is_written_after_a_sign_off_voids_it() {
    let signed = Complaint { stage: Stage::Signed, ..complaint() };
    let (written, voided) = signed.clone().write().unwrap();
    assert_eq!((written.stage, written.revision, voided), (Stage::Answering, 2, true));
    let (written, voided) = complaint().write().unwrap();
    assert_eq!((written.revision, voided), (1, false));
    assert_eq!(written.sent(&[]), Err(Refusal::NotSigned));
    let sent = signed.sent(&[]).unwrap();
    assert_eq!(sent.write(), Err(Refusal::Sent));
}

#[test]
fn they_come_back_as_often_as_their_terms_say() {
    let sent = Complaint { stage: Stage::Sent, ..complaint() };
    assert_eq!(complaint().rebutted(), Err(Refusal::NotSent));
    let again = sent.rebutted().unwrap();
    assert_eq!((again.stage, again.round, again.revision), (Stage::Answering, 2, 1));
    let sent = Complaint { stage: Stage::Sent, ..again };
    assert_eq!(sent.rebutted(), Err(Refusal::NoMoreRounds("BBB".to_owned())));
}

#[test]
fn a_deadline_is_extended_once_where_its_terms_allow_it_and_not_when_late() {
    let before = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut one = complaint();
    assert!(matches!(one.extended(before), Err(Refusal::NotExtendable(_))));
    one.template.extended_span = Some(60);
    assert_eq!(one.extended(before).unwrap().at.to_rfc3339(), "2026-07-02T00:00:00+00:00");
    assert_eq!(one.extended("2026-06-03T00:00:00Z".parse().unwrap()), Err(Refusal::Passed));
    one.rounds[0].extended_because = Some("Records".to_owned());
    assert_eq!(one.extended(before), Err(Refusal::Extended));
}

#[test]
fn it_ends_answered_or_because_no_answer_is_due() {
    let end = |one: Complaint, how| one.end(Ended { at: DateTime::UNIX_EPOCH, how, because: String::new() });
    assert_eq!(end(complaint(), How::Answered), Err(Refusal::Owed));
    assert_eq!(end(complaint(), How::Withdrawn).unwrap().stage, Stage::Closed);
    let sent = Complaint { stage: Stage::Sent, ..complaint() };
    assert_eq!(end(sent.clone(), How::Withdrawn), Err(Refusal::Sent));
    let closed = end(sent, How::Answered).unwrap();
    assert_eq!(end(closed, How::Answered), Err(Refusal::Closed));
}

#[test]
fn what_was_closed_without_an_answer_comes_back_in_the_same_round() {
    let end = |one: Complaint, how| one.end(Ended { at: DateTime::UNIX_EPOCH, how, because: "A letter".to_owned() });
    let signed = Complaint { stage: Stage::Signed, ..complaint() };
    let back = end(signed, How::Withdrawn).unwrap().brought_back().unwrap();
    assert_eq!((back.stage, back.round, back.revision, &back.ended), (Stage::Answering, 1, 2, &None));
    assert_eq!(back.brought_back(), Err(Refusal::NotGivenUp));
    let sent = Complaint { stage: Stage::Sent, ..complaint() };
    assert_eq!(end(sent, How::Answered).unwrap().brought_back(), Err(Refusal::NotGivenUp));
}

#[test]
fn what_everybody_reads_is_looked_at_again_when_it_is_signed_off_and_sent() {
    let mut one = complaint();
    one.template.public = true;
    one.rounds[0].public_words = "We called 206 555 0134 and wrote to ada@example.com.".to_owned();
    let details = ["ada@example.com".to_owned(), "206-555-0134".to_owned()];
    let why = "Take “ada@example.com”, “206-555-0134” out of the public response: everybody can read it.";
    let in_review = Complaint { stage: Stage::InReview, ..one.clone() };
    assert_eq!(in_review.clone().sign(None, 1, &details).unwrap_err().to_string(), why);
    assert_eq!(in_review.sign(None, 1, &[]).unwrap().stage, Stage::Signed);
    let signed = Complaint { stage: Stage::Signed, ..one };
    assert_eq!(signed.clone().sent(&details).unwrap_err().to_string(), why);
    assert_eq!(signed.sent(&[]).unwrap().stage, Stage::Sent);
}
