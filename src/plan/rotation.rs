//! How a credential is exchanged for a new one while both are valid.
//!
//! # Design
//!
//! The order is always the same: the new one is made, stored, rolled out and seen in use; only then the old one is revoked.
//! Until then the way back is the old version in the manager.

use super::document::PlanStep;
use super::target::EntryCommands;
use crate::model::RuleInfo;

/// How two credentials of a kind live side by side.
struct TwoAtOnce {
    /// Words of the rule's id or of the identifier, of which one has to be there.
    words: &'static [&'static str],
    /// How the second one is made.
    make: &'static str,
    make_commands: &'static [&'static str],
    /// How silence of the old one is seen.
    silence: &'static str,
    /// How the old one goes.
    revoke: &'static str,
    revoke_commands: &'static [&'static str],
}

/// The first that fits counts.
const KINDS: &[TwoAtOnce] = &[
    TwoAtOnce {
        words: &["aws-access-key", "aws-secret"],
        make: "An IAM user may have two access keys. Better still, give the program a role, and no key at all.",
        make_commands: &["aws iam create-access-key --user-name \"$USER_NAME\""],
        silence: "`aws iam get-access-key-last-used --access-key-id \"$OLD_KEY_ID\"` no longer changes.",
        revoke: "Make the old key inactive, wait for a day, and delete it.",
        revoke_commands: &[
            "aws iam update-access-key --user-name \"$USER_NAME\" --access-key-id \"$OLD_KEY_ID\" --status Inactive",
            "aws iam delete-access-key --user-name \"$USER_NAME\" --access-key-id \"$OLD_KEY_ID\"",
        ],
    },
    TwoAtOnce {
        words: &["gcp-service-account", "google-service-account"],
        make: "A service account may have ten keys. Better still, let the program run as the account (workload identity).",
        make_commands: &[
            "(umask 077 && gcloud iam service-accounts keys create new-key.json --iam-account=\"$SERVICE_ACCOUNT\")   # then store it with `< new-key.json`, and delete the file",
        ],
        silence: "The key's last use in the console (or in Policy Intelligence) no longer changes.",
        revoke: "Disable the old key, wait for a day, and delete it.",
        revoke_commands: &[
            "gcloud iam service-accounts keys disable \"$OLD_KEY_ID\" --iam-account=\"$SERVICE_ACCOUNT\"",
            "gcloud iam service-accounts keys delete \"$OLD_KEY_ID\" --iam-account=\"$SERVICE_ACCOUNT\"",
        ],
    },
    TwoAtOnce {
        words: &["azure", "cosmos", "servicebus"],
        make: "Most accounts of Azure have two keys: move the program to the second one, and renew the first. An Entra application may have several: `az ad app credential reset --append`.",
        make_commands: &[],
        silence: "The account's logs show no request with the old key.",
        revoke: "Renew the old key.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["postgres", "postgresql", "pg", "pgpassword"],
        make: "PostgreSQL has one password a role: make a second login role that is a member of the owning one.",
        make_commands: &[],
        silence: "`SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1` shows the old role no more.",
        revoke: "`ALTER ROLE old NOLOGIN`, and drop it a week later.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["mysql", "mariadb"],
        make: "MySQL 8 keeps the old password beside the new one: `ALTER USER … IDENTIFIED BY … RETAIN CURRENT PASSWORD` (typed at its prompt, not as an argument). MariaDB needs a second user.",
        make_commands: &[],
        silence: "`performance_schema.accounts` shows only connections that are newer than the roll-out.",
        revoke: "`ALTER USER … DISCARD OLD PASSWORD`.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["redis"],
        make: "A user of Redis 6 may have several passwords: `ACL SETUSER name >new`, typed at the prompt of redis-cli.",
        make_commands: &[],
        silence: "`CLIENT LIST` shows only connections that are newer than the roll-out.",
        revoke: "`ACL SETUSER name <old`, and `ACL SAVE`.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["mongo", "mongodb", "mssql", "sqlserver", "oracle", "db", "database"],
        make: "Make a second user with the same roles.",
        make_commands: &[],
        silence: "The server's list of sessions shows the old user no more.",
        revoke: "Drop the old user.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["twilio"],
        make: "Make a secondary auth token.",
        make_commands: &[],
        silence: "The logs show no request with the primary one. Promoting the secondary one ends the primary at once.",
        revoke: "Promote the secondary token.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["jwt", "hmac", "signing", "cookie", "session", "django", "rails", "flask"],
        make: "A key that signs: let the verifier accept the old key and the new one, then sign with the new one.",
        make_commands: &[],
        silence: "Nothing that was signed with the old key is valid any more: the longest life of a token or a session has passed.",
        revoke: "Take the old key out of the verifier.",
        revoke_commands: &[],
    },
    TwoAtOnce {
        words: &["private-key", "ssh", "rsa", "pem", "certificate"],
        make: "Make a new pair of keys, and have the new public half accepted beside the old one (authorized_keys, certificates).",
        make_commands: &[],
        silence: "The logs of the other side show only the new key's fingerprint.",
        revoke: "Remove the old public half, and revoke the old certificate.",
        revoke_commands: &[],
    },
];

