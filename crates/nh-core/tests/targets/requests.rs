//! Whatever tag, id, handle and payload a program gives: each request that the core builds is a message of HTTP/1.1 inside its
//! own hub, and equal values give equal requests.

use crate::targets::{every_request, request};
use proptest::prelude::*;

/// What has a meaning somewhere on the way, and what has none.
fn odd_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "\\",
            "..",
            ".",
            "%2e",
            "%2F",
            "?",
            "#",
            "&",
            "=",
            " ",
            "\r\n",
            "\n",
            "\t",
            "\0",
            "\"",
            "'",
            ";",
            ",",
            ":",
            "@",
            "$",
            "$batch",
            "{",
            "}",
            "<",
            ">",
            "]]>",
            "&amp;",
            "é",
            "\u{202e}",
            "\u{feff}",
            "HTTP/1.1",
            "X-Evil: 1",
            "https://other.example/",
            "messages",
            "$InstallationId:{1}",
        ])
        .prop_map(str::to_owned),
        "[a-z0-9_.-]{1,6}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9_.-]{1,12}", odd_text()]
}

fn handle() -> impl Strategy<Value = String> {
    prop_oneof!["([0-9A-F]{2}){1,8}", "https://[a-z]{1,5}\\.example/[a-z%?=&]{0,8}", odd_text()]
}

fn payload() -> impl Strategy<Value = String> {
    prop_oneof![
        odd_text().prop_map(|text| serde_json::json!({ "aps": { "alert": text } }).to_string()),
        odd_text().prop_map(|text| serde_json::json!({ "text": text }).to_string()),
        odd_text().prop_map(|text| format!("<toast><visual>{text}</visual></toast>")),
        odd_text(),
    ]
}

proptest! {
    #[test]
    fn every_request_is_a_message_inside_its_hub(
        name in "[A-Za-z0-9._-]{1,12}", tag in id(), id in id(), handle in handle(), payload in payload()
    ) {
        // "." and ".." name no hub.
        if let Ok(hub) = request::hub(&name) {
            every_request(&hub, &tag, &id, &handle, &payload);
        }
    }
}
