//! `cargo bench -p benches --bench expressions`
//!
//! Tag expressions parsed, printed and evaluated. The floors do only what cannot be left out: copy each tag into the header value that
//! holds it, copy the text, and compare each tag with each of the device.

use benches::Pair;
use nh_core::TagExpression;
use nh_core::http::HeaderValue;
use std::hint::black_box;

/// The tags of a device. It has none of those in the expressions of one tag and of users: all are compared.
const DEVICE: [&str; 4] = ["all", "location_Boston", "follows_Cardinals", "sports"];

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let users: Vec<String> = (0..20).map(|n| format!("$UserId:{{user-{n}}}")).collect();
    let mut pairs = Vec::new();
    for (name, text) in [
        ("expression of 1 tag", "follows_RedSox".to_owned()),
        (
            "expression of 4 tags and all operators",
            "(follows_RedSox || follows_Cardinals) && location_Boston && !quiet".to_owned(),
        ),
        ("expression of 20 users", users.join(" || ")),
    ] {
        let expression = TagExpression::parse(&text)?;
        let tags: Vec<String> = expression.tags().map(|tag| tag.as_str().to_owned()).collect();
        let (copied, printed, parsed) = (tags.clone(), expression.clone(), text.clone());
        pairs.push(Pair::new(
            format!("{name}, parsed"),
            move || black_box(&copied).iter().map(|tag| HeaderValue::from_str(tag)).collect::<Vec<_>>(),
            move || TagExpression::parse(black_box(&parsed)),
        ));
        pairs.push(Pair::new(
            format!("{name}, printed"),
            move || black_box(&text).clone(),
            move || black_box(&printed).to_string(),
        ));
        pairs.push(Pair::new(
            format!("{name}, evaluated"),
            move || {
                let device = black_box(DEVICE);
                tags.iter().any(|tag| device.iter().any(|held| held.eq_ignore_ascii_case(tag)))
            },
            move || expression.matches(black_box(DEVICE)),
        ));
    }
    benches::measure(pairs)
}
