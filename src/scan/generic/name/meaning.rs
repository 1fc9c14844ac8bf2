//! What a whole name says of its value: that it is a hash, is kept elsewhere, or is asked for by a call.

use super::{Kind, is_second, kind, whole, words};
use crate::scan::generic::words::Words;

/// Words after that of a password, for the hash of it.
const HASHES: [&str; 7] = ["hash", "hashed", "digest", "sha", "md", "crypt", "bcrypt"];

/// The name of the password whose hash `name` names: `user_password` of `user_password_hash`.
pub(in crate::scan::generic) fn without_hash(name: &[u8]) -> Option<&[u8]> {
    let digits = name.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let name = &name[..name.len() - digits];
    let last = words(name).last()?;
    if !HASHES.iter().any(|known| last.eq_ignore_ascii_case(known.as_bytes())) {
        return None;
    }
    let own = name.strip_suffix(last)?;
    let own = own.strip_suffix(b"_").or(own.strip_suffix(b"-")).unwrap_or(own);
    says_password(words(own).last()?).then_some(own)
}

/// The name without its first words, if these are the value and the others name the password of a service or account:
/// `mysql_password` of `shop_mysql_password: shop`.
pub(in crate::scan::generic) fn without_owner<'a>(name: &'a [u8], value: &[u8]) -> Option<&'a [u8]> {
    const SERVICES: [&str; 14] = [
        "admin",
        "database",
        "db",
        "ftp",
        "ldap",
        "mariadb",
        "mongo",
        "mysql",
        "postgres",
        "postgresql",
        "redis",
        "root",
        "smtp",
        "sql",
    ];
    let rest = name.get(value.len()..)?.strip_prefix(b"_")?;
    let is_owner = value.len() >= 4 && name[..value.len()].eq_ignore_ascii_case(value);
    let mut parts = words(rest);
    let service = parts.next()?;
    let is_service = SERVICES.iter().any(|known| service.eq_ignore_ascii_case(known.as_bytes()));
    (is_owner && is_service && says_password(parts.last()?)).then_some(rest)
}

/// Whether a key is that of a wireless network, which a person chose: `wifi key`.
pub(in crate::scan::generic) fn is_of_network(name: &[u8]) -> bool {
    const NETWORKS: [&str; 4] = ["wifi", "wlan", "wpa", "wpa2"];
    let mut words = words(name).collect::<Vec<_>>().into_iter().rev();
    let mut is_next = |known: &[&str]| {
        words.next().is_some_and(|word| known.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes())))
    };
    let is_shared = name.len() >= 14 && name[name.len() - 14..].eq_ignore_ascii_case(b"pre-shared-key");
    is_next(&["key"]) && (is_shared || is_next(&NETWORKS))
}

/// True for a word for password, in any language: such a value under such a name is a label.
pub(in crate::scan::generic) fn is_password_word(value: &[u8]) -> bool {
    /// Words with letters that English does not have, and phrases of several words.
    const OTHERS: &[&str] = &[
        "contraseña",
        "clave de acceso",
        "mot de passe",
        "palavra-passe",
        "palavra passe",
        "lösenord",
        "hasło",
        "jelszó",
        "parolă",
        "şifre",
        "şifrə",
        "slaptažodis",
        "salasõna",
        "пароль",
        "парола",
        "лозинка",
        "гасло",
        "κωδικός",
        "κωδικός πρόσβασης",
        "密码",
        "密碼",
        "口令",
        "パスワード",
        "暗証番号",
        "비밀번호",
        "암호",
        "รหัสผ่าน",
        "mật khẩu",
        "kata sandi",
        "סיסמה",
        "סיסמא",
        "كلمة المرور",
        "كلمة السر",
        "رمز عبور",
        "fjalëkalimi",
        "pasahitza",
        "contrasenya",
        "lykilorð",
        "pasvorto",
        "facal-faire",
        "cyfrinair",
        "zaporka",
        "sandi",
        "wagwoord",
        "neno la siri",
        "პაროლი",
        "գաղտնաբառ",
    ];
    let end = value.iter().rposition(|b| !matches!(b, b':' | b'.' | b'*' | b'!' | b'?' | b' '));
    let value = &value[..end.map_or(0, |last| last + 1)];
    if value.len() > 40 || value.is_empty() {
        return false;
    }
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let lower = text.to_lowercase();
    whole(lower.as_bytes()) == Some(Kind::Password) || OTHERS.contains(&lower.as_str())
}

