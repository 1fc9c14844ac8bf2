//! What undoes the filters of a stream, save the one that is zlib's.
//!
//! Source: ISO 32000-1, 7.4.

use super::{LARGEST, entry};

pub(super) fn hex(data: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = data
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| char::from(byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

pub(super) fn ascii85(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut group, mut count) = (0_u32, 0);
    for &byte in data {
        match byte {
            b'~' => break,
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(&group.to_be_bytes()[..count - 1]);
    }
    out
}

pub(super) fn run_lengths(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = data;
    while let [length, more @ ..] = rest {
        match usize::from(*length) {
            128 => break,
            length @ 0..128 => {
                let (own, after) = more.split_at(more.len().min(length + 1));
                out.extend_from_slice(own);
                rest = after;
            }
            length => {
                let Some((byte, after)) = more.split_first() else { break };
                out.extend(std::iter::repeat_n(*byte, 257 - length));
                rest = after;
            }
        }
    }
    out
}

/// LZW with codes of 9 to 12 bits that grow one code early, as in TIFF.
pub(super) fn lzw(data: &[u8]) -> Vec<u8> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut out: Vec<u8> = Vec::new();
    // Each code from 258 on: where in the output it is, and how long.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut bits, mut have, mut width) = (0_u32, 0, 9);
    let mut last: Option<(usize, usize)> = None;
    for &byte in data {
        bits = bits << 8 | u32::from(byte);
        have += 8;
        if have < width {
            continue;
        }
        have -= width;
        let code = (bits >> have) as usize & ((1 << width) - 1);
        bits &= (1 << have) - 1;
        let at = out.len();
        match code {
            CLEAR => {
                table.clear();
                (width, last) = (9, None);
                continue;
            }
            END => break,
            0..CLEAR => out.push(code as u8),
            code => {
                // A code that is just being made is the last one with its first byte again.
                let known = table.get(code - 258).copied();
                let Some((from, len)) = known.or(last.map(|(from, len)| (from, len + 1))) else { break };
                for offset in 0..len {
                    let Some(&byte) = out.get(from + offset) else { break };
                    out.push(byte);
                }
            }
        }
        if out.len() as u64 > LARGEST {
            break;
        }
        if let Some((from, len)) = last
            && table.len() < 4096 - 258
        {
            table.push((from, len + 1));
        }
        last = Some((at, out.len() - at));
        width = match table.len() + 258 + 1 {
            0..512 => 9,
            512..1024 => 10,
            1024..2048 => 11,
            _ => 12,
        };
    }
    out
}

/// The length of a row in bytes if the dictionary says that samples are predicted from those before them: 0 if they are
/// in a way that is not undone. Streams of objects and tables use it, too, for rows of bytes.
pub(super) fn predictor(dictionary: &[u8]) -> Option<usize> {
    let number = |key: &[u8]| {
        let value = entry(dictionary, key)?;
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&value[..digits]).ok()?.parse::<usize>().ok()
    };
    let kind = number(b"/Predictor").filter(|kind| *kind > 1)?;
    let is_bytes = number(b"/Colors").unwrap_or(1) == 1 && number(b"/BitsPerComponent").unwrap_or(8) == 8;
    Some(if kind >= 10 && is_bytes { number(b"/Columns").unwrap_or(1) } else { 0 })
}

/// The rows of PNG's predictions, a byte a sample, as they were; `None` for rows of no length or an unknown kind.
pub(super) fn without_prediction(content: &[u8], row: usize) -> Option<Vec<u8>> {
    let mut plain: Vec<u8> = Vec::with_capacity(content.len());
    if row == 0 {
        return None;
    }
    for line in content.chunks(row.saturating_add(1)) {
        let (kind, samples) = line.split_first()?;
        let start = plain.len();
        for (at, &sample) in samples.iter().enumerate() {
            let before = |back: usize| plain[start + at - back];
            let left = if at == 0 { 0 } else { before(1) };
            let up = if start == 0 { 0 } else { before(row) };
            let corner = if start == 0 || at == 0 { 0 } else { before(row + 1) };
            let predicted = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return None,
            };
            plain.push(sample.wrapping_add(predicted));
        }
    }
    Some(plain)
}

/// The one of three samples that is nearest to what the other two suggest.
fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i32::from(left) + i32::from(up) - i32::from(corner);
    let far = |sample: u8| (guess - i32::from(sample)).abs();
    [left, up, corner].into_iter().min_by_key(|&sample| far(sample)).unwrap_or(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_are_undone_row_by_row() {
        let plain = b"token=abcdefghijklmnop!xyz";
        for row in [1, 4, 5, 30] {
            for kind in 0..=4_u8 {
                let mut packed = Vec::new();
                for (number, line) in plain.chunks(row).enumerate() {
                    packed.push(kind);
                    for (at, &sample) in line.iter().enumerate() {
                        let here = number * row + at;
                        let of = |is_there: bool, back: usize| if is_there { plain[here - back] } else { 0 };
                        let (left, up) = (of(at > 0, 1), of(number > 0, row));
                        let corner = of(at > 0 && number > 0, row + 1);
                        let average = ((u16::from(left) + u16::from(up)) / 2) as u8;
                        let guess = [0, left, up, average, paeth(left, up, corner)][usize::from(kind)];
                        packed.push(sample.wrapping_sub(guess));
                    }
                }
                assert_eq!(without_prediction(&packed, row).as_deref(), Some(&plain[..]), "{row} {kind}");
            }
        }
        assert_eq!(without_prediction(b"\x05a", 1), None);
        assert_eq!(without_prediction(b"abc", 0), None);
        assert_eq!(without_prediction(b"\0", usize::MAX).as_deref(), Some(&b""[..]));
        assert_eq!(predictor(b"<</Predictor 12/Columns 8>>"), Some(8));
        assert_eq!(predictor(b"<</Predictor 1/Columns 8>>"), None);
        assert_eq!(predictor(b"<</Columns 8>>"), None);
        assert_eq!(predictor(b"<</Predictor 2/Columns 8>>"), Some(0));
        assert_eq!(predictor(b"<</Predictor 15/Columns 8/Colors 3>>"), Some(0));
    }
}
