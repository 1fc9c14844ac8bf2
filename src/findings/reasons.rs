//! Why a finding is believed, and what to do about it: the sentences of a report.
//!
//! Reasons are clauses without a stop, fit to be joined; remediation is whole sentences.

use super::judge::{Judgement, Limit};
use super::setting::Role;
use crate::model::{Candidate, Check, FactKind, Form, RuleInfo, Uncommitted};

/// Said of a finding that a commit of the change adds and a later one removes.
pub(super) const PASSING: &str =
    "a commit of this change brings it and a later one takes it away, so it is published with the commits";

/// Said of a finding if an allow comment that the change adds does not count.
pub(super) const REFUSED_ALLOW: &str =
    "the allow comment that this change brings does not count until it has been merged";

/// Said of a finding that is many values in one file.
pub(super) fn table(count: usize) -> String {
    format!("{count} values like this in the same file are one finding")
}

/// Why `candidate` of `rule` is believed as far as `judgement` says.
pub(super) fn reasons(
    candidate: &Candidate,
    rule: &RuleInfo,
    judgement: Judgement,
    explain: fn(&Candidate) -> Vec<String>,
) -> Vec<String> {
    let mut reasons = vec![belief(candidate, rule)];
    if rule.generic && candidate.check == Check::None {
        reasons.extend(explain(candidate));
    }
    let place = match judgement.role {
        Role::Ordinary => None,
        Role::Home => Some("stands in a file that is there to hold credentials"),
        Role::Rehearsal => Some("stands among tests, documentation or examples"),
        Role::Translation => Some("stands among translations"),
        Role::Produced => Some("stands in a file that a program wrote or that came from elsewhere"),
    };
    reasons.extend(place.map(str::to_owned));
    match judgement.limit {
        Limit::None if candidate.check == Check::Fails => {
            reasons.push("its checksum does not hold, as in older forms of it".to_owned());
        }
        Limit::None => {}
        Limit::Encrypted => reasons.push("is encrypted with a passphrase".to_owned()),
        Limit::Broken => reasons.push("is a key complete in form, but does not parse".to_owned()),
        Limit::Damaged => reasons.push("does not parse as a whole key".to_owned()),
        Limit::Expired(day) => reasons.push(format!("expired on {day}")),
        Limit::Ended(day) => reasons.push(format!("is of an address that could be used until {day}")),
    }
    let beside = candidate.facts.iter().find(|fact| fact.kind == FactKind::Beside);
    reasons.extend(beside.map(|fact| format!("stands beside its `{}`", fact.value)));
    reasons
}

/// Said of a finding whose secret is also at this many places, at which it is less likely to be a secret.
pub(super) fn weaker(places: usize) -> Option<String> {
    match places {
        0 => None,
        1 => Some("the same value is at 1 more place, where it is less likely a secret".to_owned()),
        _ => Some(format!("the same value is at {places} more places, where it is less likely a secret")),
    }
}

fn belief(candidate: &Candidate, rule: &RuleInfo) -> String {
    if rule.is_known() {
        return "is a value of the index of known secrets".to_owned();
    }
    let format = match &rule.provider {
        Some(provider) => format!("has the format of {} {provider} credential", article(provider)),
        None => "has the format that its rule describes".to_owned(),
    };
    if candidate.check == Check::Holds {
        return format!("{format}, and its checksum or structure holds");
    }
    if !rule.generic {
        return format;
    }
    match (&candidate.identifier, candidate.form) {
        (Some(identifier), _) => format!("a value assigned to `{identifier}`"),
        (None, Form::Inline) => "a value where a URL, a flag or a header carries a credential".to_owned(),
        (None, _) => "a value where a credential belongs".to_owned(),
    }
}

/// "a" or "an", by the letter.
fn article(name: &str) -> &'static str {
    if name.starts_with(|first: char| "AEIOaeio".contains(first)) { "an" } else { "a" }
}

/// What to do about a secret of `rule`. `live` says whether a ref's tip contains it, if that is known; `is_passing`
/// that it is in commits of the change and not at its end, `is_in_image` that it is in a container image.
pub(super) fn remediation(
    rule: &RuleInfo,
    live: Option<bool>,
    is_passing: bool,
    is_in_image: bool,
) -> Vec<String> {
    let (revoke, verify) = (revoke(rule), verify(rule));
    let remove = match live {
        _ if is_passing => {
            "If it has not been pushed yet, squash or rewrite the commits; once it has, only revoking helps."
        }
        Some(false) if is_in_image => {
            "A later layer hides it, but the image still has it: delete the tag, and rebuild without it ever being in a layer \
             (`RUN --mount=type=secret`)."
        }
        _ if is_in_image => {
            "Then rebuild the image without it (`RUN --mount=type=secret` at build time, the environment or a secret manager \
             at run time), and delete the tags that have it."
        }
        Some(false) => "No branch or tag holds it any more, but the history does, and so does every clone.",
        _ => "Then take it out, and read it from the environment or a secret manager.",
    };
    std::iter::once(revoke).chain(verify).chain([remove.to_owned()]).collect()
}

