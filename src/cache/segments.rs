//! Segments: sealed files in one folder that many repositories and processes share, found by labels.
//!
//! ```text
//! segments/SEGMENT.cache       sealed, written aside and renamed, never changed
//! labels/LABEL/SEGMENT         empty: the segment has this label
//! ```
//!
//! So a search reads one folder for each label, however many segments there are. The names reveal nothing without the key.
//! A label that leads to no file, or to one that does not open, is passed over: what is in the folder is trusted as far as
//! it was sealed with this user's key. If all together are more than a limit, the oldest go.

use super::key::Key;
use super::sealed::{self, Sealed};
use super::{ENDING, Error, LEFT_BEHIND, make_folder, write};
use crate::atomic_file;
use data_encoding::HEXLOWER;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The most bytes that all segments together may have.
const MOST: u64 = 1 << 30;
/// The largest segment that is written or read, bytes.
const LARGEST: u64 = 256 << 20;
/// How many segments one label may lead to.
const PER_LABEL: usize = 64;
/// How many segments one search opens.
const OPENED: usize = 32;
/// Digits in the name of a segment or label.
const DIGITS: usize = 32;

/// A folder of segments.
#[derive(Debug)]
pub(crate) struct Segments {
    key: Key,
    folder: PathBuf,
    most: u64,
}

impl Segments {
    /// The segments in `folder`; `outside` are the folders of a repository, in none of which the key may be.
    ///
    /// # Errors
    /// If there is no key that can be trusted.
    pub(crate) fn open(folder: &Path, outside: &[&Path]) -> Result<Self, Error> {
        Ok(Self { key: Key::load(outside)?, folder: folder.to_owned(), most: MOST })
    }

    /// Those in `folder` with a key that is known, for tests.
    #[cfg(test)]
    pub(crate) fn of_test(folder: &Path) -> Self {
        Self { key: Key::of([7; 32]), folder: folder.to_owned(), most: MOST }
    }

    /// The segments that have one of `labels`; those that have most of them first.
    pub(crate) fn find(&self, labels: &[Vec<u8>]) -> Vec<Sealed> {
        let places: Vec<PathBuf> = labels.iter().map(|label| self.label(label)).collect();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for place in places.iter().filter(|place| is_folder(place)) {
            for entry in fs::read_dir(place).into_iter().flatten().flatten().take(PER_LABEL) {
                let name = entry.file_name().into_string().ok().filter(|name| is_name(name));
                name.into_iter().for_each(|name| *found.entry(name).or_default() += 1);
            }
        }
        let mut names: Vec<(usize, String)> = found.into_iter().map(|(name, count)| (count, name)).collect();
        names.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        let segments = names.iter().take(OPENED).filter_map(|(_, name)| match self.segment(name) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // It was too old; so are its labels.
                for place in &places {
                    let _there_may_be_none = fs::remove_file(place.join(name));
                }
                None
            }
            Err(_) => None,
        });
        segments.collect()
    }

    /// Adds a segment with these labels.
    ///
    /// # Errors
    /// If it cannot be written, or is too large.
    pub(crate) fn add(&self, labels: &[Vec<u8>], sections: &[(&str, Vec<u8>)]) -> Result<(), Error> {
        let bytes = sealed::seal(&self.key.derive("seal"), sections)?;
        let failed = |source| Error::Io { path: self.folder.clone(), source };
        if bytes.len() as u64 > LARGEST.min(self.most) {
            return Err(failed(io::ErrorKind::FileTooLarge.into()));
        }
        let mut name = [0; DIGITS / 2];
        getrandom::fill(&mut name).map_err(Error::Random)?;
        let name = HEXLOWER.encode(&name);
        let segments = self.folder.join("segments");
        write(&segments, &name, &bytes).map_err(failed)?;
        for label in labels {
            let place = self.label(label);
            make_folder(&place).map_err(failed)?;
            if fs::read_dir(&place).map_err(failed)?.take(PER_LABEL).count() < PER_LABEL {
                atomic_file::replace_private(&place.join(&name), &[]).map_err(failed)?;
            }
        }
        self.tidy(&segments);
        Ok(())
    }

    fn label(&self, label: &[u8]) -> PathBuf {
        let tag = self.key.tag("label", &[label]);
        self.folder.join("labels").join(HEXLOWER.encode(&tag[..DIGITS / 2]))
    }

    /// A segment; `None` if it is none of this user's.
    fn segment(&self, name: &str) -> io::Result<Option<Sealed>> {
        let segments = self.folder.join("segments");
        let path = segments.join(name).with_extension(ENDING);
        // No link is followed: it could point to a device, or to another's file.
        let seen = fs::symlink_metadata(&path)?;
        if !seen.is_file() || seen.len() > LARGEST || !is_folder(&segments) {
            return Ok(None);
        }
        Sealed::open(self.key.derive("seal"), File::open(path)?)
    }

    /// Removes the oldest segments above the limit, and what a crash left.
    fn tidy(&self, segments: &Path) {
        let Ok(entries) = fs::read_dir(segments) else { return };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in entries.flatten() {
            let Ok(seen) = entry.metadata() else { continue };
            let modified = seen.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == ENDING) {
                files.push((modified, seen.len(), path));
            } else if atomic_file::is_passing(&entry.file_name())
                && modified.elapsed().is_ok_and(|age| age > LEFT_BEHIND)
            {
                let _another_run_did = fs::remove_file(path);
            }
        }
        files.sort_by(|one, other| other.cmp(one));
        let mut sum = 0;
        for (_, len, path) in files {
            sum += len;
            if sum > self.most {
                let _another_run_did = fs::remove_file(path);
            }
        }
    }
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|seen| seen.is_dir())
}

