//! A cache of fingerprints: in an incremental run the memory-hard hash takes longer than all the rest.

use super::{Salt, fingerprint};
use crate::model::{Fingerprint, Secret};
use crate::record::{Reader, Writer};
use std::collections::HashMap;

/// How many names are kept; above that, only those that were used are kept.
const MOST: usize = 100_000;

/// The names of secrets that a person may have chosen, under salts.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// With each name whether it was used.
    known: HashMap<(Salt, Secret), (Fingerprint, bool)>,
    has_grown: bool,
}

impl Names {
    /// The fingerprints of `secrets`, in their order; those that are not known are computed on all threads.
    pub(super) fn of_all(&mut self, secrets: &[&Secret], salt: &Salt) -> Vec<Fingerprint> {
        let mut names = vec![None; secrets.len()];
        let mut unknown = Vec::new();
        for (at, &secret) in secrets.iter().enumerate() {
            match self.known.get_mut(&(*salt, secret.clone())) {
                Some((name, was_asked)) => {
                    *was_asked = true;
                    names[at] = Some(*name);
                }
                None => unknown.push(secret),
            }
        }
        let computed = fingerprint::of_all(&unknown, salt);
        for (&secret, &name) in unknown.iter().zip(&computed) {
            if fingerprint::could_be_chosen(secret.expose()) {
                self.known.insert((*salt, secret.clone()), (name, true));
                self.has_grown = true;
            }
        }
        let mut computed = computed.into_iter();
        let mut or_computed = |name: Option<Fingerprint>| name.or_else(|| computed.next());
        names.into_iter().map(|name| or_computed(name).expect("what is not known was computed")).collect()
    }

    /// True if there is a name that was not known before.
    pub fn has_grown(&self) -> bool {
        self.has_grown
    }

    /// Writes them down.
    pub fn write(&self, out: &mut Writer) {
        let all = self.known.len() <= MOST;
        let kept: Vec<_> = self.known.iter().filter(|(_, (_, was_asked))| all || *was_asked).collect();
        out.list(kept, |out, ((salt, secret), (name, _))| {
            out.raw(salt.bytes());
            out.bytes(secret.expose());
            out.raw(&name.0.to_le_bytes());
        });
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(from: &mut Reader<'_>) -> Option<Self> {
        let rows = from.list(|from| {
            let salt = Salt::of(from.raw(16)?.try_into().ok()?);
            let secret = Secret::new(from.bytes()?);
            let name = Fingerprint(u64::from_le_bytes(from.raw(8)?.try_into().ok()?));
            Some(((salt, secret), (name, false)))
        })?;
        from.is_done().then(|| Self { known: rows.into_iter().collect(), has_grown: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_known_is_the_one_that_would_be_computed() {
        let secrets =
            ["hunter2", "q7Zk2Lw9Xb4Tn6Vc1Rm8Pd3S", "correct horse"].map(|text| Secret::new(text.as_bytes()));
        let computed = fingerprint::of_all(&secrets.each_ref(), &Salt::FIXED);
        let mut names = Names::default();
        assert_eq!(names.of_all(&[&secrets[2]], &Salt::FIXED), computed[2..]);
        assert_eq!(names.of_all(&secrets.each_ref(), &Salt::FIXED), computed);
        let mut out = Writer::default();
        names.write(&mut out);
        let bytes = out.finish();
        let mut again = Names::read(&mut Reader::new(&bytes)).expect("nothing is missing");
        assert_eq!((again.known.len(), again.has_grown()), (2, false));
        assert_eq!(again.of_all(&secrets.each_ref(), &Salt::FIXED), computed);
        assert!(!again.has_grown());
        assert!((0..bytes.len()).all(|cut| Names::read(&mut Reader::new(&bytes[..cut])).is_none()));
    }
}
