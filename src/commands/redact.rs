//! `redact`: a stream, or files, without their secrets.
//!
//! # Design
//!
//! A filter has one output, so a failure must not look like an end: whatever cannot be read, looked through or written
//! ends with an error. Only a closed pipe is an ordinary end: nobody reads on.

use super::input::{Input, Next};
use super::job::Job;
use super::session::command_name::CommandName;
use super::{Exit, interrupt, output, remark};
use crate::atomic_file::{self, Access};
use crate::cli::Redact;
use crate::error::Error;
use crate::findings::Options;
use crate::model::UnusedAllows;
use crate::redact::{Counts, Redactor, Replacer};
use crate::regular_file;
use crate::scan::verdict;
use crate::shown_path::shown_path;
use crate::source::settings::Origin;
use crate::source::stdin;
use rayon::ThreadPoolBuilder;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// After a pause of this length, complete lines are given out.
const PAUSE: Duration = Duration::from_millis(10);

/// After one of this length, a prompt is given out.
const LONG_PAUSE: Duration = Duration::from_millis(200);

/// How often it is looked for a signal while nothing comes. After one, the next such pause is the end.
const LOOK: Duration = Duration::from_secs(1);

/// Bytes of a file that are read at once.
const CHUNK: usize = 256 << 10;

/// The largest file that is read: any.
const LARGEST: u64 = u64::MAX;

/// `redact`.
pub(super) fn redact(flags: &Redact) -> Result<Exit, Error> {
    let shared = flags.shared();
    let job = Job::set_up(CommandName::Redact, &shared, &Origin::Disk(PathBuf::from(".")))?;
    // What is judged at once is little. A pool that is there already is as good.
    let _it_may_be_there = ThreadPoolBuilder::new().num_threads(1).build_global();
    let mut replacer = Replacer::new(Options {
        rules: &job.infos,
        min_confidence: job.options.min_confidence,
        fail_on: job.options.fail_on,
        policy: &job.policy,
        before: None,
        after: None,
        new_allows: None,
        today: job.today,
        report_unused: false,
        report_expired: false,
        markers: &[],
        unused_allows: UnusedAllows::Ignore,
        left_out: None,
        fail_in_tests: true,
        explain: verdict::reasons,
        roots: &[],
    });
    let standard_input = [PathBuf::from("-")];
    let files = if flags.files.is_empty() { &standard_input[..] } else { &flags.files };
    if flags.write
        && let Some(path) = files.iter().find(|path| *path == Path::new("-"))
    {
        let what = format!("{} is standard input, which --write cannot change; name files", shown_path(path));
        return Err(Error::Usage { what });
    }
    let mut is_heard = true;
    for path in files.iter() {
        if path == Path::new("-") {
            is_heard = stream(&job, &mut replacer)?;
        } else if flags.write {
            in_place(&job, &mut replacer, path)?;
        } else {
            is_heard = copy(&job, &mut replacer, path)?;
        }
        if !is_heard {
            break;
        }
    }
    if is_heard && !flags.quiet {
        remark(&summary(replacer.counts()));
    }
    Ok(if interrupt::is_pressed() { Exit::Interrupted } else { Exit::Clean })
}

/// What was replaced, as a sentence.
fn summary(counts: &Counts) -> String {
    let each: Vec<String> = counts.by_rule.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    match counts.places() {
        0 => "no secret was found, so nothing was replaced".to_owned(),
        1 => format!("1 secret was replaced: {}", each.join(", ")),
        count => format!("{count} secrets were replaced: {}", each.join(", ")),
    }
}

/// Writes to standard output; false if nobody reads it.
fn print(bytes: &[u8]) -> Result<bool, Error> {
    let mut out = output::stdout();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    let is_heard = !matches!(&written, Err(error) if error.kind() == io::ErrorKind::BrokenPipe);
    output::standard(written)?;
    Ok(is_heard)
}

