//! The files that a command would show, as far as its text shows.
//!
//! # Design
//!
//! Nothing is interpreted as a shell would. Every word that may be the name of a file counts, unless the program is known
//! to show nothing of the files it is given (`rm`, `git add`, a compiler). A wrong guess costs a look at the disk. A file
//! that is missed here is still scanned in the tool's output.

use super::seen::FileRead;
use std::path::PathBuf;

/// The most names that are tried on the disk for one command.
const MOST: usize = 4096;

/// How deep commands may be within commands (`bash -c "…"`, `$(…)`).
const DEEPEST: usize = 8;

/// Programs that run the rest of the line.
const WRAPPERS: &[&str] = &[
    "!", "builtin", "command", "do", "doas", "else", "elif", "env", "exec", "if", "ionice", "nice", "nohup",
    "setsid", "stdbuf", "sudo", "then", "time", "timeout", "until", "while", "xargs", "{",
];

/// Programs that show nothing of the files that they are given.
const SHOW_NOTHING: &[&str] = &[
    "[",
    "[[",
    "basename",
    "black",
    "bun",
    "cargo",
    "cc",
    "chgrp",
    "chmod",
    "chown",
    "cksum",
    "clang",
    "cmake",
    "code",
    "cp",
    "deno",
    "df",
    "dir",
    "dirname",
    "docker",
    "du",
    "echo",
    "emacs",
    "eslint",
    "export",
    "file",
    "gcc",
    "go",
    "g++",
    "java",
    "javac",
    "kill",
    "kubectl",
    "ln",
    "ls",
    "make",
    "md5sum",
    "mkdir",
    "mv",
    "mypy",
    "nano",
    "ninja",
    "npm",
    "npx",
    "open",
    "pip",
    "pnpm",
    "podman",
    "prettier",
    "printf",
    "pytest",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "ruff",
    "rustc",
    "rustfmt",
    "set",
    "sha1sum",
    "sha256sum",
    "shasum",
    "shred",
    "sleep",
    "stat",
    "tee",
    "terraform",
    "test",
    "touch",
    "tree",
    "tsc",
    "uv",
    "vi",
    "vim",
    "wc",
    "which",
    "xdg-open",
    "yarn",
    "remove-item",
    "test-path",
    "get-childitem",
    "new-item",
    "copy-item",
    "move-item",
    "set-content",
    "del",
    "erase",
    "copy",
    "move",
];

/// The same for the commands of git.
const GIT_SHOWS_NOTHING: &[&str] = &[
    "add",
    "branch",
    "check-ignore",
    "checkout",
    "clean",
    "clone",
    "commit",
    "fetch",
    "init",
    "ls-files",
    "merge",
    "mv",
    "pull",
    "push",
    "rebase",
    "reset",
    "restore",
    "rev-parse",
    "rm",
    "stash",
    "status",
    "switch",
    "tag",
];

/// Programs whose first argument is a program that they run.
const INTERPRETERS: &[&str] =
    &["bash", "node", "perl", "php", "python", "python3", "ruby", "sh", "tsx", "zsh"];

/// Programs that run a text as a command, if a flag says so.
const SHELLS: &[&str] = &["bash", "cmd", "dash", "fish", "ksh", "powershell", "pwsh", "sh", "zsh"];

/// A path as an assistant writes it: backslashes separate as slashes do, and a URI is a path.
pub(super) fn as_path(text: &str) -> PathBuf {
    let text = text.strip_prefix("file://").unwrap_or(text);
    if text.starts_with("~/")
        && let Some(path) = expanded(text)
    {
        return path.into();
    }
    if cfg!(windows) || !is_of_windows(text) { text.into() } else { text.replace('\\', "/").into() }
}

/// True for a path with backslashes and no slash: on other systems few names have one.
fn is_of_windows(text: &str) -> bool {
    text.contains('\\') && !text.contains('/')
}

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Word {
    /// As a shell of Unix reads it.
    text: String,
    /// With backslashes as separators, if it has some.
    windows: Option<String>,
}

/// A simple command.
#[derive(Clone, Debug, Default)]
struct ShownCommand {
    words: Vec<Word>,
    /// What `<` names.
    inputs: Vec<Word>,
}

