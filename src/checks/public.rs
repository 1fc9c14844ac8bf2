//! Secrets that everyone knows: examples of documentation, keys of emulators, test keys. They open
//! nothing, whatever their checksum says.
//!
//! Stored as the first eight bytes of their SHA-256, so that this file contains none of them.

use super::encoded::base64;
use crate::rules::checksum::sha256;

/// True if the secret is one of them. A private key in armour is compared by its bytes, however they are laid out.
pub(crate) fn is_public(secret: &[u8]) -> bool {
    // The longest that is not a key has 88 bytes; anything longer needs no digest.
    let known = |bytes: &[u8]| PUBLIC.binary_search(&digest(bytes)).is_ok();
    secret.len() <= 128 && known(secret) || key_bytes(secret).is_some_and(|bytes| known(&bytes))
}

/// The bytes of a private key in armour, if it is short enough to be one that everyone knows.
fn key_bytes(secret: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(secret).ok().filter(|text| (200..4096).contains(&text.len()))?;
    let (_, rest) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let body = body.replace("\\r", "").replace("\\n", "");
    let body: Vec<u8> =
        body.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).collect();
    base64(&body)
}

fn digest(secret: &[u8]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = sha256(secret);
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Digests, sorted.
const PUBLIC: &[u64] = &[
    0x0011_cc25_eb43_2071, // Azurite, the emulator of Azure Storage
    0x00cf_4c78_1dc3_7003, // RFC 6749, refresh token
    0x02f7_ce3c_263f_85c0, // Discord's documentation, bot token
    0x03b9_70ed_8171_d73b, // reCAPTCHA, test site key
    0x051d_093c_4bde_dbf2, // jwt.io, signature of the older example
    0x099d_a475_a54a_acba, // RFC 8032, first Ed25519 seed
    0x0b5d_d075_ccdd_03c4, // Telegram's documentation, revoked token
    0x0e9d_2206_16f0_8345, // user:pass in base64
    0x0fff_9ee6_71b0_5ea2, // hCaptcha, test secret
    0x1e3e_5865_6012_d861, // Turnstile, always fails
    0x2caf_c097_0149_a84f, // Stripe's documentation, test key
    0x549c_9390_539e_fcfa, // RFC 6238, seed
    0x56fb_5326_a1d7_2a40, // Vagrant's insecure key, RSA: its bytes
    0x5785_9218_5588_730b, // Ganache's first account
    0x59a2_72fc_32b4_7dc4, // GitHub's blog on npm token formats
    0x6c96_130f_130a_b0d6, // RFC 6749, access token
    0x731f_a294_d036_e54f, // Telegram's documentation, made-up token
    0x73f7_1af0_93fd_f154, // RFC 2617, Aladdin
    0x7831_4b11_be2e_5815, // AWS documentation, secret access key
    0x841b_4f5b_0b34_e19a, // Turnstile, spent token
    0x8be5_d113_c087_1ce1, // the seed in documentation of one-time passwords
    0x9738_0bed_40c7_6b62, // the XRP Ledger's documentation, the genesis account
    0x976b_57ee_8acd_fcf4, // GitHub's blog on token formats
    0xa4b8_b245_ab28_bc4f, // kubeadm's documentation, bootstrap token
    0xaa65_4743_9583_c3a2, // the emulator of Cosmos DB
    0xb8e1_4854_5b13_c78b, // RFC 6749 and 6750, access token
    0xbc1a_5096_6c9e_6486, // Hardhat's first account
    0xbdfe_aef4_4475_711c, // user:password in base64
    0xc68c_1b1e_6727_cd0e, // Vagrant's insecure key, Ed25519: its bytes
    0xc85d_ebb5_5f2f_204d, // Supabase's command line, local secret key
    0xcf4d_418e_d3de_92d7, // RFC 7617, Aladdin
    0xe21b_597b_a6b9_cafa, // AWS documentation, another spelling
    0xe4da_07ad_2000_89ce, // username:password in base64
    0xe997_4c50_7d2a_8021, // RFC 6749, client secret
    0xeaa5_581c_2e8d_2f44, // jwt.io, signature of the newer example
    0xf2d6_ca16_5150_33e5, // Stripe's older documentation, test key
    0xf5e9_5c99_5463_5b65, // reCAPTCHA, test secret
    0xfb8f_3512_9df8_7662, // Turnstile, always passes
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_handed_out_with_a_program_is_known_by_its_bytes() {
        // A key of three bytes replaces a known one: its digest is looked up and not found.
        let armour =
            |body: &str| format!("-----BEGIN RSA PRIVATE KEY-----\\n{body}\\n-----END RSA PRIVATE KEY-----");
        let body = "QUJD".repeat(60);
        assert_eq!(key_bytes(armour(&body).as_bytes()), Some(b"ABC".repeat(60)));
        assert_eq!(key_bytes(armour(&body).replace("\\n", "\n").as_bytes()), Some(b"ABC".repeat(60)));
        assert!(!is_public(armour(&body).as_bytes()));
        assert_eq!(key_bytes(b"-----BEGIN"), None);
    }

    #[test]
    fn examples_of_documentations_are_known_and_their_neighbours_are_not() {
        assert!(PUBLIC.is_sorted());
        for (first, second) in [
            ("sk_test_4eC39HqLyj", "WDarjtT1zdp7dc"),
            ("110201543:AAHdqTcvCH1v", "GWJxfSeofSAs0K5PALDsaw"),
            ("QWxhZGRpbjpvcGVu", "IHNlc2FtZQ=="),
        ] {
            let secret = format!("{first}{second}");
            assert!(is_public(secret.as_bytes()), "{secret}");
            assert!(!is_public(&secret.as_bytes()[1..]), "{secret}");
        }
        assert!(!is_public(&[b'a'; 1000]));
    }
}
