//! Values in place of a secret: `changeme`, `your-api-key-here`, `xxxxxxxx`, `…EXAMPLE`.
//!
//! Strict enough for values of every rule: less than one in a million random values matches, since only whole values,
//! long repetitions and long sequences count.

use super::line;
use super::shape::Shape;

/// Whole values, lower-case, without `_`, `-`, blanks and quotes.
#[rustfmt::skip]
const WHOLE: &[&str] = &[
    "0123456789abcdef", "abc", "abc123", "abcd1234", "abcdef", "admin", "asdf", "asdfasdf", "bar",
    "base32secret3232", "baz",
    "blank", "cafebabe", "censored", "changeit", "changeme", "clientsecret", "contraseña",
    "correcthorsebatterystaple", "deadbeef", "default", "demo", "disabled", "dummy", "empty", "enabled",
    "example", "fake", "false", "fillmein", "fixme", "foo", "foobar", "foobarbaz", "guest", "hidden",
    "hunter2", "invalid", "jbswy3dpehpk3pxp", "key", "letmein", "loremipsum", "masked", "minioadmin", "motdepasse",
    "na", "nil", "no", "none", "notarealkey", "notasecret", "notset", "null", "off", "on", "optional",
    "ours", "p4ssw0rd", "p@ssw0rd", "p@ssword", "pa$$w0rd", "pa$$word", "pass", "pass123", "passphrase", "passw0rd", "passwd", "password", "password1",
    "password12", "password123", "password1234", "password12345", "passwort", "placeholder", "pwd",
    "qwerty", "qwerty123", "redacted", "removed", "replaceme", "required", "root", "s3cr3t", "s3cret",
    "sample", "secr3t", "secret", "secret123", "secretkey", "secretpassword", "senha", "string", "swordfish", "tbd",
    "test", "test123", "test1234", "testing", "tobedefined", "todo", "token", "topsecret", "true",
    "undefined", "unknown", "unset", "user", "username", "verysecret", "whatever", "x", "xx", "xxx", "yes",
    "yourpassword", "пароль", "パスワード", "密码", "비밀번호",
];

/// Drawn values that everybody has, lower-case: the keys of FIPS 197 and SP 800-38A, and what Unity writes into every project.
const PUBLISHED: [&[u8]; 4] = [
    b"2b7e151628aed2a6abf7158809cf4f3c",
    b"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    b"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    b"fraqbc8wsa1xvpfvjcrgrywtiizs2trq",
];

/// True for the digits of a key that everybody has.
pub(super) fn is_published(digits: &[u8]) -> bool {
    PUBLISHED.contains(&&digits.to_ascii_lowercase()[..])
}

/// Words of placeholders. A value of only these, and at most a short number, is one.
#[rustfmt::skip]
const PARTS: &[&str] = &[
    "a", "access", "account", "actual", "add", "admin", "an", "any", "api", "app", "application", "auth",
    "aws", "azure", "bad", "bar", "base", "basic", "baz", "bearer", "bot", "change", "changeme", "client",
    "cookie", "correct", "cred", "credential", "credentials", "custom", "db", "default", "demo", "dev",
    "development", "dummy", "empty", "encrypted", "encryption", "enter", "example", "existing", "fake",
    "fill", "foo", "for", "from", "generated", "github", "goes", "good", "google", "hash", "hashed",
    "here", "hidden", "id", "in", "input", "insecure", "insert", "invalid", "is", "it", "jwt", "key",
    "like", "local", "login", "long", "master", "me", "mock", "my", "mysql", "name", "new", "no", "not",
    "now", "oauth", "of", "old", "only", "or", "our", "own", "pass", "passphrase", "passwd", "password", "paste",
    "personal", "phrase", "placeholder", "please", "postgres", "private", "prod", "production", "public",
    "put", "pwd", "random", "real", "really", "redacted", "redis", "refresh", "replace", "root", "safe",
    "sample", "secret", "secure", "server", "service", "session", "set", "shared", "signing", "slack",
    "some", "something", "staging", "string", "strong", "stub", "super", "supersecret", "temp",
    "temporary", "test", "testing", "the", "this", "to", "todo", "token", "top", "unsafe", "use", "user",
    "username", "valid", "value", "very", "webhook", "with", "wrong", "xxx", "your", "yours",
];

