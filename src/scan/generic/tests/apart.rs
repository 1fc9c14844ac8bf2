//! Values whose names say little, are far from them, or are written as people write notes; and values that are none.

use super::{drawn, secrets};
use crate::model::Confidence;

/// A value of letters and digits in the place of `§` is found.
fn is_found(form: &str) -> bool {
    let letters: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').collect();
    (1..=20).all(|seed| {
        let value = drawn(20, &letters, seed);
        secrets(&form.replace('§', &value), Confidence::Medium).contains(&value)
    })
}

#[test]
fn the_fallback_of_a_variable_is_found_whatever_it_is_assigned_to() {
    for form in [
        "const s = process.env.SESSION_SECRET ?? '§';",
        "const s = process.env.API_TOKEN || \"§\";",
        "x = os.environ.get('API_SECRET') or '§'",
        "x = ENV['API_SECRET'] || '§'",
        "$x = getenv('API_SECRET') ?: '§';",
        "val x = System.getenv(\"API_SECRET\") ?: \"§\"",
        "var x = Environment.GetEnvironmentVariable(\"API_SECRET\") ?? \"§\";",
        "let s = env::var(\"API_SECRET\").unwrap_or_else(|_| \"§\".into());",
        "local s = os.getenv(\"API_SECRET\") or \"§\"",
    ] {
        assert!(is_found(form), "{form}");
    }
    for silent in [
        "if (user.password || 'Kz7rWq29Lm4x') {}",
        "x = process.env.API_SECRET || loadSecret('Kz7rWq29Lm4x')",
        "x = process.env.API_SECRET || ''",
        "const region = process.env.REGION || 'eu-west-1'",
    ] {
        assert_eq!(secrets(silent, Confidence::Medium), <[String; 0]>::default(), "{silent}");
    }
}

#[test]
fn notes_and_notices_are_read() {
    for form in [
        "Password for db1: §\n",
        "Password - §\n",
        "Password — §\n",
        "Password....: §\n",
        "- staging now needs a password (`§`)\n",
        "Set the header `X-Api-Key` to `§` first.\n",
        "The password of the user admin is '§'\n",
        "Setting password to §\n",
        "User admin created with password §\n",
        "Password for the elastic user (reset with `bin/reset -u elastic`):\n  §\n",
        "PSK: §\n",
    ] {
        assert!(is_found(form), "{form}");
    }
    for silent in [
        "Password - required\n",
        "- `password` - the password of the account\n",
        "Password for user admin: \n",
        "Password for user ada changed at 12:04\n",
        "Login with password failed for user bob2\n",
        "rename `token` to `accessToken`\n",
        "Set password to required\n",
    ] {
        assert_eq!(secrets(silent, Confidence::Medium), <[String; 0]>::default(), "{silent}");
    }
}

#[test]
fn a_value_without_quotes_ends_where_its_form_says() {
    for (text, value) in [
        ("machine git.acme.test login build password aW]?dxF>Xy/2\n", "aW]?dxF>Xy/2"),
        ("\"Server=s;Database=c;User Id=c;Password=Rk8,Lw2)Q9m!;\"", "Rk8,Lw2)Q9m!"),
        ("connect(\"host=db1 user=crm password=Kp8;dm)2Z8Lu dbname=crm\")", "Kp8;dm)2Z8Lu"),
        ("Environment=\"DB_PASSWORD=A3}&.Lbc;cpD\"\n", "A3}&.Lbc;cpD"),
        ("password: J4As(K^TpCwA\n", "J4As(K^TpCwA"),
        ("ENV DB_PASSWORD T)39nmK1kEn=x\n", "T)39nmK1kEn=x"),
        ("is generated for root@localhost, a temporary password: kq;Vw9!sTz2L\n", "kq;Vw9!sTz2L"),
    ] {
        assert!(secrets(text, Confidence::Medium).iter().any(|found| found == value), "{text}");
    }
    // Another pair is no part of it.
    for (text, value) in [
        ("\"https://a.test/?password=Kz7rWq29Lm4x&user=Ada1\"", "Kz7rWq29Lm4x"),
        ("login: password=Kz7rWq29Lm4x;Database=Crm2", "Kz7rWq29Lm4x"),
    ] {
        assert_eq!(secrets(text, Confidence::Medium), [value], "{text}");
    }
}

#[test]
fn words_with_a_dot_are_chosen_in_quotes_and_members_in_code() {
    for text in
        ["password: \"regen.Bogen7\"", "DB_PASSWORD=regen.Bogen7\n", "MAIL_PASSWORD = 'silver.Forest!'"]
    {
        assert_eq!(secrets(text, Confidence::Medium).len(), 1, "{text}");
    }
    for silent in ["password = config.Key2\n", "password = args.first!\n", "password: \"error.password1\""] {
        assert_eq!(secrets(silent, Confidence::Medium), <[String; 0]>::default(), "{silent}");
    }
}

