//! What ordinary repositories contain beside a name that speaks of secrets: names of mechanisms, models and objects of a
//! cluster, keyboard shortcuts, lists of ciphers, fingerprints of keys, tables of grammars, commands.
//!
//! Each of these was reported in the histories of public repositories of different worlds, read finding by finding.

use crate::model::{Form, Span};
use crate::scan::generic::line;
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::words::Words;

/// Keys that are held down with another.
static MODIFIERS: Words = Words::new(&[
    "alt", "cmd", "command", "control", "ctrl", "hyper", "meta", "mod", "option", "primary", "shift",
    "super", "win",
]);

/// Programs that a sentence asks its reader to run; what ends in a colon before them is no label.
static PROGRAMS: Words = Words::new(&[
    "apt",
    "apt-get",
    "aws",
    "az",
    "brew",
    "cargo",
    "cat",
    "cd",
    "composer",
    "cp",
    "curl",
    "docker",
    "echo",
    "export",
    "gcloud",
    "git",
    "go",
    "helm",
    "kubectl",
    "ldapsearch",
    "make",
    "mkdir",
    "mysql",
    "node",
    "npm",
    "npx",
    "oc",
    "openssl",
    "php",
    "pip",
    "psql",
    "python",
    "python3",
    "ruby",
    "source",
    "ssh",
    "ssh-keygen",
    "sudo",
    "terraform",
    "vault",
    "wget",
    "yarn",
]);

/// The tables whose search relies on their order.
#[cfg(test)]
pub(in crate::scan::generic) const TABLES: &[&[&str]] = &[MODIFIERS.list(), PROGRAMS.list()];

/// True for a value that is none of the secrets that a name could announce, whatever the name.
pub(in crate::scan::generic) fn is_shown(value: &[u8]) -> bool {
    is_shortcut(value)
        || is_cipher_list(value)
        || is_hardware_addresses(value)
        || is_template_of_shell(value)
        || is_command_line(value)
        || is_public_key_line(value)
        || is_client_token(value)
        || is_signature_algorithm(value)
        || is_cocoa_type(value)
        || is_accessor(value)
        || is_function_of_styles(value)
        || is_list_of(value, is_address_of_chain)
}

/// True for `ctrl+shift+f2`, `Ctrl-Alt-T`.
fn is_shortcut(value: &[u8]) -> bool {
    let mut keys = value.split(|&b| matches!(b, b'+' | b'-'));
    let Some(last) = keys.next_back() else { return false };
    last.len() <= 12 && value.len() > last.len() && keys.all(|key| MODIFIERS.has(key))
}

/// True for ciphers as OpenSSL lists them: `HIGH:!aNULL:!MD5`, `!SEED:!aNULL:…`.
fn is_cipher_list(value: &[u8]) -> bool {
    let is_cipher = |part: &[u8]| {
        let name = part.strip_prefix(b"!").or(part.strip_prefix(b"+")).unwrap_or(part);
        (2..=40).contains(&name.len())
            && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'@' | b'='))
    };
    let excluded = value.split(|&b| b == b':').filter(|part| part.starts_with(b"!")).count();
    excluded >= 2 && value.split(|&b| b == b':').all(is_cipher)
}

/// True for one or more addresses of network cards: `fa:16:3e:b5:ea:aa,fa:16:3e:47:29:c6`.
fn is_hardware_addresses(value: &[u8]) -> bool {
    is_list_of(value, |one| {
        one.len() == 17
            && one.chunks(3).all(|part| {
                part[..2].iter().all(u8::is_ascii_hexdigit) && matches!(part.get(2), None | Some(b':' | b'-'))
            })
    })
}

/// True for what identifies an account of Ethereum and its kin, or a public key there: `0x` and 40 digits, `0x04` and 128.
fn is_address_of_chain(value: &[u8]) -> bool {
    let Some(digits) = value.strip_prefix(b"0x") else { return false };
    (digits.len() == 40 || digits.len() == 130 && digits.starts_with(b"04"))
        && digits.iter().all(u8::is_ascii_hexdigit)
}

