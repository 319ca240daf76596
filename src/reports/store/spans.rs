use chrono::NaiveDate;

use super::super::Range;

/// As few sums as make up some ranges, column by column as a statement takes them.
#[derive(Default)]
pub(super) struct Spans {
    /// Which of the ranges each is part of.
    pub(super) of: Vec<i32>,
    pub(super) grains: Vec<String>,
    pub(super) froms: Vec<NaiveDate>,
    pub(super) tos: Vec<NaiveDate>,
}

impl Spans {
    pub(super) fn of(ranges: &[Range]) -> Self {
        let mut spans = Self::default();
        for (range, of) in ranges.iter().zip(0..) {
            for span in range.spans() {
                spans.of.push(of);
                spans.grains.push(span.grain.to_owned());
                spans.froms.push(span.from);
                spans.tos.push(span.to);
            }
        }
        spans
    }
}
