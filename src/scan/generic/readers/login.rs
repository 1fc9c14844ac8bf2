//! Calls that take a password by its position (`connect(host, user, password)`), pairs of a login and its password
//! (`auth=("user", "password")`), and what a test types into a password's field.
//!
//! A table of names says which argument is the secret. A name is compared with what is before its last dot only if the
//! table has it so.

use crate::model::Span;
use crate::scan::generic::line::{QUICK_REACH, before_lines, byte, line_before, past_blanks, past_line_end};
use crate::scan::generic::name::{self, Kind};
use crate::scan::generic::quote::{self, Quoted};
use crate::scan::generic::shape::{is_app_password, is_drawn_text, is_mixed_word};
use crate::scan::generic::words::Lengths;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Which argument of a call is the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// The one at this position, counted from zero.
    At(usize),
    /// The one at this position, of this many or more.
    AtOf(usize, usize),
    /// The last.
    Last,
    /// The last, of this many or more.
    LastOf(usize),
    /// The one at this position, if the one before it is a literal as well.
    Beside(usize),
    /// The one at this position, a key.
    Key(usize),
    /// The one at this position and no other, a key.
    KeyAlone(usize),
    /// The only one or the last, a key or token among other things: its look decides.
    Issued,
    /// A token, or the second of a login and its password.
    TokenOrLogin,
    /// The one at this position, where nothing but a password goes, whatever is before it.
    Only(usize),
    /// The one at this position, of a call that reads a file of keys: it, or a flag, says so.
    OfStore(usize),
    /// The only one, `login:password`, which is to be encoded for a header.
    Pair,
    /// The third after a driver and a login, or the fourth if an address is before the login.
    OfDriver,
    /// The second, or the last of four, of which the first two are a realm and a host.
    OfRealm,
    /// The first, a base32 seed of one-time passwords.
    Seed,
    /// The first, a key in bytes, if a token is signed or verified on its line or those beside it.
    OfToken,
    /// The one at this position, as an array of characters: there is no other reason to make such an array in a call.
    Characters,
}
use Which::{
    At, AtOf, Beside, Characters, Issued, Key, KeyAlone, Last, LastOf, OfDriver, OfRealm, OfStore, OfToken,
    Only, Pair, Seed, TokenOrLogin,
};

