//! Shared access signatures, checked by a computation of its own: nothing of nh-core's signer is used.

use crate::rules::access_rule::{AccessRule, Claim};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;
use time::OffsetDateTime;

/// Why a request is not let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotLetIn {
    /// 401, with the service's words.
    Unauthorized(&'static str),
    /// The token is good, its rule lacks the right: 403 without a body, as the current gateway answers.
    Forbidden,
}

const MISSING: NotLetIn = NotLetIn::Unauthorized("MissingToken: The authorization header was not found.");
const MALFORMED: NotLetIn = NotLetIn::Unauthorized("MalformedToken: The token is malformed.");
const SIGNATURE: NotLetIn = NotLetIn::Unauthorized("InvalidSignature: The token has an invalid signature.");
const AUDIENCE: NotLetIn =
    NotLetIn::Unauthorized("InvalidAudience: The token does not cover the requested resource.");
const EXPIRED: NotLetIn = NotLetIn::Unauthorized("ExpiredToken: The token is expired.");

/// Does `authorization` let a request for `host` and `path_and_query` use `claim`? A namespace and its hubs may have rules of
/// one name.
pub(crate) fn check<'a>(
    rules: impl IntoIterator<Item = &'a AccessRule>,
    authorization: Option<&str>,
    host: &str,
    path_and_query: &str,
    claim: Claim,
    now: OffsetDateTime,
) -> Result<(), NotLetIn> {
    let fields = authorization.ok_or(MISSING)?.strip_prefix("SharedAccessSignature ").ok_or(MALFORMED)?;
    let field = |name: &str| {
        let mut found =
            fields.split('&').filter_map(|field| field.trim().split_once('=')).filter(|(n, _)| *n == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            _ => Err(MALFORMED),
        }
    };
    let (resource, signature, expiry, name) = (field("sr")?, field("sig")?, field("se")?, field("skn")?);
    // The fields are form data: a plus that is not encoded is a space (azure-docs#56870, azure-sdk-for-js#22999).
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(String::from).map_err(|_| MALFORMED)
    };

    // A wrong name and a wrong key are told apart by nobody.
    let name = decode(name)?;
    let signature = STANDARD.decode(decode(signature)?).map_err(|_| SIGNATURE)?;
    let rule = rules
        .into_iter()
        .find(|rule| rule.name.eq_ignore_ascii_case(&name) && is_signed(rule, resource, expiry, &signature))
        .ok_or(SIGNATURE)?;

    if expiry.parse::<i64>().map_err(|_| MALFORMED)? <= now.unix_timestamp() {
        return Err(EXPIRED);
    }
    if !covers(&decode(resource)?, host, path_and_query) {
        return Err(AUDIENCE);
    }
    if rule.claims.contains(&claim) { Ok(()) } else { Err(NotLetIn::Forbidden) }
}

/// A token that opens `resource` with the rights of a rule, for who pastes a line into a shell.
pub(crate) fn token(rule: &AccessRule, resource: &str, expiry: OffsetDateTime) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (resource, expiry) = (encode(resource), expiry.unix_timestamp());
    let signature = encode(&STANDARD.encode(mac(&rule.key, &resource, expiry).finalize().into_bytes()));
    format!("SharedAccessSignature se={expiry}&sig={signature}&skn={}&sr={resource}", rule.name)
}

fn mac(key: &str, resource: &str, expiry: impl std::fmt::Display) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{resource}\n{expiry}").as_bytes());
    mac
}

fn is_signed(rule: &AccessRule, resource: &str, expiry: &str, signature: &[u8]) -> bool {
    // A key that is not there signs nothing, and HMAC would take the empty one.
    [&rule.key, &rule.secondary_key]
        .into_iter()
        .filter(|key| !key.is_empty())
        .any(|key| mac(key, resource, expiry).verify_slice(signature).is_ok())
}