/// Standard input to standard output, as it comes. Returns false if nobody reads it.
fn stream<'a>(job: &'a Job<'_>, replacer: &mut Replacer<'a>) -> Result<bool, Error> {
    let mut input = Input::open(stdin::open()?).map_err(Error::Thread)?;
    let mut redactor = Redactor::new(&job.scanner, replacer);
    let mut out = Vec::new();
    // How long to wait before more is given out.
    let mut wait = PAUSE;
    loop {
        match input.within(wait) {
            Ok(Next::Bytes(bytes)) => {
                redactor.push(&bytes, &mut out)?;
                wait = PAUSE;
            }
            Ok(Next::Nothing) => {
                // Whoever writes the input got the same signal, and what it writes last is of interest.
                if wait == LOOK && interrupt::is_pressed() {
                    redactor.finish(&mut out)?;
                    return print(&out);
                }
                redactor.pause(wait == LONG_PAUSE, &mut out)?;
                wait = if wait == PAUSE { LONG_PAUSE } else { LOOK };
            }
            Ok(Next::End) => {
                redactor.finish(&mut out)?;
                return print(&out);
            }
            Err(source) => {
                redactor.finish(&mut out)?;
                print(&out)?;
                return Err(Error::Read { path: "standard input".into(), source });
            }
        }
        if !out.is_empty() {
            if !print(&out)? {
                return Ok(false);
            }
            out.clear();
        }
    }
}

/// A file to standard output. Returns false if nobody reads it.
fn copy<'a>(job: &'a Job<'_>, replacer: &mut Replacer<'a>, path: &Path) -> Result<bool, Error> {
    let mut is_heard = true;
    let mut failed = None;
    let mut give = |bytes: &[u8]| match print(bytes) {
        Ok(heard) => {
            is_heard = heard;
            heard
        }
        Err(error) => {
            failed = Some(error);
            false
        }
    };
    pass(job, replacer, path, &mut give)?;
    failed.map_or(Ok(is_heard), Err)
}

/// Replaces a file by itself without its secrets, if it contains any.
fn in_place<'a>(job: &'a Job<'_>, replacer: &mut Replacer<'a>, path: &Path) -> Result<(), Error> {
    // A link is refused before what is behind it is read.
    atomic_file::check(path)?;
    let unread = |source| Error::Read { path: path.to_owned(), source };
    let state = || -> io::Result<_> {
        let metadata = path.metadata()?;
        Ok((metadata.len(), metadata.modified()?))
    };
    let before = state().map_err(unread)?;
    let counts = replacer.counts().clone();
    pass(job, replacer, path, &mut |_| true)?;
    if *replacer.counts() == counts {
        return Ok(());
    }
    replacer.count_from(counts);
    let mut failed = None;
    let written = atomic_file::write(path, Access::Kept, |out| {
        let mut outcome = Ok(());
        let passed = pass(job, replacer, path, &mut |bytes| {
            outcome = out.write_all(bytes);
            outcome.is_ok()
        });
        if let Err(error) = passed {
            failed = Some(error);
            return Err(io::Error::other("it could not be read"));
        }
        outcome?;
        // What was added meanwhile would be lost.
        if state()? == before {
            Ok(())
        } else {
            Err(io::Error::other("it changed meanwhile; nothing was replaced"))
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

/// Passes a file without its secrets to `give`, until that returns false.
fn pass<'a>(
    job: &'a Job<'_>,
    replacer: &mut Replacer<'a>,
    path: &Path,
    give: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), Error> {
    let unread = |source| Error::Read { path: path.to_owned(), source };
    regular_file::look(path, LARGEST).map_err(unread)?;
    let mut file = File::open(path).map_err(unread)?;
    let mut redactor = Redactor::new(&job.scanner, replacer);
    let (mut chunk, mut out) = (vec![0; CHUNK], Vec::new());
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unread(error)),
        };
        redactor.push(&chunk[..read], &mut out)?;
        if !out.is_empty() {
            if !give(&out) {
                return Ok(());
            }
            out.clear();
        }
    }
    redactor.finish(&mut out)?;
    give(&out);
    Ok(())
}
