//! From a name and a value to a secret: what `veto` and the judge say of a pair that was read, however it was read.

use super::joint::Joint;
use super::judge::{self, Class, about, input::JudgeInput};
use super::kinds::pair::Pair;
use super::kinds::{self, address, beside, code, files, ordinary, page, speech};
use super::line;
use super::name::{self, Kind};
use super::readers::manifest;
use super::value::{self, Literal};
use super::{innocent, passphrase, placeholder, reference, shape, structure, veto};
use crate::model::{Basis, Decoding, Form, Score, Span, Worth};
use crate::scan::rejection::{Rejected, Rejection, Veto};

/// The score of a value that anyone would guess: of interest only in a file that contains the password in use.
pub(super) const GUESSABLE: Score = Score(300);

/// The most that a value scores which may be the name of an object that contains the secret.
const NAME_OF_AN_OBJECT: Score = Score(300);

/// Last words of the names of entries that say which database it is.
const DATABASES: [&[u8]; 3] = [b"database", b"db", b"dbname"];

/// A secret assigned to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scan) struct Assignment {
    /// From the name's first byte to the value's last.
    pub span: Span,
    /// The value (or the encoded run that contains the secret).
    pub value: Span,
    /// The secret: escapes undone, decoded if `decoded_by` says so.
    pub secret: Vec<u8>,
    /// The name, as written.
    pub identifier: Box<str>,
    /// How the value was written.
    pub form: Form,
    /// How likely it is a secret, from name and value alone.
    pub score: Score,
    /// What it is worth.
    pub worth: Worth,
    /// The decodings that led to the secret, outermost first.
    pub decoded_by: Vec<Decoding>,
    /// What kind of value it is.
    pub class: Class,
    /// What was judged besides name, form and value.
    pub basis: Basis,
    /// The Unix second at which it ends, if it is of an address that says so.
    pub expires: Option<i64>,
}

/// What is around an anchor: a secret assigned to a name, or why it is none.
pub(in crate::scan) type Assigned = Result<Assignment, Rejected>;

/// A value and its name, before they are judged.
pub(super) struct Named<'a> {
    /// The name, or the words in its place.
    pub(super) name: Span,
    pub(super) identifier: &'a [u8],
    pub(super) kind: Kind,
    pub(super) joint: Joint,
    pub(super) literal: Literal,
    /// True if nothing but a password goes there.
    pub(super) is_login: bool,
}

/// A password by its position.
pub(super) fn login_named<'a>(name: Span, identifier: &'a [u8], literal: Literal) -> Named<'a> {
    Named { name, identifier, kind: Kind::Password, joint: Joint::Flag, literal, is_login: true }
}

/// The secret of a line, in a file that consists of such lines.
pub(in crate::scan) fn on_line(secret: &[u8], line: Span, at: Span) -> Option<Assignment> {
    if reference::is_reference(secret) || is_instruction(secret) {
        return None;
    }
    let guessable = placeholder::is_placeholder(secret);
    let is_hash = kinds::is_hash(secret);
    Some(Assignment {
        span: Span::new(line.start, at.end),
        value: at,
        secret: secret.to_vec(),
        identifier: "password".into(),
        form: Form::Position,
        score: Score(650),
        worth: match (guessable, is_hash) {
            (true, _) => Worth::Guessable,
            (_, true) => Worth::Hash,
            _ => Worth::Whole,
        },
        decoded_by: Vec::new(),
        class: Class::Chosen,
        basis: Basis::default(),
        expires: None,
    })
}

/// A placeholder that says what to replace it by, and so is nobody's password.
fn is_instruction(secret: &[u8]) -> bool {
    placeholder::is_placeholder(secret) && !placeholder::is_guessable(secret)
}

