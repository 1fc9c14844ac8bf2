//! CODEOWNERS: who answers for a path, as GitHub and GitLab read the file.
//!
//! The last pattern that matches decides, in each section of its own. A pattern without owners takes them away.

use crate::gitignore::{GlobProblem, Patterns};

/// Where the file may be, the first one counts.
pub const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// Who answers for which paths.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    sections: Vec<Section>,
}

/// Patterns of which the last that matches decides.
#[derive(Clone, Debug, Default)]
struct Section {
    /// From the last to the first.
    rules: Vec<(Patterns, Vec<String>)>,
}

impl CodeOwners {
    /// Reads such a file.
    ///
    /// # Errors
    /// A [`GlobProblem`] if a pattern is too long.
    pub fn parse(text: &str) -> Result<Self, GlobProblem> {
        let mut sections = vec![Section::default()];
        let mut defaults: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let header = line.strip_prefix('^').unwrap_or(line);
            if header.starts_with('[')
                && let Some(end) = header.rfind(']')
            {
                sections.push(Section::default());
                defaults = owners(&header[end + 1..]);
                continue;
            }
            let (pattern, rest) = split_pattern(line);
            let mut named = owners(rest);
            if named.is_empty() {
                named.clone_from(&defaults);
            }
            // A folder's own pattern covers what is in it.
            let patterns = Patterns::of_file(pattern.as_bytes())?;
            if let Some(section) = sections.last_mut() {
                section.rules.insert(0, (patterns, named));
            }
        }
        Ok(Self { sections })
    }

    /// The owners of the file `path`, joined; `None` if nobody is named.
    pub fn of(&self, path: &str) -> Option<String> {
        let mut all: Vec<&str> = Vec::new();
        for section in &self.sections {
            let rule = section.rules.iter().find(|(patterns, _)| covers(patterns, path));
            all.extend(rule.into_iter().flat_map(|(_, named)| named.iter().map(String::as_str)));
        }
        all.dedup();
        (!all.is_empty()).then(|| all.join(" "))
    }
}

/// Whether a pattern covers a file or a folder that it is in.
fn covers(patterns: &Patterns, path: &str) -> bool {
    let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
    patterns.covers(path.as_bytes(), false) == Some(true)
        || folders.into_iter().any(|folder| patterns.covers(folder.as_bytes(), true) == Some(true))
}

/// The pattern that a line begins with (`\ ` is a blank in it), and the rest.
fn split_pattern(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        if letter.is_whitespace() && !escaped {
            return (&line[..at], &line[at..]);
        }
        escaped = letter == '\\' && !escaped;
    }
    (line, "")
}

/// The owners in the rest of a line: names, teams, addresses, roles.
fn owners(text: &str) -> Vec<String> {
    let text = text.split('#').next().unwrap_or(text);
    text.split_whitespace().filter(|word| word.contains('@')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_decides_in_each_section() {
        let text = "* @all\n/deploy/ @ops # they\n*.tf @infra ada@example.org\n/deploy/free/\ndocs/a\\ b.md @writers\n\n[Security][2] @sec\n*.pem\n^[Optional]\n*.key @keys\n";
        let owners = CodeOwners::parse(text).expect("the text is one");
        for (path, who) in [
            ("src/a.rs", Some("@all")),
            ("deploy/x/y.yml", Some("@ops")),
            ("deploy/main.tf", Some("@infra ada@example.org")),
            ("deploy/free/x", None),
            ("docs/a b.md", Some("@writers")),
            ("deploy/tls.pem", Some("@ops @sec")),
            ("x.key", Some("@all @keys")),
        ] {
            assert_eq!(owners.of(path).as_deref(), who, "{path}");
        }
    }
}
