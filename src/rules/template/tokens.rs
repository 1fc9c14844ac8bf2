//! Whole tokens whose structure is more than random characters.

use super::{Dice, Error};
use data_encoding::BASE64URL_NOPAD;

/// The token of form `name`.
pub(super) fn token(name: &str, argument: &str, dice: &mut Dice) -> Result<String, Error> {
    match name {
        "jwt" => jwt(argument, dice),
        _ => Err(Error::UnknownForm(name.to_owned())),
    }
}

/// A JSON web token with random subject and signature, and the claims that are asked for
/// (`iss=x,exp=1900000000`; whole numbers as numbers).
fn jwt(argument: &str, dice: &mut Dice) -> Result<String, Error> {
    let mut claims = format!(
        "{{\"sub\":\"{}\",\"iat\":{}",
        dice.text(10, b"0123456789"),
        1_600_000_000 + dice.below(99_999_999)
    );
    for claim in argument.split(',').filter(|claim| !claim.is_empty()) {
        let Some((key, value)) = claim.split_once('=') else {
            let problem = "it takes claims, `name=value` with commas between";
            return Err(Error::Argument { form: "jwt".to_owned(), argument: argument.to_owned(), problem });
        };
        let number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let quote = if number { "" } else { "\"" };
        claims.push_str(&format!(",\"{key}\":{quote}{value}{quote}"));
    }
    claims.push('}');
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = BASE64URL_NOPAD.encode(claims.as_bytes());
    Ok(format!("{header}.{claims}.{}", BASE64URL_NOPAD.encode(&dice.bytes(32))))
}
