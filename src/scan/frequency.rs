//! How rare a byte is: the model by which the prefilter picks the part of a literal to look for.
//!
//! Estimates for source code, configuration and prose with some binary data mixed in. They decide
//! speed only, never what is found.

/// Surprise of a case-folded byte in quarter bits: the higher, the rarer.
pub(super) const fn surprise(folded: u8) -> u32 {
    match folded {
        b' ' => 11,
        b'e' => 14,
        b't' => 16,
        b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 17,
        b'l' | b'd' | b'c' => 20,
        b'u' | b'm' | b'p' | b'h' => 22,
        b'f' | b'g' | b'0' | b'_' | 0x7f | b'*' => 24,
        b'y' | b'b' | b'1' | b'.' | b'"' | b'-' | b'/' | b'=' | b':' | b'(' | b')' | b',' => 26,
        b'v' | b'w' | b'2'..=b'9' | b'\'' => 28,
        b'k' | b'>' | b'<' | b'{' | b'}' | b';' => 30,
        b'x' | b'#' | b'$' | b'`' => 32,
        b'j' | b'z' | b'q' => 37,
        0x80..=0xff => 36,
        _ => 38,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_letters_surprise_less_than_rare_ones() {
        assert!(surprise(b'e') < surprise(b'g'));
        assert!(surprise(b'g') < surprise(b'q'));
    }
}
