use crate::credential::Signer;
use http::Uri;

/// The parts of a target of the service: the root URL, the `api-version`, and the signer.
pub(crate) struct Site {
    pub(crate) root: Uri,
    pub(crate) api_version: String,
    pub(crate) signer: Signer,
}
