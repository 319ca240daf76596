//! How a case ends. Abandoned is not saved, and unknown is its own answer.

use crate::customers::Status;
use crate::names::names;

names! {
    /// How a case ended.
    Outcome {
        SavedWithOffer = "saved_with_offer", "Saved with offer";
        SavedWithoutOffer = "saved_without_offer", "Saved without offer";
        Modified = "modified", "Modified";
        PartlySaved = "partly_saved", "Partly saved";
        Lost = "lost", "Lost";
        Unreachable = "unreachable", "Unreachable";
        NeverAtRisk = "never_at_risk", "Never at risk";
        Duplicate = "duplicate", "Duplicate";
        Unknown = "unknown", "Unknown";
    }
}

impl Outcome {
    /// Saved, or modified (downgraded, paused, swapped): the customer stays.
    #[must_use]
    pub fn is_save(self) -> bool {
        matches!(self, Self::SavedWithOffer | Self::SavedWithoutOffer | Self::Modified)
    }

    /// Whether it counts among the decided cases (DOMAIN, Figures).
    #[must_use]
    pub fn is_decided(self) -> bool {
        self.is_save() || matches!(self, Self::PartlySaved | Self::Lost)
    }

    /// Whether nothing can have been kept.
    #[must_use]
    pub fn keeps_nothing(self) -> bool {
        matches!(self, Self::Lost | Self::Duplicate)
    }

    /// The account status that follows, if one does.
    #[must_use]
    pub fn status(self) -> Option<Status> {
        match self {
            Self::SavedWithOffer | Self::SavedWithoutOffer | Self::Modified | Self::PartlySaved => Some(Status::Saved),
            Self::Lost => Some(Status::Cancelled),
            Self::NeverAtRisk => Some(Status::Active),
            Self::Unreachable | Self::Duplicate | Self::Unknown => None,
        }
    }

    /// The tone of its mark.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::SavedWithOffer | Self::SavedWithoutOffer | Self::Modified => "good",
            Self::PartlySaved => "warn",
            Self::Lost => "bad",
            _ => "info",
        }
    }
}
