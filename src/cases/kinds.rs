//! What a case is, how it reached us, how much it presses.

use crate::names::names;

names! {
    /// What a case is.
    Kind {
        Cancellation = "cancellation", "Cancellation";
        OrderCancellation = "order_cancellation", "Order cancellation";
        Downgrade = "downgrade", "Downgrade";
        RenewalAtRisk = "renewal_at_risk", "Renewal at risk";
        Complaint = "complaint", "Complaint";
        NonPayment = "non_payment", "Non-payment";
        WinBack = "win_back", "Win-back";
    }
}

names! {
    /// How a case reached us.
    Channel {
        Phone = "phone", "Phone";
        Email = "email", "E-mail";
        Chat = "chat", "Chat";
        Ticket = "ticket", "Ticket";
        Crm = "crm", "CRM";
        Letter = "letter", "Letter";
        SocialReview = "social_review", "Social review";
        Bbb = "bbb", "BBB";
        Fcc = "fcc", "FCC";
        Cfpb = "cfpb", "CFPB";
        StateAttorney = "state_attorney", "State attorney";
        DataProtection = "data_protection", "Data protection";
        Executive = "executive", "Executive complaint";
        WebForm = "web_form", "Web form";
    }
}

impl Channel {
    /// Those by which complaints come that are taken in with their number and the day they were received, and answered
    /// by a response of their own.
    pub const OF_COMPLAINTS: [Self; 7] = [
        Self::Fcc,
        Self::Bbb,
        Self::Cfpb,
        Self::StateAttorney,
        Self::DataProtection,
        Self::SocialReview,
        Self::Executive,
    ];

    /// Whether what comes this way is a complaint, which waits for a response.
    #[must_use]
    pub fn brings_complaints(self) -> bool {
        Self::OF_COMPLAINTS.contains(&self)
    }

    /// Whether somebody with power over us waits for the response.
    #[must_use]
    pub fn is_regulator(self) -> bool {
        self.brings_complaints() && !matches!(self, Self::SocialReview | Self::Executive)
    }
}

/// How much a case presses: 1 low, 2 normal, 3 high, 4 urgent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Priority(u8);

impl Priority {
    /// The usual.
    pub const NORMAL: Self = Self(2);
    /// At once.
    pub const URGENT: Self = Self(4);
    /// From low to urgent.
    pub const ALL: [Self; 4] = [Self(1), Self(2), Self(3), Self(4)];

    /// Reads the number.
    #[must_use]
    pub fn new(level: u8) -> Option<Self> {
        (1..=4).contains(&level).then_some(Self(level))
    }

    /// 1 to 4.
    #[must_use]
    pub fn level(self) -> u8 {
        self.0
    }

    /// As shown.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self.0 {
            1 => "Low",
            2 => "Normal",
            3 => "High",
            _ => "Urgent",
        }
    }
}
