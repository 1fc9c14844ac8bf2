//! Calls that would write a secret to a log or to the terminal (CWE-532): `log.info("token %s", api_token)`.
//!
//! # Design
//!
//! Rather few and right than many. A call counts if one of its arguments, or what a string repeats in itself, is a variable
//! or a member with a secret's name. What another function makes of it (`mask(token)`, `len(password)`), what is only
//! compared or tested, and what a shell pipes elsewhere does not count.

mod arguments;
mod languages;

use super::mention::{LineNumbers, Mention, line_around};
use super::row::RowType;
use arguments::Arguments;
use languages::{Interpolation, Language, sinks};

/// How far the arguments of a call are read, bytes.
const LONGEST: usize = 2048;

/// How much of the line before a call is looked at, bytes.
const BEFORE: usize = 512;

/// Appends the calls of the file `path`, if it is code; `line` is the number of its first line.
pub(super) fn find(path: &str, text: &[u8], line: u64, found: &mut Vec<Mention>) {
    let Some((number, language)) = Language::of(path) else { return };
    let mut numbers = LineNumbers::new(text, line);
    // What is inside a call was read with it.
    let mut read_to = 0;
    for call in sinks(number).find_iter(text) {
        // The arguments begin at the call's last byte or after it.
        let at = call.end();
        if at <= read_to {
            continue;
        }
        let (start, end) = line_around(text, at - 1, BEFORE, LONGEST);
        let before = &text[start..at - 1];
        if is_quoted_or_comment(before, language) {
            continue;
        }
        let is_list = text[at - 1] == b'(' || text[at - 1] == b',';
        let to = if is_list { text.len().min(at + LONGEST) } else { end.max(at).min(at + LONGEST) };
        let arguments = &text[at..to];
        if language.interpolation == Interpolation::Shell && is_captured(before, &text[at..end.max(at)]) {
            continue;
        }
        let (names, read) = Arguments::new(arguments, language, is_list).names();
        read_to = at + read;
        for name in names {
            found.push(Mention {
                row_type: RowType::LogCall,
                kind: "log-call",
                service: language.name,
                name,
                path: path.to_owned(),
                line: numbers.of(call.end() - 1),
                has_value: false,
            });
        }
    }
}

/// True if the line up to a call opens a string or a comment that the call is in.
fn is_quoted_or_comment(before: &[u8], language: &Language) -> bool {
    let trimmed = before.trim_ascii_start();
    if [language.comment, "*", "/*", "#", "--", "<!--"]
        .iter()
        .any(|mark| trimmed.starts_with(mark.as_bytes()))
    {
        return true;
    }
    let mut quote = 0;
    let mut at = 0;
    while at < before.len() {
        match before[at] {
            b'\\' => at += 1,
            byte @ (b'"' | b'\'' | b'`') if quote == 0 => quote = byte,
            byte if byte == quote => quote = 0,
            b'/' if quote == 0 && language.comment == "//" && before.get(at + 1) == Some(&b'/') => {
                return true;
            }
            b'#' if quote == 0 && language.comment == "#" && at > 0 && before[at - 1] == b' ' => return true,
            _ => {}
        }
        at += 1;
    }
    // An apostrophe in Rust is mostly a lifetime.
    quote != 0 && !(quote == b'\'' && language.name == "Rust")
}

/// True if what a shell prints goes to a program, a file or a variable, or is how a CI is asked to mask it.
fn is_captured(before: &[u8], words: &[u8]) -> bool {
    let opens = |mark: &[u8]| memchr::memmem::rfind(before, mark);
    let is_substituted = opens(b"$(").is_some_and(|open| !before[open..].contains(&b')'))
        || memchr::memchr_iter(b'`', before).count() % 2 == 1;
    let masks = [&b"::add-mask::"[..], b"##vso[", b"::set-output", b"::save-state"];
    is_substituted
        || masks.iter().any(|mark| memchr::memmem::find(words, mark).is_some())
        || goes_elsewhere(words)
}

