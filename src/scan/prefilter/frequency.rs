//! How rare a byte is after another: with this model the prefilter chooses which part of a literal to search
//! for.
//!
//! Counted over 15 MB of source code, documentation and configuration of public projects. The figures
//! decide speed only, never what is found.

/// Kinds of bytes: the letters without case, digits, blanks (and zero bytes, which the prefilter folds to
/// blanks), line ends and tabs, `_` and `-`, other ASCII, the rest.
const KINDS: usize = 32;

const fn kind(byte: u8) -> usize {
    match byte.to_ascii_lowercase() {
        letter @ b'a'..=b'z' => (letter - b'a') as usize,
        b'0'..=b'9' => 26,
        b' ' | 0 => 27,
        b'\t' | b'\n' | b'\r' => 28,
        b'_' | b'-' => 29,
        b'!'..=b'~' => 30,
        _ => 31,
    }
}

/// Surprise of a byte of each kind, in half bits as digits of base 36: the higher, the rarer.
const ALONE: &[u8; KINDS] = b"9dab7ccc9jfac99bi998beffeji5bcgr";

/// The same for a byte of the column's kind after one of the row's.
const AFTER: [&[u8; KINDS]; KINDS] = [
    b"ha79jfamamf687mam775cehfcilajglw",
    b"6fee6gij99k5dj8hk9ag6jkl9mhbhdhs",
    b"7ibg7hk6cn89dj5gnae5bjljgokajejv",
    b"8efa4gjj7kldhf9hmebgaijgfok5aagu",
    b"ag89daejgmn9b7gcc678gddaemm6ebgy",
    b"8jhea9hj5nlagf6il9abammldnj5fcht",
    b"biej5idb5kmdfabgm88daeimhjm6ebgt",
    b"6khh3jmk7njifg7hnce9bkknjjk7fbhu",
    b"cb99b9aolpi8a47cka76mbpepcpfljmv",
    b"agef3gggdgeggg5dfg7g9gbggghajdin",
    b"cffd4ebh8jidgcaghf8cceejhjj6e9fq",
    b"7fgb5cij6oj7ih7eoh9a9ghnbmo8fdhv",
    b"5cid4kil7nhc8e77ij9ebjljemm9ieiu",
    b"8i967a7jamdegd8gkg86bdmofmo7fchv",
    b"dba9gaclcid985aap5a98dbikjp8felw",
    b"5igc5ggeamh7hj79n6b7akijcol9idiu",
    b"ffehggghihh8ghghgefh1ihihhjajeio",
    b"8ecb4gbl8oeeca7hoa98aehobpo7fdhw",
    b"cjbf5iea8peffibbhg859hhoekp6ecfw",
    b"8lcg6gj67qlffi8dp8acblggbmm6f9hx",
    b"999b7bcm9on796f8o676kmogmkpdnkmu",
    b"4igi3hhj7kkjgc9iljchjhkkjjgbjcir",
    b"7hfd7ii64ljega7gk8aeijcjkjl8fbhq",
    b"ah9e8fhh8jjhchg4jge6giiccjg7fafq",
    b"defhbhhjdjjbac96kd8aiigkihl4c9er",
    b"9gee2fhhahhfcg9fgfdgbfffbbiadfhn",
    b"dcdcdeihijiifhihjiggfhidji97bcdp",
    b"acacbcfeajiddccckba9efdlimi2qffv",
    b"fgcecdchclmgdghflccaighnmnn45ggv",
    b"9b8989cc9gea9aa9h988ccbjkihai9iv",
    b"cdbccdddchhdccdcibabfffijlh47gdr",
    b"feefefffffeffeeffefeefefffhafggf",
];

/// Words and signs that are frequent in source code, which pairs of bytes cannot show.
pub(super) const COMMON: &str = "\
    ---- ==== **** #### //// ____ .... \
    action active activerecord activesupport actual adapter added after allow also always ansible \
    append application apply argc args argument arguments argv array assert attr attribute \
    attributes author available base been before blob block body bool branch break buffer build byte \
    bytes cache call called case change changed changes char check checkout child class clear client \
    clone close code collection color column command commands comment commit commits common config \
    configuration connection const content context continue controller copy copyright core count \
    create created current custom data database date debug default define defined delete description \
    dest dict diff directory display does done each echo either else email empty enabled encoding \
    ensure entry enum environment equal error errors even event example except exception exist \
    existing exists exit expect expected export facts fail failed false fetch field file filename \
    files filter find finished first flags float force form format found free from frozen full func \
    function general generate github given grep group handler hash have head header heads hello help \
    helper histogram hook host hosts html http https ignore import include index info init initial \
    inline input instance instead integer internal into invalid item items jemalloc join json keys \
    label labels last later left length level license like limit line lines link list literal load \
    local lock logger long lookup main make many master match memory merge message meta metadata \
    method missing mode model module more multiple must name names namespace need next node nodoc \
    none note null number object objects offset only open option options opts order origin original \
    other output pack params parent parse parser part pass patch path paths pattern plugin pool port \
    post prefix primary print printf private proc process prometheus public push python query rails \
    raise range read rebase record redis refs register release remote remove replace repo repository \
    request require required reset response result results return returns role root ruby same sample \
    schema script second seconds section select self send series server service setup short should \
    show side since size sizeof skip software some sort source specified split start stat state \
    static status stdin stdout storage store strbuf string struct submodule success such super \
    support system table tags target task tasks template test testcase testing tests text than that \
    them then there these this thread time timeout title topic trace tree true type types uint under \
    unit unless unsigned update usage used user using utils valid value values variable vars verify \
    version void wait want warning when where which while will with without work write yaml your \
    zero \
    ";

const fn half_bits(digit: u8) -> i32 {
    (if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 }) as i32
}

/// Surprise of a byte if nothing before it is known, in half bits.
pub(super) const fn alone(byte: u8) -> i32 {
    half_bits(ALONE[kind(byte)])
}

/// Surprise of `byte` after `before`, in half bits.
pub(super) const fn after(before: u8, byte: u8) -> i32 {
    half_bits(AFTER[kind(before)][kind(byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_pairs_surprise_less_than_rare_ones() {
        assert!(alone(b'e') < alone(b'g') && alone(b'g') < alone(b'q'));
        assert!(after(b't', b'h') < after(b't', b'q'));
        assert!(after(b' ', b' ') < after(b'k', b'z'));
    }
}
