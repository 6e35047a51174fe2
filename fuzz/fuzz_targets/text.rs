//! What people write: connection strings, tags, expressions. What is accepted survives a second reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nh_core::{ConnectionString, Tag, TagExpression};

fuzz_target!(|text: &str| {
    let _ = ConnectionString::parse(text);
    let _ = Tag::new(text);
    if let Ok(expression) = TagExpression::parse(text) {
        let again = TagExpression::parse(&expression.to_string()).expect("what is printed is an expression");
        assert_eq!(again, expression);
    }
});
