//! `$filter`: equalities that together name a handle. No other is documented.

use crate::model::handle_filter::HandleFilter;

/// `Name eq 'value' and Name eq 'value'`; quotes in a value are doubled.
pub(super) fn parse(text: &str) -> Option<HandleFilter> {
    let mut terms = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, tail) = rest.split_once(' ')?;
        let mut tail = tail.trim_start().strip_prefix("eq ")?.trim_start().strip_prefix('\'')?;
        let mut value = String::new();
        loop {
            let (piece, after) = tail.split_once('\'')?;
            value.push_str(piece);
            tail = after;
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
    HandleFilter::new(terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::contract::Contract;
    use crate::model::registration::Registration;
    use nh_outcome::Platform;

    #[test]
    fn what_is_no_equality_of_a_handle_is_none() {
        for bad in
            ["", "a", "a eq", "a eq b", "ChannelUri eq 'b", "a ne 'b'", "ChannelUri eq 'b' or c eq 'd'"]
        {
            assert!(parse(bad).is_none(), "{bad}");
        }
        for other in ["TemplateName eq 't'", "BaiduUserId eq 'u'", "Auth eq 'a' and P256DH eq 'p'"] {
            assert!(parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_handle_is_named_by_its_parts() {
        let handle = |text: &str| parse(text).unwrap().handle().to_owned();
        assert_eq!(handle("GcmRegistrationId eq 'it''s'"), "it's");
        assert_eq!(handle("BaiduUserId eq 'u' and BaiduChannelId eq 'c'"), "u-c");
        assert_eq!(handle("Endpoint eq 'e' and P256DH eq 'p' and Auth eq 'a'"), "e");
        assert_eq!(handle("ChannelUri eq 'any'"), "any");
    }

    #[test]
    fn apples_tokens_have_no_case() {
        let apple = Registration::new(Contract::of(&Platform::Apple).unwrap(), &["ab01"]);
        let gcm = Registration::new(Contract::of(&Platform::Gcm).unwrap(), &["ab01"]);
        let filter = parse("ChannelUri eq 'aB01'").unwrap();
        assert!(filter.fits(&apple) && !filter.fits(&gcm));
        assert!(parse("DeviceToken eq 'AB01'").unwrap().fits(&apple));
    }
}