/// What to do about a secret of `rule` that is in a repository, but in no commit.
pub(super) fn remediation_of_uncommitted(rule: &RuleInfo, uncommitted: Uncommitted) -> Vec<String> {
    match uncommitted {
        Uncommitted::Staged => vec![
            "It is staged and in no commit: take it out before you commit (`git restore --staged` and the file itself), and read \
             it from the environment or a secret manager."
                .to_owned(),
            format!("Only if others could read it here: {}", revoke(rule)),
        ],
        Uncommitted::Unnamed => {
            let remove = "No commit here has it (it was staged and not committed, or its commit was deleted), and a clone does \
                          not get it; `git gc --prune=now` deletes it.";
            std::iter::once(revoke(rule)).chain(verify(rule)).chain([remove.to_owned()]).collect()
        }
    }
}

fn revoke(rule: &RuleInfo) -> String {
    rule.revoke.clone().map(String::from).unwrap_or_else(|| match &rule.provider {
        Some(provider) => {
            format!("Revoke it with {provider} and issue a new one: whoever could read this has it.")
        }
        None => "Change it wherever it is in use: whoever could read this has it.".to_owned(),
    })
}

fn verify(rule: &RuleInfo) -> Option<String> {
    rule.verify.as_ref().map(|verify| format!("To see whether it still works: {verify}"))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::{Fact, FactKind, Score};

    fn told(candidate: &Candidate, role: Role, limit: Limit) -> String {
        let rules = sample::rules();
        let rule = &rules[candidate.rule.0 as usize];
        let explain = |_: &Candidate| vec!["looks random".to_owned()];
        reasons(candidate, rule, Judgement { score: Score(500), role, limit }, explain).join("; ")
    }

    #[test]
    fn reasons_say_why() {
        let shape = sample::candidate(b"acme_q7Zk2Lw9Xb4Tn6Vc");
        let proved = Candidate { check: Check::Holds, ..shape.clone() };
        let older = Candidate { check: Check::Fails, ..shape.clone() };
        let beside = vec![Fact::new(FactKind::Beside, "acme-token-id")];
        let day = jiff::civil::date(2026, 5, 31);
        let format = "has the format of an Acme credential";
        let table = [
            (shape.clone(), Role::Ordinary, Limit::None, format.to_owned()),
            (
                proved.clone(),
                Role::Ordinary,
                Limit::None,
                format!("{format}, and its checksum or structure holds"),
            ),
            (
                older,
                Role::Ordinary,
                Limit::None,
                format!("{format}; its checksum does not hold, as in older forms of it"),
            ),
            (
                Candidate { facts: beside, ..shape },
                Role::Rehearsal,
                Limit::None,
                format!(
                    "{format}; stands among tests, documentation or examples; stands beside its `acme-token-id`"
                ),
            ),
            (
                proved,
                Role::Home,
                Limit::Expired(day),
                format!(
                    "{format}, and its checksum or structure holds; stands in a file that is there to hold credentials; expired on 2026-05-31"
                ),
            ),
            (
                sample::password(b"q7Zk2Lw9Xb4Tn6Vc", Form::Quoted, 850),
                Role::Ordinary,
                Limit::None,
                "a value assigned to `password`; looks random".to_owned(),
            ),
            (
                sample::password(b"tiger99x", Form::Quoted, 650),
                Role::Ordinary,
                Limit::None,
                "a value assigned to `password`; looks random".to_owned(),
            ),
        ];
        for (candidate, role, limit, wanted) in table {
            assert_eq!(told(&candidate, role, limit), wanted);
        }
    }

    #[test]
    fn what_to_do_is_the_rule_s_own_advice_where_it_has_some() {
        let mut rule = sample::rule("acme-token");
        assert!(remediation(&rule, None, false, false)[0].starts_with("Revoke it with Acme"));
        rule.revoke = Some("Call Acme.".into());
        rule.verify = Some("curl".into());
        assert_eq!(
            remediation(&rule, Some(true), false, false)[..2],
            ["Call Acme.", "To see whether it still works: curl"]
        );
        assert!(remediation(&rule, Some(false), false, false)[2].contains("history"));
        assert!(remediation(&rule, Some(false), false, true)[2].contains("delete the tag"));
        assert!(remediation(&rule, Some(true), false, true)[2].contains("rebuild the image"));
    }
}