/// The files that the command line `text` would show.
///
/// # Errors
/// A clause if it names more files than are looked at.
pub(super) fn files(text: &str) -> Result<Vec<FileRead>, String> {
    let mut finder = Finder::default();
    finder.line(text, 0);
    finder.found()
}

/// The same for a command that comes as separate words.
pub(super) fn files_of_words(words: &[&str]) -> Result<Vec<FileRead>, String> {
    let word = |text: &&str| Word { text: (*text).to_owned(), windows: windows(text) };
    let mut finder = Finder::default();
    finder.command(&ShownCommand { words: words.iter().map(word).collect(), inputs: Vec::new() }, 0);
    finder.found()
}

fn windows(text: &str) -> Option<String> {
    text.contains('\\').then(|| text.replace('\\', "/"))
}

/// Collects the names of files.
#[derive(Default)]
struct Finder {
    /// The folders that the line changes to, relative to the working directory.
    folders: Vec<PathBuf>,
    names: Vec<String>,
    has_too_many: bool,
}

impl Finder {
    fn found(self) -> Result<Vec<FileRead>, String> {
        if self.has_too_many {
            return Err(format!("the command has more than {MOST} words that may be names of files"));
        }
        let mut reads: Vec<FileRead> = Vec::new();
        let folders = std::iter::once(PathBuf::new()).chain(self.folders);
        for folder in folders {
            for name in &self.names {
                reads.push(FileRead { path: folder.join(name), lines: None, is_guess: true });
            }
        }
        reads.sort_by(|one, other| one.path.cmp(&other.path));
        reads.dedup();
        Ok(reads)
    }

    fn line(&mut self, text: &str, depth: usize) {
        if depth > DEEPEST {
            self.has_too_many = true;
            return;
        }
        let (commands, nested) = commands(text);
        for command in &commands {
            self.command(command, depth);
        }
        for text in nested {
            self.line(&text, depth + 1);
        }
    }

    fn command(&mut self, command: &ShownCommand, depth: usize) {
        command.inputs.iter().for_each(|word| self.word(word));
        let mut words = command.words.as_slice();
        while let Some((first, rest)) = words.split_first() {
            let name = program(&first.text);
            let is_number = !name.is_empty() && name.chars().all(|one| one.is_ascii_digit() || one == '.');
            let is_assignment = first.text.split_once('=').is_some_and(|(name, _)| is_identifier(name));
            if is_assignment {
                self.word(first);
            } else if !(WRAPPERS.contains(&name.as_str()) || first.text.starts_with('-') || is_number) {
                break;
            }
            words = rest;
        }
        let Some((first, arguments)) = words.split_first() else { return };
        let name = program(&first.text);
        match name.as_str() {
            "cd" | "pushd" | "chdir" | "set-location" | "sl" => {
                if let Some(folder) = arguments.iter().find(|word| !word.text.starts_with('-')) {
                    self.enter(folder);
                }
                return;
            }
            "eval" | "invoke-expression" | "iex" => {
                let text: Vec<&str> = arguments.iter().map(|word| word.text.as_str()).collect();
                self.line(&text.join(" "), depth + 1);
                return;
            }
            "find" => {
                let runs = |word: &Word| word.text.starts_with("-exec") || word.text.starts_with("-ok");
                if !arguments.iter().any(runs) {
                    return;
                }
            }
            "git" => {
                let mut rest = arguments.iter();
                let mut subcommand = None;
                while let Some(word) = rest.next() {
                    match word.text.as_str() {
                        "-C" => rest.next().into_iter().for_each(|folder| self.enter(folder)),
                        "-c" => drop(rest.next()),
                        text if text.starts_with('-') => {}
                        text => {
                            subcommand = Some(text);
                            break;
                        }
                    }
                }
                if subcommand.is_some_and(|name| GIT_SHOWS_NOTHING.contains(&name)) {
                    return;
                }
            }
            name if SHOW_NOTHING.contains(&name) => return,
            _ => {}
        }
        if SHELLS.contains(&name.as_str()) {
            let is_flag = |word: &Word| {
                let text = word.text.to_lowercase();
                text == "/c" || (text.starts_with('-') && (text.ends_with('c') || text == "-command"))
            };
            if let Some(at) = arguments.iter().position(is_flag) {
                let mut text = arguments[at + 1..].iter().map(|word| word.text.as_str());
                let takes_all = matches!(name.as_str(), "cmd" | "powershell" | "pwsh");
                let text = if takes_all {
                    text.collect::<Vec<_>>().join(" ")
                } else {
                    text.next().unwrap_or_default().to_owned()
                };
                self.line(&text, depth + 1);
                return;
            }
        }
        let mut arguments = arguments;
        if INTERPRETERS.contains(&name.as_str())
            && let Some((script, rest)) = arguments.split_first()
            && !script.text.starts_with('-')
        {
            arguments = rest;
        }
        arguments.iter().for_each(|word| self.word(word));
    }