/// True for the key of an entry in a cache or a queue, under a plain `key`: words, and the id of what is kept there
/// (`celery-task-meta-dd32ded3-1f2e-…`).
pub(in crate::scan::generic) fn is_key_of_entry(identifier: &[u8], value: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] = [b"key", b"cache_key", b"cachekey", b"cache-key"];
    let Some(split) = value.len().checked_sub(36).filter(|&split| split >= 6) else { return false };
    let (words, id) = value.split_at(split);
    let is_id = id.iter().enumerate().all(|(at, b)| match at {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    let is_words =
        words.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b':' | b'.' | b'/'))
            && words.iter().filter(|b| !b.is_ascii_lowercase()).count() >= 2;
    is_id && is_words && NAMES.iter().any(|name| identifier.eq_ignore_ascii_case(name))
}

/// Whether each of the parts between commas is `one`.
fn is_list_of(value: &[u8], one: fn(&[u8]) -> bool) -> bool {
    value.split(|&b| b == b',').all(|part| one(part.trim_ascii()))
}

/// True for what a shell replaces, with more of it inside: `${${(%):-%n}//x}`.
fn is_template_of_shell(value: &[u8]) -> bool {
    value.starts_with(b"${") && memchr::memmem::find_iter(value, b"${").count() >= 2 && value.contains(&b'}')
}

/// True for a program and its flags: `pwgen -1s 32`, `openssl rand -hex 32`, `date +%Y%m%d`.
pub(in crate::scan::generic) fn is_command_line(value: &[u8]) -> bool {
    let mut words = value.split(|&b| b == b' ').filter(|word| !word.is_empty());
    let is_program = |word: &[u8]| {
        (2..=16).contains(&word.len())
            && word.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b'.'))
    };
    let is_flag = |word: &[u8]| {
        let name = word.strip_prefix(b"--").or(word.strip_prefix(b"-"));
        name.is_some_and(|name| {
            (1..=16).contains(&name.len())
                && name
                    .iter()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'='))
        })
    };
    let is_format = |word: &[u8]| word.starts_with(b"+%");
    let is_variable = |word: &[u8]| word.starts_with(b"$") && word.contains(&b'/');
    words.next().is_some_and(is_program)
        && words.take(2).any(|word| is_flag(word) || is_format(word) || is_variable(word))
}

/// True for the start of a style's value, before the first comma or blank: `rgba(148`, `cubic-bezier(.4`; and for the
/// start of a call of SAS: `%sysget(DBPW`.
fn is_function_of_styles(value: &[u8]) -> bool {
    const FUNCTIONS: [&[u8]; 10] = [
        b"calc",
        b"clamp",
        b"color-mix",
        b"cubic-bezier",
        b"hsl",
        b"hsla",
        b"linear-gradient",
        b"rgb",
        b"rgba",
        b"var",
    ];
    let Some(open) = memchr::memchr(b'(', value) else { return false };
    let (function, rest) = (&value[..open], &value[open + 1..]);
    let is_number =
        |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'%' | b'-' | b'#' | b')' | b',' | b' ' | b'/');
    FUNCTIONS.contains(&function) && (rest.iter().all(is_number) || rest.starts_with(b"--"))
        || function.eq_ignore_ascii_case(b"%sysget")
}

/// True for text that contains a public key of SSH.
fn is_public_key_line(value: &[u8]) -> bool {
    [&b"ssh-rsa "[..], b"ssh-ed25519 ", b"ssh-dss ", b"ecdsa-sha2-"]
        .iter()
        .any(|start| line::find(value, start).is_some())
}

