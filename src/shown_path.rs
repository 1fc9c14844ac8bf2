//! How a path is printed, in every report and message: with `/` on every system, and with escapes for bytes that are no text.

use std::path::Path;

/// A path as keydredge prints it.
///
/// Windows writes `\`, and `\\?\` before what it has made absolute. A path with `/` is the same file there, and the same
/// text as in a report from elsewhere.
pub fn shown_path(path: &Path) -> String {
    let text = display_path(path.as_os_str().as_encoded_bytes());
    if cfg!(windows) { without_verbatim(&text) } else { text }
}

/// A path as keydredge prints and matches it: with `/`, and bytes that are not UTF-8 as `\xNN`.
pub fn display_path(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if cfg!(windows) { out.replace('\\', "/") } else { out }
}

/// A path of Windows, already with `/`, without the mark of one that is taken as it is: `//?/C:/a`, `//?/UNC/host/share`.
fn without_verbatim(text: &str) -> String {
    match text.strip_prefix("//?/") {
        Some(rest) => rest.strip_prefix("UNC/").map_or_else(|| rest.to_owned(), |share| format!("//{share}")),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_marks_are_taken_off() {
        for (text, expected) in [
            ("//?/C:/a/b", "C:/a/b"),
            ("//?/UNC/host/share/a", "//host/share/a"),
            ("C:/a", "C:/a"),
            ("a/b", "a/b"),
        ] {
            assert_eq!(without_verbatim(text), expected);
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_path_of_windows_has_slashes() {
        assert_eq!(shown_path(Path::new(r"\\?\C:\a\b.env")), "C:/a/b.env");
        assert_eq!(shown_path(Path::new(r"a\b.env")), "a/b.env");
    }

    #[cfg(unix)]
    #[test]
    fn a_backslash_is_a_letter_elsewhere_and_other_bytes_are_escaped() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(shown_path(Path::new(r"a\b")), r"a\b");
        let bytes = std::ffi::OsStr::from_bytes(b"a\xff/b");
        assert_eq!(shown_path(Path::new(bytes)), r"a\xff/b");
    }
}
