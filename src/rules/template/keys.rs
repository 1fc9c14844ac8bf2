//! Private keys of random numbers in a sound structure: no real key, and a parser takes it for one.

use super::{Dice, Error};

/// The key of form `pem` or `openssh` and kind `kind`.
pub(super) fn key(form: &str, kind: &str, _dice: &mut Dice) -> Result<String, Error> {
    Err(Error::Argument {
        form: form.to_owned(),
        argument: kind.to_owned(),
        problem: "there is no such kind",
    })
}
