//! Follows the pages of a list: the responses of a case are served one after the other, the last one again and again.

use crate::rules::compare_answer;
use crate::rules::request::query;
use serde_json::{Value, json};

/// One request's query, and what its response was read as: items and the next step, or an error in the words of `expect`.
pub(crate) struct Step<S> {
    pub(crate) query: String,
    pub(crate) page: Result<(Vec<Value>, Option<S>), Value>,
}

/// Asks and reads from `first` until there is no next step. The client must stop by itself, so the runner stops only
/// after more requests than any case allows.
pub(crate) fn follow<S>(
    responses: &[Value],
    expected: &Value,
    first: S,
    mut step: impl FnMut(S, &Value) -> Step<S>,
) -> Result<(), String> {
    let most = expected["ends_within_requests"].as_u64().unwrap_or(responses.len() as u64);
    let mut queries = Vec::new();
    let mut items = Vec::new();
    let mut next = Some(first);
    let mut error = None;
    while let Some(this) = next.take() {
        if queries.len() as u64 == most {
            return Err(format!("does not end within {most} requests"));
        }
        let response = responses.get(queries.len()).or(responses.last()).ok_or("the case has no response")?;
        let Step { query, page } = step(this, response);
        queries.push(query);
        match page {
            Ok((more, following)) => {
                items.extend(more);
                next = following;
            }
            Err(why) => error = Some(why),
        }
    }
    let mut expected = expected.clone();
    let listed = expected.as_object_mut().ok_or("the case expects nothing")?;
    if listed.remove("ends_within_requests").is_some() && listed.is_empty() {
        return Ok(());
    }
    if let Some(Value::Array(listed)) = listed.remove("requests") {
        if listed.len() != queries.len() {
            return Err(format!("{} requests, expected {}", queries.len(), listed.len()));
        }
        for (found, listed) in queries.iter().zip(&listed) {
            query(found, listed)?;
        }
    }
    let found = error.unwrap_or_else(|| json!({"registrations": items, "continuation_token": null}));
    compare_answer::compare(&found, &expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list whose responses are `[item, token]`; it gives up on a token that it has had.
    fn run(responses: &Value, expected: &Value, trusting: bool) -> Result<(), String> {
        follow(responses.as_array().unwrap(), expected, String::new(), |token, response| {
            let query = if token.is_empty() { "v=1".to_owned() } else { format!("v=1&token={token}") };
            let next = response[1].as_str().map(str::to_owned);
            let again = next.as_ref() == Some(&token) && !trusting;
            let page = if again { Err(json!({"error": {}})) } else { Ok((vec![response[0].clone()], next)) };
            Step { query, page }
        })
    }

    #[test]
    fn every_page_is_asked_for_once() {
        let responses = json!([[{"kind": "a"}, "t%3D"], [{"kind": "b"}, null]]);
        let expected = json!({"registrations": [{"kind": "a"}, {"kind": "b"}], "continuation_token": null,
            "requests": [{"v": "1"}, {"v": "1", "token": "t="}]});
        assert_eq!(run(&responses, &expected, true), Ok(()));
        for (key, wrong) in [
            ("registrations", json!([{"kind": "a"}])),
            ("requests", json!([{"v": "1"}])),
            ("requests", json!([{"v": "1"}, {"v": "1", "token": "t%3D"}])),
        ] {
            let mut expected = expected.clone();
            expected[key] = wrong;
            assert!(run(&responses, &expected, true).is_err(), "{expected}");
        }
        assert!(run(&json!([[{"kind": "a"}, "t"], [{"kind": "b"}, "u"]]), &expected, true).is_err());
    }

    #[test]
    fn a_client_stops_by_itself() {
        let responses = json!([[{"kind": "a"}, "same"]]);
        assert_eq!(run(&responses, &json!({"ends_within_requests": 10}), false), Ok(()));
        assert!(run(&responses, &json!({"ends_within_requests": 10}), true).is_err());
    }
}