/// An entry of a document that says that it contains secrets.
pub(super) fn declared(text: &[u8], entry: &manifest::ManifestEntry) -> Result<Assignment, Rejection> {
    let identifier = &text[entry.key.start..entry.key.end];
    let mut decoded_by = Vec::new();
    let mut secret = entry.text.clone();
    if entry.is_encoded {
        let trimmed = secret.iter().rposition(|&b| b != b'=').map_or(0, |last| last + 1);
        let plain =
            data_encoding::BASE64_NOPAD.decode(&secret[..trimmed]).map_err(|_not_base64| Veto::Encoding)?;
        // A value that is not text stays as it is written.
        if plain.trim_ascii_end().iter().all(|b| matches!(b, b' '..=b'~')) {
            secret = plain.trim_ascii_end().to_vec();
            decoded_by.push(Decoding::Base64);
        } else if plain.contains(&b'\n') {
            return Err(Veto::Encoding.into());
        }
    }
    // Beside the secret, such a document has what is public: a certificate, a host, the name of a user.
    let is_of_database = name::words(identifier)
        .last()
        .is_some_and(|word| DATABASES.iter().any(|name| word.eq_ignore_ascii_case(name)));
    let is_beside = (about::is_about(identifier, Kind::Key) || is_of_database) && !shape::is_random(&secret)
        || memchr::memmem::find(&secret, b"-----BEGIN CERTIFICATE").is_some();
    if is_beside {
        return Err(Veto::OfName.into());
    }
    veto::allow(&secret, b"", Form::Quoted)?;
    let judged = judge::judge(&JudgeInput {
        identifier,
        kind: Kind::Secret,
        joint: Joint::Colon,
        form: Form::Declared,
        joined: false,
        value: &secret,
    })
    .map_err(Rejection::Unlikely)?;
    Ok(Assignment {
        span: Span::new(entry.key.start, entry.value.end),
        value: entry.value,
        secret,
        identifier: String::from_utf8_lossy(identifier).into(),
        form: Form::Declared,
        score: judged.score,
        worth: worth(judged.class),
        decoded_by,
        class: judged.class,
        basis: judged.basis,
        expires: None,
    })
}

/// Judges a value, and passes the result to `found`.
pub(super) fn hand_on_judged(text: &[u8], named: &Named<'_>, found: &mut dyn FnMut(Assigned)) {
    let own = owner(named.identifier, &named.literal.text);
    if own.len() < named.identifier.len() {
        let literal = named.literal.clone();
        return hand_on(text, &Named { identifier: own, literal, ..*named }, found);
    }
    hand_on(text, named, found);
}

fn hand_on(text: &[u8], named: &Named<'_>, found: &mut dyn FnMut(Assigned)) {
    found(judged(text, named).or_else(|why| {
        let rejected = || Rejected { why, name: Some(named.name), value: Some(named.literal.span) };
        guessable(text, named).ok_or_else(rejected)
    }));
}

/// The name that says what a value is. Under `password_hash` a hash is what it is under `password`, and `shop` under
/// `shop_mysql_password` is what it is under `mysql_password`: neither the last word nor the first says more.
fn owner<'a>(identifier: &'a [u8], value: &[u8]) -> &'a [u8] {
    if kinds::looks_hashed(value)
        && let Some(own) = name::without_hash(identifier)
    {
        return own;
    }
    name::without_owner(identifier, value).unwrap_or(identifier)
}

