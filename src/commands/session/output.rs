//! Where reports go: standard output, files, and the terminal's colours.

use super::exit::Exit;
use super::interrupt::Streaming;
use super::options::Output;
use crate::atomic_file;
use crate::cli::{ColorWhen, ProgressWhen, ReportTo};
use crate::error::Error;
use crate::report::{self, Report, Style};
use crate::shown_path::shown_path;
use crate::source;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::Path;

/// Refuses two reports at one place, of which one would be lost, and places that cannot be written. This is
/// checked before minutes of work.
pub(crate) fn check(output: &Output) -> Result<(), Error> {
    let mut taken = BTreeSet::new();
    let wanted = &output.reports;
    if let Some(ReportTo { path, .. }) = wanted.iter().find(|one| !taken.insert(&one.path)) {
        let place = path.as_ref().map_or("standard output".to_owned(), |path| shown_path(path));
        return Err(Error::Usage {
            what: format!("two reports go to {place}; give each a place of its own"),
        });
    }
    for path in wanted.iter().filter_map(|one| one.path.as_ref()) {
        atomic_file::check_report(path)?;
    }
    Ok(())
}

/// Writes every requested report, even if one cannot be written; the first failure is reported.
pub(crate) fn write(report: &Report<'_>, output: &Output) -> Result<(), Error> {
    let mut outcome = Ok(());
    for one in &output.reports {
        let written = match &one.path {
            Some(path) => to_file(path, one, report, output),
            None => {
                let style =
                    Style { color: colors(output), quiet: output.quiet, brief: output.brief, width: width() };
                let mut out = BufWriter::new(stdout());
                standard(report::write(one.format, report, style, &mut out).and_then(|()| out.flush()))
            }
        };
        outcome = outcome.and(written);
    }
    outcome
}

fn to_file(path: &Path, one: &ReportTo, report: &Report<'_>, output: &Output) -> Result<(), Error> {
    let style = Style { quiet: output.quiet, ..Style::default() };
    to_path(path, |out| report::write(one.format, report, style, out))
}

/// Writes a report into `path`, which a user named and which may also be a device or a FIFO.
pub(crate) fn to_path(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    if !atomic_file::is_stream(path) {
        return Ok(atomic_file::write_report(path, fill)?);
    }
    // Opening a FIFO waits for its reader, and closing writes what is left. Both count as writes that may block.
    let mut streaming = Some(Streaming::begin());
    atomic_file::write_report(path, |out| {
        drop(streaming.take());
        let filled = fill(&mut MovingOutput(out));
        streaming = Some(Streaming::begin());
        filled
    })?;
    drop(streaming);
    Ok(())
}

/// A writer each of whose writes shows that the output still moves.
struct MovingOutput<'a>(&'a mut dyn Write);

impl Write for MovingOutput<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _streaming = Streaming::begin();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Standard output.
#[derive(Debug)]
pub(crate) struct StandardOutput(StdoutLock<'static>);

/// Standard output, for the caller alone.
pub(crate) fn stdout() -> StandardOutput {
    StandardOutput(io::stdout().lock())
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The runtime has opened /dev/null in its place, where a report would be lost.
        if source::output_was_closed() {
            return Err(io::Error::other("it is closed"));
        }
        let _streaming = Streaming::begin();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let _streaming = Streaming::begin();
        self.0.flush()
    }
}

/// Prints bytes on standard output.
pub(crate) fn print(bytes: &[u8]) -> Result<Exit, Error> {
    let mut out = stdout();
    standard(out.write_all(bytes).and_then(|()| out.flush()))?;
    Ok(Exit::Clean)
}

/// Prints a line on standard output.
pub(crate) fn say(line: &str) -> Result<(), Error> {
    let text = format!("{}\n", report::redact::printable(line));
    standard(stdout().write_all(text.as_bytes()))
}

/// A number with what it counts.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Prints a message on standard error if the run is verbose (`-v`).
pub(crate) fn mention(is_verbose: bool, text: &str) {
    if is_verbose {
        remark(text);
    }
}

/// Prints a line on standard error.
pub(crate) fn remark(line: &str) {
    to_stderr(format!("keydredge: {}\n", report::redact::printable(line)).as_bytes());
}

/// Writes to standard error. If that fails nobody reads it, and there is no other place for a message.
pub(crate) fn to_stderr(bytes: &[u8]) {
    _ = io::stderr().write_all(bytes);
}

/// The result of writing to standard output. A closed pipe is an ordinary end of the text, and no reason
/// for another exit code: `keydredge scan | head` with findings is not clean.
pub(crate) fn standard(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::Write { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

fn colors(output: &Output) -> bool {
    match output.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            io::stdout().is_terminal() && !unwanted
        }
    }
}

/// How many columns standard output has, if it is a terminal.
fn width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(width.0))
}

/// Whether standard error is a terminal and progress is drawn.
pub(crate) fn draws_progress(output: &Output) -> bool {
    output.progress == ProgressWhen::Auto && !output.quiet && io::stderr().is_terminal()
}
