//! Work is linear in the input, up to the limit of each parser: it is counted in allocations and their bytes, not in time. The
//! documents of nh-outcome have such tests there.

use allocation_counter::{AllocationInfo, measure};
use nh_core::bytes::Bytes;
use nh_core::http::Response;
use nh_core::nh_outcome::xml::{ATOM, CONNECT};
use nh_core::{ConnectionString, Feedback, ListRegistrations, Operation, TagExpression, job};

/// A parser, and an input for it that grows with a number.
type Case = (&'static str, fn(&str), fn(usize) -> String);

fn feed(n: usize, entry: &str) -> String {
    format!("<feed xmlns='{ATOM}' xmlns:c='{CONNECT}'>{}</feed>", entry.repeat(n))
}

const REGISTRATION: &str = "<c:GcmRegistrationDescription><c:RegistrationId>1</c:RegistrationId><c:Tags>a,b</c:Tags>\
    <c:GcmRegistrationId>g</c:GcmRegistrationId></c:GcmRegistrationDescription>";

fn read_feed(text: &str) {
    drop(ListRegistrations::new().response(Response::new(Bytes::copy_from_slice(text.as_bytes()))));
}

fn read_expression(text: &str) {
    drop(TagExpression::parse(text));
}

fn read_connection_string(text: &str) {
    drop(ConnectionString::parse(text));
}

fn read_blob(text: &str) {
    Feedback::documents(text.as_bytes()).for_each(drop);
}

fn read_lines(text: &str) {
    job::lines(text).for_each(|line| drop(line.registration()));
}

const CASES: &[Case] = &[
    ("alternatives", read_expression, |n| vec!["tag"; n].join("||")),
    ("conditions", read_expression, |n| vec!["!tag"; n].join(" && ")),
    ("groups", read_expression, |n| vec!["(a&&b)"; n].join("||")),
    ("parentheses", read_expression, |n| "(".repeat(n)),
    ("nots", read_expression, |n| "!".repeat(n)),
    ("one long tag", read_expression, |n| "a".repeat(n)),
    ("no tag", read_expression, |n| "*".repeat(n)),
    ("unknown parts", read_connection_string, |n| "Unknown=1;".repeat(n)),
    ("a part that is none", read_connection_string, |n| "x".repeat(n)),
    ("a long key", read_connection_string, |n| {
        format!("Endpoint=sb://a.example;SharedAccessKeyName=n;SharedAccessKey={}", "a=".repeat(n))
    }),
    ("a long host", read_connection_string, |n| format!("Endpoint=sb://{};", "a.".repeat(n))),
    ("empty parts", read_connection_string, |n| ";".repeat(n)),
    ("entries", read_feed, |n| feed(n, &format!("<entry><content>{REGISTRATION}</content></entry>"))),
    ("registrations in one entry", read_feed, |n| {
        feed(1, &format!("<entry><content>{}</content></entry>", REGISTRATION.repeat(n)))
    }),
    ("tags of one registration", read_feed, |n| {
        let tags = "tag,".repeat(n);
        feed(1, &format!("<entry><content>{}</content></entry>", REGISTRATION.replace("a,b", &tags)))
    }),
    ("references", read_feed, |n| {
        let text = "&amp;".repeat(n);
        feed(
            1,
            &format!(
                "<entry><content>{}</content></entry>",
                REGISTRATION.replace(">g<", &format!(">{text}<"))
            ),
        )
    }),
    ("entries that are cut off", read_feed, |n| feed(n, "<entry><content>")),
    ("documents of a blob", read_blob, |n| {
        format!("<?xml version='1.0'?><PnsFeedback xmlns='{CONNECT}'><PnsHandle>a</PnsHandle></PnsFeedback>")
            .repeat(n)
    }),
    ("broken documents of a blob", read_blob, |n| "<?xml version='1.0'?><PnsFeedback>".repeat(n)),
    ("what looks like a document", read_blob, |n| "<?xml-model?><?xml".repeat(n)),
    ("lines", read_lines, |n| format!("1,<c:GcmRegistrationDescription xmlns:c='{CONNECT}'/>\n").repeat(n)),
    ("empty lines", read_lines, |n| "\r\n".repeat(n)),
];

/// Twice the input makes at most twice the work, and a little that does not depend on it.
#[test]
fn twice_the_input_is_twice_the_work() {
    for (what, read, input) in CASES {
        let [once, twice] = [4000, 8000].map(|n| {
            let input = input(n);
            measure(|| read(&input))
        });
        let at_most = |twice: u64, once: u64, little: u64| twice <= once * 21 / 10 + little;
        let fits = |of: fn(&AllocationInfo) -> u64, little| at_most(of(&twice), of(&once), little);
        assert!(fits(|work| work.count_total, 8), "{what}: {once:?} {twice:?}");
        assert!(fits(|work| work.bytes_total, 4096), "{what}: {once:?} {twice:?}");
        assert!(fits(|work| work.bytes_max, 4096), "{what}: {once:?} {twice:?}");
    }
}