/// Words that say what to replace a value by: a value with one of them is an instruction, and nobody's password.
#[rustfmt::skip]
const INSTRUCTIONS: &[&str] = &[
    "actual", "add", "change", "changeit", "changeme", "default", "disabled", "dummy", "empty", "enabled",
    "enter", "example", "existing", "fake", "false", "fill", "fixme", "generated", "goes", "here", "hidden",
    "insert", "invalid", "like", "masked", "na", "nil", "no", "none", "not", "notset", "null", "of", "off",
    "on", "optional", "or", "paste", "placeholder", "please", "put", "random", "redacted", "removed", "replace",
    "required", "sample", "string", "strong", "tbd", "the", "this", "to", "todo", "true", "undefined",
    "unknown", "unset", "value", "with", "yes", "your", "yours",
];

/// The tables whose search relies on their order.
#[cfg(test)]
pub(super) const TABLES: &[&[&str]] = &[WHOLE, PARTS, INSTRUCTIONS];

/// The longest value that is split into parts.
const LONGEST: usize = 64;

/// True if a value is put in place of a secret instead of being one.
pub(in crate::scan) fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if value.is_empty() || line::find(value, b"EXAMPLE").is_some() {
        return true;
    }
    // `_PASSWORD_OF_YOUR_INSTALLATION_`, `your-apic-password`.
    let mut words = value.split(|b| !b.is_ascii_alphabetic());
    if value.len() > 8 && words.any(|word| word.eq_ignore_ascii_case(b"your")) {
        return true;
    }
    if is_to_change(value) {
        return true;
    }
    if value.ends_with(b"...") || value.ends_with("…".as_bytes()) || is_bracketed(value) {
        return true;
    }
    is_repetition(value) || is_wording(value) || is_nil_uuid(value) || is_in_capitals(value)
}

/// True for a password that programs ship with, and that is often left as it is.
pub(super) fn is_shipped(value: &[u8]) -> bool {
    const SHIPPED: [&[u8]; 5] = [b"admin", b"guest", b"minioadmin", b"postgres", b"root"];
    SHIPPED.iter().any(|known| value.eq_ignore_ascii_case(known))
}

/// True for words in capitals without a mark between them, which begin as tokens of a service do by chance
/// (`ASIAANDPACIFICREGION`).
fn is_in_capitals(value: &[u8]) -> bool {
    value.len() >= 16 && value.iter().all(u8::is_ascii_uppercase) && {
        let shape = Shape::of(value);
        shape.cover() >= 25 && shape.vowels * 5 >= shape.len * 2
    }
}

/// True for a value that anyone would try as a password, and that somebody may use: `admin`, `root123`, `qwerty`. Not
/// for one that says that something else belongs there (`changeme`, `<password>`, `xxxx`).
pub(super) fn is_guessable(value: &[u8]) -> bool {
    let is_typed = value.len() >= 4
        && value.len() <= 24
        && value.iter().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'_' | b'-' | b'.' | b'*')
        });
    // Marks in place of a value (`xxxx`, `****`, `0000`) are one byte over and over.
    let is_filler =
        value.iter().all(|b| matches!(b, b'*' | b'.' | b'x' | b'X' | b'?' | b'#' | b'-' | b'_' | b'0'));
    if !is_typed || is_filler || value.ends_with(b"EXAMPLE") || value.ends_with(b"...") || is_bracketed(value)
    {
        return false;
    }
    // In manuals, the part to be filled in: `USER`, `PASSWORD`.
    if value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_') {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let mut words = super::name::words(&lower);
    let has_instruction = words.any(|word| {
        let text = std::str::from_utf8(word).unwrap_or_default();
        INSTRUCTIONS.binary_search(&text).is_ok()
            || ["change", "replace", "example", "your"].iter().any(|part| text.contains(part))
    });
    !has_instruction && (is_repetition(value) || is_wording(value))
}

/// True for words that begin by saying that they are to be changed: `change-me-before-production`.
fn is_to_change(value: &[u8]) -> bool {
    let mut words = value.split(|b| matches!(b, b'-' | b'_' | b' ' | b'.'));
    let mut is_next = |known: &[u8]| words.next().is_some_and(|word| word.eq_ignore_ascii_case(known));
    value.len() > 10
        && (is_next(b"changeme")
            || value.get(..6).is_some_and(|head| head.eq_ignore_ascii_case(b"change")) && is_next(b"me"))
        && value.len() <= LONGEST
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b' ' | b'.'))
}

