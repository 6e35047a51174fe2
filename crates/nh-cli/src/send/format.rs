//! The platform on the command line.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use nh_core::Format;
use std::ffi::OsStr;

/// Reads a format, and offers all that are known: in help and in completions.
#[derive(Clone)]
pub(crate) struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = Format;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Format, clap::Error> {
        StringValueParser::new().try_map(|text| text.parse::<Format>()).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::known().map(|format| PossibleValue::new(format.to_string()))))
    }
}
