//! Lines of ordinary repositories that contain no secret, each beside one of the same form that does.

use super::{drawn, secrets};
use crate::model::Confidence;

/// Nothing in the text is reported by default.
fn is_silent(text: &str) {
    let found = secrets(text, Confidence::Medium);
    assert_eq!(found, <[String; 0]>::default(), "{text}");
}

/// A value of letters and digits in the place of `§` is found.
fn is_found(form: &str) {
    let letters: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z').collect();
    for seed in 1..=10 {
        let value = drawn(24, &letters, seed);
        assert!(secrets(&form.replace('§', &value), Confidence::Medium).contains(&value), "{form}: {value}");
    }
}

#[test]
fn what_editors_and_shells_call_a_key_or_a_password() {
    for silent in [
        "{ \"keys\": [\"alt+f3\"], \"command\": \"find_all_under\" },",
        "{ \"keys\": [\"ctrl+shift+f2\"], \"command\": \"clear_bookmarks\" },",
        "let g:yank_keys = ['c', 'C', 'd', 'D', 's', 'S', 'x', 'X', 'y', 'Y']",
        "'-md[the md to use to create a key from a passphrase]:alg:(md2 md5 sha sha1)' \\\n",
        "{--password,-p}='[password to use for the server]:password:' \\\n  {--history-file,-r}'[keep a history]:file:_files'",
        "_prompt_pwd=\"${${${${(@j:/:M)${(@s:/:)pwd}##.#?}:h}%/}//\\%/%%}/${${pwd:t}//\\%/%%}\"",
        "  HIGHLIGHT_TOKENS_PRECOMMANDS=(\n    'builtin' 'command' 'exec' 'nocorrect' 'noglob'\n  )",
        "ssl_ciphers 'AES:DES-CBC3-SHA:!SEED:!aNULL:!eNULL:!EXPORT:!DES:!RC4:!MD5:!PSK';",
        "printf \"COOKIE_SECRET=`pwgen -1s 32`\\nSECRET_KEY=`openssl rand -hex 32`\\n\" >> .env",
        "if test \"$linkmode,$pass\" = \"prog,dlpreopen\"; then",
        "\"{\\\"password\\\": \\\"$READER_PASSWORD\\\", \\\"host\\\": \\\"localhost\\\"}\"",
    ] {
        is_silent(silent);
    }
    is_found("let g:api_key = '§'");
    is_found("COOKIE_SECRET=`§`");
    is_found("\"{\\\"password\\\": \\\"§\\\", \\\"host\\\": \\\"localhost\\\"}\"");
}

#[test]
fn what_code_calls_a_signature_or_authentication() {
    for silent in [
        "<scope ilk=\"function\" name=\"b4EndDrag\" signature=\"b4EndDrag(e)\">",
        "<scope ilk=\"function\" name=\"epilogue\" signature=\"epilogue\" />",
        "65505:{app:\"EXIF\",name:\"APP1\",signature:\"Exif\\0\"},65506:{app:\"ICC\",signature:\"ICC_PROFILE\\0\"}",
        "conn = hive.connect(host, auth='LDAP')",
        "\"auth_mechanism\": {\"type\": \"string\", \"default\": \"NOSASL\"},",
        "self._gss_ctxt = sspi.ClientAuth(\"Kerberos\", targetspn=self._gss_host)",
        "Route::middleware('auth:sanctum')->prefix('cloud')->group(function () {",
        "c.ConfigureOAuth2(\"orderingswaggerui\", \"\", \"\", \"Ordering Swagger UI\");",
        "MovedAttribute(\"HTTPCookieProcessor\", \"urllib2\", \"urllib.request\"),",
        "queries=[\"authentication\", \"middleware\"] - ANY of these terms",
        "    GITHUB_APP_CREDENTIAL = credentials('cfb6bc03-a8c4-4842-a1a6-7256395a492f')",
        "To change just this layer, pass dtype='float64' to the layer constructor.",
        "You can simply pass a reference to the function as a callback (e.g., callback: myFn).",
        "Allowed values for ECDSA keys: ECDSAWithSHA256, ECDSAWithSHA384, ECDSAWithSHA512.",
        "tokenData:\"-Y~RnOX#PXY$QYZ$]Z]#P]^$]^p#Ppq$Qqs#Pst$btu#Puv$yv|#P\",tokenizers:[0]",
        "$hmac = hash_hmac('sha512', $seed, \"Bitcoin seed\", true);",
        "var axisKey = 'axis0';",
        "x ? \"getmainnetapikey\" : \"gettestnetapikey\",",
        "if DATABASE_PASSWORD is not None:\n    connection['password'] = DATABASE_PASSWORD\n",
        "- (BOOL)login:(NSString *)user password:(NSString *)password;",
        "LEGACY_SALT = b\"seaweed-sse-s3-kek-wrapping-v1\"",
        "test_spreadsheet_key = \"1S0mld7LMbUad8LYlo13Os9f7eNjw57MqVC0YiCd1Jis\"",
        "ebs = module.client('elasticbeanstalk')",
        "cmd = \"openssl passwd -salt `openssl rand -base64 3` -1 \"",
        "if test \"$pass\" = dlopen; then",
        "'password' => 'required|'.$rules,",
        "password: \"{{ lookup('pipe', 'date +%Y%m%d%H%M%S') }}\"",
        "mc config host add minio http://localhost:9000 \"$ACCESS_KEY\" \"$SECRET_KEY\" --api s3v4",
        "clientToken: 'pub0123456789abcdef0123456789abcdef',",
    ] {
        is_silent(silent);
    }
    is_found("conn = hive.connect(host, auth='§')");
    is_found("api.setAuth(\"§\");");
    is_found("cookie_salt = \"§\"");
    is_found("clientToken: '§',");
    is_found("{ \"auth_token\": \"§\" }");
}

