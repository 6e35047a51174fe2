use super::contract::Contract;
use super::ids;
use super::payload_kind::template_kind;
use crate::breach::Breach;
use crate::rules;
use crate::template::properties::Properties;
use crate::xml;
use nh_outcome::Platform;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// A device that is registered, natively or with a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) etag: u64,
    pub(crate) contract: &'static Contract,
    pub(crate) tags: Vec<String>,
    pub(crate) push_variables: Properties,
    /// The texts of the handle and, for a template, of what it adds, by their elements.
    pub(crate) texts: BTreeMap<&'static str, String>,
    pub(crate) template: Option<Template>,
    /// The installation that it stands for.
    pub(crate) installation: Option<String>,
    /// When it ends; `None`: never.
    pub(crate) expires: Option<OffsetDateTime>,
}

/// A template's platform headers. Its other parts are texts of the registration.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Template {
    pub(crate) headers: Vec<(String, String)>,
}

impl Registration {
    /// A device with a handle of one part or, for Baidu, its parts joined.
    pub(crate) fn new(contract: &'static Contract, handle: &[&str]) -> Registration {
        let normal = |text: &str| rules::handle::normal(&contract.platform, text);
        let texts = contract.required().zip(handle).map(|(name, text)| (name, normal(text)));
        Registration {
            id: ids::registration_id(),
            etag: 1,
            contract,
            tags: Vec::new(),
            push_variables: Properties::default(),
            texts: texts.collect(),
            template: None,
            installation: None,
            expires: None,
        }
    }

    /// A device by its handle as outcomes name it; what else a platform asks for is made up.
    pub(crate) fn of_handle(contract: &'static Contract, handle: &str) -> Registration {
        match contract.platform {
            Platform::Browser => Registration::new(contract, &[handle, "emulator", "emulator"]),
            Platform::Baidu => {
                let (user, channel) = handle.split_once('-').unwrap_or((handle, handle));
                Registration::new(contract, &[user, channel])
            }
            _ => Registration::new(contract, &[handle]),
        }
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.contract.platform
    }

    pub(crate) fn text(&self, element: &str) -> Option<&str> {
        self.texts.get(element).map(String::as_str)
    }

    /// As outcomes name it.
    pub(crate) fn pns_handle(&self) -> String {
        self.contract.pns_handle(|name| self.text(name)).unwrap_or_default()
    }

    /// Is it what the service takes?
    ///
    /// # Errors
    /// What is wrong with its handle or its template. A registration is a document of XML: what XML cannot hold is wrong, too.
    pub(crate) fn check(&self) -> Result<(), Breach> {
        let text = |name: &str| self.text(name);
        self.texts.values().try_for_each(|text| xml::check_text(text))?;
        xml::check_text(&self.push_variables.to_json())?;
        for name in self.contract.required() {
            rules::handle::check(self.platform(), name, text(name).unwrap_or_default())?;
        }
        let Some(template) = &self.template else { return Ok(()) };
        let headers = template.headers.iter().flat_map(|(name, value)| [name, value]);
        headers.into_iter().try_for_each(|text| xml::check_text(text))?;
        rules::template::check(rules::template::Given {
            platform: self.platform(),
            name: text("TemplateName"),
            body: text("BodyTemplate").unwrap_or_default(),
            headers: &template.headers,
            expiry: text("Expiry"),
            priority: text("Priority"),
        })
    }

    /// With a template, and the headers that SDKs would set for it.
    pub(crate) fn set_template(&mut self, name: String, body: String) {
        self.clear_template();
        let headers = template_kind(self.platform(), &body);
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.template = Some(Template { headers });
        self.texts.insert("BodyTemplate", body);
        if !name.is_empty() {
            self.texts.insert("TemplateName", name);
        }
    }

    /// As if it had been registered before there were rules for them.
    pub(crate) fn forget_template_headers(&mut self) {
        if let Some(template) = &mut self.template {
            template.headers.clear();
        }
    }

    pub(crate) fn clear_template(&mut self) {
        self.template = None;
        self.texts.retain(|name, _| !self.contract.template.contains(name));
    }

    pub(crate) fn template_name(&self) -> Option<&str> {
        self.template.as_ref().and_then(|_| self.text("TemplateName"))
    }

    pub(crate) fn template_body(&self) -> Option<&str> {
        self.template.as_ref().and_then(|_| self.text("BodyTemplate"))
    }
}
