//! Ways in which a value with special characters is spelled in files; and the value of such a spelling.
//!
//! They are made when a value is entered: the escapes are only a few characters of it, and nothing in the text around shows
//! where to look for them.

/// How a value is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spelling {
    /// As it is.
    Itself,
    /// As in JSON, and in most languages: `\"`, `\\`, `\n`.
    Json,
    /// The same with `\/`.
    JsonSlashes,
    /// As in XML and HTML, with names: `&amp;`, `&quot;`.
    Markup,
    /// With percent escapes for what a URL cannot contain, in capitals.
    Url,
    /// In single quotes in a shell: `'\''`.
    Shell,
}

impl Spelling {
    const ALL: [Self; 6] =
        [Self::Itself, Self::Json, Self::JsonSlashes, Self::Markup, Self::Url, Self::Shell];

    /// The spelling with this number.
    pub(super) fn of(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|spelling| *spelling as u64 == number)
    }

    /// The different spellings of a value.
    pub(super) fn all(value: &[u8]) -> Vec<(Self, Vec<u8>)> {
        let mut all: Vec<(Self, Vec<u8>)> = Vec::new();
        for spelling in Self::ALL {
            let spelled = spelling.spell(value);
            if !all.iter().any(|(_, known)| *known == spelled) {
                all.push((spelling, spelled));
            }
        }
        all
    }

    /// How a value is spelled.
    fn spell(self, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(value.len() + 8);
        for &byte in value {
            match self.escape(byte) {
                Some(escape) => out.extend(escape.as_bytes()),
                None if self == Self::Url && !is_plain_in_url(byte) => {
                    out.extend(format!("%{byte:02X}").into_bytes());
                }
                None => out.push(byte),
            }
        }
        out
    }

    /// What is written instead of a byte, if it has a name of its own.
    fn escape(self, byte: u8) -> Option<&'static str> {
        Some(match (self, byte) {
            (Self::Json | Self::JsonSlashes, b'"') => "\\\"",
            (Self::Json | Self::JsonSlashes, b'\\') => "\\\\",
            (Self::Json | Self::JsonSlashes, b'\n') => "\\n",
            (Self::Json | Self::JsonSlashes, b'\t') => "\\t",
            (Self::JsonSlashes, b'/') => "\\/",
            (Self::Markup, b'&') => "&amp;",
            (Self::Markup, b'<') => "&lt;",
            (Self::Markup, b'>') => "&gt;",
            (Self::Markup, b'"') => "&quot;",
            (Self::Shell, b'\'') => "'\\''",
            _ => return None,
        })
    }

    /// The value that is spelled so.
    pub(super) fn value(self, spelled: &[u8]) -> Vec<u8> {
        if self == Self::Itself {
            return spelled.to_vec();
        }
        let mut out = Vec::with_capacity(spelled.len());
        let mut rest = spelled;
        while let Some(&first) = rest.first() {
            let named = (0..=0x7f).find_map(|byte| {
                let escape = self.escape(byte)?;
                rest.starts_with(escape.as_bytes()).then_some((byte, escape.len()))
            });
            let digits = || std::str::from_utf8(rest.get(1..3)?).ok();
            let percent = || u8::from_str_radix(digits()?, 16).ok();
            let (byte, len) = match named {
                Some(named) => named,
                None if self == Self::Url && first == b'%' => percent().map_or((first, 1), |byte| (byte, 3)),
                None => (first, 1),
            };
            out.push(byte);
            rest = &rest[len..];
        }
        out
    }
}

/// True for characters that have no meaning in a URL.
const fn is_plain_in_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_reads_back() {
        let value = b"a\"b\\c/d&e<f>'g%h\ni \xc3\xa9";
        let all = Spelling::all(value);
        assert_eq!(all.len(), 6);
        for (spelling, spelled) in all {
            assert_eq!(spelling.value(&spelled), value, "{spelling:?}");
        }
    }

    #[test]
    fn a_plain_value_has_one_spelling() {
        assert_eq!(Spelling::all(b"abc-DEF_123"), [(Spelling::Itself, b"abc-DEF_123".to_vec())]);
    }
}