#[test]
fn what_a_cluster_names_beside_its_secrets() {
    for silent in [
        "  clientRootSecret: cockroachdb-root\n",
        "  certSecret: unifi-tls\n",
        "#   secret: mqtt\n",
        "## ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDYBQ9fG6IML+qsFaMh1Pl+81wyUwRilHdfhItAiAsLVQsOwI5\n",
        "# key: \"Zm9vCg==\"\n",
        "To verify that oauth2-proxy has started, run:\n\n  kubectl --namespace=x get pods -l \"app=y\"\n",
        "  repo_keys:\n    - 58118E89F3A912897C070ADBF76221572C52609D\n",
        "seed: fa:16:3e:b5:ea:aa,fa:16:3e:47:29:c6\n",
        "etcd --initial-cluster a=b --initial-cluster-token k8s_etcd --data-dir x",
        "kubectl create secret generic x --from-literal=clientSecret=\"github-oauth2-client-secret\"",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  DB_HOST: db.acme.svc.cluster.local\n  DB_USER: gitlab\n",
    ] {
        is_silent(silent);
    }
    is_found("  clientSecret: §\n");
    is_found("  encryptionKeys:\n    - §\n");
    is_found("seed: §\n");
    is_found("apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  DB_HOST: §\n");
}

#[test]
fn words_that_only_say_so() {
    for silent in [
        "    'passwords' => 'customers',\n",
        "\"PK\" => \"Pakistan\",\n\"PW\" => \"Palau\",\n\"PS\" => \"Palestine\",\n",
        "Read the CLOB data identified by clob handle\n",
        "A Carousel item is identified by elements that match\n",
        "\"true_token_address\": \"0xff970a61a04b1ca14834a43f5de4533ebddb5cc8, 0xaf88d065e77c8cc2239327c5edb3a432268e5831\"",
        "6T1sdmTk40$4xf=`PSn?d>V2aC<j2pw=wdc8jY;jCGUs#NSP~F@?Vy6cahEEC$j3Ob0jpNYZ!g`z@`i\n",
    ] {
        is_silent(silent);
    }
    is_found("CREATE USER app IDENTIFIED BY §;\n");
    is_found("alter user app identified by §;\n");
    is_found("https://a.acme.test/x?a=b&c=d&e=f&g=h&i=j&k=l&password=§&m=n\n");
}

