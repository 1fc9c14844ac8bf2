//! What must hold for any bytes of a cache that was opened: the bodies of their fuzz targets, which the tests run too.
//!
//! A cache is sealed, so that nobody else can write one. What is read of it is checked all the same.

use super::checkpoint::Checkpoint;
use super::results::{read, read_kept, write, write_kept};
use crate::record::{Reader, Writer};

/// Rules of the catalogue of a trial.
const RULES: usize = 100;

/// The section `data` of a cache, as each kind of section: nothing, or what is written again and read is the same.
pub fn cache(data: &[u8]) {
    if let Some(results) = read(&mut Reader::new(data), RULES) {
        let once = written(|out| write(out, &results));
        let again = read(&mut Reader::new(&once), RULES).expect("what was written can be read");
        assert_eq!(written(|out| write(out, &again)), once, "it is another when it is read again");
    }
    if let Some(kept) = read_kept(&mut Reader::new(data), RULES) {
        let once = written(|out| write_kept(out, &kept));
        assert!(read_kept(&mut Reader::new(&once), RULES).is_some(), "what was written can be read");
    }
    if let Some(checkpoint) = Checkpoint::read(data) {
        let _any_number = checkpoint.total();
    }
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::default();
    write(&mut out);
    out.finish()
}
