//! What a provider said of a secret when it was asked.

use std::fmt;

/// The result of asking the provider of a secret, or of not asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// What is known.
    pub state: Liveness,
    /// Why it is unknown; otherwise what was said, if it is not the usual.
    pub reason: Option<String>,
    /// The recipe that was used.
    pub recipe: Option<String>,
    /// The host that was asked.
    pub host: Option<String>,
    /// What the answer says of the secret, as names and values that may be printed.
    pub identity: Vec<(String, String)>,
    /// If nothing was to be sent: the requests that would be, without the secret.
    pub requests: Vec<String>,
}

/// Whether a secret still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Liveness {
    /// The provider's own answer shows that it works.
    Live,
    /// The provider's own error says that it does not.
    Dead,
    /// Nothing can be said.
    Unknown,
    /// Nothing was sent: the requests are only shown.
    Planned,
}

impl Liveness {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Live, Self::Dead, Self::Unknown, Self::Planned];
}

impl fmt::Display for Liveness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Live => "live",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
            Self::Planned => "planned",
        })
    }
}

impl Verification {
    /// Nothing is known, since `reason`.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self {
            state: Liveness::Unknown,
            reason: Some(reason.into()),
            recipe: None,
            host: None,
            identity: Vec::new(),
            requests: Vec::new(),
        }
    }

    /// True if the provider said that the secret no longer works.
    pub fn is_dead(&self) -> bool {
        self.state == Liveness::Dead
    }

    /// A clause for people.
    pub fn sentence(&self) -> String {
        let host = self.host.as_deref().unwrap_or("its provider");
        let reason = self.reason.as_deref().unwrap_or_default();
        let who: Vec<String> = self.identity.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let verb = |usual| if reason.is_empty() { usual } else { reason };
        match self.state {
            Liveness::Live if self.host.is_none() && !reason.is_empty() => {
                let who = if who.is_empty() { String::new() } else { format!(" ({})", who.join(", ")) };
                format!("LIVE: {reason}{who}")
            }
            Liveness::Live if who.is_empty() => format!("LIVE: {host} {}", verb("accepts it")),
            Liveness::Live => format!("LIVE: {host} {} ({})", verb("accepts it"), who.join(", ")),
            Liveness::Dead => format!("dead: {host} {}", verb("rejects it")),
            Liveness::Unknown if self.host.is_some() => format!("unknown: {host}: {reason}"),
            Liveness::Unknown => format!("unknown: {reason}"),
            Liveness::Planned => format!("would be asked: {}", self.requests.join("; ")),
        }
    }
}
