//! Which promises a list holds.

use crate::auth::{Actor, SeeCases};
use crate::names::names;

names! {
    /// Whose promises.
    Whose {
        Mine = "mine", "Mine";
        Team = "team", "My team’s";
        Department = "department", "My department’s";
        Everyone = "everyone", "Everyone’s";
    }
}

impl Whose {
    /// Those that somebody may choose from. A department's member sees what the department is to do.
    #[must_use]
    pub fn all(actor: &Actor) -> Vec<Self> {
        let fits = |whose: &Self| match whose {
            Self::Mine | Self::Everyone => actor.may::<SeeCases>(),
            Self::Team => actor.may::<SeeCases>() && actor.team.is_some(),
            Self::Department => actor.department.is_some(),
        };
        Self::ALL.iter().copied().filter(fits).collect()
    }
}

names! {
    /// Which of them.
    Show {
        Open = "open", "Open";
        Late = "late", "Late";
        Soon = "soon", "Due within a day";
        Over = "over", "Over";
    }
}