fn is_name(name: &str) -> bool {
    name.len() == DIGITS && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(folder: &Path, key: u8) -> Segments {
        Segments { key: Key::of([key; 32]), folder: folder.to_owned(), most: MOST }
    }

    fn texts(found: &[Sealed]) -> Vec<String> {
        let text = |sealed: &Sealed| String::from_utf8(sealed.section("a")?).ok();
        let mut texts: Vec<String> = found.iter().filter_map(text).collect();
        texts.sort();
        texts
    }

    fn label(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    #[test]
    fn a_segment_is_found_by_each_of_its_labels_and_by_its_key_alone() {
        let dir = tempfile::tempdir().expect("a folder can be made");
        let (own, others) = (segments(dir.path(), 1), segments(dir.path(), 2));
        let add = |to: &Segments, labels: &[&str], text: &str| {
            let labels: Vec<_> = labels.iter().map(|text| label(text)).collect();
            to.add(&labels, &[("a", text.into())]).expect("it can be written");
        };
        add(&own, &["x", "y"], "one");
        add(&own, &["y"], "two");
        add(&others, &["x"], "foreign");
        let find = |labels: &[&str]| {
            let labels: Vec<_> = labels.iter().map(|text| label(text)).collect();
            texts(&own.find(&labels))
        };
        assert_eq!(find(&["x"]), ["one"]);
        assert_eq!(find(&["x", "y"]), ["one", "two"]);
        assert_eq!(find(&["z"]), [""; 0]);
        // Under a label of this user's, what is another's, damaged, a link or a folder is passed over.
        let file = |name: &str| dir.path().join("segments").join(format!("{name}.cache"));
        let place = own.label(b"x");
        let all: Vec<PathBuf> = fs::read_dir(dir.path().join("segments"))
            .expect("it is there")
            .map(|entry| entry.expect("it is one").path())
            .collect();
        for path in &all {
            let name = path.file_stem().expect("it has one");
            fs::write(place.join(name), "").expect("it can be written");
        }
        for (name, content) in [("0", Some(&b"no cache"[..])), ("1", None)] {
            let name = name.repeat(DIGITS);
            fs::write(place.join(&name), "").expect("it can be written");
            match content {
                Some(content) => fs::write(file(&name), content).expect("it can be written"),
                None => fs::create_dir(file(&name)).expect("it can be made"),
            }
        }
        fs::write(place.join("../../segments"), "").expect_err("it is a folder");
        assert_eq!(find(&["x"]), ["one", "two"]);
        for path in &all {
            let mut bytes = fs::read(path).expect("it is there");
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            fs::write(path, bytes).expect("it can be written");
        }
        assert_eq!(find(&["x", "y"]), [""; 0]);
        // A label of a segment that is gone goes too.
        all.iter().for_each(|path| fs::remove_file(path).expect("it is there"));
        assert_eq!(find(&["x"]), [""; 0]);
        assert_eq!(fs::read_dir(&place).expect("it is there").count(), 2);
    }

    #[test]
    fn the_oldest_segments_go_when_there_is_too_much() {
        let dir = tempfile::tempdir().expect("a folder can be made");
        let limited = Segments { most: 2500, ..segments(dir.path(), 1) };
        for at in 0..5_u64 {
            let before: Vec<_> = files(dir.path());
            limited.add(&[label("x")], &[("a", vec![b'0' + at as u8; 1000])]).expect("it can be written");
            let new = files(dir.path()).into_iter().find(|path| !before.contains(path)).expect("one came");
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at + 1);
            File::options().append(true).open(new).expect("it is there").set_modified(time).expect("it can");
        }
        // The newest had today's date when the others were weighed.
        let kept: Vec<char> =
            texts(&limited.find(&[label("x")])).iter().filter_map(|text| text.chars().next()).collect();
        assert_eq!(kept, ['3', '4']);
        let too_large = limited.add(&[label("x")], &[("a", vec![0; 3000])]);
        assert!(too_large.is_err());
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder.join("segments")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }
}
