use super::asked::Asked;
use super::error_answer::ErrorAnswer;
use crate::model::refusal::Refusal;
use crate::model::tier::Tier;
use crate::namespace::hub::Hub;
use crate::namespace::namespace::Namespace;
use bytes::Bytes;

/// What an operation works with.
pub(crate) struct Call<'a> {
    pub(crate) namespace: &'a Namespace,
    pub(crate) hub_name: &'a str,
    pub(crate) found: Option<&'a Hub>,
    pub(crate) id: &'a str,
    pub(crate) asked: &'a Asked,
    pub(crate) api_version: &'a str,
    pub(crate) body: &'a Bytes,
}

impl Call<'_> {
    /// # Errors
    /// 404: there is no such hub.
    pub(crate) fn hub(&self) -> Result<&Hub, ErrorAnswer> {
        self.found.ok_or_else(|| Refusal::no_such_hub().into())
    }

    /// The URL of the hub. The gateway's own host name stands in bodies (recorded); here it is the one that was asked for.
    pub(crate) fn base(&self) -> String {
        let name = self.found.map_or(self.hub_name, |hub| hub.name.as_str());
        format!("https://{}/{name}", self.asked.authority)
    }

    /// Where a notification can be asked for, under the version that was asked with (recorded 2018 and 2023); only the Standard
    /// tier says so.
    pub(crate) fn location(&self, path: &str, flags: &str) -> Option<String> {
        let is_told = self.namespace.tier == Tier::Standard;
        is_told.then(|| format!("{}/{path}?api-version={}{flags}", self.base(), self.api_version))
    }
}
