//! Made lines: every form that the parser reads, with values that a machine drew, and with values that name
//! something else. Repositories have some forms a thousand times and others never; a drawn value is a secret in all.

use crate::draw::Draw;
use crate::human::Words;

/// Names of secrets.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "db_password",
    "dbPassword",
    "DB_PASSWORD",
    "ADMIN_PASS",
    "pwd",
    "passphrase",
    "secret",
    "client_secret",
    "clientSecret",
    "JWT_SECRET",
    "webhook_secret",
    "secret_key",
    "SECRET_KEY_BASE",
    "token",
    "access_token",
    "authToken",
    "API_TOKEN",
    "refresh-token",
    "api_key",
    "apiKey",
    "X_API_KEY",
    "app.api-key",
    "private_key",
    "encryption_key",
    "signing_key",
    "access_key",
    "aws_secret_access_key",
    "account_key",
    "credentials",
    "auth_key",
];

/// Lines with `@` for the name and `%` for the value; `!` before one whose value is without quotes.
const FORMS: &[&str] = &[
    "@ = \"%\"\n",
    "@ = '%'\n",
    "@=\"%\"\n",
    "@: \"%\"\n",
    "@: '%',\n",
    "\"@\": \"%\",\n",
    "'@' => '%',\n",
    "@ := \"%\"\n",
    "const @ = `%`;\n",
    "self.@ = \"%\"\n",
    "$config['@'] = '%';\n",
    "public static final String @ = \"%\";\n",
    "@ = b\"%\"\n",
    "@ = os.getenv(\"X\", \"%\")\n",
    "@: process.env.X || '%',\n",
    "client.connect(@=\"%\")\n",
    "!export @=%\n",
    "!@=%\n",
    "!@: %\n",
    "!  @: %\n",
    "!@ = %\n",
    "!run --@ %\n",
    "!run --@=%\n",
    "!https://a.example/x?@=%&y=1\n",
    "!host=a;@=%;y=1\n",
    "<@>%</@>\n",
    "<add key=\"@\" value=\"%\" />\n",
    "<property name=\"@\" value=\"%\"/>\n",
    "- name: @\n  value: \"%\"\n",
    "{\"name\": \"@\", \"value\": \"%\"}\n",
    "@(\"%\")\n",
    "config.set(\"@\", \"%\")\n",
    "define('@', '%');\n",
    "if @ == \"%\":\n",
    "@: >-\n  %\n",
    "!postgres://app:%@db.internal/app\n",
    "!curl -u app:% https://a.example/\n",
    "!Authorization: Bearer %\n",
    "CREATE USER a IDENTIFIED BY '%';\n",
    "!ENV @ %\n",
    "!#define @ \"%\"\n",
];

/// Names of drawn values that are public.
const SHOWN: &[&str] = &[
    "signature",
    "X-Hub-Signature",
    "hmac",
    "data-hmac",
    "request_signature",
    "X-Amz-Signature",
    "csrf_token",
    "csrfToken",
    "authenticity_token",
    "_csrf",
    "XSRF-TOKEN",
    "__RequestVerificationToken",
    "pageToken",
    "next_token",
    "nextPageToken",
    "continuation_token",
    "sig",
];

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

/// Drawn values: shape, least and most length.
fn shapes() -> Vec<(String, usize, usize)> {
    let digits = "0123456789";
    vec![
        (format!("{UPPER}{LOWER}{digits}"), 12, 64),
        (format!("{UPPER}{LOWER}{digits}"), 12, 24),
        (format!("{digits}abcdef"), 16, 64),
        (format!("{LOWER}{digits}"), 12, 48),
        (format!("{UPPER}{LOWER}{digits}-_"), 16, 48),
        (format!("{UPPER}{LOWER}{digits}+/"), 20, 64),
        (format!("{UPPER}234567"), 16, 56),
        (format!("{UPPER}{LOWER}{digits}!#%^*()-_=+[]{{}}:,.?~@$"), 12, 32),
        (LOWER.to_owned(), 14, 32),
    ]
}

/// Names of keys that sign, which people make of words when they are asked for a long one.
const SIGNING: &[&str] = &[
    "JWT_SECRET",
    "jwt.secret",
    "jwtSecret",
    "app.jwtSecret",
    "secret",
    "SECRET_KEY",
    "secret_key",
    "session_secret",
    "SESSION_SECRET",
    "cookieSecret",
    "signing_key",
    "signingKey",
    "TOKEN_SECRET",
];

/// How many keys of words are made for each form and name.
const KEYS_OF_WORDS: usize = 2;

