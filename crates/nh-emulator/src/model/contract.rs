//! The elements of registrations in the order that the service reads and writes them. This is the emulator's own copy: it
//! judges what nh-core writes.

use nh_outcome::Platform;

/// What a platform's registrations hold.
#[derive(Debug, PartialEq)]
pub(crate) struct Contract {
    pub(crate) platform: Platform,
    pub(crate) prefix: &'static str,
    /// The elements of the handle; all but `SecondaryTileName` are required.
    pub(crate) handle: &'static [&'static str],
    /// What a template adds.
    pub(crate) template: &'static [&'static str],
}

pub(crate) const BASE: [&str; 5] = ["ETag", "ExpirationTime", "RegistrationId", "Tags", "PushVariables"];

const PLAIN: &[&str] = &["BodyTemplate", "TemplateName"];

const fn contract(platform: Platform, prefix: &'static str, handle: &'static [&'static str]) -> Contract {
    Contract { platform, prefix, handle, template: PLAIN }
}

/// Records in memory and in stores count contracts and their elements: what is new comes last.
pub(crate) static CONTRACTS: [Contract; 9] = [
    contract(Platform::Adm, "Adm", &["AdmRegistrationId"]),
    Contract {
        platform: Platform::Apple,
        prefix: "Apple",
        handle: &["DeviceToken"],
        template: &["BodyTemplate", "Expiry", "TemplateName", "Priority", "ApnsHeaders"],
    },
    Contract {
        platform: Platform::Baidu,
        prefix: "Baidu",
        handle: &["BaiduUserId", "BaiduChannelId"],
        template: &["BodyTemplate", "TemplateName", "MessageType"],
    },
    contract(Platform::Browser, "Browser", &["Endpoint", "P256DH", "Auth"]),
    contract(Platform::FcmV1, "FcmV1", &["FcmV1RegistrationId"]),
    contract(Platform::Gcm, "Gcm", &["GcmRegistrationId"]),
    Contract {
        platform: Platform::WindowsPhone,
        prefix: "Mpns",
        handle: &["ChannelUri", "SecondaryTileName"],
        template: &["BodyTemplate", "MpnsHeaders", "TemplateName"],
    },
    Contract {
        platform: Platform::Windows,
        prefix: "Windows",
        handle: &["ChannelUri", "SecondaryTileName"],
        template: &["BodyTemplate", "WnsHeaders", "TemplateName"],
    },
    contract(Platform::Xiaomi, "Xiaomi", &["XiaomiRegistrationId"]),
];

impl Contract {
    pub(crate) fn of(platform: &Platform) -> Option<&'static Contract> {
        CONTRACTS.iter().find(|contract| contract.platform == *platform)
    }

    /// Its place among the contracts.
    pub(crate) fn number(&self) -> usize {
        let number = CONTRACTS.iter().position(|known| known.platform == self.platform);
        number.expect("there are no other contracts")
    }

    /// The contract that an element's name says, and whether it is a template's.
    pub(crate) fn of_element(name: &str) -> Option<(&'static Contract, bool)> {
        let name = name.strip_suffix("RegistrationDescription")?;
        let find = |prefix: &str| CONTRACTS.iter().find(|contract| contract.prefix == prefix);
        match name.strip_suffix("Template") {
            Some(prefix) => find(prefix).map(|contract| (contract, true)),
            None => find(name).map(|contract| (contract, false)),
        }
    }

    pub(crate) fn element(&self, template: bool) -> String {
        format!("{}{}RegistrationDescription", self.prefix, if template { "Template" } else { "" })
    }

    /// Everything in order.
    pub(crate) fn order(&self, template: bool) -> Vec<&'static str> {
        let template = if template { self.template } else { &[] };
        BASE.iter().chain(self.handle).chain(template).copied().collect()
    }

    /// The elements of the handle and of a template.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.handle.iter().chain(self.template).copied()
    }

    /// The handle from its elements: Baidu's two ids are joined, a browser is its endpoint.
    pub(crate) fn pns_handle<'a>(&self, element: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
        match self.platform {
            Platform::Browser => element("Endpoint").map(str::to_owned),
            _ => Some(self.required().map(element).collect::<Option<Vec<_>>>()?.join("-")),
        }
    }

    /// Must a registration have this element (contract: `IsRequired`)?
    pub(crate) fn is_required(&self, name: &str) -> bool {
        ["BodyTemplate", "WnsHeaders", "MpnsHeaders"].contains(&name)
            || self.required().any(|required| required == name)
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = &'static str> {
        self.handle.iter().copied().filter(|name| *name != "SecondaryTileName")
    }
}