#[test]
fn keys_as_bytes_are_found_in_each_language() {
    let bytes = (0..16_u32).map(|at| (at * 97 + 61) * (at + 3) * 31 % 251).collect::<Vec<u32>>();
    let list =
        |form: &dyn Fn(u32) -> String| bytes.iter().map(|&byte| form(byte)).collect::<Vec<_>>().join(", ");
    let hex = list(&|byte| format!("0x{byte:02x}"));
    let decimal = list(&|byte| byte.to_string());
    let escaped: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    for text in [
        format!("const uint8_t aes_key[16] = {{ {hex} }};"),
        format!("const ENCRYPTION_KEY: [u8; 16] = [{hex}];"),
        format!("var secretKey = [16]byte{{{hex}}}"),
        format!("val secretKey = byteArrayOf({decimal})"),
        format!("final secretKey = Uint8List.fromList([{decimal}]);"),
        format!("SECRET_KEY = b\"{escaped}\""),
    ] {
        assert_eq!(secrets(&text, Confidence::Medium).len(), 1, "{text}");
    }
}

#[test]
fn what_is_public_or_a_handle_is_none() {
    let digits = |len| drawn(len, b"0123456789ABCDEF", 7);
    for silent in [
        format!("ENV GPG_KEY {}\n", digits(40)),
        format!("\tsigningkey = {}\n", digits(16)),
        format!("address token = 0x{};", digits(40)),
        format!("checksum/secret: {}\n", digits(64).to_lowercase()),
        format!("headers: {{ 'Idempotency-Key': '{}' }}", digits(32).to_lowercase()),
        format!("RECAPTCHA_SITE_KEY=6L{}\n", digits(38)),
        format!("Sec-WebSocket-Key: {}==\n", digits(22)),
        format!("<password>{{{}=}}</password>", digits(43)),
        format!("Set-Cookie: XSRF-TOKEN={}\n", digits(40)),
        format!("<input type=\"hidden\" name=\"_token\" value=\"{}\">", digits(40)),
        format!("stripeKey = 'pk_live_{}'", digits(24)),
        format!("const char *key = \"{}\";", (0..16).map(|at| format!("\\x{at:02x}")).collect::<String>()),
        "SSL_CIPHER_KEY = \"ECDHE-RSA-AES256-GCM-SHA384\"".to_owned(),
        "key_exchange: ecdh-sha2-nistp521\n".to_owned(),
        "password_encoding = \"windows-1252\"".to_owned(),
    ] {
        assert_eq!(secrets(&silent, Confidence::Medium), <[String; 0]>::default(), "{silent}");
    }
}

#[test]
fn a_name_or_value_like_a_public_one_is_found() {
    for form in ["WEBSOCKET_API_KEY=§\n", "SITE_SECRET_KEY=§\n", "GPG_PASSPHRASE=§\n"] {
        assert!(is_found(form), "{form}");
    }
    // Digits as a key's id has them.
    assert_eq!(secrets("GPG_PASSPHRASE=DA5B82411549AA40\n", Confidence::Medium).len(), 1);
}

#[test]
fn keys_among_the_arguments_of_a_call_are_found() {
    for form in [
        "const t = jwt.sign({ id }, '§', { expiresIn: '1h' });",
        "jwt.verify(token, '§', (err, d) => {})",
        "crypto.createHmac('sha256', '§').update(body)",
        "sig = hmac.new(b\"§\", msg, hashlib.sha256)",
        "$sig = hash_hmac('sha256', $body, '§');",
        "app.use(cookieParser('§'));",
        "CryptoJS.AES.encrypt(text, '§').toString()",
        "Authorization = new AuthenticationHeaderValue(\"Bearer\", \"§\");",
        "curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER,\n                 \"§\");",
    ] {
        assert!(is_found(form), "{form}");
    }
    for silent in
        ["jwt.verify(token, publicKey, { algorithms: ['RS256'] })", "crypto.createHmac('sha256', secret)"]
    {
        assert_eq!(secrets(silent, Confidence::Medium), <[String; 0]>::default(), "{silent}");
    }
}

#[test]
fn comments_and_types_may_be_between_a_name_and_its_value() {
    for form in [
        "const c = { password: /* prod */ \"§\" };",
        "String password = // production\n    \"§\";",
        "password = (  # prod\n    \"§\"\n)",
        "API_TOKEN = (\n    # from the portal\n    \"§\"\n)",
        "password := /* x */ \"§\"",
        "const apiSecret =\n\n  \"§\";",
        "class A { private password!: string = \"§\"; }",
        "class A { readonly apiKey?: string = \"§\"; }",
        "const password = <string>\"§\";",
        "const secret: string | undefined = \"§\";",
        "dbPassword = T.pack \"§\"",
    ] {
        assert!(is_found(form), "{form}");
    }
    for silent in ["password: # set it\n\"Kz7rWq29Lm4xPa83\": 1\n", "password:\n\n\"Kz7rWq29Lm4xPa83\",\n"] {
        assert_eq!(secrets(silent, Confidence::Medium), <[String; 0]>::default(), "{silent}");
    }
}

#[test]
fn an_operator_beside_marks_is_a_piece_of_a_drawn_value() {
    assert_eq!(
        secrets("put(\"password\", \"ajnaeliclm^&&@kjn.\");", Confidence::Medium),
        ["ajnaeliclm^&&@kjn."]
    );
    assert_eq!(secrets("password = \"user&&login\"", Confidence::Medium), <[String; 0]>::default());
}
