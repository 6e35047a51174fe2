//! Expressions that are combined in any way: what is sent is read as equal, and means the same.

use nh_core::{Audience, Tag, TagExpression};
use proptest::prelude::*;

fn expression() -> impl Strategy<Value = TagExpression> {
    let tag = prop_oneof![
        "[A-Za-z0-9_@#.:-]{1,8}",
        "[a-z0-9-]{1,6}".prop_map(|id| format!("$InstallationId:{{{id}}}")),
        "[a-z0-9-]{1,6}".prop_map(|id| format!("$UserId:{{{id}}}")),
    ];
    let leaf = tag.prop_map(|tag| TagExpression::from(Tag::new(tag).unwrap()));
    leaf.prop_recursive(8, 12, 3, |inner: BoxedStrategy<TagExpression>| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left & right),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| left | right),
            inner.clone().prop_map(|expression| !expression),
            // As it is written, with parentheses that nobody needs.
            inner.prop_map(|expression| {
                TagExpression::parse(format!(" ( {expression} ) ")).unwrap_or(expression)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_sent_is_read_as_equal(expression in expression(), held in prop::collection::vec(any::<bool>(), 12)) {
        let Ok(audience) = Audience::expression(&expression) else { return Ok(()) };
        let sent = audience.as_expression().unwrap();
        let read = TagExpression::parse(sent).unwrap();
        prop_assert_eq!(&read, &expression);
        prop_assert_eq!(&TagExpression::parse(read.to_string()).unwrap(), &expression);
        // A device with some of its tags.
        let tags: Vec<&str> = expression.tags().map(Tag::as_str).zip(&held).filter(|(_, held)| **held).map(|(tag, _)| tag).collect();
        prop_assert_eq!(read.matches(&tags), expression.matches(&tags));
    }
}