/// Names of calls, lower-case, and which of their arguments is the secret. The first that fits counts.
#[rustfmt::skip]
const CALLS: &[(&str, Which)] = &[
    // A login and its password, and nothing else that matters.
    ("networkcredential passwordauthentication usernamepasswordcredentials usernamepasswordauthenticationtoken
      basicauthenticationcredentials sqlcredential httpbasicauth httpdigestauth httpproxyauth basicauth basiccredentials
      setbasicauth basic_auth basicauthentication withbasicauth http_basic_auth httpbasicauthentication digest_auth
      passwordauthenticationmethod passwordcredential pscredential usernamepassword usernamepasswordcredential
      userpasswordcredentials plaintextauthenticator plaintextcredentials passwordcredentials plainauthprovider
      authtokens.basic auth.basic credentials.basic basicauthorizer simple_bind_s simple_bind simplebind
      ldap_simple_bind_s setcredentials withcredentials usercredentials clientcredentials login_user loginas
      authenticate_with_password basicauthinterceptor basicauthenticationinterceptor preemptivebasic httpauth userpassauth ntlmcredentials httpntlmauth
      staticcredentials plaincredentials plainlogin saslplain usernamepasswordtoken basicawscredentials
      basicsessioncredentials httpbasicauthenticator url.userpassword simplecredentials storagesharedkeycredential
      sharedkeycredential namedkeycredential azurenamedkeycredential azuresharedkeycredential newstaticcredentials
      newstaticcredentialsprovider newstaticv4 userpasswordcredential webcredentials setnetworkcredentials username_pw_set setauth authpassword ldap.bind client.bind
      ntcredentials clientcredential oauth2client applybasicauth basicauthplugin smtpauthenticator", Only(1)),
    ("x509certificate2 networkcredential.new", Only(1)),
    ("jedispool", Only(4)),
    ("transport.send", Only(2)),
    ("database", AtOf(2, 4)),
    ("import", OfStore(1)),
    ("btoa b64encode base64_encode base64.encode base64.strict_encode64 strict_encode64 encode64 base64.encode64
      base64.stringencoding buffer.from", Pair),
    ("cx_oracle.connect oracledb.connect oci_connect oci_pconnect oci_new_connect ocilogon ociplogon wifi.begin
      wifi.softap wifimulti.addap ibm_db.pconnect wlan.connect station.connect sta.connect wifi.connect sta_if.connect sta.config
      set_access_token oauthhandler oauth1userhandler", At(1)),
    ("github gitlab client client.new twilioclient azurekeycredential apikeycredential tokenauth apikeyauth", Issued),
    ("client.login bot.login", TokenOrLogin),
    ("secretvalue.unsafeplaintext secretvalue.plaintext secretstring.from secretstring.new", Key(0)),
    ("encode", OfToken),
    ("clientsecretcredential usernamepasswordcredential", At(2)),
    ("signinwithemailandpassword createuserwithemailandpassword reauthenticatewithcredential", Last),
    // A server, a login and its password.
    ("getconnection", LastOf(2)),
    ("mysqli mysqli_connect mysql_connect mysql_pconnect pdo odbc_connect
      odbc_pconnect ibase_connect fbird_connect ifx_connect mssql_connect mssql_pconnect sybase_connect ingres_connect
      msql_connect db2_connect imap_open imap.open ldap_bind ftp_login ssh2_auth_password directoryentry sshclient
      sftpclient scpclient sequelize plainauth smtp.plainauth mysqldb.connect pymysql.connect psycopg2.connect
      dbi->connect database.forurl forurl jenkins createcredential createplaincredential createscramsha1credential
      createscramsha256credential create_superuser createsuperuser sasl_interactive_bind sql.newinstance", At(2)),
    ("sp_addlogin sp_password", At(1)),
    ("sethttpauthusernamepassword", At(3)),
    ("sp_addlinkedsrvlogin", At(4)),
    ("mysql_real_connect mysqli_real_connect ldap_sasl_bind add_password strictredis redis.redis", At(3)),
    ("smtp.start", At(4)),
    ("connection", Beside(2)),
    ("create_user ftp ftplib.ftp ftp.open ftp_tls conn.open cn.open cnn.open connection.open db.open", AtOf(2, 3)),
    ("connect", AtOf(2, 3)),
    ("createconnection", AtOf(1, 2)),
    ("login log_in signin sign_in authenticate do_login api_login ftp.login smtp.login", AtOf(1, 2)),
    ("auth basic", AtOf(1, 2)),
    ("credentials credentials.new", OfRealm),
    // A process under another account: `RunAsWait("ada", "ACME", "x", 0, "setup.exe")`.
    ("runas runaswait", Only(2)),
    ("connectserver", Beside(3)),
    ("mapnetworkdrive", Only(4)),
    ("dbconnect", OfDriver),
    ("influxdbclient gomail.newdialer", Only(3)),
    ("usmuserdata smbconnection yagmail.smtp usermanager.createasync usermanager.addpasswordasync", Only(1)),
    ("rfc2898derivebytes", Only(0)),
    ("dbinterface.connect", Only(3)),
    ("pg.connect pgconn.new", Only(6)),
    ("jedis.auth redis.auth client.auth redisclient.auth redisauth", At(0)),
    // Keys that sign, authenticate or encrypt.
    ("hmac.new fernet cookieparser cookiestore newcookiestore signedstring secretkeyspec aes.new des.new des3.new
      aes.newcipher des.newcipher algorithm.hmac256 algorithm.hmac384 algorithm.hmac512", Key(0)),
    ("jwt.sign jwt.verify jwt.encode jwt.decode createhmac hmac.hexdigest hmac.digest aes.encrypt aes.decrypt
      pgp_sym_encrypt pgp_sym_decrypt authenticationheadervalue createcipheriv createdecipheriv signwith
      aes_encrypt aes_decrypt", Key(1)),
    ("hash_hmac openssl_encrypt openssl_decrypt", Key(2)),
    ("symmetricsecuritykey hmacshakeyfor urlsafeserializer urlsafetimedserializer timedjsonwebsignatureserializer
      jsonwebsignatureserializer timestampsigner hmacsha1 hmacsha256 hmacsha384 hmacsha512", KeyAlone(0)),
    ("cryptojs.hmacsha1 cryptojs.hmacsha224 cryptojs.hmacsha256 cryptojs.hmacsha384 cryptojs.hmacsha512 cryptojs.hmacmd5",
      KeyAlone(1)),
    // Seeds of one-time passwords.
    ("totp totp.new totp.now totp.at pyotp.totp pyotp.hotp rotp.totp.new otpauth.totp newtotp totpgenerator generate
      generatetoken generatecode generatetotp generatesync authenticator.generate totp.generate totp.generatecode
      get_totp_token gettotp get_totp getcode getotp totpcode hotp generateotp mintotp verifykey totp.create
      googleauthenticator secret.frombase32", Seed),
    // Keys and stores of Java, whose passwords are arrays of characters.
    ("load getkey setkeyentry store getentry passwordprotection pbekeyspec setpassword initkeymanagers init
      loadkeymaterial loadtrustmaterial setkeystorepassword setkeypassword getinstance generatesecret keystore
      passwordcallback unlock readkey", Characters),
];

/// Calls by the last part of their names.
#[derive(Debug, Default)]
struct CallTable {
    by_last: HashMap<&'static [u8], Vec<(&'static [u8], Which)>>,
    /// The lengths of the last parts: most names are none of them.
    lengths: Lengths,
}

/// The table.
fn calls() -> &'static CallTable {
    static SHARED: OnceLock<CallTable> = OnceLock::new();
    SHARED.get_or_init(|| {
        let mut table = CallTable::default();
        for (names, which) in CALLS {
            for name in names.split_ascii_whitespace() {
                let last = name.rsplit(['.', '>']).next().unwrap_or(name);
                table.by_last.entry(last.as_bytes()).or_default().push((name.as_bytes(), *which));
                table.lengths = table.lengths.with(last);
            }
        }
        table
    })
}

/// The most arguments that are read.
const MOST: usize = 8;

/// A secret among the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::scan::generic) struct Argument {
    /// The called name.
    pub name: Span,
    /// The secret.
    pub value: Quoted,
    /// Which kind it is.
    pub kind: Kind,
    /// True if a login is beside it, as a literal.
    pub has_login: bool,
}

/// Whether the table has the name that ends at `end`, whatever its arguments.
pub(in crate::scan::generic) fn is_call(text: &[u8], end: usize) -> bool {
    which(text, end).is_some()
}

/// Where the called name with the anchor at `word` in it ends, if it is called with a literal.
fn called_at(text: &[u8], word: Span) -> Option<usize> {
    // The anchor may include the bracket.
    let from = word.start + text.get(word.start..word.end)?.iter().rposition(u8::is_ascii_alphanumeric)?;
    let len = text[from..].iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let end = from + len;
    if byte(text, end) == b'(' || is_called_bare(text, end) {
        return Some(end);
    }
    // A method of the literal itself: `"x".toCharArray()`, with the call before it.
    None
}

/// Whether a literal follows a name, as Ruby and Basic call without brackets.
fn is_called_bare(text: &[u8], end: usize) -> bool {
    // Ruby's `JWT.encode payload, 'x'`.
    let is_of_tokens = || {
        let called = text[end.saturating_sub(10)..end].to_ascii_lowercase();
        called == b"jwt.encode" || called == b"jwt.decode"
    };
    byte(text, end) == b' '
        && (byte(text, end + 1).is_ascii_lowercase() && is_of_tokens()
            || matches!(byte(text, end + 1), b'"' | b'\'')
            || text.get(end + 1..end + 3) == Some(b"N'"))
}

/// Whether the anchor at `word` is in the name of a call of the table that has a literal among its arguments.
pub(in crate::scan::generic) fn is_called(text: &[u8], word: Span) -> bool {
    if is_characters(text, word) {
        return characters(text, word).is_some();
    }
    called_at(text, word).is_some_and(|end| {
        let rest = &text[end..text.len().min(end + QUICK_REACH)];
        memchr::memchr2(b'"', b'\'', rest).is_some() && is_call(text, end)
    })
}

/// The secret of the call with the anchor at `word` in its name.
pub(in crate::scan::generic) fn called(text: &[u8], word: Span) -> Option<Argument> {
    if is_characters(text, word) {
        return argument(text, characters(text, word)?);
    }
    argument(text, called_at(text, word)?)
}

fn is_characters(text: &[u8], word: Span) -> bool {
    text.get(word.start..word.end).is_some_and(|anchor| anchor.eq_ignore_ascii_case(b".tochararray"))
}

/// Where the name of the call ends that has a literal made into an array of characters among its arguments.
fn characters(text: &[u8], word: Span) -> Option<usize> {
    if byte(text, word.start.checked_sub(1)?) != b'"' {
        return None;
    }
    // Forward from the line's start, so that brackets in literals do not count as brackets of code.
    let mut at = word.start - line_before(text, word.start).len();
    let mut open = Vec::new();
    while at < word.start {
        match text[at] {
            b'"' => {
                let end = quote::one(text, at)?.end;
                if end == word.start {
                    break;
                }
                at = end;
                continue;
            }
            b'(' => open.push(at),
            b')' => {
                open.pop();
            }
            _ => {}
        }
        at += 1;
    }
    open.pop().filter(|&open| is_call(text, open))
}

/// The secret among the arguments of the call whose name ends at `end`.
pub(in crate::scan::generic) fn argument(text: &[u8], end: usize) -> Option<Argument> {
    let (name, which) = which(text, end)?;
    let mut open = past_blanks(text, end);
    // Ruby calls without brackets.
    let bracket = byte(text, open) == b'(' || byte(text, open) == b'[';
    if bracket {
        open += 1;
    } else if !is_called_bare(text, end) {
        return None;
    }
    let mut arguments = split(text, open, bracket);
    // Haskell's arguments have blanks between them: `applyBasicAuth "user" "password" request`.
    if !bracket
        && arguments.len() == 1
        && let Some(first) = quote::one(text, arguments[0])
        && byte(text, first.end) == b' '
        && matches!(byte(text, first.end + 1), b'"')
    {
        arguments.push(first.end + 1);
    }
    let at = |position: usize| -> Option<Quoted> {
        quote::literal(text, value_of(text, *arguments.get(position)?))
    };
    let has_login =
        |position: usize| position > 0 && at(position - 1).is_some_and(|login| !login.text.is_empty());
    let found = |value: Quoted, has_login| Argument { name, value, kind: Kind::Password, has_login };
    match which {
        Which::At(1) | Which::Only(1) if arguments.len() == 1 => Some(found(of_oracle(&at(0)?)?, true)),
        // `connect("user/password@host", encoding="UTF-8")`.
        Which::At(1) if at(0).as_ref().and_then(of_oracle).is_some() => {
            Some(found(of_oracle(&at(0)?)?, true))
        }
        Which::OfDriver => {
            let is_literal = |nth: usize| {
                arguments.get(nth).is_some_and(|&start| matches!(byte(text, start), b'"' | b'\''))
            };
            let position = if is_literal(1) && is_literal(2) && is_literal(3) { 3 } else { 2 };
            let value = at(position).filter(|_| is_literal(position - 1) && is_literal(position))?;
            Some(found(value, true))
        }
        Which::OfRealm => {
            // Perl's `$ua->credentials("host:443", "Realm", "ada" => "x")`.
            let pair = || {
                let login = at(2)?;
                let arrow = past_blanks(text, login.end);
                (text.get(arrow..arrow + 2) == Some(b"=>"))
                    .then(|| quote::literal(text, past_blanks(text, arrow + 2)))?
            };
            match arguments.len() {
                3 => Some(found(pair()?, true)),
                4 if (0..3).all(|nth| at(nth).is_some()) => Some(found(at(3)?, true)),
                _ => Some(found(at(1).filter(|_| has_login(1))?, true)),
            }
        }
        Which::At(position) => Some(found(at(position)?, has_login(position))),
        Which::Key(position) => {
            // Go's `hmac.New(sha256.New, []byte("x"))`.
            let value = at(position).or_else(|| at(position + 1).filter(|_| position == 0))?;
            Some(Argument { name, value, kind: Kind::Secret, has_login: false })
        }
        Which::KeyAlone(position) => {
            // Django's signer has its key from the settings, and is given a salt by its name.
            if text[*arguments.get(position)?..].starts_with(b"salt") {
                return None;
            }
            Some(Argument { name, value: at(position)?, kind: Kind::Secret, has_login: false })
        }
        Which::Beside(position) => Some(found(at(position)?, true)).filter(|_| has_login(position)),
        Which::Issued => {
            let last = arguments.len().checked_sub(1)?;
            // A login and its password, and a server after them or nothing.
            if last >= 1
                && let (Some(login), Some(second)) = (at(0), at(1))
                && is_login(&login.text)
                && (is_drawn_text(&second.text) || second.text.iter().any(u8::is_ascii_uppercase))
                && is_drawn_or_mixed(&second.text)
                && (last == 1 || at(2).is_some_and(|server| server.text.contains(&b':')))
            {
                return Some(found(second, true));
            }
            // `client("dynamodb")` names a service.
            let value = at(last)?;
            let is_issued = value.text.len() >= 12 && value.text.iter().any(u8::is_ascii_digit);
            is_issued.then_some(Argument { name, value, kind: Kind::Token, has_login: false })
        }
        Which::Only(position) => Some(found(at(position)?, true)),
        Which::OfStore(position) => {
            let value = at(position)?;
            let is_file = at(0).is_some_and(|file| {
                let name = file.text.to_ascii_lowercase();
                [&b".pfx"[..], b".p12", b".jks", b".pem"].iter().any(|end| name.ends_with(end))
            });
            let rest = &text[value.end..text.len().min(value.end + 48)];
            let is_store = is_file || memchr::memmem::find(rest, b"KeyStorageFlags").is_some();
            is_store.then(|| found(value, true))
        }
        Which::Pair => {
            // A buffer has text of any kind: only one that is encoded at once is of a header.
            let is_encoded = || {
                let rest = &text[end..text.len().min(end + QUICK_REACH)];
                let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
                memchr::memmem::find(line, b"base64").is_some()
            };
            let is_buffer = text[..end].ends_with(b"from");
            let value = at(0).filter(|_| !is_buffer || is_encoded())?;
            Some(found(second_of_pair(&value)?, true))
        }
        Which::TokenOrLogin if arguments.len() >= 2 => Some(found(at(1)?, has_login(1))),
        Which::TokenOrLogin => Some(Argument { name, value: at(0)?, kind: Kind::Token, has_login: false }),
        Which::AtOf(position, least) => {
            // Many calls have such a plain name: all arguments before must be literals. A port may be among them.
            let is_port = |nth: usize| arguments.get(nth).is_some_and(|&start| is_number(text, start));
            let ports = usize::from(position == 2 && is_port(1));
            let (position, least) = (position + ports, least + ports);
            // A login may be a number: `login(88123, "x")`.
            let is_number_of_login = |before: usize| before == 0 && position == 1 && is_port(0);
            let all = (0..position).all(|before| {
                is_port(before) && before == 1
                    || is_number_of_login(before)
                    || at(before).is_some_and(|text| !text.text.is_empty())
            });
            // After a variable, too, what a service made for a program is a password: `login(sender, "abcd …")`.
            let is_value = |value: &Quoted| all || is_app_password(&value.text);
            let value = at(position).filter(|value| {
                let is_enough = arguments.len() >= least || position == 2 && is_drawn_or_mixed(&value.text);
                is_enough && is_value(value)
            })?;
            Some(found(value, true))
        }
        Which::LastOf(least) => {
            let last = arguments.len().checked_sub(1).filter(|_| arguments.len() >= least)?;
            Some(found(at(last)?, has_login(last)))
        }
        Which::Last => Some(found(at(arguments.len().checked_sub(1)?)?, true)),
        Which::OfToken => {
            const TOKENS: [&[u8]; 5] = [b"SignJWT", b"jwtVerify", b"jwtDecrypt", b"EncryptJWT", b"HS256"];
            let from = before_lines(text, end, 2).max(end.saturating_sub(QUICK_REACH));
            let around = &text[from..text.len().min(end + QUICK_REACH)];
            let is_of_token = TOKENS.iter().any(|mark| memchr::memmem::find(around, mark).is_some());
            let value = at(0).filter(|_| is_of_token)?;
            Some(Argument { name, value, kind: Kind::Secret, has_login: false })
        }
        Which::Seed => {
            let value =
                (0..arguments.len()).find_map(|position| at(position).filter(|seed| is_seed(&seed.text)))?;
            Some(Argument { name, value, kind: Kind::Secret, has_login: false })
        }
        Which::Characters => {
            let mut literals = arguments.iter().filter_map(|&start| quote::one(text, value_of(text, start)));
            let value = literals.find(|value| {
                text.get(value.end..value.end + 12)
                    .is_some_and(|call| call.eq_ignore_ascii_case(b".tochararray"))
            })?;
            let is_no_name = value.text.iter().any(u8::is_ascii_digit);
            Some(found(value, is_no_name))
        }
    }
}

/// The password of `user/password@host`, in one literal.
fn of_oracle(login: &Quoted) -> Option<Quoted> {
    let at = memchr::memrchr(b'@', &login.text)?;
    let slash = memchr::memchr(b'/', &login.text[..at]).filter(|&slash| slash > 0 && slash + 1 < at)?;
    if login.text.len() != login.span.len() || login.text[..slash].contains(&b':') {
        return None;
    }
    let span = Span::new(login.span.start + slash + 1, login.span.start + at);
    Some(Quoted { span, text: login.text[slash + 1..at].to_vec(), end: login.end, joined: false })
}

/// The password of `user:password`, in one literal.
fn second_of_pair(pair: &Quoted) -> Option<Quoted> {
    let colon = memchr::memchr(b':', &pair.text).filter(|&colon| is_login(&pair.text[..colon]))?;
    let password = &pair.text[colon + 1..];
    let is_plain = pair.text.len() == pair.span.len() && !pair.joined && !password.starts_with(b"/");
    (is_plain && is_drawn_or_mixed(password)).then(|| Quoted {
        span: Span::new(pair.span.start + colon + 1, pair.span.end),
        text: password.to_vec(),
        end: pair.end,
        joined: false,
    })
}

/// True for what may be the name of an account.
pub(super) fn is_login(text: &[u8]) -> bool {
    (2..=64).contains(&text.len())
        && text[0].is_ascii_alphanumeric()
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@' | b'+' | b'\\'))
}

/// True for a password that is no mere word.
fn is_drawn_or_mixed(text: &[u8]) -> bool {
    is_mixed_word(text) && !text.contains(&b' ') && !text.contains(&b'.') || is_drawn_text(text)
}

/// Whether the argument at `start` is a number.
fn is_number(text: &[u8], start: usize) -> bool {
    let digits =
        text.get(start..).unwrap_or_default().iter().take(12).take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && byte(text, past_blanks(text, start + digits)) == b','
}

/// The password of `("user", "password")` or `["user", "password"]` at `at`.
pub(in crate::scan::generic) fn pair(text: &[u8], at: usize) -> Option<Quoted> {
    let close = match byte(text, at) {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        _ => return None,
    };
    let user = quote::one(text, past_space(text, at + 1))?;
    let comma = past_space(text, user.end);
    // Clojure's vectors have no commas: `["user" "password"]`.
    let is_vector = close == b']' && comma > user.end && byte(text, comma) == b'"';
    if byte(text, comma) != b',' && !is_vector || user.text.is_empty() {
        return None;
    }
    let password = quote::literal(text, past_space(text, comma + usize::from(!is_vector)))?;
    let after = past_space(text, password.end);
    (byte(text, after) == close || byte(text, after) == b',').then_some(password)
}

/// Methods and functions that type a text into a field. Lower-case, sorted.
#[rustfmt::skip]
const TYPES: &[&str] = &[
    "addvalue", "clearandtype", "entertext", "fill", "fillfield", "fillin", "inputtext", "performtextinput", "performtextreplacement", "replacetext",
    "send_keys", "sendkeys", "set", "settext", "setvalue", "setvalueimmediately", "type", "type_text",
    "typetext", "typetextintofocusedview", "val",
];

/// The text that is typed into the field `name`: `$('#password').val('x')`, `passwordField.sendKeys('x')`.
pub(in crate::scan::generic) fn typed(text: &[u8], name: Span) -> Option<Quoted> {
    // The name itself may end with the method.
    let own = text[name.start..name.end].iter().rposition(|&b| b == b'.').map(|dot| name.start + dot);
    let limit = text.len().min(name.end + 90);
    let rest = &text[name.end..limit];
    let line = rest.iter().position(|b| matches!(b, b'\n' | b';' | b'=' | b',')).unwrap_or(rest.len());
    let dots = own.into_iter().chain(memchr::memchr_iter(b'.', &rest[..line]).map(|at| name.end + at));
    dots.take(6).find_map(|dot| {
        let mut at = dot + 1;
        // Espresso's `.perform(typeText("x"))`.
        if text.get(at..at + 8) == Some(b"perform(") {
            at += 8;
        }
        let len = text[at..].iter().take(28).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let method = text[at..at + len].to_ascii_lowercase();
        TYPES.binary_search_by(|known| known.as_bytes().cmp(&method)).ok()?;
        let open = past_blanks(text, at + len);
        let start = match byte(text, open) {
            b'(' => open + 1,
            b'"' | b'\'' if open > at + len => open,
            _ => return None,
        };
        quote::literal(text, past_space(text, start))
    })
}

/// The name that ends at `end`, and which argument the table says is the secret.
fn which(text: &[u8], end: usize) -> Option<(Span, Which)> {
    let len = text[..end]
        .iter()
        .rev()
        .take(48)
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-' | b'>' | b'$' | b'!' | b']')
        })
        .count();
    let written = &text[end - len..end];
    let last = written.iter().rposition(|b| matches!(b, b'.' | b'>' | b':' | b'!')).map_or(0, |at| at + 1);
    if !calls().lengths.may_have(&written[last..]) {
        return None;
    }
    let mut own = written.to_ascii_lowercase();
    // `TOTP::new`, `DBI->connect`, `[NetworkCredential]::new`.
    own.retain(|&b| b != b']');
    while let Some(at) = memchr::memmem::find(&own, b"::") {
        own.splice(at..at + 2, *b".");
    }
    let last = own.iter().rposition(|b| matches!(b, b'.' | b'>' | b':' | b'!')).map_or(0, |at| at + 1);
    let is_here = |known: &[u8]| {
        own.ends_with(known)
            && (own.len() == known.len() || !own[own.len() - known.len() - 1].is_ascii_alphanumeric())
    };
    let same = calls().by_last.get(&own[last..])?;
    let found = same.iter().filter(|(name, _)| is_here(name)).max_by_key(|(name, _)| name.len())?;
    let name_len = own.len() - last;
    Some((Span::new(end - name_len.min(len), end), found.1))
}

/// Where the arguments of a call start, from the first at `start`.
pub(in crate::scan::generic) fn split(text: &[u8], start: usize, bracket: bool) -> Vec<usize> {
    let mut starts = vec![past_space(text, start)];
    let limit = text.len().min(start + 600);
    let (mut at, mut depth) = (starts[0], 0usize);
    while at < limit && starts.len() < MOST {
        match text[at] {
            b'"' | b'\'' | b'`' => match quote::one(text, at) {
                Some(quoted) => {
                    at = quoted.end;
                    continue;
                }
                None => break,
            },
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => break,
            b')' | b']' | b'}' => depth -= 1,
            b'\n' if !bracket => break,
            b';' => break,
            b',' if depth == 0 => {
                at = past_space(text, at + 1);
                starts.push(at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    starts
}

/// Where an argument's value starts, after a label (`password: "x"`, `password="x"`) and a wrapper (`Some("x")`).
pub(in crate::scan::generic) fn value_of(text: &[u8], start: usize) -> usize {
    // Go's `[]byte("x")`.
    let start = start + if text.get(start..start + 2) == Some(b"[]") { 2 } else { 0 };
    let rest = &text[start.min(text.len())..];
    let word =
        rest.iter().take(32).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')).count();
    let after = past_blanks(text, start + word);
    match byte(text, after) {
        b'=' | b':' if word > 0 && byte(text, after + 1) != b'=' => past_space(text, after + 1),
        b'(' if word > 0 && matches!(byte(text, after + 1), b'"' | b'\'') => after + 1,
        _ => start,
    }
}

/// True for a base32 seed: nothing else is so long and has only these letters.
fn is_seed(text: &[u8]) -> bool {
    let digits: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b' ' | b'-' | b'=')).collect();
    let is = |low: bool| {
        digits.iter().all(|b| {
            matches!(b, b'2'..=b'7') || if low { b.is_ascii_lowercase() } else { b.is_ascii_uppercase() }
        })
    };
    // `base32secret3232` of the manuals.
    let is_wording = digits.to_ascii_lowercase().windows(6).any(|word| word == b"secret");
    digits.len() >= 16 && !is_wording && (is(false) || is(true) && digits.iter().any(u8::is_ascii_digit))
}

/// Skips blanks and line ends.
fn past_space(text: &[u8], mut at: usize) -> usize {
    loop {
        let blanks = past_blanks(text, at);
        match past_line_end(text, blanks) {
            Some(line) if line > at => at = line,
            _ => return blanks,
        }
    }
}

/// Whether the value of a name may be a login and a password.
pub(in crate::scan::generic) fn takes_pair(own: &[u8]) -> bool {
    let last = own.rsplit(|&b| b == b'.').next().unwrap_or_default();
    let mut words = name::words(last).collect::<Vec<_>>();
    let ends = words.pop().is_some_and(|word| {
        ["auth", "authentication", "credentials", "creds", "basic", "login"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
    });
    ends && words.len() <= 2
}

/// True if the line before `at` is a call of a robot that types: `Input Password    id=password    x`.
pub(in crate::scan::generic) fn is_typing_line(text: &[u8], at: usize) -> bool {
    let lead = line_before(text, at).trim_ascii_start();
    ["input", "fill", "type", "set", "enter"]
        .iter()
        .any(|verb| lead.get(..verb.len()).is_some_and(|word| word.eq_ignore_ascii_case(verb.as_bytes())))
        && lead.get(..64).unwrap_or(lead).contains(&b' ')
}

#[cfg(test)]
pub(in crate::scan::generic) const TABLES: &[&[&str]] = &[TYPES];