#[test]
fn what_files_of_a_known_kind_contain() {
    for silent in [
        "\"/src/token-iterator.js\":\"997f1b4b7ef22707863a9838459f49e214f3a3b2\",",
        "\"System.Private.Token.dll\": \"9abf1b4b7ef22707863a9838459f49e214f3a3b29abf1b4b7ef22707863a9838\",",
        "\"hashed_secret\": \"9f3f1b4b7ef22707863a9838459f49e214f3a3b2\",",
        "\"private\": \"bnVsbA==\",",
        "\"private\": \"eyJlMmJmYjczMC1lY2FhLTExZTYtOGY4OC0zNDM2M2JjN2M0YzAiOnsiY3JlYXRlIjoxODAwfX0=\",",
        "env-secrets:: campaignmonitor",
        "<property name=\"tokens\" value=\"ELLIPSIS\"/>",
        "<sonar.projectKey>owner_WebApp</sonar.projectKey>",
        "mvn sonar:sonar -Dsonar.projectKey=some-owner_webapp",
        "  .share_key = \"7gKQ2mX9vR4tB8nZ1cL5wP\";",
        "PasswordForgotten=Goodbye!  Your password has been forgotten",
        "JXLoginPane.rememberPasswordString=Zapamatovat",
        "InvalidUsernameAndPassword=Benutzername und Passwort ung\u{fc}ltig.",
        "must be an address (example: arn:aws:secretsmanager:us-west-2:111122223333:secret:aes128-1a2b3c).",
        "RP passkeyRPJSON `json:\"rp\"`",
        "Merge branch 'AC-1462-update-secrets-manager-scaling' into 'main'",
        "GOOGLE_APPLICATION_CREDENTIALS=\"vertex-ai-project-322716-9474b423b829.json\"",
        "\"video pass\":\"/zSqGTh3kRtv3yeHRPJOk4BvBQew.png\",",
        "git_credential='osxkeychain'",
        "error: can't locate revision identified by 'd259a9bca9e7'",
        "compile 'io.jsonwebtoken:jjwt:0.7.0'",
        "bindKey: bindKey(\"Alt-F2\", \"Alt-F2\"),",
    ] {
        is_silent(silent);
    }
    is_found("\"db.token\": \"§\",");
    is_found("\"hashed_secret_key\": \"§\",");
    is_found("GOOGLE_APPLICATION_CREDENTIALS=\"§\"");
    is_found("invalidUserPassword=§");
    is_found("Merge branch 'x', db_password = \"§\"");
}

#[test]
fn what_code_asks_for_by_its_name() {
    for silent in [
        "if(array_key_exists('birthdayprivacy', $user))",
        "$forum_read = my_get_array_cookie(\"forumread\", $fid);",
        "$parameters = compact('password', 'salt', 'user', 'fields');",
        "fields := []string{\"username\", \"role\", \"email\", \"nickname\", \"password_hash\", \"avatar_url\"}",
        "<input data-key='telnetip'>",
        "label_key=\"sentence1\"",
        "\"prediction_key\": \"probabilities\",",
        "#define UART_MQTT_KEY_X \"uartmqttX\"",
        "public const string EnablePasswordManagerFlightRecorder = \"enable-pm-flight-recorder\";",
        "\"Curve25519Key\": \"toot:Curve25519Key\",",
        "secret: \"whsec_\" + base64.StdEncoding.EncodeToString([]byte(\"key\"))",
        "x text NOT NULL DEFAULT 'token_' || gen_random_uuid()",
        "pass_through_fields=('churned', 'user')",
        "DD_UWSGI_PASS=uwsgi_server",
        "set -U tide_pwd_color_anchors brcyan",
        "{token:[\"punctuation\",\"support.function\"],regex:/[+-]/}",
        "createToken('COMPARATORLOOSE', `^${src[t.GTLT]}$`)",
        "var module = angular.module('qiqAuth', ['ngRoute', 'firebase']);",
        "\".wrappers.auth\": [\"AuthorizationMixin\", \"WWWAuthenticateMixin\"],",
        "ConvertFrom-StringData ConvertTo-SecureString Copy-Item Copy-ItemProperty",
        "export EC2_PRIVATE_KEY=\"$(ls $EC2_HOME/pk-*.pem)\" # `ls $EC2_HOME/pk-*.pem`",
        "IDESourceControlWCCIdentifierKey = 997f1b4b7ef22707863a9838459f49e214f3a3b2;",
    ] {
        is_silent(silent);
    }
    is_found("data_key = \"§\"");
    is_found("tokenFingerprintKey = \"§\"");
    is_found("Map.of(\"username\", \"bob\", \"password\", \"§\"),");
    is_found("secret: \"§\" + suffix");
}

#[test]
fn what_lists_of_files_and_other_scanners_keep_of_values() {
    let hex = |len| drawn(len, b"0123456789abcdef", 7);
    for silent in [
        format!("\"static/node_modules/x/src/token-iterator.js\": \"{}\",", hex(40)),
        format!("  \"System.Security.Secrets.dll\": \"{}\",", hex(64)),
        format!("      \"hashed_secret\": \"{}\",", hex(40)),
        "      \"private\": \"bnVsbA==\"".to_owned(),
    ] {
        is_silent(&silent);
    }
    is_found("\"app_token\": \"§\",");
}

