//! The syntax of git's configuration files.

/// One `name = value` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `section.name` or `section.subsection.name`; section and name in lower case, the subsection as it is written.
    pub key: Vec<u8>,
    /// The value, without quotes and escapes; `None` for a name without `=`.
    pub value: Option<Vec<u8>>,
}

/// Why a file is no configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

/// The settings of a file, in order.
///
/// # Errors
/// The first line that git would not accept either.
pub fn parse(bytes: &[u8]) -> Result<Vec<Setting>, ConfigProblem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ConfigReader { rest: bytes, line: 1 };
    let (mut settings, mut section) = (Vec::new(), Vec::new());
    loop {
        match reader.next() {
            None => return Ok(settings),
            Some(b'#' | b';') => reader.skip_line(),
            Some(b'[') => section = reader.section()?,
            Some(letter) if letter.is_ascii_whitespace() => {}
            Some(letter) if letter.is_ascii_alphabetic() => settings.push(reader.setting(letter, &section)?),
            Some(_) => return Err(reader.wrong("a name starts with a letter")),
        }
    }
}

/// A file that is being read.
struct ConfigReader<'a> {
    rest: &'a [u8],
    line: usize,
}

impl ConfigReader<'_> {
    /// The next byte; the end of a line is one byte in any form.
    fn next(&mut self) -> Option<u8> {
        if self.rest.starts_with(b"\r\n") {
            self.rest = &self.rest[1..];
        }
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    fn skip_line(&mut self) {
        let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    /// A problem on the line that was just read.
    fn wrong(&self, what: &'static str) -> ConfigProblem {
        ConfigProblem { line: self.line, what }
    }

    /// What is between `[` and `]`: the key's start, with a point at its end.
    fn section(&mut self) -> Result<Vec<u8>, ConfigProblem> {
        let mut key = Vec::new();
        loop {
            match self.next() {
                Some(b']') if !key.is_empty() => {
                    key.push(b'.');
                    return Ok(key);
                }
                Some(b' ' | b'\t') if !key.is_empty() => break,
                Some(letter @ (b'-' | b'.')) => key.push(letter),
                Some(letter) if letter.is_ascii_alphanumeric() => key.push(letter.to_ascii_lowercase()),
                _ => return Err(self.wrong("a section's name is damaged")),
            }
        }
        key.push(b'.');
        let mut next = self.next();
        while matches!(next, Some(b' ' | b'\t')) {
            next = self.next();
        }
        if next != Some(b'"') {
            return Err(self.wrong("a subsection's name is not in quotes"));
        }
        loop {
            match self.next() {
                Some(b'"') => break,
                Some(b'\\') => match self.next() {
                    Some(letter) if letter != b'\n' => key.push(letter),
                    _ => return Err(self.wrong("a subsection's name has no end")),
                },
                Some(letter) if letter != b'\n' => key.push(letter),
                _ => return Err(self.wrong("a subsection's name has no end")),
            }
        }
        if self.next() != Some(b']') {
            return Err(self.wrong("a section's name has no end"));
        }
        key.push(b'.');
        Ok(key)
    }

    /// A name that starts with `first`, and its value.
    fn setting(&mut self, first: u8, section: &[u8]) -> Result<Setting, ConfigProblem> {
        if section.is_empty() {
            return Err(self.wrong("a name stands before any section"));
        }
        let mut key = section.to_vec();
        key.push(first.to_ascii_lowercase());
        let mut next = self.next();
        while let Some(letter) = next.filter(|&letter| letter.is_ascii_alphanumeric() || letter == b'-') {
            key.push(letter.to_ascii_lowercase());
            next = self.next();
        }
        while matches!(next, Some(b' ' | b'\t')) {
            next = self.next();
        }
        match next {
            None | Some(b'\n') => Ok(Setting { key, value: None }),
            Some(b'=') => Ok(Setting { key, value: Some(self.value()?) }),
            Some(_) => Err(self.wrong("a name is followed by neither `=` nor the line's end")),
        }
    }

    /// A value, to the end of its line.
    fn value(&mut self) -> Result<Vec<u8>, ConfigProblem> {
        let mut value = Vec::new();
        let (mut is_quoted, mut is_comment) = (false, false);
        // How much of the value is kept if only blanks follow.
        let mut kept = 0;
        loop {
            let line = self.line;
            let Some(letter) = self.next().filter(|&letter| letter != b'\n') else {
                if is_quoted {
                    return Err(ConfigProblem { line, what: "a value's quotes are not closed" });
                }
                value.truncate(kept);
                return Ok(value);
            };
            match letter {
                _ if is_comment => {}
                b' ' | b'\t' | 0x0b | 0x0c | b'\r' if !is_quoted => {
                    // Blanks at the start and at the end do not count.
                    if !value.is_empty() {
                        value.push(letter);
                    }
                }
                b'#' | b';' if !is_quoted => is_comment = true,
                b'"' => {
                    is_quoted = !is_quoted;
                    kept = value.len();
                }
                b'\\' => {
                    let letter = match self.next() {
                        Some(b'\n') => continue,
                        Some(b't') => b'\t',
                        Some(b'b') => 0x08,
                        Some(b'n') => b'\n',
                        Some(letter @ (b'\\' | b'"')) => letter,
                        _ => return Err(self.wrong("a value has an unknown escape")),
                    };
                    value.push(letter);
                    kept = value.len();
                }
                letter => {
                    value.push(letter);
                    kept = value.len();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys and values.
    type KeysAndValues = Vec<(String, Option<String>)>;

    fn read(text: &str) -> Result<KeysAndValues, (usize, &'static str)> {
        let text_of = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        match parse(text.as_bytes()) {
            Ok(settings) => {
                Ok(settings.into_iter().map(|one| (text_of(one.key), one.value.map(text_of))).collect())
            }
            Err(problem) => Err((problem.line, problem.what)),
        }
    }

    #[test]
    fn files_read_as_git_config_lists_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("\u{feff}[core]\n\tbare = true\n", &[("core.bare", Some("true"))]),
            ("[Core]\r\nBare=true\r\n[x]\r\n", &[("core.bare", Some("true"))]),
            ("[core] bare = true ; why\n# no\n;neither\n", &[("core.bare", Some("true"))]),
            ("[core]\nbare\nx =\ny = \n", &[("core.bare", None), ("core.x", Some("")), ("core.y", Some(""))]),
            ("[a \"B c\\\"\\\\d\"]\nE-f1 = \"x # y\"z \"  \" # w", &[("a.B c\"\\d.e-f1", Some("x # yz   "))]),
            ("[a.B]\nc = d  e \t\n", &[("a.b.c", Some("d  e"))]),
            (
                "[a]\nb = one\\\n two \\\n# three\nc=\\t\\n\\b\\\\\n",
                &[("a.b", Some("one two")), ("a.c", Some("\t\n\u{8}\\"))],
            ),
            ("[a \"\"]\nb=c\n", &[("a..b", Some("c"))]),
            (
                "[safe]\ndirectory = /a\n[safe]\ndirectory=\ndirectory=*",
                &[
                    ("safe.directory", Some("/a")),
                    ("safe.directory", Some("")),
                    ("safe.directory", Some("*")),
                ],
            ),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect();
            assert_eq!(read(text).as_deref(), Ok(expected.as_slice()), "{text:?}");
        }
    }

    #[test]
    fn what_git_refuses_is_refused_with_its_line() {
        for (text, line) in [
            ("bare = true", 1),
            ("[core]\n\n1 = x", 3),
            ("[core\nbare = true", 2),
            ("[]\na = b", 1),
            ("[a \"b]\n", 2),
            ("[a b]\n", 1),
            ("[a \"b\" ]\n", 1),
            ("[a]\nb = \"c\nd = e\n", 2),
            ("[a]\nb = \\x\n", 2),
            ("[a]\nb c\n", 2),
            ("[a]\nb_c = d\n", 2),
        ] {
            assert_eq!(read(text).map_err(|(line, _)| line), Err(line), "{text:?}");
        }
    }

    #[test]
    fn what_git_config_lists_is_what_is_read_here() {
        let dir = tempfile::tempdir().expect("a directory can be made");
        let file = dir.path().join("config");
        let texts = [
            "[a]\nb = \" c \" d\\\n  e # f\n[g \"H.i\"] j\n[k]l=m\"n;\"o;p\n",
            "[a]\r\n  b =  c d \r\n  e\r\n",
            "[a-1.B]\nc=\"\\\"\\\\\\t\"",
        ];
        for text in texts {
            std::fs::write(&file, text).expect("a file can be written");
            let listed = std::process::Command::new("git")
                .args(["config", "--list", "-z", "--no-includes", "--file"])
                .arg(&file)
                .output()
                .expect("git can be started");
            let listed = String::from_utf8(listed.stdout).expect("the test's text is UTF-8");
            let listed: Vec<_> = listed
                .split_terminator('\0')
                .map(|line| match line.split_once('\n') {
                    Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                    None => (line.to_owned(), None),
                })
                .collect();
            assert_eq!(read(text).as_deref(), Ok(listed.as_slice()), "{text:?}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_go_on_for_ever() {
        let seed = b"[a \"b\\\"\"]\r\nc = \"d\\\\\" e ; f\n[g] h\\\ni = \\\n j # k\n";
        for cut in 0..seed.len() {
            let _ = parse(&seed[..cut]);
            for byte in [0, b'\n', b'"', b'\\', b'[', b']', b'=', 0xff] {
                let mut bytes = seed.to_vec();
                bytes[cut] = byte;
                let _ = parse(&bytes);
            }
        }
    }
}
