//! As much of BSON (<https://bsonspec.org/spec.html>) as a login needs: documents are written field by field, and read by name.

/// A document on its way.
#[derive(Default)]
pub(super) struct DocumentWriter(Vec<u8>);

impl DocumentWriter {
    fn field(mut self, kind: u8, name: &str, value: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend(name.bytes().filter(|&byte| byte != 0));
        self.0.push(0);
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn number(self, name: &str, value: i32) -> Self {
        self.field(0x10, name, &value.to_le_bytes())
    }

    pub(super) fn text(self, name: &str, value: &str) -> Self {
        let ended = [value.as_bytes(), b"\0"].concat();
        self.field(2, name, &[&length(ended.len())[..], &ended].concat())
    }

    pub(super) fn truth(self, name: &str, value: bool) -> Self {
        self.field(8, name, &[u8::from(value)])
    }

    pub(super) fn bytes(self, name: &str, value: &[u8]) -> Self {
        self.field(5, name, &[&length(value.len())[..], &[0], value].concat())
    }

    pub(super) fn document(self, name: &str, value: Self) -> Self {
        let value = value.finish();
        self.field(3, name, &value)
    }

    /// A field whose value is that of another document.
    pub(super) fn copied(self, name: &str, (kind, value): (u8, &[u8])) -> Self {
        self.field(kind, name, value)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        [&length(self.0.len() + 5)[..], &self.0, &[0]].concat()
    }
}

fn length(count: usize) -> [u8; 4] {
    // What is written is as long as names and proofs are.
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes()
}

/// The fields of a document or a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct BsonFields<'d>(&'d [u8]);

impl<'d> BsonFields<'d> {
    /// Those of the document that is all of `bytes`.
    pub(super) fn of(bytes: &'d [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let body = rest.strip_suffix(&[0])?;
        (u32::from_le_bytes(*length) as usize == bytes.len()).then_some(Self(body))
    }

    /// Kind and value of the first field with this name.
    pub(super) fn value(mut self, name: &str) -> Option<(u8, &'d [u8])> {
        Iterator::find(&mut self, |(own, ..)| *own == name.as_bytes()).map(|(_, kind, value)| (kind, value))
    }

    pub(super) fn text(self, name: &str) -> Option<&'d str> {
        text(self.value(name)?)
    }

    pub(super) fn bytes(self, name: &str) -> Option<&'d [u8]> {
        let (5, value) = self.value(name)? else { return None };
        value.get(5..)
    }

    /// A number of any of the kinds that servers use, if it is a whole one.
    pub(super) fn number(self, name: &str) -> Option<i64> {
        let (kind, value) = self.value(name)?;
        match kind {
            0x10 => Some(i64::from(i32::from_le_bytes(value.try_into().ok()?))),
            0x12 => Some(i64::from_le_bytes(value.try_into().ok()?)),
            1 => whole(f64::from_le_bytes(value.try_into().ok()?)),
            _ => None,
        }
    }

    pub(super) fn truth(self, name: &str) -> Option<bool> {
        let (8, &[value]) = self.value(name)? else { return None };
        Some(value == 1)
    }

    /// The texts of a list.
    pub(super) fn texts(self, name: &str) -> Option<Vec<&'d str>> {
        let (4, list) = self.value(name)? else { return None };
        Some(BsonFields::of(list)?.filter_map(|(_, kind, value)| text((kind, value))).collect())
    }
}

/// The number, if it has no fraction and is as small as codes are.
fn whole(number: f64) -> Option<i64> {
    (0..=100_000).find(|&code| f64::from(code) == number).map(i64::from)
}

fn text((kind, value): (u8, &[u8])) -> Option<&str> {
    std::str::from_utf8(value.get(4..)?.strip_suffix(&[0])?).ok().filter(|_| kind == 2)
}

impl<'d> Iterator for BsonFields<'d> {
    type Item = (&'d [u8], u8, &'d [u8]);

    /// Name, kind and value of the next field; none at the end, or at what is no field.
    fn next(&mut self) -> Option<Self::Item> {
        let (&kind, rest) = self.0.split_first()?;
        let end = memchr::memchr(0, rest)?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let counted = || rest.first_chunk::<4>().map(|count| u32::from_le_bytes(*count) as usize);
        let size = match kind {
            1 | 9 | 0x11 | 0x12 => 8,
            2 | 0x0d => counted()?.checked_add(4)?,
            3 | 4 => counted()?,
            5 => counted()?.checked_add(5)?,
            6 | 0x0a | 0xff | 0x7f => 0,
            7 => 12,
            8 => 1,
            0x0b => {
                let first = memchr::memchr(0, rest)? + 1;
                first + memchr::memchr(0, rest.get(first..)?)? + 1
            }
            0x10 => 4,
            0x13 => 16,
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(size)?;
        self.0 = rest;
        Some((name, kind, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let inner = DocumentWriter::default().text("0", "SCRAM-SHA-1").text("1", "SCRAM-SHA-256").finish();
        let document = DocumentWriter::default()
            .number("code", 18)
            .copied("ok", (1, &1_f64.to_le_bytes()))
            .copied("half", (1, &0.5_f64.to_le_bytes()))
            .copied("at", (9, &[0; 8]))
            .copied("list", (4, &inner))
            .truth("done", true)
            .bytes("payload", b"v=x")
            .document("client", DocumentWriter::default().text("name", "k"))
            .text("errmsg", "no")
            .finish();
        let fields = BsonFields::of(&document).expect("it is a document");
        assert_eq!(
            (fields.number("code"), fields.number("ok"), fields.number("half")),
            (Some(18), Some(1), None)
        );
        assert_eq!((fields.text("errmsg"), fields.bytes("payload")), (Some("no"), Some(&b"v=x"[..])));
        assert_eq!((fields.truth("done"), fields.text("code")), (Some(true), None));
        assert_eq!(fields.texts("list").unwrap_or_default(), ["SCRAM-SHA-1", "SCRAM-SHA-256"]);
        assert!(BsonFields::of(&document[1..]).is_none() && BsonFields::of(b"").is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), name in "[a-z]{0,3}") {
            if let (Ok(length), Some(head)) = (u32::try_from(bytes.len()), bytes.first_chunk_mut::<4>()) {
                *head = length.to_le_bytes();
                *bytes.last_mut().expect("it has four") = 0;
            }
            if let Some(fields) = BsonFields::of(&bytes) {
                prop_assert!(fields.count() <= 200);
                let _ = (fields.text(&name), fields.number(&name), fields.bytes(&name), fields.texts(&name), fields.truth(&name));
            }
        }
    }
}