/// Lines with drawn values, and lines with values that name something else, each with whether it contains a secret.
pub(crate) fn lines(words: &Words) -> Vec<(String, String, bool)> {
    let mut lines = Vec::new();
    let mut draw = Draw::of("made");
    for form in FORMS.iter().filter(|form| form.contains('@')) {
        for name in SIGNING {
            for _ in 0..KEYS_OF_WORDS {
                let value = key_of_words(words, &mut draw);
                lines.push((line(form, name, &value), value, true));
            }
        }
    }
    for form in FORMS {
        for name in NAMES {
            for (alphabet, least, most) in shapes() {
                let alphabet: Vec<char> = alphabet.chars().collect();
                let length = least + draw.below(most - least + 1);
                let mut value: String = (0..length).map(|_| *draw.one(&alphabet)).collect();
                if form.starts_with('!') {
                    value.retain(|letter| letter.is_ascii_alphanumeric() || "-_+/.".contains(letter));
                }
                lines.push((line(form, name, &value), value, true));
            }
            for number in 0..2 {
                // A signature of a message, or a value sent to everyone who opens a page, is drawn and no secret.
                let name = *draw.one(SHOWN);
                let alphabet: Vec<char> = shapes()[number * 2].0.chars().collect();
                let value: String = (0..20 + draw.below(45)).map(|_| *draw.one(&alphabet)).collect();
                lines.push((line(form, name, &value), value, false));
            }
            for number in 0..9 {
                let value = if number < 6 { innocent(words, &mut draw) } else { short(&mut draw) };
                // Under a name about a secret, a short drawn value is an id of something.
                let name = if number < 6 { (*name).to_owned() } else { about(name, &mut draw) };
                lines.push((line(form, &name, &value), value, false));
            }
        }
    }
    lines
}

fn line(form: &str, name: &str, value: &str) -> String {
    form.trim_start_matches('!').replace('@', name).replace('%', value)
}

/// A name about a secret.
fn about(name: &str, draw: &mut Draw) -> String {
    const ABOUT: &[&str] = &[
        "field", "type", "name", "label", "url", "file", "path", "policy", "header", "prompt", "ref",
        "param", "alias", "hint", "group",
    ];
    let last = *draw.one(ABOUT);
    match name {
        name if name.contains('-') => format!("{name}-{last}"),
        name if name.bytes().all(|b| !b.is_ascii_lowercase()) => {
            format!("{name}_{}", last.to_ascii_uppercase())
        }
        name if name.contains('_') || draw.percent(50) => format!("{name}_{last}"),
        name => name.to_owned() + &last[..1].to_ascii_uppercase() + &last[1..],
    }
}

/// A short drawn value: what generated ids look like.
fn short(draw: &mut Draw) -> String {
    let alphabet: Vec<char> = if draw.percent(50) {
        LOWER.chars().collect()
    } else {
        "0123456789abcdefghijklmnopqrstuvwxyz".chars().collect()
    };
    (0..8 + draw.below(9)).map(|_| *draw.one(&alphabet)).collect()
}

/// Four to seven words and mostly a number, as long as a key has to be.
fn key_of_words(words: &Words, draw: &mut Draw) -> String {
    let parts: Vec<String> = (0..4 + draw.below(4)).map(|_| words.word(draw)).collect();
    let number = if draw.percent(75) { (1 + draw.below(2030)).to_string() } else { String::new() };
    let capital = |part: &String| part[..1].to_ascii_uppercase() + &part[1..];
    match draw.below(4) {
        0 | 1 => parts.iter().map(capital).collect::<String>() + &number,
        2 if number.is_empty() => parts.join("-"),
        2 => parts.join("-") + "-" + &number,
        _ => parts.join("_") + &number,
    }
}

/// A name, a constant, a path of names, a few words.
fn innocent(words: &Words, draw: &mut Draw) -> String {
    const PARTS: &[&str] = &[
        "user", "get", "name", "id", "key", "token", "config", "value", "type", "field", "data", "path",
        "service", "client", "required", "error", "default", "set", "is", "file", "header", "session",
        "auth", "password", "secret", "cookie", "label", "info", "request", "invalid",
    ];
    let count = 2 + draw.below(3);
    let parts: Vec<String> = (0..count)
        .map(|_| if draw.percent(75) { (*draw.one(PARTS)).to_owned() } else { words.word(draw) })
        .collect();
    let capital = |part: &String| part[..1].to_ascii_uppercase() + &part[1..];
    match draw.below(6) {
        0 => parts[0].clone() + &parts[1..].iter().map(capital).collect::<String>(),
        1 => parts.iter().map(capital).collect(),
        2 => parts.join("_"),
        3 => parts.join("-"),
        4 => parts.join("_").to_ascii_uppercase(),
        _ => parts.join("."),
    }
}