/// Whether a name's last word is credentials or similar, of which a password may be a part.
pub(in crate::scan::generic) fn ends_in_credentials(name: &[u8]) -> bool {
    words(name).last().is_some_and(|last| {
        ["auth", "authorization", "creds", "credentials"]
            .iter()
            .any(|known| last.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// Last words of names that point at a secret kept elsewhere, whatever is before them. Sorted.
#[rustfmt::skip]
pub(super) static REFERENCES: Words = Words::new(&[
    "arn", "dir", "file", "filename", "id", "ids", "name", "names", "path", "paths", "ref", "refs", "uri",
    "url", "urls", "var", "variable", "variables",
]);

/// Words that say that what follows them is kept elsewhere, and what that is.
static ELSEWHERE: Words = Words::new(&["existing", "pull"]);
static SECRETS: Words = Words::new(&["secret", "secrets"]);

/// Parts of names of tokens that are worthless once their form was sent.
pub(super) const SPENT: &[&str] =
    &["csrf", "xsrf", "authenticity", "antiforgery", "requestverification", "anti_forgery", "form_key"];

/// Whether a name says that its value points at a secret (`credentialsId`, `password_file`), or is a token that guards
/// nothing any more (`csrf_token`).
pub(in crate::scan::generic) fn refers(name: &[u8]) -> bool {
    let mut last: &[u8] = &[];
    let mut count = 0;
    let mut is_elsewhere = false;
    for word in words(name) {
        // `existingSecret`, `imagePullSecrets`: names of secrets that are kept elsewhere.
        is_elsewhere |= ELSEWHERE.has(word);
        (last, count) = (word, count + 1);
    }
    is_elsewhere && SECRETS.has(last) || count > 1 && REFERENCES.has(last) || is_spent(name)
}

/// Whether a name contains one of [`SPENT`].
fn is_spent(name: &[u8]) -> bool {
    let is_at = |at: usize, part: &str| {
        name.get(at..at + part.len()).is_some_and(|there| there.eq_ignore_ascii_case(part.as_bytes()))
    };
    let begins = |b: u8| matches!(b | 0x20, b'a' | b'c' | b'f' | b'r' | b'x');
    name.len() >= 8 && (0..name.len()).any(|at| begins(name[at]) && SPENT.iter().any(|part| is_at(at, part)))
}

/// Whether a word means a credential by itself.
pub(in crate::scan::generic) fn is_credential_word(word: &[u8]) -> bool {
    kind(word).is_some_and(|kind| matches!(kind, Kind::Password | Kind::Secret | Kind::Token))
}

/// Whether a word of a name means a password.
pub(in crate::scan::generic) fn says_password(name: &[u8]) -> bool {
    words(name).any(|word| kind(word) == Some(Kind::Password))
}

/// Whether the last word of a name means a credential: `--password` does, `--password-here` does not.
pub(in crate::scan::generic) fn is_credential_last(name: &[u8]) -> bool {
    let mut all = words(name).collect::<Vec<_>>();
    let Some(last) = all.pop() else { return false };
    kind(last).is_some()
        || is_second(last)
        || last.eq_ignore_ascii_case(b"value")
        || last.len() == 1 && all.pop().is_some_and(|word| kind(word).is_some())
}

/// Whether a called name itself, after its last dot, means a credential: `pwd.decode("utf8")` does not. A call that
/// asks for one (`get_password("service")`) takes the name of something else.
pub(in crate::scan::generic) fn calls_credential(name: &[u8]) -> bool {
    static ASKS: Words = Words::new(&[
        "ask", "delete", "fetch", "find", "get", "has", "load", "lookup", "need", "prompt", "query", "read",
        "remove", "request", "require", "reset", "resolve", "retrieve",
    ]);
    let called = name.rsplit(|&b| b == b'.').next().unwrap_or_default();
    // `my_get_array_cookie`.
    let is_own =
        |word: &[u8]| [&b"do"[..], b"my", b"try"].iter().any(|known| word.eq_ignore_ascii_case(known));
    let asks = words(called).find(|word| !is_own(word)).is_some_and(|word| ASKS.has(word))
        || words(called)
            .any(|word| [&b"exists"[..], b"for"].iter().any(|known| word.eq_ignore_ascii_case(known)));
    !asks && words(called).any(|word| kind(word).is_some())
}
