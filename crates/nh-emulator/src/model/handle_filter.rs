use super::contract::CONTRACTS;
use super::registration::Registration;
use nh_outcome::Platform;

/// `$filter`: equalities that together name a handle. No other is documented.
#[derive(Debug)]
pub(crate) struct HandleFilter {
    terms: Vec<(String, String)>,
    handle: String,
}

impl HandleFilter {
    /// `None`: the equalities name no handle.
    pub(crate) fn new(terms: Vec<(String, String)>) -> Option<HandleFilter> {
        let value =
            |name: &str| terms.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let handle = value("ChannelUri").map(str::to_owned).or_else(|| {
            let mut contracts = CONTRACTS.iter();
            contracts.find_map(|contract| contract.pns_handle(value))
        })?;
        Some(HandleFilter { terms, handle })
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
