//! `man`: the manual page, or one for each command.
//!
//! The pages are made of the definition of the flags. What no flag has is added: exit codes, files, variables.

use crate::atomic_file::{self, Access};
use crate::cli::{Cli, Man};
use crate::commands::{Exit, output};
use crate::error::Error;
use crate::shown_path::shown_path;
use clap::Command;
use std::fs;
use std::io;

/// What the program's own page has besides, in the language of manual pages.
const BESIDES: &str = "\
.SH \"EXIT STATUS\"
.TP
0
everything in scope was read, and nothing was found
.TP
1
findings
.TP
2
the job could not be done: a wrong flag, no repository, an unknown revision, nothing to scan
.TP
3
nothing was found, but something in scope could not be read
.TP
130
interrupted
.SH FILES
.TP
keydredge.toml
settings, found from the target up to the repository's root
.TP
keydredge\\-baseline.txt
findings that are accepted, as `keydredge baseline write` wrote them
.TP
keydredge\\-ignore.toml
findings that are accepted one by one, as `keydredge ignore add` wrote them
.TP
keydredge.lock
what `keydredge config fetch` fetched for `extends`
.TP
\\fI$XDG_STATE_HOME\\fR/keydredge/cache.key, known.key
keys of the cache of histories and of indexes of known secrets
.SH ENVIRONMENT
.TP
KEYDREDGE_KNOWN
the index of known secrets, in place of \\-\\-known
.TP
KEYDREDGE_KNOWN_KEY
its key, where there is no file
.TP
CI
if set, a history keeps no cache unless \\-\\-cache asks for it
.TP
NO_COLOR
if set, reports have no colour
";

/// Prints the page, or writes all pages into a folder.
pub(in crate::commands) fn man(flags: &Man) -> Result<Exit, Error> {
    // `help` has no flag that its page could explain.
    let mut program = Cli::definition().disable_help_subcommand(true);
    program.build();
    let Some(folder) = &flags.out else {
        return output::print(&page(&program)?.1);
    };
    let failed = |source| atomic_file::Error::Io { path: folder.clone(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let pages = commands(&program).into_iter().map(page).collect::<Result<Vec<_>, _>>()?;
    for (name, text) in &pages {
        atomic_file::write(&folder.join(name), Access::Kept, |out| out.write_all(text))?;
    }
    output::say(&format!("{} pages are in {}.", pages.len(), shown_path(folder)))?;
    Ok(Exit::Clean)
}

/// The command and all below it, without hidden ones.
fn commands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set());
    std::iter::once(command).chain(below.flat_map(commands)).collect()
}

/// The page of a command: the name of its file, and its text.
fn page(command: &Command) -> Result<(String, Vec<u8>), Error> {
    let page = clap_mangen::Man::new(command.clone())
        .source(concat!("keydredge ", env!("CARGO_PKG_VERSION")))
        .manual("keydredge");
    let mut text = Vec::new();
    output::standard(write(&page, command, &mut text))?;
    Ok((page.get_filename(), text))
}

fn write(page: &clap_mangen::Man, command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    if command.get_arguments().any(|flag| !flag.is_hide_set()) {
        page.render_options_section(out)?;
    }
    if command.has_subcommands() {
        page.render_subcommands_section(out)?;
    }
    let parent = command.get_display_name().and_then(|name| name.rsplit_once('-'));
    match parent {
        None => out.extend_from_slice(BESIDES.as_bytes()),
        Some((parent, _)) => {
            let more =
                if parent == "keydredge" { String::new() } else { ", \\fBkeydredge\\fR(1)".to_owned() };
            let parent = parent.replace('-', "\\-");
            out.extend_from_slice(format!(".SH \"SEE ALSO\"\n\\fB{parent}\\fR(1){more}\n").as_bytes());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_a_page_under_its_whole_name() {
        let mut program = Cli::definition();
        program.build();
        let pages: Vec<String> =
            commands(&program).into_iter().map(|one| page(one).expect("it is made in memory").0).collect();
        for name in ["keydredge.1", "keydredge-scan.1", "keydredge-hook.1", "keydredge-hook-install.1"] {
            assert!(pages.iter().any(|page| page == name), "{name}: {pages:?}");
        }
    }
}