fn judged(text: &[u8], named: &Named<'_>) -> Result<Assignment, Rejection> {
    let Named { literal, identifier, .. } = named;
    let score = |form, value: &[u8]| {
        if named.kind == Kind::Password && kinds::is_salted(text, named.name, literal.span, value) {
            return Ok(judge::of_hash());
        }
        judge::judge(&JudgeInput {
            identifier,
            kind: named.kind,
            joint: named.joint,
            form,
            joined: literal.joined,
            value,
        })
        .map_err(Rejection::Unlikely)
    };
    // JNDI keeps nothing else under this name.
    let is_login = named.is_login
        || innocent::is_in_groups(&literal.text)
        || named.kind == Kind::Password && is_of_store(identifier)
        || identifier.ends_with(b"SECURITY_CREDENTIALS")
        // libcurl's options, each of which takes a password.
        || named.kind == Kind::Password && identifier.starts_with(b"CURLOPT_")
        || named.kind == Kind::Password && is_given(text, named)
        || named.kind == Kind::Secret && is_of_peer(text, named);
    let form = if is_login { Form::Login } else { literal.form };
    let of = |admitted: veto::Admitted, judged: judge::Judged| {
        let value = Span::new(literal.span.start + admitted.from, literal.span.start + admitted.to);
        Assignment {
            span: of_both(named.name, value),
            value,
            secret: admitted.secret,
            identifier: String::from_utf8_lossy(identifier).into(),
            form: literal.form,
            score: judged.score,
            worth: worth(judged.class),
            decoded_by: admitted.decoded_by,
            class: judged.class,
            basis: judged.basis,
            expires: None,
        }
    };
    if let Some(digits) = &literal.digits {
        if placeholder::is_published(digits) {
            return Err(Veto::OfName.into());
        }
        let admitted = veto::Admitted {
            secret: literal.text.clone(),
            from: 0,
            to: literal.span.len(),
            decoded_by: Vec::new(),
        };
        let judged = score(form, digits)?;
        // The list itself would be judged as something else. Code lists the bytes of vectors for tests so: of fourteen in the
        // sources of 300 crates none was in use, and no labelled line has any.
        let judged =
            judge::Judged { basis: Basis::default(), score: judged.score.min(judge::BELOW_HIGH), ..judged };
        return Ok(of(admitted, judged));
    }
    // The value of `auth` may be a scheme and its credentials; a password has no parts.
    let own = if named.kind == Kind::Password && name::ends_in_credentials(identifier) {
        b"password"
    } else {
        *identifier
    };
    // A word before other words is the start of a sentence; so are several words in prose.
    let is_letter = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80 || matches!(b, b'-' | b'.' | b',' | b' ');
    let is_loose = literal.joined && matches!(literal.form, Form::Bare | Form::Block | Form::Inline)
        || matches!(named.joint, Joint::Space | Joint::Prose)
            && (literal.text.contains(&b' ') || literal.text.ends_with(b","));
    if !named.is_login && is_loose && literal.text.iter().all(is_letter) {
        return Err(Veto::Prose.into());
    }
    let is_something_else = |value: &[u8]| {
        let pair =
            Pair { text, name: named.name, identifier, kind: named.kind, literal: literal.span, value };
        files::is_in_file(&pair)
            || code::is_of_code(&pair)
            || beside::is_beside(&pair)
            || page::is_of_page(&pair)
            || speech::is_spoken(&pair)
            || kinds::is_beside_its_hash(&pair)
    };
    // What a program is given in quotes is its password, whatever words it is of.
    let is_given = named.is_login && literal.form == Form::Login && literal.text.contains(&b' ');
    let may_have_login = (!named.is_login || is_given)
        && named.kind == Kind::Password
        && (!literal.joined || literal.form == Form::Bare);
    // A word or several words are a password beside a login, and nothing elsewhere.
    if may_have_login
        && let Ok(admitted) = veto::admit_beside_login(literal, own)
        && (is_given || is_passphrase(named) || is_beside_login(text, named))
        && !is_something_else(&admitted.secret)
    {
        let judged = score(Form::Login, &admitted.secret)?;
        return Ok(of(admitted, judged));
    }
    let admitted = veto::admit(literal, own)?;
    if kinds::is_key_id(identifier, named.kind, &admitted.secret) {
        return Err(Veto::KeyId.into());
    }
    if kinds::is_spent_cookie(identifier, &admitted.secret) {
        return Err(Veto::SpentCookie.into());
    }
    if ordinary::is_of_name(identifier, named.kind, &admitted.secret)
        || ordinary::is_key_of_entry(identifier, &admitted.secret)
        || ordinary::is_label_of_salt(identifier, &admitted.secret)
    {
        return Err(Veto::OfName.into());
    }
    if is_something_else(&admitted.secret) {
        return Err(Veto::OfName.into());
    }
    if matches!(literal.form, Form::Bare | Form::Inline)
        && ordinary::is_in_encoded_line(text, of_both(named.name, literal.span))
    {
        return Err(Veto::EncodedLine.into());
    }
    let mut judged = score(form, &admitted.secret)?;
    if ordinary::may_name_an_object(identifier, named.kind, literal.form, &admitted.secret) {
        judged.score = judged.score.min(NAME_OF_AN_OBJECT);
    }
    let value = &admitted.secret;
    let pair = Pair { text, name: named.name, identifier, kind: named.kind, literal: literal.span, value };
    let expires = address::expiry(&pair);
    Ok(Assignment { expires, ..of(admitted, judged) })
}

