use super::Registration;
use super::contract::CONTRACTS;
use nh_outcome::Platform;

/// `$filter`: equalities that together name a handle. No other is documented.
#[derive(Debug)]
pub(crate) struct Filter {
    terms: Vec<(String, String)>,
    handle: String,
}

impl Filter {
    /// `Name eq 'value' and Name eq 'value'`; quotes in a value are doubled.
    pub(crate) fn parse(text: &str) -> Option<Filter> {
        let mut terms = Vec::new();
        let mut rest = text.trim();
        loop {
            let (name, tail) = rest.split_once(' ')?;
            let mut tail = tail.trim_start().strip_prefix("eq ")?.trim_start().strip_prefix('\'')?;
            let mut value = String::new();
            loop {
                let end = tail.find('\'')?;
                value.push_str(&tail[..end]);
                tail = &tail[end + 1..];
                match tail.strip_prefix('\'') {
                    Some(more) => {
                        value.push('\'');
                        tail = more;
                    }
                    None => break,
                }
            }
            terms.push((name.to_owned(), value));
            rest = tail.trim();
            match rest.strip_prefix("and ") {
                Some(more) => rest = more.trim_start(),
                None if rest.is_empty() => break,
                None => return None,
            }
        }
        let value =
            |name: &str| terms.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let handle = value("ChannelUri").map(str::to_owned).or_else(|| {
            let mut contracts = CONTRACTS.iter();
            contracts.find_map(|contract| contract.pns_handle(value))
        })?;
        Some(Filter { terms, handle })
    }

    /// The handle of whatever fits.
    pub(crate) fn handle(&self) -> &str {
        &self.handle
    }

    /// `ChannelUri` stands for any platform's handle (recorded for Apple and Gcm).
    pub(crate) fn fits(&self, registration: &Registration) -> bool {
        self.terms.iter().all(|(name, value)| {
            let same = |text: &str| match registration.platform() {
                Platform::Apple => text.eq_ignore_ascii_case(value),
                _ => text == value,
            };
            if name == "ChannelUri" {
                same(&registration.pns_handle())
            } else {
                registration.text(name).is_some_and(same)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Contract;
    use super::*;

    #[test]
    fn what_is_no_equality_of_a_handle_is_none() {
        for bad in
            ["", "a", "a eq", "a eq b", "ChannelUri eq 'b", "a ne 'b'", "ChannelUri eq 'b' or c eq 'd'"]
        {
            assert!(Filter::parse(bad).is_none(), "{bad}");
        }
        for other in ["TemplateName eq 't'", "BaiduUserId eq 'u'", "Auth eq 'a' and P256DH eq 'p'"] {
            assert!(Filter::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_handle_is_named_by_its_parts() {
        let handle = |text: &str| Filter::parse(text).unwrap().handle().to_owned();
        assert_eq!(handle("GcmRegistrationId eq 'it''s'"), "it's");
        assert_eq!(handle("BaiduUserId eq 'u' and BaiduChannelId eq 'c'"), "u-c");
        assert_eq!(handle("Endpoint eq 'e' and P256DH eq 'p' and Auth eq 'a'"), "e");
        assert_eq!(handle("ChannelUri eq 'any'"), "any");
    }

    #[test]
    fn apples_tokens_have_no_case() {
        let apple = Registration::new(Contract::of(&Platform::Apple).unwrap(), &["ab01"]);
        let gcm = Registration::new(Contract::of(&Platform::Gcm).unwrap(), &["ab01"]);
        let filter = Filter::parse("ChannelUri eq 'aB01'").unwrap();
        assert!(filter.fits(&apple) && !filter.fits(&gcm));
        assert!(Filter::parse("DeviceToken eq 'AB01'").unwrap().fits(&apple));
    }
}