/// True for marks that templates and manuals put around a name.
fn is_bracketed(value: &[u8]) -> bool {
    let encloses = |open: &[u8], close: &[u8]| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    let inner_is_name = |cut: usize| {
        value.get(cut..value.len().saturating_sub(cut)).is_some_and(|inner| {
            !inner.is_empty()
                && inner.len() <= LONGEST
                && inner
                    .iter()
                    .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b' ' | b':'))
        })
    };
    let is_format = || {
        // `{name:08x}`: a short name and a short instruction.
        let inner = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
        let colon = inner.iter().position(|b| *b == b':');
        inner.first().is_some_and(u8::is_ascii_alphabetic)
            && colon.is_some_and(|colon| colon <= 24 && inner.len() - colon <= 9)
    };
    encloses(b"<", b">")
        // What `redact` puts in the place of a secret.
        || encloses(b"[REDACTED:", b"]")
        || encloses(b"{", b"}") && is_format()
        || encloses(b"{{", b"}}")
        || encloses(b"((", b"))")
        || encloses(b"[[", b"]]")
        || (encloses(b"[", b"]")
            || encloses(b"{", b"}")
            || encloses(b"%", b"%")
            || encloses(b"@", b"@")
            || encloses(b"*", b"*")
            || encloses(b"#", b"#"))
            && inner_is_name(1)
        || (encloses(b"__", b"__") || encloses(b"%%", b"%%")) && inner_is_name(2)
}

/// True if a run of one byte, a sequence (`abcdef`, `12345`), or a short cycle makes up most of the value.
fn is_repetition(value: &[u8]) -> bool {
    if value.len() >= 3
        && value.iter().all(|b| matches!(b, b'*' | b'.' | b'x' | b'X' | b'?' | b'#' | b'-' | b'_' | b'0'))
    {
        return true;
    }
    let longest = |step: &dyn Fn(usize) -> bool, head: usize| {
        let (mut run, mut best) = (0, 0);
        for at in head..value.len() {
            run = if step(at) { run + 1 } else { 0 };
            best = best.max(run);
        }
        if best == 0 { 0 } else { best + head }
    };
    let alnum = |at: usize| value[at].is_ascii_alphanumeric();
    let same = longest(&|at| value[at] == value[at - 1], 1);
    let up = longest(
        &|at| {
            alnum(at) && value[at] == value[at - 1].wrapping_add(1)
                || value[at] == b'0' && value[at - 1] == b'9'
        },
        1,
    );
    let down = longest(&|at| alnum(at) && value[at].wrapping_add(1) == value[at - 1], 1);
    let keyboard = keyboard_walk(value);
    // Twelve of a kind are not random, except zero bytes in a long value.
    let enough = |run: usize| run >= 6 && run * 2 >= value.len() || run >= 12 && run * 4 >= value.len();
    if enough(same) || enough(up) || enough(down) || enough(keyboard) {
        return true;
    }
    (2..=5).any(|cycle| {
        let run = longest(&|at| value[at] == value[at - cycle], cycle);
        run >= 4 * cycle.max(2) && run * 3 >= value.len() * 2
    }) || (4..=16).any(|cycle| {
        value.len() >= 2 * cycle
            && value.len() >= 16
            && (cycle..value.len()).all(|at| value[at] == value[at - cycle])
    }) || value.len() >= 2 && value.iter().all(|b| b == &value[0])
        || value.len() <= 10
            && value.len() >= 3
            && (up == value.len() || down == value.len() || keyboard == value.len())
        || is_sequence_of_pieces(value)
}

/// True for four digits or more that count up: `12345678`.
fn is_sequence_of_pieces(value: &[u8]) -> bool {
    const SEQUENCE: &[u8] = b"0123456789012345678901234567890123456789";
    let letters = value.iter().take_while(|b| b.is_ascii_digit()).count();
    letters == value.len() && letters >= 4 && memchr::memmem::find(SEQUENCE, value).is_some()
}

/// The longest run of neighbouring keys in a row of the keyboard.
fn keyboard_walk(value: &[u8]) -> usize {
    const ROWS: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let place = |b: u8| {
        ROWS.iter().enumerate().find_map(|(row, keys)| {
            keys.iter().position(|&key| key == b.to_ascii_lowercase()).map(|at| row * 100 + at)
        })
    };
    let (mut run, mut best) = (1, 0);
    for pair in value.windows(2) {
        run = match (place(pair[0]), place(pair[1])) {
            (Some(left), Some(right)) if right == left + 1 => run + 1,
            _ => 1,
        };
        best = best.max(run);
    }
    best
}