/// Whether a password is what a method sets (`setPassword("x7")`), is said in the ticks of a document, or is the key of a network,
/// and is no name.
fn is_given(text: &[u8], named: &Named<'_>) -> bool {
    let Named { literal, identifier, joint, .. } = named;
    let value = &literal.text;
    let is_no_word = || shape::is_mixed_word(value) && !value.contains(&b' ') || shape::is_drawn_text(value);
    match joint {
        Joint::Call => identifier.ends_with(b"setPassword") && literal.form == Form::Call && is_no_word(),
        Joint::Prose => {
            let is_in_ticks = literal.span.start > 0 && text[literal.span.start - 1] == b'`';
            is_in_ticks && is_no_word()
        }
        // What a program prints after a label, and the setting of a driver.
        Joint::Colon if literal.form == Form::Inline && is_no_word() => is_printed(text, named),
        Joint::Colon if literal.text.is_ascii() && identifier.iter().any(|b| *b >= 0x80) => is_no_word(),
        _ if is_of_driver(identifier) => is_no_word(),
        Joint::Markup => {
            name::is_password_word(name::words(identifier).last().unwrap_or_default()) && is_no_word()
        }
        _ => name::is_of_network(identifier) && *joint == Joint::Assign && literal.form != Form::Quoted,
    }
}

/// Whether a password is the last word of a string, after a label and a blank: `"Password: x7k2"`.
fn is_printed(text: &[u8], named: &Named<'_>) -> bool {
    let span = named.literal.span;
    span.start > 1
        && text[span.start - 1] == b' '
        && text[..span.start - 1].ends_with(b":")
        && named.name.end + 2 == span.start
}

/// Whether a name is that of a password in the settings of a driver or a store: `javax.persistence.jdbc.password`.
fn is_of_driver(identifier: &[u8]) -> bool {
    const ENDS: [&[u8]; 3] = [b"jdbc.password", b"connection.password", b"datasource.password"];
    let lower = identifier.to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
}

/// Whether a secret is that of a telephone or of a client of RADIUS, by what is beside it.
fn is_of_peer(text: &[u8], named: &Named<'_>) -> bool {
    const SETTINGS: [&[u8]; 14] = [
        b"callerid",
        b"context=",
        b"defaultuser",
        b"host=dynamic",
        b"host = dynamic",
        b"ipaddr",
        b"ipv4addr",
        b"nas_type",
        b"nastype",
        b"shortname",
        b"type=friend",
        b"type = friend",
        b"type=peer",
        b"type=user",
    ];
    let is_plain = named.identifier.eq_ignore_ascii_case(b"secret") && named.joint == Joint::Assign;
    let is_value = matches!(named.literal.form, Form::Bare | Form::Block | Form::Quoted)
        && !named.literal.text.contains(&b' ');
    is_plain && is_value && {
        let from = line::before_lines(text, named.name.start, 1);
        let around = &text[from..line::after_lines(text, named.literal.span.end, 2)];
        SETTINGS.iter().any(|setting| line::find(around, setting).is_some())
    }
}

/// Whether a password is that of a store of keys, in Java's words: `javax.net.ssl.trustStorePassword`.
fn is_of_store(identifier: &[u8]) -> bool {
    let plain = identifier.to_ascii_lowercase();
    [&b"keystorepassword"[..], b"truststorepassword"].iter().any(|end| plain.ends_with(end))
}

/// Whether words are a passphrase by what is beside them: a login, or the name of a network or of its owner.
fn is_beside_login(text: &[u8], named: &Named<'_>) -> bool {
    structure::login_beside(text, named.name, named.literal.span)
        || passphrase::is_plain(&named.literal.text) && passphrase::owner_beside(text, named.name)
}

