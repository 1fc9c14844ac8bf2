//! What people and generators make as passwords, and what only looks so.

use super::*;

#[test]
fn what_a_person_made_is_no_shortcut_algorithm_ticket_or_reference() {
    for value in [
        "Super-Mario64",
        "Win-Lose2024",
        "Camellia2024",
        "Blowfish77",
        "$unshine2024!",
        "$tarWars1977",
        "Berlin...1989",
        "Summer***2024",
        "Winter->2024",
        "!Substance77",
        "Velvet.River.Cinder.Stove",
        "orchid.stove.anchor7",
    ] {
        for form in ["db_password = \"§\"", "{\"db_password\": \"§\"}"] {
            let text = form.replace('§', value);
            assert_eq!(secrets(&text, Confidence::Low), [value], "{text}");
        }
    }
    let seed = "vdem un4r suak m4bo vewy 52f2 ti7z mjel";
    assert_eq!(secrets(&format!("totp_secret: \"{seed}\""), Confidence::Low), [seed]);
}

#[test]
fn what_code_and_configuration_have_under_the_name_of_a_password_is_none() {
    silent(&[
        "password = \"$password1\"",
        "password: \"${DB_PASS2024}\"",
        "password_hash = \"sha256\"",
        "password = \"user.form.label.hint\"",
        "\"passwordKey\": \"App.Login.Label\"",
        "password: \"ctrl+shift+f2\"",
        "password_check = \"^[A-Za-z0-9_-]+$\"",
        "{\"password\": \"\\u30d1\\u30b9\\u30ef\\u30fc\\u30c9\"}",
        "vault operator unseal \"$UNSEAL_KEY_1\"",
        "password_version = \"10.2-beta\"",
        "DB_PASSWORD=$(cat /run/pw1)\n",
        "\"lastPasswordChangeDateTime\": \"2022-01-25T08:52:09Z\"",
        "const SETUP_SECRET_SESSION_KEY = 'mfa-setup-backup-codes';",
        "DB_PASSWORD=${PW:?}\n",
    ]);
}

#[test]
fn a_drawn_password_with_the_marks_of_a_template_is_none() {
    let marks: Vec<u8> = ALNUM.iter().copied().chain(*b"!@#$%^&*").collect();
    for len in [8, 10, 12, 16] {
        let values: Vec<String> = (0..8_000)
            .map(|seed| drawn(len, &marks, seed + 1))
            .filter(|value| ["%s", "%d", "%v", "%q", "%@"].iter().any(|mark| value.contains(mark)))
            .filter(|value| value.contains(|c: char| c.is_ascii_digit()))
            .collect();
        let missed: Vec<&String> = values
            .iter()
            .filter(|value| secrets(&format!("db_password = '{value}'"), Confidence::Low).is_empty())
            .collect();
        assert!(values.len() >= 20, "{}", values.len());
        assert!(missed.len() * 5 <= values.len(), "{} of {}: {missed:?}", missed.len(), values.len());
    }
}
