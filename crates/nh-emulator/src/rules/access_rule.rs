//! What is a good access rule of a hub (contract: `AuthorizationRule`, `SharedAccessAuthorizationRule`, with their words).

use super::Breach;
use crate::sas::{Claim, Rule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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
pub(crate) fn check_all(rules: &[Rule]) -> Result<(), Breach> {
    if rules.len() > MOST {
        return Err(Breach::new(format!("A notification hub has at most {MOST} authorization rules.")));
    }
    rules.iter().try_for_each(check)?;
    let twice = |(place, rule): (usize, &Rule)| {
        rules[..place].iter().any(|other| other.name.eq_ignore_ascii_case(&rule.name))
    };
    if rules.iter().enumerate().any(twice) {
        return Err(Breach::new("Each Shared Access Authorization Rule key name must be unique."));
    }
    Ok(())
}

fn check(rule: &Rule) -> Result<(), Breach> {
    let refuse = |words: &str| Err(Breach::new(words));
    let rights = &rule.claims;
    if rights.is_empty() || rights.len() > 3 {
        return refuse("Rights cannot be null, empty or greater than 3.");
    }
    if rights.iter().enumerate().any(|(place, right)| rights[..place].contains(right)) {
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
    for key in [&rule.key, &rule.secondary_key].into_iter().filter(|key| !key.is_empty()) {
        if key.len() != KEY {
            return refuse("A SharedAccessAuthorizationRule only supports keys of size 44 bytes.");
        }
        if STANDARD.decode(key).is_err() {
            return refuse("A SharedAccessAuthorizationRule supports only base64 keys.");
        }
    }
    if rights.contains(&Claim::Manage) && rights.len() != 3 {
        return refuse("Manage permission should also include Send and Listen.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, key: &str, second: &str, claims: &[Claim]) -> Rule {
        let (name, key, secondary_key) = (name.to_owned(), key.to_owned(), second.to_owned());
        Rule { name, key, secondary_key, claims: claims.to_vec(), ..Rule::full().unwrap() }
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
