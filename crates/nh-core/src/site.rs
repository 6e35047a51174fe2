use crate::credential::Signer;
use http::Uri;

/// The parts of every target: the root URL, the `api-version`, and the signer.
pub(crate) struct Site {
    pub(crate) root: Uri,
    pub(crate) api_version: String,
    pub(crate) signer: Signer,
}
