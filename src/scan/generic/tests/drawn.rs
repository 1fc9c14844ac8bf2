//! Batches of values that a machine drew, in forms in which one of their marks could be that of a path, a pattern or code.

use super::*;

#[test]
fn random_values_under_telling_names_are_nearly_all_high() {
    let (mut high, mut all) = (0, 0);
    for (seed, name) in
        ["api_key", "client_secret", "accessToken", "SECRET_KEY", "db_password"].iter().enumerate()
    {
        for (len, alphabet) in
            [(32, ALNUM), (40, ALNUM), (32, b"0123456789abcdef"), (64, b"0123456789abcdef")]
        {
            let value = drawn(len, alphabet, seed as u64 + 1);
            let text = format!("{name} = \"{value}\"");
            assert_eq!(secrets(&text, Confidence::Medium), std::slice::from_ref(&value), "{name} {value}");
            high += secrets(&text, Confidence::High).len();
            all += 1;
        }
    }
    assert!(high * 10 >= all * 8, "{high} of {all}");
}

#[test]
fn drawn_values_with_a_slash_are_no_paths() {
    let missed: Vec<String> = (0..3_000)
        .map(|seed| format!("{}/{}", drawn(17, ALNUM, 2 * seed + 1), drawn(22, ALNUM, 2 * seed + 2)))
        .filter(|value| secrets(&format!("client_secret = \"{value}\""), Confidence::Medium).is_empty())
        .collect();
    assert!(missed.len() <= 2, "{} of 3,000: {missed:?}", missed.len());
    for path in ["tag/Servers/operation/v1ListServersInProject", "assets/Noto2/NotoSansBold/Latin1Supplement"]
    {
        assert!(secrets(&format!("secret_path = \"{path}\""), Confidence::Medium).is_empty(), "{path}");
        assert!(secrets(&format!("client_secret = \"{path}\""), Confidence::Medium).is_empty(), "{path}");
    }
}

#[test]
fn drawn_values_around_a_backslash_are_no_paths() {
    let has_all = |value: &String| {
        let is = |class: fn(&u8) -> bool| value.as_bytes().iter().any(class);
        is(u8::is_ascii_digit) && is(u8::is_ascii_lowercase) && is(u8::is_ascii_uppercase)
    };
    for (before, after) in [(6, 6), (4, 8), (3, 14)] {
        let values = (0..600).map(|seed| {
            format!(r"{}\{}", drawn(before, ALNUM, 2 * seed + 1), drawn(after, ALNUM, 2 * seed + 2))
        });
        let values: Vec<String> = values.filter(has_all).collect();
        let missed =
            |value: &&String| secrets(&format!("db_password = '{value}'"), Confidence::Medium).is_empty();
        let missed: Vec<&String> = values.iter().filter(missed).collect();
        assert!(missed.len() * 20 <= values.len(), "{} of {}: {missed:?}", missed.len(), values.len());
    }
    for path in
        [r"Config\\Service2\\AppKeys", r"D:\\Keys2\\Web.pfx", r"CORP\\svcBackup2", r"src\\Base64Url.cs"]
    {
        assert!(secrets(&format!("db_password = '{path}'"), Confidence::Medium).is_empty(), "{path}");
    }
}

#[test]
fn drawn_values_without_quotes_are_taken_to_their_line_s_end() {
    let printing: Vec<u8> = (b'!'..=b'~').collect();
    for form in ["password=§\n", "  password: §\n", "password = §", "<a>\n<password>§</password>\n"] {
        let is_markup = form.contains('<');
        let values = (0..300).map(|seed| drawn(16, &printing, seed + 1));
        // What would be a quoted value, a comment, a tag or an operator.
        let values: Vec<String> = values
            .filter(|value| !value.starts_with(['"', '\'', '`', '<', '=', '>', '#', '!', '&', '*', '/']))
            .filter(|value| !value.ends_with(['"', '\'', '`', ',', ';', ')', '}', ']', '\\']))
            .filter(|value| !is_markup || !value.contains(['<', '>', '&']))
            .collect();
        let missed: Vec<&String> = values
            .iter()
            .filter(|value| !secrets(&form.replace('§', value), Confidence::Low).contains(*value))
            .collect();
        assert!(
            missed.len() * 5 <= values.len(),
            "{form:?}: {} of {}: {missed:?}",
            missed.len(),
            values.len()
        );
    }
    for code in [
        "password = getenv(\"DB_PASSWORD1\");",
        "password: b\"Secret\" + x,",
        "token = sha256(b'AbC1' + salt)",
        "password = re.compile(r'^[A-Z]+\\d{3}[a-z]$')",
        "secret=${A1:-\"bC2\"}",
        "  password: (a, B1) => \"x\",",
        "password=%s\\nUser=%s\\nX1",
        "\"password=\\x1bAb1%s\\n\",",
    ] {
        assert_eq!(secrets(code, Confidence::Medium), <[String; 0]>::default(), "{code}");
    }
}

#[test]
fn a_drawn_value_after_a_dot_is_no_member() {
    let lost: Vec<String> = (0..300)
        .map(|seed| {
            crate::rules::template::fill("API_KEY=\"pk.{base62:32}\"", seed).expect("it can be filled")
        })
        .filter(|text| all(text.as_bytes()).is_empty())
        .collect();
    assert!(lost.len() <= 3, "{} of 300: {lost:?}", lost.len());
    for member in ["config.database.password", "settings.someLongIdentifierOfAKey2"] {
        assert_eq!(all(format!("password = {member}\n").as_bytes()), [], "{member}");
    }
}