/// Whether words in quotes are a passphrase by their name alone: `psk="four crows on wire"`, and an environment's
/// variable for a password. Elsewhere they are what a person is to be shown.
fn is_passphrase(named: &Named<'_>) -> bool {
    let Named { identifier, literal, .. } = named;
    let last = name::words(identifier).last().unwrap_or_default();
    let is_variable = identifier.contains(&b'_')
        && identifier.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && name::says_password(last);
    // Where a colon is, forms have labels as well.
    let is_set =
        named.joint == Joint::Assign || named.joint == Joint::Colon && passphrase::is_plain(&literal.text);
    literal.text.contains(&b' ')
        && literal.form == Form::Quoted
        && is_set
        && (is_variable || last.eq_ignore_ascii_case(b"passphrase") || last.eq_ignore_ascii_case(b"psk"))
}

/// From the first byte of a name or its value, whichever is first, to the last of both.
fn of_both(name: Span, value: Span) -> Span {
    Span::new(name.start.min(value.start), name.end.max(value.end))
}

/// A value that anyone would guess, if the name is a password's and begins its line: the file may be the one with the
/// password in use.
fn guessable(text: &[u8], named: &Named<'_>) -> Option<Assignment> {
    let Named { literal, identifier, name, .. } = named;
    // What is used if a variable is not set: `${DB_PASSWORD:root}`.
    let (from, to) = reference::default_of(&literal.text)
        .filter(|_| literal.text.len() == literal.span.len())
        .unwrap_or((0, literal.text.len()));
    let secret = &literal.text[from..to];
    let at = match to - from == literal.text.len() {
        true => literal.span,
        false => Span::new(literal.span.start + from, literal.span.start + to),
    };
    let is_short_number = secret.len() == 5 && secret.iter().all(u8::is_ascii_digit);
    if !(named.kind == Kind::Password || named.kind == Kind::Secret && placeholder::is_shipped(secret))
        || literal.joined
        || !(placeholder::is_guessable(secret) || is_short_number)
    {
        return None;
    }
    let before = line::line_before(text, name.start);
    let leads = value::is_lead(before)
        || is_member(text, before, *name, named.joint)
        || named.joint == Joint::Argument
            && line::line_before(text, name.start).trim_ascii().starts_with(b"define(")
        || named.joint == Joint::Assign && value::is_in_connection(before)
        || named.is_login;
    let assigned =
        matches!(named.joint, Joint::Assign | Joint::Colon | Joint::Space | Joint::Argument | Joint::Markup)
            || named.is_login;
    let fits = matches!(
        literal.form,
        Form::Bare | Form::Quoted | Form::Inline | Form::Login | Form::Block | Form::Markup
    ) || named.joint == Joint::Argument;
    (leads && assigned && fits).then(|| Assignment {
        span: of_both(*name, at),
        value: at,
        secret: secret.to_vec(),
        identifier: String::from_utf8_lossy(identifier).into(),
        form: literal.form,
        score: GUESSABLE,
        worth: Worth::Guessable,
        decoded_by: Vec::new(),
        class: Class::Chosen,
        basis: Basis::default(),
        expires: None,
    })
}

/// Whether a password is a member of a class, an object or an element, as settings are written: `public $password = 'x'`,
/// `'password' => 'x'`, `<password>x</password>`.
fn is_member(text: &[u8], before: &[u8], name: Span, joint: Joint) -> bool {
    const KEYWORDS: [&[u8]; 6] = [b"public", b"private", b"protected", b"var", b"static", b"const"];
    let lead = before.trim_ascii_start();
    let lead = lead.strip_suffix(b"$").unwrap_or(lead).trim_ascii_end();
    let is_property = joint == Joint::Assign
        && !lead.is_empty()
        && lead.split(|b| *b == b' ').all(|word| KEYWORDS.contains(&word));
    let is_key = joint == Joint::Colon
        && matches!(before.last(), Some(b'"' | b'\''))
        && text.get(name.end) == before.last();
    is_property || is_key || joint == Joint::Markup
}

pub(super) fn worth(class: Class) -> Worth {
    if class == Class::Hash { Worth::Hash } else { Worth::Whole }
}
