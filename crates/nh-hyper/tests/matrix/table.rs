//! The table.

use crate::Played;
use std::fmt::Write;

pub(crate) fn table(played: &[Played]) -> String {
    let mut text = String::new();
    for (name, operation, at_once, cell) in played {
        writeln!(text, "{name} {operation:?} {at_once}: {cell} {:?}", cell.errors).unwrap();
    }
    text
}