#[test]
fn what_is_asked_for_or_listed_by_its_name() {
    for silent in [
        "if (array_key_exists('birthdayprivacy', $user)) {",
        "let id = defaults.stringForKey(\"KioskAuctionID7\")",
        "$threads = my_get_array_cookie(\"forumread7x\", $fid);",
        "  return array('username', 'password', 'salt_of_it');",
        "cols := []string{\"username\", \"password_hash\", \"avatar_url\"}",
        "editor.bindKey(\"Alt-F2\", null);",
        "sonar.projectKey=acme_Portal77",
        "env-secrets:: campaign-Monitor7",
        "\"Ed25519Key\": \"toot:Ed25519Key\",",
        "compile(secret: 'io.jsonwebtoken:jjwt:0.7.0')",
        "uwsgi_pass uwsgi-Server77;",
        "const secret = \"whsec_\" + encode(bytes);",
        "GOOGLE_APPLICATION_CREDENTIALS=\"vertex-client-77b.json\"",
    ] {
        is_silent(silent);
    }
    is_found("login_password(\"§\")");
    is_found("userPassword:: §");
    is_found("password: /* staging */ \"§\",");
}

#[test]
fn what_elements_tables_and_rules_of_forms_name() {
    for silent in [
        "<attribute key=\"absorbpercentfire\" value=\"3\" />",
        "  KEY `FKpq2dhypk2qgt68nauh2by22jb` (`role_id`) USING BTREE,",
        "  UNIQUE KEY `UK_kpubos9gc2cvtkb0thktkbkes` (`email`),",
        "'password' => 'min:5',",
        "'password' => 'min:6,confirmed,required_with:password_confirm',",
        "target_compile_definitions(${TARGET} PRIVATE \"NOMINMAX\")",
        "    - secretKey: id_ed25519\n      remoteRef:\n        key: gitea\n",
        "    - extract:\n        key: zigbee2mqtt\n",
        "      valuesKey: AWS_SECRET_ACCESS_KEY\n  values:\n    controllers:\n",
        "$this->module_key = 'a48b2b3c4d5e6f708192a3b4c5d6e7f8';",
        "  valid_oauth_providers '37signals'\n",
        "<img src=\"/u/c03f.jpg?token=f42b1c7\">",
        "https://docs.google.com/spreadsheet/pub?key=0AqK8ZJ3vW1bPdGx2bHlXc1pKd0tNQ1R6",
        "duplicate keys in commit: 3f2a1b7c9d0e4f5a6b7c8d9e0f1a2b3c4d5e6f70",
        "\"unique_key\": \"3f2a1b7c9d0e4f5a6b7c8d9e0f1a2b3c4d5e6f70\"",
        "residentKey: 'discouraged',",
        "document.cookie = \"lowAlarm=\" + x;",
        "password = (\"%032x\" % random.getrandbits(128))",
        "{\"salaboy\", \"password\", \"ROLE_ACTIVITI_USER\"},",
    ] {
        is_silent(silent);
    }
    is_found("<api key=\"§\" url=\"x\"/>");
    is_found("  API_KEY `§`");
    is_found("'password' => '§',");
    is_found("    - secretKey: §\n      region: eu\n");
    is_found("    - extracted:\n        key: §\n");
    is_found("https://acme.test/a?token=§");
    is_found("https://docs.google.com/a https://acme.test/a?key=§");
    is_found("api key in commit: §");
    is_found("\"unique_token\": \"§\"");
}

#[test]
fn what_lists_forms_and_stores_name() {
    for silent in [
        "const keys = tab === 'tab1' ? ['username', 'password'] : ['mobile', 'captcha']",
        "INSERT INTO \"Users\" (\"Id\", \"ReadOnly\", \"HidePasswords\", \"Manage\") SELECT 1;",
        "text_key = 'sentence1'\ntext_b_key = 'sentence2'\n",
        "#define UART_MQTT_KEY_RX_PIN \"uartmqttRxGPIO\"\n",
        "<li data-key=\"manufacturer\" data-token=\"breadcrumb\">x</li>",
        "const n=_lt.default.dictionary,{token:r=\"mermaid\"}=n,i=l(n,[\"token\"]);",
        "set -U tide_pwd_color_dirs 00AFFF\n",
        "LOG('guessed container type (pass `asn1Spec` to guide the decoder)')",
        "export PG_PASS=$$(lpass show --password 1394836924033726964)\n",
        "kpt cfg set asm tokenAudiences \"istio-ca,${FLEET_ID}.svc.id.goog\"\n",
        "curl https://x -H 'cookie: _fbp=fb.1.1596403881668.7698185606; cookieconsent=accepted'\n",
        "{\"pkg/passwd.py\": \"sha256=TOZUq4grQaBgKfEx1vtDlvEhASg7jvSJGjJzoJEKwdR\"}",
        "The user is identified by name, and a commit by its id.\n",
        "    key: '[host1.acme.test]:2222 ssh-rsa ASDeararAIUHI324324' # some key gibberish\n",
    ] {
        is_silent(silent);
    }
    is_found("INSERT INTO users (id, password) VALUES (1, '§');");
    is_found("const {token: r = \"§\"} = n;");
    is_found("<li data-token=\"§\">x</li>");
    is_found("export PG_PASS=§\n");
}

