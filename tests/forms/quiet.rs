//! The same forms with what is no secret.

use super::table::{FILES, FORMS};
use super::values::How;
use super::{Engine, REPORTED};

/// What stands where a secret would: variables, references, placeholders, nothing.
const NOTHING: &[&str] = &[
    "$DB_PASSWORD",
    "${DB_PASSWORD}",
    "$(pass show x)",
    "{{ db_password }}",
    "<password>",
    "%DB_PASSWORD%",
    "changeme",
    "your-password-here",
    "xxxxxxxxxxxx",
    "********",
    "",
];

#[test]
fn no_form_finds_what_is_no_secret() {
    let mut engine = Engine::new();
    let mut wrong = Vec::new();
    for form in FORMS.iter().chain(FILES) {
        if matches!(form.2, How::Characters | How::Numbers | How::Serialised) {
            continue;
        }
        // Where only blanks stand around the value, the next word is one if it is empty.
        let is_word = form.1.contains(" §") || form.1.contains("\t§");
        for nothing in NOTHING.iter().filter(|nothing| !is_word || !nothing.is_empty()) {
            let value = if form.2 == How::Encoded { form.2.write(nothing) } else { (*nothing).to_owned() };
            let text = form.1.replace('§', &value);
            let found = engine.secrets(form.0, &text, REPORTED);
            // Values of another row's own, such as the second of a table.
            let found: Vec<_> = found.iter().filter(|secret| *secret != "kfx7-qp2").collect();
            if !found.is_empty() {
                wrong.push(format!("{}: {text:?} {found:?}", form.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are found:\n{}", wrong.len(), wrong.join("\n"));
}