    fn enter(&mut self, folder: &Word) {
        let Some(path) = expanded(&folder.text) else { return };
        let last = self.folders.last().cloned().unwrap_or_default();
        if self.folders.len() < 8 {
            self.folders.push(last.join(path));
        }
    }

    /// Takes the names that a word contains.
    fn word(&mut self, word: &Word) {
        for text in [Some(&word.text), word.windows.as_ref()].into_iter().flatten() {
            self.name(text);
            // `--file=a`, `@a`, `if=a`, `open('a')`, `{a,b}`.
            let inner = |one: char| "=,:;@'\"()[]{}<>|&` \t\n$".contains(one);
            if text.contains(inner) {
                text.split(inner).for_each(|part| self.name(part));
            }
        }
    }

    fn name(&mut self, text: &str) {
        let is_name = |text: &str| {
            !text.is_empty() && text.len() < 4096 && !text.starts_with('-') && !text.contains('\0')
        };
        let Some(path) = expanded(text).filter(|path| is_name(path)) else { return };
        if self.names.len() >= MOST {
            self.has_too_many = true;
            return;
        }
        self.names.push(path);
    }
}

/// The name of a program, without its folder.
fn program(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text).to_lowercase();
    name.strip_suffix(".exe").map(str::to_owned).unwrap_or(name)
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|one| one.is_ascii_alphanumeric() || one == '_')
}

/// A word with the home directory in its place; `None` if it depends on another variable.
fn expanded(text: &str) -> Option<String> {
    const HOMES: [&str; 6] =
        ["~/", "$HOME/", "${HOME}/", "$env:USERPROFILE/", "$env:HOME/", "%USERPROFILE%/"];
    for start in HOMES {
        if let Some(rest) = text.strip_prefix(start) {
            let home = std::env::var(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).ok()?;
            return Some(format!("{home}/{rest}"));
        }
    }
    for start in ["$PWD/", "${PWD}/", "$(pwd)/", "%CD%/"] {
        if let Some(rest) = text.strip_prefix(start) {
            return Some(rest.to_owned());
        }
    }
    Some(text.to_owned())
}

/// The simple commands of a line, and the texts of commands within its strings.
fn commands(text: &str) -> (Vec<ShownCommand>, Vec<String>) {
    let mut reader = WordReader {
        text,
        at: 0,
        commands: vec![ShownCommand::default()],
        nested: Vec::new(),
        heredocs: Vec::new(),
        target: RedirectTarget::Word,
    };
    reader.read();
    (reader.commands, reader.nested)
}

/// What the next word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RedirectTarget {
    Word,
    Input,
    Output,
    Heredoc,
}

struct WordReader<'t> {
    text: &'t str,
    at: usize,
    commands: Vec<ShownCommand>,
    nested: Vec<String>,
    /// The words that end the documents which begin on the next line.
    heredocs: Vec<String>,
    target: RedirectTarget,
}

