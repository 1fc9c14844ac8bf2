//! AWS: the account that an access key id, a Bedrock key and other credentials show, and which accounts belong to
//! makers of honeytokens.

use super::Outcome;
use super::encoded::base64;
use crate::model::{Fact, FactKind};
use data_encoding::BASE32_NOPAD;

/// An access key id: four letters and 16 characters of base32. In ids of the newer generation (the top
/// bit of the first character is set) the account is in bits 1 to 40 after it.
pub(super) fn key_id(secret: &[u8], _matched: &[u8]) -> Outcome {
    let Some(body) = secret.get(4..).filter(|body| body.len() == 16) else { return Outcome::FAILS };
    if body.ends_with(b"EXAMPLE") || is_words(body) {
        return Outcome::FAILS;
    }
    let Ok(bytes) = BASE32_NOPAD.decode(body) else { return Outcome::FAILS };
    let [b0, b1, b2, b3, b4, b5, ..] = bytes[..] else { return Outcome::FAILS };
    if b0 & 0x80 == 0 {
        return Outcome::UNKNOWN;
    }
    let account = u64::from_be_bytes([0, 0, b0 & 0x7f, b1, b2, b3, b4, b5]) >> 7;
    if account > 999_999_999_999 {
        return Outcome::FAILS;
    }
    let value = format!("{account:012}");
    let canary = CANARIES.iter().find(|(known, _)| *known == value).map(|(_, who)| (*who).to_owned());
    let canary = canary.map(|value| Fact { kind: FactKind::Canary, value });
    Outcome::unknown([Fact { kind: FactKind::Account, value }].into_iter().chain(canary).collect())
}

/// True for words in capitals (`ASIA` and `ANDPACIFICREGION`): no digit, and as many vowels as words have. Of drawn ids one in
/// 400 is such.
fn is_words(body: &[u8]) -> bool {
    let vowels = body.iter().filter(|byte| b"AEIOU".contains(byte)).count();
    body.iter().all(u8::is_ascii_uppercase) && vowels >= 6
}

/// Accounts whose keys are honeytokens: using one alerts the person who laid it out. As published by people who decoded
/// such keys (trufflesecurity.com/canaries; onappsec.com, October 2022).
const CANARIES: &[(&str, &str)] = &[
    ("044858866125", "a honeytoken"),
    ("052310077262", "a honeytoken of canarytokens.org"),
    ("171436882533", "a honeytoken of canarytokens.org"),
    ("251535659677", "a honeytoken"),
    ("266735846894", "a honeytoken of canarytokens.org"),
    ("344043088457", "a honeytoken"),
    ("351906852752", "a honeytoken"),
    ("390477818340", "a honeytoken"),
    ("426127672474", "a honeytoken"),
    ("427150556519", "a honeytoken"),
    ("439872796651", "a honeytoken"),
    ("445142720921", "a honeytoken"),
    ("465867158099", "a honeytoken"),
    ("534261010715", "a honeytoken of canarytokens.org"),
    ("595918472158", "a honeytoken of canarytokens.org"),
    ("637958123769", "a honeytoken"),
    ("693412236332", "a honeytoken"),
    ("717712589309", "a honeytoken of canarytokens.org"),
    ("730335385048", "a honeytoken of canarytokens.org"),
    ("732624840810", "a honeytoken"),
    ("735421457923", "a honeytoken"),
    ("819147034852", "a honeytoken of canarytokens.org"),
    ("893192397702", "a honeytoken of canarytokens.org"),
    ("959235150393", "a honeytoken"),
    ("982842642351", "a honeytoken"),
    ("992382622183", "a honeytoken of canarytokens.org"),
];

/// A password of Amazon SES: base64 of a byte 4 and HMAC-SHA-256 of a secret access key
/// (docs.aws.amazon.com/ses, "Obtaining SMTP credentials").
pub(super) fn ses_password(secret: &[u8], _matched: &[u8]) -> Outcome {
    Outcome::possible(base64(secret).is_some_and(|bytes| bytes.len() == 33 && bytes[0] == 4))
}

/// A credential of CodeCommit: the user's name before it ends in `-at-` and the account.
pub(super) fn codecommit(_secret: &[u8], matched: &[u8]) -> Outcome {
    let at = matched.windows(4).position(|window| window == b"-at-");
    let account =
        at.and_then(|at| matched.get(at + 4..at + 16)).and_then(|digits| std::str::from_utf8(digits).ok());
    let account = account.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    Outcome::unknown(account.map(|digits| Fact::new(FactKind::Account, digits)).into_iter().collect())
}

/// A long-lived Bedrock key: `ABSK` and base64 of `BedrockAPIKey-<id>-at-<account>:<secret>`.
pub(super) fn bedrock_key(secret: &[u8], _matched: &[u8]) -> Outcome {
    let account = || {
        let text = base64(secret.strip_prefix(b"ABSK")?)?;
        let name = String::from_utf8(text.split(|&byte| byte == b':').next()?.to_vec()).ok()?;
        let (_, account) = name.strip_prefix("BedrockAPIKey-")?.rsplit_once("-at-")?;
        (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then(|| account.to_owned())
    };
    match account() {
        Some(value) => Outcome::holds(vec![Fact { kind: FactKind::Account, value }]),
        None => Outcome::FAILS,
    }
}
