//! What an offline check learns about a secret.

use serde::{Deserialize, Serialize};

/// Something a check learnt without the network, with a value that may be printed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// Value; never part of the secret.
    pub value: String,
}

/// What a fact is about, in the order of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FactKind {
    /// The account that the secret belongs to.
    Account,
    /// The algorithm of a signature.
    Algorithm,
    /// An application's id.
    Application,
    /// Whom a token is for.
    Audience,
    /// The rule of a companion that is near: a key id beside its key.
    Beside,
    /// A bot's id.
    Bot,
    /// Who made a trap of it.
    Canary,
    /// A cell's number.
    Cell,
    /// Whose certificate has the public half of a key, and its file.
    Certificate,
    /// When it was created.
    Created,
    /// A domain of accounts.
    Domain,
    /// Whether a key is encrypted.
    Encrypted,
    /// Until when it is valid.
    Expires,
    /// The fingerprint of a public key.
    Fingerprint,
    /// A group's number.
    Group,
    /// A host.
    Host,
    /// When it was issued.
    Issued,
    /// Who issued it.
    Issuer,
    /// What kind of key it is.
    Key,
    /// A key's id.
    KeyId,
    /// An organization.
    Organization,
    /// Where the passphrase is.
    Passphrase,
    /// A project.
    Project,
    /// Several projects.
    Projects,
    /// A provider within a service.
    Provider,
    /// A region.
    Region,
    /// A right that it grants.
    Right,
    /// Several rights.
    Rights,
    /// A role.
    Role,
    /// A service.
    Service,
    /// What a token is signed with.
    SignedWith,
    /// In what state a key is.
    State,
    /// How strong a key is.
    Strength,
    /// A team's id.
    Team,
    /// A tunnel's id.
    Tunnel,
    /// A type's number.
    Type,
    /// A user.
    User,
}

/// The value of a fact that is true.
const YES: &str = "yes";

/// The value of a fact that is false.
const NO: &str = "no";

/// The state of a key that is complete in form and does not parse.
const DAMAGED: &str = "damaged";

impl Fact {
    /// A fact.
    pub fn new(kind: FactKind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into() }
    }

    /// Whether a key is encrypted.
    pub fn encrypted(is_encrypted: bool) -> Self {
        Self::new(FactKind::Encrypted, if is_encrypted { YES } else { NO })
    }

    /// That a key is complete in form and does not parse.
    pub fn damaged() -> Self {
        Self::new(FactKind::State, DAMAGED)
    }

    /// True if it says that a key is encrypted.
    pub fn says_encrypted(&self) -> bool {
        self.kind == FactKind::Encrypted && self.value == YES
    }

    /// True if it says that a key is complete in form and does not parse.
    pub fn says_damaged(&self) -> bool {
        self.kind == FactKind::State && self.value == DAMAGED
    }
}

impl FactKind {
    /// All kinds.
    pub const ALL: [Self; 37] = [
        Self::Account,
        Self::Algorithm,
        Self::Application,
        Self::Audience,
        Self::Beside,
        Self::Bot,
        Self::Canary,
        Self::Cell,
        Self::Certificate,
        Self::Created,
        Self::Domain,
        Self::Encrypted,
        Self::Expires,
        Self::Fingerprint,
        Self::Group,
        Self::Host,
        Self::Issued,
        Self::Issuer,
        Self::Key,
        Self::KeyId,
        Self::Organization,
        Self::Passphrase,
        Self::Project,
        Self::Projects,
        Self::Provider,
        Self::Region,
        Self::Right,
        Self::Rights,
        Self::Role,
        Self::Service,
        Self::SignedWith,
        Self::State,
        Self::Strength,
        Self::Team,
        Self::Tunnel,
        Self::Type,
        Self::User,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Algorithm => "algorithm",
            Self::Application => "application",
            Self::Audience => "audience",
            Self::Beside => "beside",
            Self::Bot => "bot",
            Self::Canary => "canary",
            Self::Cell => "cell",
            Self::Certificate => "certificate",
            Self::Created => "created",
            Self::Domain => "domain",
            Self::Encrypted => "encrypted",
            Self::Expires => "expires",
            Self::Fingerprint => "fingerprint",
            Self::Group => "group",
            Self::Host => "host",
            Self::Issued => "issued",
            Self::Issuer => "issuer",
            Self::Key => "key",
            Self::KeyId => "key-id",
            Self::Organization => "organization",
            Self::Passphrase => "passphrase",
            Self::Project => "project",
            Self::Projects => "projects",
            Self::Provider => "provider",
            Self::Region => "region",
            Self::Right => "right",
            Self::Rights => "rights",
            Self::Role => "role",
            Self::Service => "service",
            Self::SignedWith => "signed-with",
            Self::State => "state",
            Self::Strength => "strength",
            Self::Team => "team",
            Self::Tunnel => "tunnel",
            Self::Type => "type",
            Self::User => "user",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_the_order_of_their_names() {
        assert!(FactKind::ALL.is_sorted());
        assert!(FactKind::ALL.map(FactKind::name).is_sorted_by(|one, other| one < other));
        for kind in FactKind::ALL {
            assert_eq!(FactKind::named(kind.name()), Some(kind));
        }
        assert_eq!(FactKind::named("anything else"), None);
    }
}