impl WordReader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn read(&mut self) {
        let mut word: Option<Word> = None;
        while let Some(next) = self.next() {
            match next {
                ' ' | '\t' | '\r' => self.end(&mut word),
                '#' if word.is_none() => {
                    while self.peek().is_some_and(|next| next != '\n') {
                        self.next();
                    }
                }
                '\n' => {
                    self.end(&mut word);
                    self.separate();
                    self.skip_heredocs();
                }
                ';' | '|' | '&' | '(' | ')' | '`' => {
                    // `>&2` and `&>file`.
                    let is_descriptor =
                        next == '&' && self.target == RedirectTarget::Output && word.is_none();
                    if is_descriptor {
                        continue;
                    }
                    self.end(&mut word);
                    self.separate();
                }
                '<' => {
                    self.end(&mut word);
                    self.target = RedirectTarget::Input;
                    if self.peek() == Some('<') {
                        self.next();
                        self.target = RedirectTarget::Heredoc;
                        if self.peek() == Some('<') {
                            self.next();
                            self.target = RedirectTarget::Word;
                        } else if self.peek() == Some('-') {
                            self.next();
                        }
                    } else if self.peek() == Some('(') {
                        self.target = RedirectTarget::Word;
                    }
                }
                '>' => {
                    self.end(&mut word);
                    while self.peek().is_some_and(|next| next == '>' || next == '|') {
                        self.next();
                    }
                    self.target = RedirectTarget::Output;
                }
                '\'' => {
                    let word = word.get_or_insert_default();
                    let end = self.text[self.at..].find('\'').unwrap_or(self.text.len() - self.at);
                    let inner = &self.text[self.at..self.at + end];
                    push(word, inner);
                    self.at = (self.at + end + 1).min(self.text.len());
                }
                '"' => {
                    let start = word.get_or_insert_default();
                    let mut inner = std::mem::take(start);
                    self.quoted(&mut inner);
                    word = Some(inner);
                }
                '$' if self.peek() == Some('(') => {
                    self.next();
                    self.end(&mut word);
                    self.separate();
                }
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(next) => {
                        let word = word.get_or_insert_default();
                        let text = word.text.clone();
                        let windows = word.windows.get_or_insert(text);
                        windows.push('/');
                        windows.push(next);
                        word.text.push(next);
                    }
                },
                next => {
                    let word = word.get_or_insert_default();
                    push(word, next.encode_utf8(&mut [0; 4]));
                }
            }
        }
        self.end(&mut word);
    }

    /// Reads to the end of a string between double quotes.
    fn quoted(&mut self, word: &mut Word) {
        while let Some(next) = self.next() {
            match next {
                '"' => return,
                '\\' => match self.next() {
                    Some(next @ ('"' | '\\' | '$' | '`')) => push(word, next.encode_utf8(&mut [0; 4])),
                    Some('\n') | None => {}
                    Some(next) => {
                        let text = word.text.clone();
                        let windows = word.windows.get_or_insert(text);
                        windows.push('/');
                        windows.push(next);
                        word.text.push('\\');
                        word.text.push(next);
                    }
                },
                '$' if self.peek() == Some('(') => {
                    self.next();
                    let rest = &self.text[self.at..];
                    let mut depth = 1;
                    let end = rest.char_indices().find(|(_, one)| {
                        depth += i32::from(*one == '(') - i32::from(*one == ')');
                        depth == 0
                    });
                    let end = end.map_or(rest.len(), |(end, _)| end);
                    self.nested.push(rest[..end].to_owned());
                    self.at = (self.at + end + 1).min(self.text.len());
                }
                '`' => {
                    let rest = &self.text[self.at..];
                    let end = rest.find('`').unwrap_or(rest.len());
                    self.nested.push(rest[..end].to_owned());
                    self.at = (self.at + end + 1).min(self.text.len());
                }
                next => push(word, next.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn end(&mut self, word: &mut Option<Word>) {
        let Some(word) = word.take() else { return };
        let command = self.commands.last_mut().expect("there is always a command");
        match std::mem::replace(&mut self.target, RedirectTarget::Word) {
            RedirectTarget::Word => command.words.push(word),
            RedirectTarget::Input => command.inputs.push(word),
            RedirectTarget::Output => {}
            RedirectTarget::Heredoc => self.heredocs.push(word.text),
        }
    }

    fn separate(&mut self) {
        self.target = RedirectTarget::Word;
        if self.commands.last().is_some_and(|command| !command.words.is_empty() || !command.inputs.is_empty())
        {
            self.commands.push(ShownCommand::default());
        }
    }

    /// Documents are data, not commands. Commands within them count.
    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let rest = &self.text[self.at..];
                let line = &rest[..rest.find('\n').map_or(rest.len(), |end| end + 1)];
                self.at += line.len();
                if line.trim() == end {
                    break;
                }
                let mut rest = line;
                while let Some(at) = rest.find("$(") {
                    rest = &rest[at + 2..];
                    let end = rest.find(')').unwrap_or(rest.len());
                    self.nested.push(rest[..end].to_owned());
                }
            }
        }
    }
}

fn push(word: &mut Word, text: &str) {
    word.text.push_str(text);
    if let Some(windows) = &mut word.windows {
        windows.push_str(text);
    }
}