/// The steps for a secret of this kind; `is_stored` if programs read it from the manager by then.
pub(super) fn steps(
    rule: &RuleInfo,
    identifier: Option<&str>,
    commands: &EntryCommands,
    is_stored: bool,
) -> Vec<PlanStep> {
    let kind = kind(rule, identifier);
    let make = match kind {
        Some(kind) => {
            let step = PlanStep::new(format!("Make the new credential beside the old one. {}", kind.make));
            kind.make_commands.iter().fold(step, |step, command| step.run(*command))
        }
        None if rule.generic => PlanStep::new(
            "Make a new value. If the service takes two (a second user, a second key), keep both valid until the end; if it takes \
             one only, do the next two steps in one window.",
        ),
        None => PlanStep::new(
            "Make a second credential with the same rights, or fewer, and an end date: most services allow several at once.",
        ),
    };
    let mut steps = vec![make];
    if is_stored {
        steps.push(
            PlanStep::new(
                "Store it as a new version. It is typed without echo, and is in no history and no argument (`read` and `printf` are \
                 the shell's own):",
            )
            .run(format!(
                "IFS= read -rs NEW_VALUE && printf %s \"$NEW_VALUE\" | {}; unset NEW_VALUE",
                commands.update
            )),
        );
        steps.push(PlanStep::new("Roll out: restart the programs of this batch, one at a time."));
    } else {
        steps.push(PlanStep::new(
            "No file here has the value any more. Find out who else uses it (the service's log of uses), and give them the new one.",
        ));
    }
    let silence = kind.map_or(
        "The service shows when the old one was used last: wait until that no longer changes.",
        |kind| kind.silence,
    );
    steps.push(PlanStep::new(format!("Check that the new one is used, and the old one is not. {silence}")));
    let own = rule.revoke.as_deref();
    let revoke = match (kind, own) {
        (Some(kind), _) => kind.revoke,
        (None, Some(own)) => own,
        (None, None) => "Revoke the old one where it was made.",
    };
    let step = PlanStep::new(format!(
        "Last of all, revoke the old one; it has been public to all who can read the repository. {revoke}"
    ));
    steps.push(
        kind.map_or(&[][..], |kind| kind.revoke_commands)
            .iter()
            .fold(step, |step, command| step.run(*command)),
    );
    steps
}

fn kind(rule: &RuleInfo, identifier: Option<&str>) -> Option<&'static TwoAtOnce> {
    let id = rule.id.to_ascii_lowercase();
    let name = identifier.filter(|_| rule.generic).unwrap_or_default().to_ascii_lowercase();
    let has = |text: &str, word: &str| {
        let is_part = |one: char| one.is_ascii_alphanumeric();
        text.match_indices(word)
            .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
    };
    KINDS.iter().find(|kind| kind.words.iter().any(|word| has(&id, word) || has(&name, word)))
}
