use super::error_answer::ErrorAnswer;
use crate::rules;
use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What is known of a request before its body is read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Host and port.
    pub(crate) host: String,
    /// By which the answer names the emulator.
    pub(crate) authority: String,
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    /// A parameter of the query, decoded as form data. Names have no case, flags need no value.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path_and_query.split_once('?')?;
        let decode =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.find(|(known, _)| decode(known).eq_ignore_ascii_case(name)).map(|(_, value)| decode(value))
    }

    /// A parameter that is a number.
    ///
    /// # Errors
    /// 400: it is none, or less than `least`.
    pub(crate) fn number(&self, name: &str, least: usize) -> Result<Option<usize>, ErrorAnswer> {
        let Some(text) = self.query(name) else { return Ok(None) };
        match text.parse::<usize>() {
            Ok(number) if number >= least => Ok(Some(number)),
            // The Java SDK asks for as many as an int counts; more than memory holds is all of them.
            Err(why) if *why.kind() == std::num::IntErrorKind::PosOverflow => Ok(Some(usize::MAX)),
            _ => Err(ErrorAnswer::bad_request(format!("The {name} '{text}' is no number from {least} on."))),
        }
    }

    /// A header as text; one that stands several times is a list (RFC 9110, 5.3). What is not UTF-8 is replaced.
    pub(crate) fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values =
            self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let first = values.next()?;
        Some(values.fold(first, |all, value| format!("{all}, {value}").into()))
    }

    /// The `Content-Type` of a document. The older Node SDK sends an empty one, and was answered with success (recorded for
    /// registrations; azure-sdk-for-node at a3aac21).
    ///
    /// # Errors
    /// 400: one that is missing, or none of those allowed.
    pub(crate) fn check_content_type(&self, allowed: &[&str]) -> Result<(), ErrorAnswer> {
        let given = self.header(header::CONTENT_TYPE.as_str());
        if given.as_ref().is_some_and(|given| given.trim().is_empty()) {
            return Ok(());
        }
        Ok(rules::content_type::check(given.as_deref(), allowed)?)
    }
}
