//! The same forms with values that are no secrets.

use super::table::{FILES, FORMS};
use super::values::How;
use super::{Engine, REPORTED};

/// What is in the place of a secret: variables, references, placeholders, nothing.
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
        // If only blanks are around the value and it is empty, the next word is taken as the value.
        let is_word = form.1.contains(" §") || form.1.contains("\t§");
        for nothing in NOTHING.iter().filter(|nothing| !is_word || !nothing.is_empty()) {
            let value = if form.2 == How::Encoded { form.2.write(nothing) } else { (*nothing).to_owned() };
            let text = form.1.replace('§', &value);
            let found = engine.secrets(form.0, &text, REPORTED);
            // Values that belong to another row, such as the second of a table.
            let found: Vec<_> = found.iter().filter(|secret| *secret != "kfx7-qp2").collect();
            if !found.is_empty() {
                wrong.push(format!("{}: {text:?} {found:?}", form.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are found:\n{}", wrong.len(), wrong.join("\n"));
}
