//! Where reports go: standard output, files, and the terminal's colours.

use super::Exit;
use crate::cli::{ColorWhen, ProgressWhen, ReportTo, Shared};
use crate::error::Error;
use crate::report::{self, Report, Style};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// Writes every report that was asked for.
pub(super) fn write(report: &Report<'_>, flags: &Shared) -> Result<(), Error> {
    let main = ReportTo { format: flags.format, path: flags.output.clone() };
    let takes_standard_output = flags.report.iter().any(|one| one.path.is_none());
    let main = (main.path.is_some() || !takes_standard_output).then_some(main);
    for one in main.iter().chain(&flags.report) {
        match &one.path {
            Some(path) => to_file(path, one, report, flags)?,
            None => {
                let style = Style { color: colors(flags), quiet: flags.quiet };
                let mut out = BufWriter::new(io::stdout().lock());
                report::write(one.format, report, style, &mut out).map_err(standard)?;
                out.flush().map_err(standard)?;
            }
        }
    }
    Ok(())
}

fn to_file(path: &Path, one: &ReportTo, report: &Report<'_>, flags: &Shared) -> Result<(), Error> {
    let failed = |source| Error::Write { path: path.to_owned(), source };
    let style = Style { color: false, quiet: flags.quiet };
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    report::write(one.format, report, style, &mut out).map_err(failed)?;
    out.flush().map_err(failed)
}

/// Prints bytes on standard output.
pub(super) fn print(bytes: &[u8]) -> Result<Exit, Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(standard)?;
    Ok(Exit::Clean)
}

/// Prints a line on standard output.
pub(super) fn say(line: &str) -> Result<(), Error> {
    let text = format!("{}\n", report::redact::printable(line));
    io::stdout().lock().write_all(text.as_bytes()).map_err(standard)
}

/// Says something on standard error, where `-v` asked.
pub(super) fn mention(flags: &Shared, text: &str) {
    if flags.verbose > 0 {
        let text = format!("keydredge: {}\n", report::redact::printable(text));
        let _nobody_listens = io::stderr().write_all(text.as_bytes());
    }
}

/// The error of standard output.
pub(super) fn standard(source: io::Error) -> Error {
    Error::Write { path: "standard output".into(), source }
}

fn colors(flags: &Shared) -> bool {
    match flags.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            io::stdout().is_terminal() && !unwanted
        }
    }
}

/// Whether a person waits in front of standard error.
pub(super) fn draws_progress(flags: &Shared) -> bool {
    flags.progress == ProgressWhen::Auto && !flags.quiet && io::stderr().is_terminal()
}
