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

/// What is beside the forms of values that a program prints, of methods and of calls.
#[rustfmt::skip]
const NEIGHBOURS: &[(&str, &str)] = &[
    ("a.py", "print(\"Password: \")\n"),
    ("a.js", "console.log('Password: ' + pw);\n"),
    ("a.php", "echo \"Password: $pass\\n\";\n"),
    ("a.py", "print(\"Password: {}\".format(pw))\n"),
    ("a.js", "const hint = \"Password: 15-128 characters, no blanks\";\n"),
    ("a.go", "log.Printf(\"Password: [Set]\")\n"),
    ("imap.c", "static const char *caps[] = {\n\t\"AUTH=CRAM-MD5\",\n\t\"AUTH=XOAUTH2\",\n};\n"),
    ("a.html", "<p>Password: required</p>\n"),
    ("a.tsx", "<Field label=\"Password\" value={password1} />\n"),
    ("s.xml", "<wsse:Password Type=\"x#PasswordDigest\">ecGb8hrkD59+etB77kLK/P7W9Rs=</wsse:Password>\n"),
    ("p.jmx", "<stringProp name=\"Argument.value\">${password}</stringProp>\n<stringProp name=\"Argument.name\">password</stringProp>\n"),
    ("p.jmx", "<stringProp name=\"Argument.value\">Xk7q2Vw9</stringProp>\n</elementProp>\n<stringProp name=\"Argument.name\">password</stringProp>\n"),
    ("a.c", "send(\"AT+CWJAP=\\\"%s\\\",\\\"%s\\\"\");\n"),
    ("a.txt", "AT+CWJAP=\"<SSID>\",\"<Password>\"\n"),
    ("a.py", "cmd = 'AT+CWJAP=\"{}\",\"{}\"'\n"),
    ("a.R", "con <- dbConnect(RSQLite::SQLite(), \"crm.sqlite\")\n"),
    ("a.go", "gomail.NewDialer(host, port, user, pass)\n"),
    ("a.php", "'password' => Hash::make($request->password),\n"),
    ("a.php", "'name' => Widget::make('Quantity7'),\n"),
    ("a.yml", "password: \"{{ app_password | password_hash('sha512') }}\"\n"),
    ("a.cs", "rng.GetBytes(passwordBytes2x9);\n"),
    ("a.java", "user.setPassword(newPassword);\nview.setPasswordHint(\"Passw0rdHint\");\n"),
    ("a.yml", "defaults: &Base77\n  password: *Base77\n"),
    ("a.rb", "JWT_SECRET_NAME = 'session-store-key-name'\n"),
    ("a.ts", "{ key: 'sessionStorageKey', secretName: 'my-app-session-secret' }\n"),
    ("a.cpp", "auto password = Vault->Read2x9(config::Section3);\n"),
];

#[test]
fn what_is_beside_the_forms_is_silent() {
    let mut engine = Engine::new();
    let wrong: Vec<_> = NEIGHBOURS
        .iter()
        .map(|(path, text)| (path, text, engine.secrets(path, text, REPORTED)))
        .filter(|(.., found)| !found.is_empty())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