/// True if a pipe or a redirection that is not to the terminal follows.
fn goes_elsewhere(words: &[u8]) -> bool {
    let (mut quote, mut at) = (0, 0);
    while at < words.len() {
        match words[at] {
            b'\\' if quote != b'\'' => at += 1,
            byte @ (b'"' | b'\'') if quote == 0 => quote = byte,
            byte if byte == quote => quote = 0,
            b';' if quote == 0 => return false,
            b'&' if quote == 0 && words.get(at + 1) == Some(&b'&') => return false,
            b'|' if quote == 0 && words.get(at + 1) == Some(&b'|') => return false,
            b'|' if quote == 0 => return true,
            b'>' if quote == 0 => {
                let to = words[at + 1..].trim_ascii_start();
                return !(to.starts_with(b"&2") || to.starts_with(b"&1") || to.starts_with(b"/dev/std"));
            }
            _ => {}
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::languages::LANGUAGES;
    use super::*;

    fn names(path: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        find(path, text.as_bytes(), 1, &mut found);
        found.into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn every_language_has_a_pattern_that_compiles() {
        for (number, language) in LANGUAGES.iter().enumerate() {
            assert!(sinks(number).find(b"nothing").is_none(), "{}", language.name);
        }
    }

    #[test]
    fn calls_that_log_a_secret_are_found_in_each_language() {
        for (path, text, name) in [
            ("a.py", "print(password)", "password"),
            ("a.py", "  logger.info('user %s has %s', user, api_token)", "api_token"),
            ("a.py", "logging.debug(f\"got {self.client_secret!r} now\")", "self.client_secret"),
            ("a.py", "print('key: ' + config['api_key'])", "api_key"),
            ("a.py", "print(\"a {}\".format(db_password))", "db_password"),
            ("a.py", "print('%s' % access_token)", "access_token"),
            ("a.py", "log.warning(\n    'x',\n    str(secret_key),\n)", "secret_key"),
            ("a.js", "console.log(`token ${user.accessToken}`)", "user.accessToken"),
            ("a.js", "logger.info('x', { user, password })", "password"),
            ("a.ts", "this.logger.debug('got ' + this.config.clientSecret)", "this.config.clientSecret"),
            ("a.ts", "console.error(process.env.DB_PASSWORD)", "process.env.DB_PASSWORD"),
            ("a.go", "log.Printf(\"pw %s\", cfg.Password)", "cfg.Password"),
            ("a.go", "fmt.Println(apiKey)", "apiKey"),
            ("A.java", "System.out.println(\"pw=\" + password);", "password"),
            ("A.java", "log.info(\"x {}\", user.getPassword());", "user.getPassword"),
            ("a.rb", "puts \"pw #{db_password}\"", "db_password"),
            ("a.rb", "Rails.logger.info(params[:password])", "password"),
            ("a.php", "error_log(\"x $password\");", "password"),
            ("a.php", "$this->logger->info('x', ['k' => $apiKey]);", "apiKey"),
            ("a.cs", "_logger.LogInformation($\"x {options.ClientSecret}\");", "options.ClientSecret"),
            ("a.cs", "Console.WriteLine(password);", "password"),
            ("a.rs", "println!(\"{password}\");", "password"),
            ("a.rs", "info!(\"x {}\", config.api_key);", "config.api_key"),
            ("a.sh", "echo \"pw: $DB_PASSWORD\"", "DB_PASSWORD"),
            ("a.sh", "if x; then echo ${API_TOKEN}; fi", "API_TOKEN"),
        ] {
            assert_eq!(names(path, text), [name], "{text}");
        }
    }

    #[test]
    fn calls_that_log_something_else_are_not() {
        for (path, text) in [
            ("a.py", "print('password')"),
            ("a.py", "print('enter your password: ')"),
            ("a.py", "print(len(password))"),
            ("a.py", "print(mask(api_token))"),
            ("a.py", "print(password is None)"),
            ("a.py", "print(password == other)"),
            ("a.py", "print('x', password_file, token_count, has_password)"),
            ("a.py", "# print(password)"),
            ("a.py", "x = \"print(password)\""),
            ("a.py", "print(token)"),
            ("a.py", "print(secret_key[:4])"),
            ("a.py", "logger.info('x', extra=dict(a=1), password=None)"),
            ("a.py", "\"{password}\"; print('{password}')"),
            ("a.py", "print(not api_token)"),
            ("a.js", "console.log(!!accessToken)"),
            ("a.js", "console.log(accessToken ? 'set' : 'not')"),
            ("a.js", "console.log(accessToken.length)"),
            ("a.js", "console.log('got ${password}')"),
            ("a.js", "console.log({ password: '***' })"),
            ("a.js", "console.log(nextToken, csrfToken)"),
            ("a.go", "log.Printf(\"token %d\", len(cfg.Token))"),
            ("A.java", "log.info(\"password reset for {}\", user.getName());"),
            ("a.rb", "puts 'pw #{db_password}'"),
            ("a.php", "echo $csrf_token;"),
            ("a.rs", "println!(\"{{password}}\");"),
            ("a.sh", "echo \"$DB_PASSWORD\" | docker login --password-stdin"),
            ("a.sh", "X=$(echo \"$API_TOKEN\" | base64)"),
            ("a.sh", "echo \"$NPM_TOKEN\" > .npmrc"),
            ("a.sh", "echo \"::add-mask::$API_TOKEN\""),
            ("a.sh", "echo '$DB_PASSWORD'"),
            ("a.sh", "echo \"set: ${API_TOKEN:+yes}\""),
            ("a.txt", "print(password)"),
        ] {
            assert_eq!(names(path, text), [""; 0], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_ends(text in "(print\\(|echo |console\\.log\\(|puts |f\"|\"|'|`|\\$\\{|#\\{|\\{|\\}|\\(|\\)|\\[|\\]|password|api_key|\\.|\\?|=|\\\\|\n| |é){0,40}") {
            for path in ["a.py", "a.js", "a.rb", "a.php", "a.cs", "a.rs", "a.sh", "a.go", "a.java"] {
                names(path, &text);
            }
        }
    }
}
