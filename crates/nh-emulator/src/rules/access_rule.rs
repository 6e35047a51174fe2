//! What is a good access rule of a hub (contract: `AuthorizationRule`, `SharedAccessAuthorizationRule`, with their words).

use crate::breach::Breach;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;
use std::fmt;
use time::OffsetDateTime;

/// A right that a rule grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    Listen,
    Manage,
    Send,
}

impl Claim {
    /// All rights, in the order in which the service writes them (recorded 2020).
    pub(crate) const ALL: [Claim; 3] = [Claim::Listen, Claim::Manage, Claim::Send];
}

/// An access rule: a name, one or two keys, and what they may do.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AccessRule {
    pub(crate) name: String,
    pub(crate) key: String,
    /// Empty: there is none.
    pub(crate) secondary_key: String,
    pub(crate) claims: Vec<Claim>,
    pub(crate) created: OffsetDateTime,
    pub(crate) modified: OffsetDateTime,
}

impl AccessRule {
    /// The hub's own rule with all rights.
    pub(crate) const FULL: &str = "DefaultFullSharedAccessSignature";
    /// The hub's own rule for apps.
    pub(crate) const LISTEN: &str = "DefaultListenSharedAccessSignature";
    /// The namespace's rule.
    pub(crate) const ROOT: &str = "RootManageSharedAccessKey";

    pub(crate) fn new(name: &str, claims: &[Claim], [key, secondary_key]: [String; 2]) -> AccessRule {
        let now = OffsetDateTime::now_utc();
        let (name, claims) = (name.to_owned(), claims.to_vec());
        AccessRule { name, key, secondary_key, claims, created: now, modified: now }
    }
}

impl fmt::Debug for AccessRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessRule({} {:?})", self.name, self.claims)
    }
}

/// A hub has at most so many (Azure's article on shared access signatures).
const MOST: usize = 12;
const LONGEST_NAME: usize = 256;
/// 256 bits in base64.
const KEY: usize = 44;

/// A right by its word.
///
/// # Errors
/// A word that is no right.
pub(crate) fn right(word: &str) -> Result<Claim, Breach> {
    match word {
        "Listen" => Ok(Claim::Listen),
        "Manage" => Ok(Claim::Manage),
        "Send" => Ok(Claim::Send),
        _ => Err(Breach::new(format!(
            "Unsupported Right '{word}'. The Supported Rights are 'Manage, Send, Listen'."
        ))),
    }
}

/// The rules of a hub.
///
/// # Errors
/// A rule that is not good, two of one name, too many.
pub(crate) fn check_all(rules: &[AccessRule]) -> Result<(), Breach> {
    if rules.len() > MOST {
        return Err(Breach::new(format!("A notification hub has at most {MOST} authorization rules.")));
    }
    rules.iter().try_for_each(check)?;
    let mut names = HashSet::new();
    if !rules.iter().all(|rule| names.insert(rule.name.to_ascii_lowercase())) {
        return Err(Breach::new("Each Shared Access Authorization Rule key name must be unique."));
    }
    Ok(())
}

fn check(rule: &AccessRule) -> Result<(), Breach> {
    let refuse = |words: &str| Err(Breach::new(words));
    let rights = &rule.claims;
    if rights.is_empty() || rights.len() > 3 {
        return refuse("Rights cannot be null, empty or greater than 3.");
    }
    let mut known = HashSet::new();
    if !rights.iter().all(|right| known.insert(right)) {
        return refuse("The AccessRights on an Authorization Rule must be unique.");
    }
    // What HttpUtility.UrlEncode leaves as it is.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.!*()".contains(c);
    if rule.name.is_empty() || !rule.name.chars().all(plain) {
        return refuse(
            "The Key Name specified for the SharedAccessAuthorizationRule contains invalid or unsupported characters.",
        );
    }
    if rule.name.len() > LONGEST_NAME {
        return refuse(
            "The Key Name specified for the SharedAccessAuthorizationRule exceeds the limit of 256 characters.",
        );
    }
    if rule.key.is_empty() {
        return refuse("A SharedAccessAuthorizationRule requires a Primary Key of non-zero length.");
    }
    let keys = [&rule.key, &rule.secondary_key].into_iter();
    keys.filter(|key| !key.is_empty()).try_for_each(|key| check_key(key))?;
    if rights.contains(&Claim::Manage) && rights.len() != 3 {
        return refuse("Manage permission should also include Send and Listen.");
    }
    Ok(())
}

/// A key: 256 bits in base64.
///
/// # Errors
/// It is none.
pub(crate) fn check_key(key: &str) -> Result<(), Breach> {
    if key.len() != KEY {
        return Err(Breach::new("A SharedAccessAuthorizationRule only supports keys of size 44 bytes."));
    }
    if STANDARD.decode(key).is_err() {
        return Err(Breach::new("A SharedAccessAuthorizationRule supports only base64 keys."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, key: &str, second: &str, claims: &[Claim]) -> AccessRule {
        AccessRule::new(name, claims, [key.to_owned(), second.to_owned()])
    }

    #[test]
    fn what_a_rule_needs() {
        use Claim::{Listen, Manage, Send};
        let key = STANDARD.encode([7; 32]);
        let unpadded = "x".repeat(43) + "!";
        for good in [
            rule("R", &key, &key, &[Send]),
            rule("a-b_c.d", &key, "", &[Listen, Send]),
            rule("Full", &key, &key, &[Listen, Manage, Send]),
        ] {
            assert_eq!(check_all(&[good]), Ok(()));
        }
        for (bad, says) in [
            (rule("R", "c2hvcnQ=", "", &[Send]), "size 44"),
            (rule("R", &unpadded, "", &[Send]), "base64"),
            (rule("R", &key, "c2hvcnQ=", &[Send]), "size 44"),
            (rule("R", "", "", &[Send]), "Primary Key"),
            (rule("R", &key, "", &[Manage, Send]), "Manage permission should also include"),
            (rule("R", &key, "", &[Manage]), "Manage permission should also include"),
            (rule("R", &key, "", &[]), "Rights cannot be null"),
            (rule("R", &key, "", &[Send, Send]), "must be unique"),
            (rule("my rule", &key, "", &[Send]), "invalid or unsupported"),
            (rule("", &key, "", &[Send]), "invalid or unsupported"),
            (rule(&"n".repeat(257), &key, "", &[Send]), "256"),
        ] {
            let words = check_all(&[bad]).unwrap_err().to_string();
            assert!(words.contains(says), "{words}");
        }
        let twice = [rule("R", &key, "", &[Send]), rule("r", &key, "", &[Listen])];
        assert!(check_all(&twice).unwrap_err().to_string().contains("key name must be unique"));
        let many: Vec<_> = (0..13).map(|n| rule(&format!("R{n}"), &key, "", &[Send])).collect();
        assert!(check_all(&many).is_err());
        assert!(right("Fly").unwrap_err().to_string().contains("'Fly'"));
    }
}