#[test]
fn what_is_beside_a_name_and_not_its_value() {
    let silent = [
        "# pcnet     ipaddr:username:passphrase:port\n",
        "; Format: hostname:port:database:username:password:realm\n",
        "; name:password:uid:gid:gecos:home:shell\n",
        "  For basic auth the secret must contain\n  username and password fields. For TLS it must contain a\n",
        "commits identified by `squash` are folded\n",
        "messages of commits identified by \"fixup\" commands, unless\n",
        "  legend Forgot Password\n  input(type='hidden', name='_csrf', value=_csrf)\n",
        "gitea_access_tokens = [\n    'renovate'\n]\n",
        "SECRETS=\"devbu-io-tls\"\n",
        "  'id'            => 'cashapp',\n  'client_secret' => 'cashapp',\n",
        "const tokens = await authService.generateAuthTokens('5db1c5a7e1b2c3d4e5f60718');\n",
        "if (valueKey == 'energy-kcal_100g') {\n",
        "n.u=function(e){return{password:\"Kj24\",updatePass:\"dUbn\"}[e]}\n",
        "var map={\"./password.svg\":\"Kj24\",\"./user.svg\":\"b20c\"};\n",
        "vault login -method=aws role=dev-team\n",
        "const PERM_RESET_PASSWORD = 'user:password:reset';\n",
        "pw = params['moderatorPW' if moderator else 'attendeePW']\n",
        "if not compiler.has_member('struct passwd', 'pw_gecos', prefix: '#include <pwd.h>')\n",
        "themeConfig: {\n  algolia: {\n    appId: 'R2IYF7ETH7',\n    apiKey: '0123456789abcdef0f1e2d3c4b5a6978',\n    indexName: 'docs',\n",
        "new Echo({ broadcaster: 'pusher', key: '4fd12aabfe228f219e9c', cluster: 'mt1' });\n",
        "SPEC CHECKSUMS:\n  Sentry: a4c123b1612dd272d1371c17149d439536b3216f\n  SentryPrivate: daeeb975729fae923d5a4fd12aabfe228f219e9c\n",
        "# generated with: echo test | mkpasswd -s --rounds 660000 -m sha-256\n",
        "sentinel auth-pass {{ template \"redis-ha.masterGroupName\" . }} replace-default-auth\n",
        "MYSQL_PASSWORD=`pwgen -1`\nmysql -u root -e \"CREATE USER 'h'@'localhost' IDENTIFIED BY '$MYSQL_PASSWORD';\"\n",
    ];
    let loud: Vec<_> = silent.iter().filter(|text| !secrets(text, Confidence::Medium).is_empty()).collect();
    assert!(loud.is_empty(), "{loud:#?}");
    is_found("username and password §\n");
    is_found("CREATE USER joe IDENTIFIED BY \"§\" account lock\n");
    is_found("legend Forgot Password\ninput(type='password', value='§')\n");
    is_found("gitea_access_tokens = [\n    '§'\n]\n");
    is_found("SECRETS=\"§\"\n");
    is_found("  'id'            => 'cashapp',\n  'client_secret' => '§',\n");
    is_found("const tokens = await authService.generateAuthTokens('§');\n");
    is_found("if (apiKey == '§') {\n");
    is_found("{password:\"§\",updatePass:\"§\"}\n");
    is_found("vault login §\n");
    is_found("pw = params['mode' if moderator else 'other'] or '§'\n");
    is_found("algolia: { apiKey: '§', appId: 'x', indexName: 'y' }\n");
    is_found("algolia: { adminApiKey: '§', appId: 'x', indexName: 'y' }\n");
    is_found("new Echo({ broadcaster: 'socket.io', key: '§' });\n");
    is_found("  SentryPrivate: x\n  access_token: §\n");
}

#[test]
fn a_key_made_of_words_is_one_unless_it_says_that_another_belongs_there() {
    let key = |words: &str| data_encoding::BASE64.encode(words.as_bytes());
    let made = "the orchard behind our mill signs every token since spring";
    assert!(!secrets(&format!("jwt.secret={}\n", key(made)), Confidence::Medium).is_empty());
    is_silent(&format!(
        "jwt.secret={}\n",
        key("please change this secret before you deploy the application")
    ));
}
