//! Values without a form of their own that a provider's name gives away: 32 hexadecimal digits assigned to
//! `ACME_API_KEY`.
//!
//! Detection finds such a value as any other that is assigned to a name. Only afterwards a
//! [`NameTable`](super::NameTable) looks whether the name and the value's shape are those of a provider. So a thousand
//! providers cost a scan nothing.

use super::RuleText;
use serde::{Deserialize, Serialize};

/// The names and shapes of a provider's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct NamedValue {
    /// Words of identifiers, joined, in lower case: `acmecorp` for `ACME_CORP_KEY`.
    pub names: Vec<RuleText>,
    /// The shapes that a value may have.
    pub shapes: Vec<Shape>,
    /// True if a name is an ordinary word: the rest of the identifier must then say nothing else.
    pub ambiguous: bool,
}

/// The parts of a value, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub struct Shape(pub Vec<ShapePart>);

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub enum ShapePart {
    /// This text.
    Text(RuleText),
    /// Characters of a class.
    Run {
        /// The class.
        class: CharClass,
        /// Marks that may be among them.
        more: RuleText,
        /// The least number.
        least: u16,
        /// The greatest number.
        most: u16,
    },
    /// A UUID in lower-case digits.
    Uuid,
    /// A JSON web token.
    Jwt,
}

/// A class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CharClass {
    /// Hexadecimal digits of one case.
    Hex,
    /// Hexadecimal digits, lower case.
    LowerHex,
    /// Hexadecimal digits, upper case.
    UpperHex,
    /// Digits.
    Digits,
    /// Lower-case letters.
    Lower,
    /// Capitals.
    Upper,
    /// Letters.
    Letters,
    /// Lower-case letters and digits.
    LowerDigits,
    /// Capitals and digits.
    UpperDigits,
    /// Letters and digits.
    Base62,
    /// Letters, digits, `+`, `/`.
    Base64,
    /// Letters, digits, `-`, `_`.
    Base64Url,
    /// Printable ASCII characters but quotes.
    Printable,
}

impl CharClass {
    /// The name in rule files, the class, and the form of a template that gives such characters.
    pub const NAMES: [(&'static str, Self, &'static str); 13] = [
        ("hex", Self::Hex, "hex"),
        ("lower-hex", Self::LowerHex, "hex"),
        ("upper-hex", Self::UpperHex, "HEX"),
        ("digits", Self::Digits, "digits"),
        ("lower", Self::Lower, "lower"),
        ("upper", Self::Upper, "upper"),
        ("letters", Self::Letters, "letters"),
        ("lower+digits", Self::LowerDigits, "lowernum"),
        ("upper+digits", Self::UpperDigits, "alnum"),
        ("base62", Self::Base62, "base62"),
        ("base64", Self::Base64, "base62"),
        ("base64url", Self::Base64Url, "base62"),
        ("printable", Self::Printable, "base62"),
    ];

    /// Whether a byte is in the class.
    pub fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::LowerHex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::UpperHex => matches!(byte, b'0'..=b'9' | b'A'..=b'F'),
            Self::Digits => byte.is_ascii_digit(),
            Self::Lower => byte.is_ascii_lowercase(),
            Self::Upper => byte.is_ascii_uppercase(),
            Self::Letters => byte.is_ascii_alphabetic(),
            Self::LowerDigits => byte.is_ascii_lowercase() || byte.is_ascii_digit(),
            Self::UpperDigits => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Base62 => byte.is_ascii_alphanumeric(),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Printable => byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`'),
        }
    }
}

impl Shape {
    /// True if the whole value has this shape.
    pub fn fits(&self, value: &[u8]) -> bool {
        fits(&self.0, value)
    }
}

fn fits(parts: &[ShapePart], value: &[u8]) -> bool {
    let Some((first, rest)) = parts.split_first() else { return value.is_empty() };
    match first {
        ShapePart::Text(text) => value.strip_prefix(text.as_bytes()).is_some_and(|after| fits(rest, after)),
        ShapePart::Uuid => {
            value.split_at_checked(36).is_some_and(|(id, after)| is_uuid(id) && fits(rest, after))
        }
        ShapePart::Jwt => is_web_token(value) && rest.is_empty(),
        ShapePart::Run { class, more, least, most } => {
            let is_in = |byte: &&u8| class.has(**byte) || more.as_bytes().contains(*byte);
            let run = value.iter().take(usize::from(*most)).take_while(is_in).count();
            // The longest first. A shape has few parts, so that this ends soon.
            (usize::from(*least)..=run).rev().any(|len| {
                let (own, after) = value.split_at(len);
                is_of_one_case(*class, own) && fits(rest, after)
            })
        }
    }
}

fn is_of_one_case(class: CharClass, run: &[u8]) -> bool {
    class != CharClass::Hex
        || !(run.iter().any(u8::is_ascii_lowercase) && run.iter().any(u8::is_ascii_uppercase))
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => CharClass::LowerHex.has(*byte),
    })
}

fn is_web_token(value: &[u8]) -> bool {
    value.starts_with(b"eyJ")
        && value.iter().filter(|byte| **byte == b'.').count() == 2
        && value.iter().all(|byte| CharClass::Base64Url.has(*byte) || *byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(class: CharClass, more: &str, least: u16, most: u16) -> ShapePart {
        ShapePart::Run { class, more: more.to_owned().into(), least, most }
    }

    #[test]
    fn a_shape_fits_whole_values() {
        let hex = Shape(vec![run(CharClass::Hex, "", 8, 8)]);
        let tail = Shape(vec![
            ShapePart::Text("ak_".into()),
            run(CharClass::Base62, "._", 3, 9),
            ShapePart::Text("_".into()),
            run(CharClass::Digits, "", 2, 2),
        ]);
        let uuid = Shape(vec![ShapePart::Uuid]);
        for (shape, value, wanted) in [
            (&hex, "0123abcd", true),
            (&hex, "0123ABCD", true),
            (&hex, "0123abCD", false),
            (&hex, "0123abcde", false),
            (&hex, "0123abc", false),
            (&tail, "ak_a_b.c_12", true),
            (&tail, "ak_abc_1", false),
            (&tail, "ak_ab_12", false),
            (&uuid, "01234567-89ab-cdef-0123-456789abcdef", true),
            (&uuid, "01234567-89ab-cdef-0123-456789abcdeF", false),
            (&uuid, "01234567-89ab-cdef-0123-456789abcde", false),
        ] {
            assert_eq!(shape.fits(value.as_bytes()), wanted, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_held_against_a_shape(value in "[ -~]{0,60}") {
            let shape = Shape(vec![run(CharClass::Printable, "", 0, 40), run(CharClass::Base62, "", 0, 40)]);
            let _ = shape.fits(value.as_bytes());
        }
    }
}
