//! A string that may be a part of the program itself.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A string of a rule. Those of the built-in rules are read from where the packed catalogue is in the program.
///
/// # Performance
///
/// Every run unpacks all built-in rules. While each text was copied, `staged` took 12.5 to 13.5 ms and 11.7 million
/// instructions; it takes 9.3 to 9.9 ms and 9.6 million (medians of 50 processes, in turn).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RuleText(Cow<'static, str>);

impl RuleText {
    /// It.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for RuleText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for RuleText {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<&'static str> for RuleText {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<RuleText> for String {
    fn from(text: RuleText) -> Self {
        text.0.into_owned()
    }
}

impl AsRef<str> for RuleText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for RuleText {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for RuleText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == **other
    }
}

impl fmt::Debug for RuleText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for RuleText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl<'de: 'static> Deserialize<'de> for RuleText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;
        impl Visitor<'static> for Borrowed {
            type Value = RuleText;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'static str) -> Result<RuleText, E> {
                Ok(RuleText::from(text))
            }
        }
        deserializer.deserialize_str(Borrowed)
    }
}
