//! What kinds of follow-ups there are, where one stands, what wakes it and what a check finds.

use crate::names::names;

names! {
    /// What is to be done.
    Kind {
        Callback = "callback", "Callback";
        Message = "message", "Message";
        Check = "check", "Check after a save";
        Reminder = "reminder", "Reminder";
        TellCustomer = "tell_customer", "Tell the customer";
    }
}

names! {
    /// Where it stands.
    Stage {
        Open = "open", "Open";
        Done = "done", "Done";
        Dropped = "dropped", "Dropped";
    }
}

names! {
    /// What wakes a snoozed one before its time.
    Wake {
        Reply = "reply", "the customer replies";
        Answer = "answer", "the offer is answered";
        Decision = "decision", "the approval is decided";
    }
}

names! {
    /// What a check after a save found: whether the customer is still active and paying.
    StillHere {
        Yes = "yes", "Yes";
        No = "no", "No";
        Unknown = "unknown", "Unknown";
    }
}

impl Kind {
    /// Those that people choose by hand; the others follow from a save or a promise.
    pub const BY_HAND: [Self; 3] = [Self::Callback, Self::Message, Self::Reminder];

    /// Whether it goes on when its case is closed.
    #[must_use]
    pub fn outlives_case(self) -> bool {
        matches!(self, Self::Check | Self::TellCustomer)
    }

    /// Its icon.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Callback => "phone",
            Self::Message => "mail",
            Self::Check => "check",
            Self::Reminder => "clock",
            Self::TellCustomer => "flag",
        }
    }

    /// What the words of a next step are about; without a hint in them it follows from how we spoke, if we did.
    #[must_use]
    pub fn of_words(words: &str, by_phone: Option<bool>) -> Self {
        let words = words.to_lowercase();
        let says =
            |hints: &[&str]| words.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| hints.contains(&word));
        if says(&["call", "callback", "calls", "phone", "ring", "dial"]) {
            return Self::Callback;
        }
        if says(&["mail", "email", "e-mail", "write", "send", "letter", "chat", "message", "text", "reply"]) {
            return Self::Message;
        }
        if says(&["check", "look", "prepare", "chase", "verify"]) {
            return Self::Reminder;
        }
        match by_phone {
            Some(true) => Self::Callback,
            Some(false) => Self::Message,
            None => Self::Reminder,
        }
    }
}