/// A token covers its URI and everything below. Scheme, port, case and query do not matter: the .NET SDK leaves the query out, and
/// the older Node SDK signs a `'` in it where `%27` is sent.
fn covers(resource: &str, host: &str, path_and_query: &str) -> bool {
    let resource = resource.to_lowercase();
    let resource = resource.split_once("://").map_or(&*resource, |(_, rest)| rest);
    let (authority, path) = resource.split_once('/').unwrap_or((resource, ""));
    let bare = |authority: &str| match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.to_lowercase(),
        _ => authority.to_lowercase(),
    };
    let path_of = |text: &str| {
        let path = text.split('?').next().unwrap_or_default();
        percent_decode_str(path).decode_utf8_lossy().trim_matches('/').to_lowercase()
    };
    let (path, asked) = (path_of(path), path_of(path_and_query));
    bare(authority) == bare(host)
        && (path.is_empty()
            || asked.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn rules() -> [AccessRule; 2] {
        let key = |byte: u8| STANDARD.encode([byte; 32]);
        [
            AccessRule::new(AccessRule::FULL, &Claim::ALL, [key(1), key(2)]),
            AccessRule::new(AccessRule::LISTEN, &[Claim::Listen], [key(3), key(4)]),
        ]
    }

    fn token(rule: &AccessRule, key: &str, resource: &str, expiry: i64) -> String {
        let expiry = OffsetDateTime::from_unix_timestamp(expiry).unwrap();
        super::token(&AccessRule { key: key.to_owned(), ..rule.clone() }, resource, expiry)
    }

    fn ask(rules: &[AccessRule], token: Option<&str>, claim: Claim) -> Result<(), NotLetIn> {
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        check(rules, token, "localhost:8443", "/Demo-Hub/messages?api-version=2020-06", claim, now)
    }

    #[test]
    fn a_good_token_covers_what_is_below_its_uri() {
        let rules = rules();
        for resource in [
            "https://localhost/",
            "sb://LOCALHOST:1/demo-hub",
            "http://localhost/demo-hub/",
            "https://localhost/demo-hub/messages",
            "https://localhost/demo-hub/messages?api-version=2020-06",
            "https://localhost/demo-hub/messages?$filter='a'",
            "https://localhost/demo%2dhub/",
        ] {
            let token = token(&rules[0], &rules[0].key, resource, NOW + 1);
            assert_eq!(ask(&rules, Some(&token), Claim::Send), Ok(()), "{resource}");
        }
        for resource in [
            "https://localhost/demo",
            "https://localhost/demo-hub-2",
            "https://elsewhere/demo-hub",
            "https://localhost/demo-hub/jobs",
        ] {
            let token = token(&rules[0], &rules[0].key, resource, NOW + 1);
            assert_eq!(ask(&rules, Some(&token), Claim::Send), Err(AUDIENCE), "{resource}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let rules = rules();
        let uri = "https://localhost/demo-hub";
        let good = token(&rules[0], &rules[0].key, uri, NOW + 1);
        assert_eq!(ask(&rules, None, Claim::Send), Err(MISSING));
        for malformed in [
            "Bearer x",
            "SharedAccessSignature ",
            "SharedAccessSignature sr=a&sig=b&se=1",
            &format!("{good}&se=1"),
        ] {
            assert_eq!(ask(&rules, Some(malformed), Claim::Send), Err(MALFORMED), "{malformed}");
        }
        for (key, name) in [
            ("wrong", rules[0].name.as_str()),
            (rules[1].key.as_str(), rules[0].name.as_str()),
            (rules[0].key.as_str(), "Nobody"),
        ] {
            let token = token(&AccessRule { name: name.to_owned(), ..rules[0].clone() }, key, uri, NOW + 1);
            assert_eq!(ask(&rules, Some(&token), Claim::Send), Err(SIGNATURE));
        }
        assert_eq!(
            ask(&rules, Some(&good.replace(&(NOW + 1).to_string(), "1800000000")), Claim::Send),
            Err(SIGNATURE)
        );
        assert_eq!(ask(&rules, Some(&token(&rules[0], &rules[0].key, uri, NOW)), Claim::Send), Err(EXPIRED));
    }

    #[test]
    fn a_rule_without_a_secondary_key_has_one_key() {
        let [full, _] = rules();
        let rules = [AccessRule { secondary_key: String::new(), ..full }];
        let uri = "https://localhost/demo-hub";
        assert_eq!(ask(&rules, Some(&token(&rules[0], &rules[0].key, uri, NOW + 1)), Claim::Send), Ok(()));
        assert_eq!(ask(&rules, Some(&token(&rules[0], "", uri, NOW + 1)), Claim::Send), Err(SIGNATURE));
    }

    #[test]
    fn a_plus_has_to_be_encoded() {
        let rules = rules();
        let tokens = (1..).map(|n| token(&rules[0], &rules[0].key, "https://localhost/", NOW + n));
        let token = tokens.into_iter().find(|token| token.contains("%2B")).unwrap();
        assert_eq!(ask(&rules, Some(&token), Claim::Send), Ok(()));
        assert_eq!(ask(&rules, Some(&token.replace("%2B", "+")), Claim::Send), Err(SIGNATURE));
        // The Python SDK leaves a slash as it is.
        let (before, signed) = token.split_once("&sig=").unwrap();
        let token = format!(
            "{before}&sig={}",
            signed.replace("%2F", "/").replace("sr=https%3A//localhost/", "sr=https%3A%2F%2Flocalhost%2F")
        );
        assert_eq!(ask(&rules, Some(&token), Claim::Send), Ok(()));
    }

    #[test]
    fn a_rule_grants_its_claims_only() {
        let rules = rules();
        let second = token(&rules[0], &rules[0].secondary_key, "https://localhost/demo-hub", NOW + 1);
        assert_eq!(ask(&rules, Some(&second), Claim::Manage), Ok(()));
        let listen = token(&rules[1], &rules[1].key, "https://localhost/demo-hub", NOW + 1);
        assert_eq!(ask(&rules, Some(&listen), Claim::Listen), Ok(()));
        assert_eq!(ask(&rules, Some(&listen), Claim::Send), Err(NotLetIn::Forbidden));
        assert_eq!(ask(&rules, Some(&listen), Claim::Manage), Err(NotLetIn::Forbidden));
    }
}
