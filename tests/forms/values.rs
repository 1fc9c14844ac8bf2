//! Values drawn at run time, and how a form writes them.

use data_encoding::BASE64;

/// How a form writes a value, and so which characters it can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum How {
    /// Without quotes: letters, digits, and the marks that do not end a bare value.
    Bare,
    /// The same as an argument of a program.
    Word,
    /// Between double quotes of a language that escapes with a backslash.
    Double,
    /// Between single quotes of such a language.
    Single,
    /// Between marks that nothing escapes.
    Raw,
    /// Between single quotes that are doubled inside.
    Doubled,
    /// As the text of an element or attribute.
    Markup,
    /// As userinfo of a URL.
    Userinfo,
    /// In base64.
    Encoded,
    /// Each character between single quotes.
    Characters,
    /// Each character as a number.
    Numbers,
    /// Serialised by PHP: the length goes before.
    Serialised,
}

impl How {
    /// Characters that the form cannot contain, or that mean something else in it.
    fn lacks(self) -> &'static str {
        match self {
            Self::Bare => "\"'`\\<>#;,&|(){}[]$%!*?",
            Self::Word => "\"'`\\<>#;,&|(){}[]$%!*?~=^:/@",
            // Dollars, percent signs and braces are templates in many languages.
            Self::Double | Self::Single | Self::Serialised => "$%`{}<>#",
            Self::Raw => "\"'`\\$%[](){}<>#|",
            Self::Doubled => "$%`{}<>\\#",
            Self::Markup => "$%`{}#]\\",
            Self::Userinfo => "\"'`\\<>#;,&|(){}[]$%!*?/@:^+= ",
            Self::Encoded | Self::Characters | Self::Numbers => "$%`{}<>\\'#",
        }
    }

    /// The value as it is written in the form.
    pub(crate) fn write(self, value: &str) -> String {
        match self {
            Self::Bare | Self::Word | Self::Raw => value.to_owned(),
            Self::Double => value.replace('\\', "\\\\").replace('"', "\\\""),
            Self::Single => value.replace('\\', "\\\\").replace('\'', "\\'"),
            Self::Doubled => value.replace('\'', "''"),
            Self::Markup => value
                .replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('\'', "&apos;")
                .replace('<', "&lt;")
                .replace('>', "&gt;"),
            Self::Userinfo => value.to_owned(),
            Self::Encoded => BASE64.encode(value.as_bytes()),
            Self::Characters => value.chars().map(|c| format!("'{c}'")).collect::<Vec<_>>().join(", "),
            Self::Numbers => value.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(", "),
            Self::Serialised => format!("s:{}:\"{value}\"", value.len()),
        }
    }
}

/// The shapes of values, each with a name.
pub(crate) const SHAPES: [&str; 6] = ["alnum-12", "alnum-20", "hex-32", "base64-44", "printing-16", "human"];

/// Numbers below a bound, the same ones in every run for the same seed.
pub(crate) fn numbers(seed: &str) -> impl FnMut(usize) -> usize {
    let mut state =
        seed.bytes().fold(0x9e37_79b9_7f4a_7c15u64, |state, b| state.wrapping_mul(31) ^ u64::from(b));
    move |bound: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound.max(1) as u64) as usize
    }
}

/// Some values of a shape that a form can contain, the same ones in every run.
pub(crate) fn drawn(shape: &str, how: How, count: usize) -> Vec<String> {
    let mut below = numbers(shape);
    let alnum: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').collect();
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let mut of = |alphabet: &[char], len: usize| -> String {
            (0..len).map(|_| alphabet[below(alphabet.len())]).collect()
        };
        let value = match shape {
            "alnum-12" => of(&alnum, 12),
            "alnum-20" => of(&alnum, 20),
            "hex-32" => of(&alnum[..6].iter().chain(&alnum[52..]).copied().collect::<Vec<_>>(), 32),
            "base64-44" => {
                let bytes: Vec<u8> = (0..32).map(|_| below(256) as u8).collect();
                BASE64.encode(&bytes)
            }
            "printing-16" => {
                let all: Vec<char> = ('!'..='~').filter(|c| !how.lacks().contains(*c)).collect();
                // A value that starts with a mark, or has few letters, means something else in many forms.
                of(&alnum, 2) + &of(&all, 12) + &of(&alnum, 2)
            }
            _ => {
                const WORDS: [&str; 12] = [
                    "wiesel", "Teich", "lerche", "bussard", "kauz", "Dachs", "sperber", "otter", "rotkehl",
                    "Habicht", "zeisig", "Amsel",
                ];
                let marks = ['-', '.', '_', '+'];
                format!("{}{}{}{}", WORDS[below(12)], marks[below(4)], WORDS[below(12)], 10 + below(9990))
            }
        };
        if !value.chars().any(|c| how.lacks().contains(c)) {
            values.push(value);
        } else if shape == "base64-44" && how.lacks().contains(['/', '+', '=']) {
            values.push(value.replace(['/', '+', '='], "k"));
        }
    }
    values
}
