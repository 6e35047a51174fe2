//! The registrations of a hub, by id.

use super::Registration;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nh_outcome::Platform;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::ops::Bound;

#[derive(Debug, Default)]
pub(crate) struct Store(BTreeMap<String, Registration>);

/// A page, and the token of the next one.
pub(crate) type Page<'a> = (Vec<&'a Registration>, Option<String>);

impl Store {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Registration> {
        self.0.values()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Registration> {
        self.0.get(id)
    }

    pub(crate) fn insert(&mut self, registration: Registration) -> &Registration {
        let id = registration.id.clone();
        self.0.insert(id.clone(), registration);
        &self.0[&id]
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Registration> {
        self.0.remove(id)
    }

    /// Puts the registrations of an installation in the place of those it had.
    pub(crate) fn replace_installation(&mut self, installation: &str, registrations: Vec<Registration>) {
        self.0.retain(|_, known| known.installation.as_deref() != Some(installation));
        self.0.extend(registrations.into_iter().map(|registration| (registration.id.clone(), registration)));
    }

    /// At most `top` of those that `fits`, after the place that a token names; `None` if it names none.
    pub(crate) fn page(
        &self,
        fits: impl Fn(&Registration) -> bool,
        top: usize,
        token: Option<&str>,
    ) -> Option<Page<'_>> {
        let after = match token {
            Some(token) => Some(String::from_utf8(STANDARD.decode(token).ok()?).ok()?),
            None => None,
        };
        let start = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self
            .0
            .range::<String, _>((start, Bound::Unbounded))
            .map(|(_, known)| known)
            .filter(|known| fits(known));
        let page: Vec<_> = rest.by_ref().take(top).collect();
        let more = rest.next().is_some();
        let token = page.last().filter(|_| more).map(|last| {
            // The header carries it percent-encoded already (recorded).
            utf8_percent_encode(&STANDARD.encode(&last.id), NON_ALPHANUMERIC).to_string()
        });
        Some((page, token))
    }
}

/// `$filter`: equalities of the parts of a handle.
#[derive(Debug)]
pub(crate) struct Filter(Vec<(String, String)>);

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
                None if rest.is_empty() => return Some(Filter(terms)),
                None => return None,
            }
        }
    }

    /// `ChannelUri` stands for any platform's handle (recorded for Apple and Gcm).
    pub(crate) fn fits(&self, registration: &Registration) -> bool {
        self.0.iter().all(|(name, value)| {
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
    use percent_encoding::percent_decode_str;

    fn store(count: usize) -> Store {
        let mut store = Store::default();
        for i in 0..count {
            let mut registration =
                Registration::new(Contract::of(&Platform::Gcm).unwrap(), &[&format!("g{i}")]);
            registration.id = format!("{i:03}-1-1");
            store.insert(registration);
        }
        store
    }

    #[test]
    fn pages_hold_everything_once() {
        let store = store(7);
        let mut seen = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let (page, next) = store.page(|_| true, 3, token.as_deref()).unwrap();
            seen.extend(page.into_iter().map(|known| known.id.clone()));
            match next {
                Some(next) => token = Some(percent_decode_str(&next).decode_utf8().unwrap().into_owned()),
                None => break,
            }
        }
        assert_eq!(seen.len(), 7);
        assert!(seen.is_sorted());
        assert!(store.page(|_| true, 3, Some("not a token")).is_none());
    }

    #[test]
    fn filters() {
        let store = store(3);
        let found = |filter: &str| {
            let filter = Filter::parse(filter)?;
            Some(store.all().filter(|known| filter.fits(known)).count())
        };
        assert_eq!(found("GcmRegistrationId eq 'g1'"), Some(1));
        assert_eq!(found("ChannelUri eq 'g1'"), Some(1));
        assert_eq!(found("GcmRegistrationId eq 'g1' and GcmRegistrationId eq 'g2'"), Some(0));
        assert_eq!(found("GcmRegistrationId eq 'g''1'"), Some(0));
        for bad in ["", "a", "a eq", "a eq b", "a eq 'b", "a ne 'b'", "a eq 'b' or c eq 'd'"] {
            assert_eq!(found(bad), None, "{bad}");
        }
    }
}