/// True for the token by which a page in a browser sends measurements to Datadog, which every visitor sees.
fn is_client_token(value: &[u8]) -> bool {
    value.strip_prefix(b"pub").is_some_and(|digits| {
        digits.len() == 32 && digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// True for `ECDSAWithSHA256`, `sha256WithRSAEncryption`.
fn is_signature_algorithm(value: &[u8]) -> bool {
    if value.len() > 32 || !value.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    [&b"withsha"[..], b"withrsa", b"withecdsa"].iter().any(|part| line::find(&lower, part).is_some())
}

/// True for a type of Apple's frameworks: `NSString`.
fn is_cocoa_type(value: &[u8]) -> bool {
    let is_capital = |at: usize| value.get(at).is_some_and(u8::is_ascii_uppercase);
    value.len() <= 32
        && value.starts_with(b"NS")
        && is_capital(2)
        && value.iter().all(u8::is_ascii_alphabetic)
        && value[3..].iter().any(u8::is_ascii_lowercase)
}

/// True for a program whose name is all of a line's first word, below words that end in a colon.
pub(in crate::scan::generic) fn is_program(value: &[u8]) -> bool {
    PROGRAMS.has(value)
}

/// True for a value that is no secret under this name.
pub(in crate::scan::generic) fn is_of_name(identifier: &[u8], kind: Kind, value: &[u8]) -> bool {
    let last = name::words(identifier).last().unwrap_or_default();
    let is_last = |known: &[&str]| known.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes()));
    let is_letters = value.iter().all(u8::is_ascii_alphabetic);
    match kind {
        // A mechanism, a driver, a guard, a client: `ClientAuth("Kerberos")`, `auth:sanctum`.
        Kind::Other if is_last(&["auth", "authentication", "oauth"]) => {
            let is_one_case = |is: fn(&u8) -> bool| value.iter().all(is);
            is_letters && value.len() <= 12
                || value.len() <= 20
                    && (is_one_case(u8::is_ascii_lowercase) || is_one_case(u8::is_ascii_uppercase))
        }
        // What a parser or a format calls so: `signature="getName(id)"`, `signature: "Exif\0"`.
        // A long one is that of a message.
        Kind::Other if is_last(&["signature"]) => {
            !(20..80).contains(&value.len()) || value.contains(&b'(') || is_of_module(value)
        }
        // The start of a seed is derived with a text that every wallet knows.
        _ if value.ends_with(b" seed") => value.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' '),
        // Fingerprints of the keys by which packages are signed.
        Kind::Key if is_last(&["keys"]) => {
            value.len() == 40 && value.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'))
        }
        // `axisKey = 'axis0'`.
        Kind::Key if is_last(&["key"]) => is_numbered(identifier, value),
        // Laravel's `'passwords' => 'users'` names a table of people.
        Kind::Password if is_last(&["passwords"]) => {
            value.ends_with(b"s") && value.iter().all(u8::is_ascii_lowercase)
        }
        // A country among countries.
        Kind::Password => identifier == b"PW" && value == b"Palau",
        _ => false,
    }
}

/// True for how a module of a shop names itself, with versions at the end: `ipayment|ipayment_pp|1.0|2.2`.
fn is_of_module(value: &[u8]) -> bool {
    let is_name = |part: &[u8]| part.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let is_version = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_digit) && part.iter().all(|b| b.is_ascii_digit() || *b == b'.')
    };
    let parts = || value.split(|&b| b == b'|');
    parts().count() >= 3
        && parts().all(|part| is_name(part) || is_version(part))
        && parts().next_back().is_some_and(is_version)
}

/// True for a word of the name with a number: `axisKey = 'axis0'`.
fn is_numbered(identifier: &[u8], value: &[u8]) -> bool {
    let letters = value.iter().rposition(|b| !b.is_ascii_digit()).map_or(0, |at| at + 1);
    letters >= 3
        && letters < value.len()
        && value.len() - letters <= 3
        && name::words(identifier).any(|word| word.eq_ignore_ascii_case(&value[..letters]))
}

/// True for a method that gets or sets what its name says: `getMainnetApiKeySecret`.
fn is_accessor(value: &[u8]) -> bool {
    const ENDS: [&[u8]; 6] = [b"apikey", b"secret", b"password", b"passphrase", b"token", b"credentials"];
    let lower = value.to_ascii_lowercase();
    value.iter().all(u8::is_ascii_alphabetic)
        && value.len() > 12
        && (lower.starts_with(b"get") || lower.starts_with(b"set"))
        && ENDS.iter().any(|end| lower.ends_with(end))
}

