use nh_outcome::ErrorDocument;
use serde::Deserialize;

/// What a body says in words.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) message: Option<String>,
    /// The code of an error in JSON.
    pub(crate) code: Option<String>,
}

pub(crate) fn said(document: Option<&ErrorDocument>, body: &[u8]) -> Words {
    if let Some(document) = document {
        let message = Some(document.message()).filter(|message| !message.is_empty()).map(str::to_owned);
        return Words { message, code: None };
    }
    #[derive(Deserialize)]
    struct Document {
        error: Option<Said>,
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    #[derive(Deserialize)]
    struct Said {
        /// A number in some bodies.
        code: Option<serde_json::Value>,
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    let body = body.get(..MAX_JSON_BYTES).unwrap_or(body);
    let Ok(document) = serde_json::from_slice::<Document>(body) else { return Words::default() };
    let (code, message) = document.error.map(|error| (error.code, error.message)).unwrap_or_default();
    Words {
        message: message.or(document.message).filter(|message| !message.is_empty()),
        code: code.and_then(|code| code.as_str().map(str::to_owned)).filter(|code| !code.is_empty()),
    }
}

/// A JSON body with more bytes is not read as an error document.
const MAX_JSON_BYTES: usize = 64 * 1024;
