//! The guide has a paragraph for each code, and no other.

use nh_hyper::diagnose::FindingCode;

const GUIDE: &str = include_str!("../../docs/findings.md");

#[test]
fn each_code_has_its_paragraph() {
    let paragraphs: Vec<(&str, &str)> = GUIDE
        .split("\n## ")
        .skip(1)
        .map(|part| {
            let (title, text) = part.split_once('\n').unwrap();
            (title.trim(), text.trim())
        })
        .collect();
    let codes: Vec<&str> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
    let titles: Vec<&str> = paragraphs.iter().map(|(title, _)| *title).collect();
    assert_eq!(titles, codes);
    for (code, (_, text)) in FindingCode::ALL.iter().zip(&paragraphs) {
        let begins = format!("**{}.**", code.title());
        assert!(text.starts_with(&begins), "the paragraph of {code} does not begin with {begins}");
        assert!(text.len() > begins.len() + 60, "{code}");
    }
}
