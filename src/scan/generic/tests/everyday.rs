//! What everybody has in their files and is no secret: names of settings, selectors, translations, published constants,
//! addresses that ended. Each beside values of the same form that a machine drew, which are found.

use super::{ALNUM, all, drawn, secrets};
use crate::model::{Confidence, Worth};

const HEX: &[u8] = b"0123456789abcdef";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Nothing in the texts is reported by default.
fn are_silent(texts: &[&str]) {
    let loud: Vec<_> = texts.iter().filter(|text| !secrets(text, Confidence::Medium).is_empty()).collect();
    assert!(loud.is_empty(), "{loud:#?}");
}

/// Drawn values of several alphabets in the place of `§` are found in every form.
fn are_found(forms: &[&str]) {
    let mut missed = Vec::new();
    for form in forms {
        for (len, alphabet) in [(24, ALNUM), (32, HEX), (40, ALNUM)] {
            for seed in 1..=12 {
                let value = drawn(len, alphabet, seed);
                let found = secrets(&form.replace('§', &value), Confidence::Medium);
                if !found.iter().any(|found| found.contains(&value)) {
                    missed.push((form, value));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// A number in hexadecimal digits, as those of a digest.
fn digits(len: usize, seed: u64) -> String {
    drawn(len, HEX, seed)
}

#[test]
fn names_of_settings_and_members() {
    are_silent(&[
        "$q = tep_db_query(\"select x from t where configuration_key = 'MODULE_PAYMENT_PAYPAL_CARDTYPE_VISA_STATUS'\");",
        "insert into configuration (configuration_title, configuration_key, v) values ('A', 'OSCOM_APP_BRAINTREE_CC_STATUS', 'x');",
        "\"limit_key\": \"maxResults\",\n\"result_key\": \"simulationApplicationSummaries\"\n",
        "\"result_key\": \"invitations\"\n",
        "\"input_token\": \"nextToken\",\n\"output_token\": \"NextPageMarker\",\n",
        "{ label: \"Syndicated\", value: \"syndication\", countKey: \"syndication\" },",
        "$this->signature = 'ipayment|ipayment_pp|1.0|2.2';",
        "$config['password_ldap_search_filter'] = '(uid=%login)';",
        "$config['password_ldap_filter'] = '(&(objectClass=person)(mail=%u))';",
        "$config['password_ldap_userDN_mask'] = 'uid=%login,ou=people,dc=acme,dc=com';",
    ]);
    are_found(&[
        "configuration_key = '§';",
        "\"result_key\": \"§\"",
        "\"input_token\": \"§\"",
        "countKey: \"§\"",
        "$config['password_ldap_bind'] = '(§)';",
        "$config['password_ldap_bind'] = '§=,';",
        "limit_key = \"§\"",
    ]);
    for name in ["output_token", "result_key", "configuration_key"] {
        let words = (1..=40).map(|seed| drawn(20, LOWER, seed));
        let missed: Vec<String> = words
            .filter(|value| secrets(&format!("{name} = \"{value}\""), Confidence::Medium).is_empty())
            .collect();
        assert!(missed.len() <= 2, "{name}: {missed:?}");
    }
}

#[test]
fn what_pages_write_beside_a_password() {
    are_silent(&[
        "input[type=password]:disabled, input[type=password][readonly=\"readonly\"], input[type=email] {",
        "input[type=\"password\"][aria-invalid='true'] { border: 0 }",
        "<.password_requirement key=\"length\" label=\"At least 8 characters\" />",
        "<PasswordRule key=\"lowercase\" label=\"One lower-case letter\" />",
        "{children:[\"user / password: \",(0,s.jsx)(n.code,{children:\"default\"}),\" / \"]}",
        "e.hasAttribute(\"data-rr-is-password\")?\"password\":t?c(t):null}function W(e,t,n){return\"INPUT\"!==t||\"radio\"!==n",
    ]);
    are_found(&[
        "<Password value=\"§\" />",
        "<ApiToken key=\"§\" />",
        "login[password]=\"§\"",
        "config['type']['password'] = '§'",
        "{children:[\"user\"],password:\"§\"}",
        "if(password===\"§\"){",
        "password: \",(§\"",
    ]);
}

#[test]
fn drawn_letters_in_an_attribute_are_no_label() {
    let words = (1..=40).map(|seed| drawn(20, LOWER, seed));
    let missed: Vec<String> = words
        .filter(|value| secrets(&format!("<ApiToken key=\"{value}\" />"), Confidence::Low).is_empty())
        .collect();
    assert!(missed.len() <= 2, "{missed:?}");
}

#[test]
fn what_language_puts_beside_a_password() {
    are_silent(&[
        "VALUES ('tr-TR', N'Confirm password', N'Şifreyi Onayla')",
        "pw = power in watts, id/pw = identity and password\n",
        "ALTER USER crm PASSWORD :'crm_pw1';",
        "client_secret: GOCSPX-<snip>\n",
        "client_secret=GOCSPX-[redacted]\n",
        "fix: animation states\n\nImp walk/idles now blend; Imp fx/hits too\n",
        "Supplemental IMP package: (see IMP s3://bucket/ov/, s3://bucket/vf2/ASSETMAP.xml)\n",
        "Id: \"SmtpPassword\"\tModule: \"Core\"\nId: \"Theme\"\tModule: \"Core\"\tValue: \"Generic\"\n",
    ]);
    are_found(&[
        "VALUES ('tr-TR', N'Admin password', N'§')",
        "VALUES ('tr-TR', N'Confirm password', N'§')",
        "id/pw = ada and password\npw = §\n",
        "ALTER USER crm PASSWORD '§';",
        "client_secret: GOCSPX-§\n",
        "imp scott/§@orcl file=a.dmp\n",
        "imp scott/§\n",
        "$ IMP scott/§ FULL=Y\n",
        "Id: \"SmtpPassword\"\tModule: \"Core\"\tValue: \"§\"\nId: \"Theme\"\tModule: \"Core\"\n",
        "\tdb_password\t=\n\t\t\"§\"\n",
    ]);
}

#[test]
fn what_is_the_same_everywhere_or_of_no_use_alone() {
    let mac = format!("Private-MAC: {}\n", digits(40, 7));
    let request = "Postman-Token: 7be6d2b4-1f3a-4c5d-9e8f-0a1b2c3d4e5f\n";
    let wrapped = format!("sessionKey=\"AQIAAA5mAAAApAAA{}=\"", drawn(171, ALNUM, 3));
    are_silent(&[
        &mac,
        request,
        &wrapped,
        &["  ps4Passcode: frAQBc8Wsa1x", "VPfvJcrgRYwTiizs2trQ\n"].concat(),
        &["  key:\n    2b7e151628aed2a6", "abf7158809cf4f3c\n"].concat(),
        "echo $T | docker login -u -p oauth2accesstoken --password-stdin https://gcr.io\n",
        "totp = pyotp.TOTP('base32secret3232')",
        "API_TOKEN: change-me-before-production\n",
        "API_TOKEN: CHANGEME_IN_YOUR_DEPLOYMENT\n",
    ]);
    are_found(&[
        "Private-Key: §\n",
        "X-Api-Token: §\n",
        "sessionKey=\"§\"",
        "  ps4Passcode: §\n",
        "encryption_key = \"§\"",
        "docker login -u ada -p § gcr.io\n",
        "API_TOKEN: change-§\n",
        "API_TOKEN: changeme-§\n",
    ]);
}

#[test]
fn bytes_that_are_no_text() {
    let garbage = b"9\xfe5\xd3pPw: \xd0R\xf1\xb9\xc9(\xe8n\xd8os\xc5,.\x91e\n";
    let found = all(garbage);
    assert!(found.iter().all(|found| found.score < Confidence::Medium.floor()), "{found:?}");
    // A password in Latin-1.
    let latin = b"db_password = \"Gr\xfcnk0hl!Xq72vT\"\n";
    assert!(all(latin).iter().any(|found| found.score >= Confidence::Medium.floor()));
}

#[test]
fn a_hash_beside_its_salt_is_a_hash() {
    for (seed, len) in [(1, 40), (2, 64), (3, 32), (4, 128)] {
        let (hash, salt) = (digits(len, seed), digits(40, seed + 9));
        for text in [
            format!("  crypted_password: {hash}\n  salt: {salt}\n"),
            format!("  salt: {salt}\n  crypted_password: {hash}\n"),
            format!("\"password_sha1\": \"{hash}\", \"password_salt\": \"{salt}\""),
        ] {
            let found = all(text.as_bytes());
            let found: Vec<_> = found.iter().filter(|found| found.secret == hash.as_bytes()).collect();
            assert!(found.iter().all(|found| found.worth == Worth::Hash), "{text}: {found:?}");
        }
        // What a key is derived from has a salt as well.
        for text in [
            format!("  password: {hash}\n  salt: {salt}\n"),
            format!("  encryption_key: {hash}\n  salt: {salt}\n"),
            format!("  crypted_password: {hash}\n  login: ada\n"),
        ] {
            let found = all(text.as_bytes());
            let is_found = found.iter().any(|found| {
                found.secret == hash.as_bytes()
                    && found.worth == Worth::Whole
                    && found.score >= Confidence::Medium.floor()
            });
            assert!(is_found, "{text}: {found:?}");
        }
    }
}

#[test]
fn an_address_says_when_it_ends() {
    let (id, digest) = (drawn(40, ALNUM, 1), drawn(27, ALNUM, 2));
    let hex = digits(32, 3);
    let ends = |text: &str| -> Vec<Option<i64>> {
        all(text.as_bytes()).into_iter().map(|found| found.expires).collect()
    };
    for (text, wanted) in [
        (format!("\"http://cdn.acme.com/5dcb?e=1573634298&token={id}:{digest}=\""), 1_573_634_298),
        (format!("\"http://cdn.acme.com/5dcb?e=1573634298&amp;token={id}:{digest}=\""), 1_573_634_298),
        (format!("get(\"http://oss.acme.com/a.apk?auth_key=1565257974-{hex}-0-{hex}&x=y\");"), 1_565_257_974),
        (format!("https://d1.acme.com/a.mp4?Expires=1600000000&token={id}"), 1_600_000_000),
        (format!("https://d1.acme.com/a.mp4?token={id}&expires=1600000000"), 1_600_000_000),
        (
            format!(
                "https://b.acme.com/k?X-Amz-Date=20200101T000000Z&X-Amz-Expires=900&X-Amz-Security-Token={id}"
            ),
            1_577_837_700,
        ),
    ] {
        assert!(ends(&text).contains(&Some(wanted)), "{text}: {:?}", ends(&text));
    }
    for text in [
        // No end, no signature, another address's end, and a key that goes on.
        format!("\"http://cdn.acme.com/5dcb?token={id}:{digest}=\""),
        format!("\"http://cdn.acme.com/5dcb?e=1573634298&token={id}{digest}\""),
        format!("https://acme.com/a?api_key={id}&expires=1600000000"),
        format!("https://acme.com/a?expires=1600000000 token={id}"),
        format!("expires=1600000000&token={id}"),
        format!("https://acme.com/a?access_token={id}&expires=1600000000&signature={hex}"),
        format!("https://acme.com/a?expires=20&token={id}"),
    ] {
        let found = all(text.as_bytes());
        let own = |value: &[u8]| memchr::memmem::find(value, &id.as_bytes()[..20]).is_some();
        let is_lasting = found.iter().any(|found| own(&found.secret) && found.expires.is_none());
        assert!(is_lasting, "{text}: {found:?}");
    }
}

#[test]
fn what_translations_and_sentences_put_in_quotes() {
    are_silent(&[
        "'password' => esc_html__( 'Password', 'wpr-addons' ),",
        "'value' => __( 'Application Password', 'hustle' ),",
        "'password'     => __( 'Password', 'essential-addons-for-elementor-lite' ),",
        "_e( \"Forgot your password?\", \"shop3-theme\" );",
        "## Note that if the script causes boot problems, you can pass 'nohdparm'\n## on the kernel line\n",
        "to look at it, pass `asn1Spec` to guide it\n",
        "# the private `hetzner` network (the coordinator is managed over it)\n",
        "YourPasswordHasBeenSet => \"Şifreniz Ayarlanmıştır\"\n",
        "addButton('Update Warehouse Password', 'pencil','primary')",
        "setUserSetting('default_password_nag', 'hide');",
        "Key fingerprint = 4D96E5B9C7A81F02D3B4A5968778695A4B3C2D1E\n",
    ]);
    are_found(&[
        "'password' => '§',",
        "login( 'Password', '§' )",
        "__( 'Application Password', '§' )",
        "# you can pass \"-x\", password '§'\n",
        "# the private `key` is\nprivate_key = \"§\"\n",
        "YourPassword = \"§\"\n",
        "api_key = §\n",
    ]);
}

#[test]
fn what_styles_and_elements_are_called() {
    are_silent(&[
        "const boxes = document.querySelectorAll('.pass-checkbox:checked');",
        "input[type=\"password\"]:focus, input[type=\"text\"]:focus { border: 0 }",
        "input[type=password]:disabled { color: red }",
        "--auth-border: rgba(148, 163, 184, .12);--auth-ease: cubic-bezier(.4, 0, .2, 1)",
        "{\"forgotPassword\": \"accountMenu-forgotPassword-2cs\"}",
        "var storageKey = 'fa4Tofa5Mapping';",
        "%let pwd = %sysget(DBPW);",
        "lv_password = p_pwd.\n",
    ]);
    are_found(&[
        "{\"forgotPassword\": \"§\"}",
        "storageKey = '§';",
        "--password: §\n",
        "lv_password = '§'.\n",
    ]);
}

#[test]
fn what_is_public_or_a_name_among_others() {
    let trusted = format!("$trusted_keys[] = '{}=';", drawn(43, ALNUM, 5));
    let minisign = format!("minisign_key = 'RWQ{}'", drawn(53, ALNUM, 6));
    let salted = format!("admin:\n  crypted_password: {}\n  salt: {}\n", digits(40, 3), digits(40, 4));
    are_silent(&[
        &trusted,
        &minisign,
        &salted,
        "<fb:login facebook-key='484193570018342'>",
        "Private-Package: org.xerial.snappy.native.AIX.ppc,org.xerial.snappy.native.Linux\n",
        "val id: String, // e.g., \"AUTH:paymentorder-123\"",
        "private static final String[] FIELDS = {\"password\", \"salt\"};",
        "status = pass_service.is_pass_type_ready('pub_league')",
        "data:\n  KAFKA_SECRET: pkc-4r7w9.eu-west-1.aws.confluent.cloud:9092\n",
        "secret: ${S2S_SECRET:-AABBCCDDEEFFGGHH}\n",
        "password | ChangeMeNow!\n",
        "static const uint8_t key[16] = { 0x2B, 0x7E, 0x15, 0x16, 0x28, 0xAE, 0xD2, 0xA6, 0xAB, 0xF7, 0x15, 0x88, 0x09, 0xCF, 0x4F, 0x3C };",
    ]);
    are_found(&[
        "$trusted_secret = '§';",
        "minisign_password = '§'",
        "facebook-key='§'",
        "\"AUTH:§\"",
        "login = {\"password\", \"§\"};",
        "is_password('§')",
        "user: ada\nsecret_salt: §\n",
    ]);
}