/// True if the value consists only of a placeholder's words and at most four digits in sequence.
fn is_wording(value: &[u8]) -> bool {
    let plain: Vec<u8> = value
        .iter()
        .filter(|b| {
            !matches!(
                b,
                b'_' | b'-'
                    | b' '
                    | b'"'
                    | b'\''
                    | b'.'
                    | b'/'
                    | b'<'
                    | b'>'
                    | b'!'
                    | b'['
                    | b']'
                    | b'{'
                    | b'}'
                    | b':'
            )
        })
        .map(u8::to_ascii_lowercase)
        .collect();
    if plain.is_empty() || plain.len() > LONGEST {
        return plain.is_empty();
    }
    if WHOLE.binary_search_by(|known| known.as_bytes().cmp(&plain)).is_ok() || PUBLISHED.contains(&&plain[..])
    {
        return true;
    }
    // The joke of documentation, and its variants.
    if plain
        .strip_prefix(b"hunter")
        .is_some_and(|rest| rest.len() <= 4 && rest.iter().all(u8::is_ascii_digit))
        || plain.starts_with(b"correcthorsebattery")
    {
        return true;
    }
    let letters = plain.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
    let number = &plain[letters..];
    let counts = number.len() <= 2
        || memchr::memmem::find(b"0123456789012345678901234567890", number).is_some() && number.len() <= 10;
    // `letmein123`.
    let is_whole = || WHOLE.binary_search_by(|known| known.as_bytes().cmp(&plain[..letters])).is_ok();
    letters >= 3 && counts && (is_made_of_parts(&plain[..letters]) || number.len() >= 3 && is_whole())
}

/// True if the parts cover all of a lower-case text.
fn is_made_of_parts(text: &[u8]) -> bool {
    let mut reached = [false; LONGEST + 1];
    reached[0] = true;
    for start in 0..text.len() {
        if !reached[start] {
            continue;
        }
        let from = PARTS.partition_point(|part| part.as_bytes()[0] < text[start]);
        for part in PARTS[from..].iter().take_while(|part| part.as_bytes()[0] == text[start]) {
            if text[start..].starts_with(part.as_bytes()) {
                reached[start + part.len()] = true;
            }
        }
    }
    reached[text.len()]
}

/// True for UUIDs that are not random: one digit over and over, or digits that count up.
fn is_nil_uuid(value: &[u8]) -> bool {
    if value.len() != 36 || value.iter().filter(|&&b| b == b'-').count() != 4 {
        return false;
    }
    let digits: Vec<u8> = value.iter().copied().filter(|&b| b != b'-').collect();
    let first = digits[0];
    let same = digits.iter().filter(|&&b| b == first).count();
    same * 3 >= digits.len() * 2
        || value.starts_with(b"12345678-1234-1234")
        || value.starts_with(b"01234567-89ab")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known() {
        for text in [
            "changeme",
            "CHANGE_ME",
            "change-it",
            "your-api-key-here",
            "<YOUR TOKEN>",
            "{{token}}",
            "__TOKEN__",
            "@token@",
            "%token%",
            "my_secret_token",
            "mysecretpassword",
            "test-token-1",
            "xxxxxxxxxxxx",
            "XXXX-XXXX",
            "********",
            "...",
            "0000000000",
            "12345678",
            "1234567890abcdef",
            "abcdefghijklmnop",
            "deadbeef",
            "00000000-0000-0000-0000-000000000000",
            "11111111-1111-1111-1111-111111111111",
            "abcabcabcabcabc",
            "sk-xxxxxxxxxxxxxxxxxxxx",
            "ghp_...",
            "WHATEVEREXAMPLEKEY",
            "qwertyuiop",
            "aaaa",
            "replace-with-your-key",
            "not-a-real-key",
            "insert_password_here",
            "password123",
            "test1234",
            "supersecret",
            "secret!!!",
            "[REDACTED]",
            "12345678-1234-1234-1234-123456789012",
            "пароль",
            "987654321",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_people_and_machines_make_is_none() {
        for text in [
            "Sommer2019!",
            "dragonfly77",
            "tr0ub4dor&3",
            "correct-pony-battery",
            "qm8Zr2Vt9Lk",
            "bdciqknk",
            "jmwllryujwncynoyajg",
            "e8820f436d4a3fd2f5e782c3b6523f34",
            "kfp-xcmp",
            "y7ow6r",
            "Blumentopf",
        ] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn random_values_are_almost_never_placeholders() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for alphabet in [&letters[..], b"0123456789abcdef", b"abcdefghijklmnopqrstuvwxyz"] {
            for len in [16, 20, 32, 40] {
                for _ in 0..4_000 {
                    let value: Vec<u8> =
                        (0..len).map(|_| alphabet[(draw() % alphabet.len() as u64) as usize]).collect();
                    assert!(!is_placeholder(&value), "{}", String::from_utf8_lossy(&value));
                }
            }
        }
    }
}