/// True for the name of an object that contains a secret, as charts for a cluster give it beside `certSecret:` or
/// `secret:`. A person may have chosen such words, too, so they are not dropped: they weigh little.
pub(in crate::scan::generic) fn may_name_an_object(
    identifier: &[u8],
    kind: Kind,
    form: Form,
    value: &[u8],
) -> bool {
    let is_plain = identifier == b"secret" || identifier.ends_with(b"Secret");
    let is_part = |part: &[u8]| {
        part.len() >= 2 && part[0].is_ascii_alphabetic() && part[1..].iter().all(u8::is_ascii_lowercase)
            || matches!(part.len(), 1 | 2) && part.iter().all(u8::is_ascii_digit)
    };
    // As an option of a command, several words: `--secret=crm-db-9`.
    let may_be = match form {
        Form::Bare | Form::Block => true,
        Form::Inline => value.contains(&b'-'),
        _ => false,
    };
    (kind == Kind::Secret || identifier.ends_with(b"Secret"))
        && is_plain
        && may_be
        && value.len() <= 32
        && value.first().is_some_and(u8::is_ascii_alphabetic)
        && value.split(|&b| b == b'-').all(is_part)
}

/// Whether the value at the end of `key=value` is the key again, maybe with words before it:
/// `--from-literal=client-secret="my-client-secret"`.
pub(in crate::scan::generic) fn is_called_after_its_key(text: &[u8], at: Span, value: &[u8]) -> bool {
    let plain = |part: &[u8]| -> Vec<u8> {
        part.iter().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let argument = &text[at.start.saturating_sub(64)..at.end];
    let Some(equals) = memchr::memrchr(b'=', argument) else { return false };
    let len = argument[..equals].iter().rev().take_while(|b| is_part(b)).count();
    let key = plain(&argument[equals - len..equals]);
    key.len() >= 6 && value.iter().all(is_part) && plain(value).ends_with(&key)
}

/// True for words with marks between them under the name of a salt, which says what it is for.
pub(in crate::scan::generic) fn is_label_of_salt(identifier: &[u8], value: &[u8]) -> bool {
    let is_salt = name::words(identifier).any(|word| word.eq_ignore_ascii_case(b"salt"));
    let parts = value.split(|b| matches!(b, b'-' | b'_' | b'.' | b'/' | b':' | b' '));
    let is_word = |part: &[u8]| {
        part.len() <= 12
            && part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && part.iter().filter(|b| b.is_ascii_digit()).count() <= 2
    };
    is_salt && parts.clone().count() >= 3 && parts.clone().all(is_word)
}

/// Whether a value without quotes is a piece of a line that encodes something else: no blank for a long way, and most
/// of the marks of a keyboard (`6T1sdmTk40$4xf=`PSn?d>V2aC<j2pw=wdc8jY;jCGUs#`).
pub(in crate::scan::generic) fn is_in_encoded_line(text: &[u8], Span { start: at, end }: Span) -> bool {
    const SHORTEST: usize = 30;
    const MARKS: &[u8] = b"!#$%&()*+;<>?@^_`{|}~";
    let is_blank = |b: &u8| *b <= b' ';
    let before = &text[at.saturating_sub(128)..at];
    let before = &before[before.iter().rposition(is_blank).map_or(0, |blank| blank + 1)..];
    let after = &text[end..text.len().min(end + 128)];
    let after = &after[..after.iter().position(is_blank).unwrap_or(after.len())];
    let run = &text[at - before.len()..end + after.len()];
    before.len() + after.len() >= SHORTEST
        && !run.iter().any(|b| matches!(b, b'"' | b'\''))
        && MARKS.iter().filter(|mark| run.contains(mark)).count() >= 9
}
