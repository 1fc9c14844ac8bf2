//! Passwords of all printing characters, in forms that take a value to the end of its line, its pair or its string.
//! Any mark may begin such a value, end it, or look like code, a template or a path in the middle of it.

use super::values::numbers;
use super::{Engine, REPORTED};

/// A file, its text with `§` for the value, and the marks that mean something else in it. Quotes and backslashes are
/// drawn for none.
#[rustfmt::skip]
const FORMS: &[(&str, &str, &str)] = &[
    (".netrc", "machine a.acme.test\n  login ada\n  password §\n", "#"),
    (".msmtprc", "account a\nuser ada\npassword §\n", "#"),
    (".my.cnf", "[client]\nuser=root\npassword=§\n", "#"),
    (".smbcredentials", "username=ada\npassword=§\n", ""),
    (".pypirc", "[pypi]\nusername = ada\npassword = §\n", "%#"),
    ("sssd.conf", "ldap_default_authtok = §\n", "#;"),
    ("a.service", "[Service]\nEnvironment=\"DB_PASSWORD=§\"\n", "%$"),
    ("a.service", "[Service]\nEnvironment=DB_PASSWORD=§\n", "%$"),
    ("a.py", "c = \"DRIVER={X};SERVER=db1;UID=ada;PWD={§};\"\n", "{}"),
    ("a.py", "psycopg2.connect(\"host=db1 user=ada password=§ dbname=d\")\n", ""),
    ("a.env", "DATABASE_URL=postgres://ada:§@db1.acme.test:5432/d\n", "/?#@ "),
    ("a.go", "\tsql.Open(\"mysql\", \"ada:§@tcp(db1:3306)/d\")\n", "/"),
    ("a.txt", "Kennwort: §\n", ""),
    ("a.txt", "Mot de passe : §\n", ""),
    ("a.txt", "ID: wartung  PW: §\n", ""),
];

#[test]
fn passwords_of_all_printing_characters_are_found() {
    const COUNT: usize = 100;
    let mut engine = Engine::new();
    let mut short = Vec::new();
    let (mut all, mut of_all) = (0, 0);
    for (path, text, lacks) in FORMS {
        let mut below = numbers(text);
        let marks: Vec<char> =
            ('!'..='~').filter(|c| !"\"'\\@".contains(*c) && !lacks.contains(*c)).collect();
        let (mut drawn, mut found, mut missed) = (0, 0, String::new());
        while drawn < COUNT {
            let len = 12 + 4 * (drawn % 3);
            let value: String = (0..len).map(|_| marks[below(marks.len())]).collect();
            if !value.contains(|c: char| c.is_ascii_digit()) || !value.contains(char::is_alphabetic) {
                continue;
            }
            drawn += 1;
            let secrets = engine.secrets(path, &text.replace('§', &value), REPORTED);
            // A mark at an end may be read as the sentence's or the list's.
            let is_same = |secret: &String| value.contains(&**secret) && secret.len() + 2 >= value.len();
            if secrets.iter().any(is_same) {
                found += 1;
            } else {
                missed = value;
            }
        }
        (all, of_all) = (all + drawn, of_all + found);
        if found * 100 < drawn * 90 {
            short.push(format!("{found} of {drawn} {path}: {text:?} {missed:?}"));
        }
    }
    assert!(short.is_empty() && of_all * 100 >= all * 95, "{of_all} of {all}:\n{}", short.join("\n"));
}
