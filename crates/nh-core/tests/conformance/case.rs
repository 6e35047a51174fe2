//! A case, and the two forms that can stand wherever a value can: `$repeat` and `any_of`.

use serde_json::Value;

pub(crate) struct Case(Value);

pub(crate) enum Verdict {
    Passed,
    Failed(String),
    /// Of an operation that does not exist yet.
    NotYet,
}

impl From<Result<(), String>> for Verdict {
    fn from(result: Result<(), String>) -> Verdict {
        match result {
            Ok(()) => Verdict::Passed,
            Err(difference) => Verdict::Failed(difference),
        }
    }
}

impl Case {
    pub(crate) fn new(mut value: Value) -> Case {
        expand(&mut value);
        Case(value)
    }

    pub(crate) fn name(&self) -> &str {
        self.0["case"].as_str().unwrap_or("(no name)")
    }

    pub(crate) fn operation(&self) -> &str {
        self.0["call"]["op"].as_str().unwrap_or("token")
    }

    pub(crate) fn get(&self, key: &str) -> &Value {
        &self.0[key]
    }
}

/// `{"$repeat": {prefix, unit, count, suffix}}` stands for a string.
fn expand(value: &mut Value) {
    if let Some(repeat) = value.get("$repeat") {
        let text = |key: &str| repeat[key].as_str().unwrap_or_else(|| panic!("a $repeat has no {key}"));
        let count = repeat["count"].as_u64().and_then(|count| usize::try_from(count).ok());
        let count = count.expect("a $repeat has a count");
        *value = Value::String(format!("{}{}{}", text("prefix"), text("unit").repeat(count), text("suffix")));
        return;
    }
    match value {
        Value::Array(values) => values.iter_mut().for_each(expand),
        Value::Object(members) => members.values_mut().for_each(expand),
        _ => {}
    }
}

/// The values that are right: those of `any_of`, or the one.
pub(crate) fn alternatives(expected: &Value) -> Vec<&Value> {
    match expected.get("any_of").and_then(Value::as_array) {
        Some(values) => values.iter().collect(),
        None => vec![expected],
    }
}

/// The first alternative's difference, if none fits.
pub(crate) fn any(
    expected: &Value,
    mut fits: impl FnMut(&Value) -> Result<(), String>,
) -> Result<(), String> {
    let mut first = None;
    for alternative in alternatives(expected) {
        match fits(alternative) {
            Ok(()) => return Ok(()),
            Err(difference) => first = first.or(Some(difference)),
        }
    }
    Err(first.unwrap_or_else(|| "no value is right".to_owned()))
}

/// How a long value appears in a difference.
pub(crate) fn shown(value: impl std::fmt::Display) -> String {
    let text = value.to_string();
    if text.len() <= 300 {
        text
    } else {
        format!("{}… ({} bytes)", text.chars().take(300).collect::<String>(), text.len())
    }
}

#[test]
fn repeats_are_expanded_everywhere() {
    let case = Case::new(
        serde_json::json!({"a": [{"$repeat": {"prefix": "<", "unit": "ab", "count": 2, "suffix": ">"}}]}),
    );
    assert_eq!(case.get("a")[0], "<abab>");
}

#[test]
fn any_of_is_any_one() {
    let is = |wanted: i64| {
        any(&serde_json::json!({"any_of": [1, 2]}), |value| {
            if *value == wanted { Ok(()) } else { Err(format!("not {value}")) }
        })
    };
    assert_eq!(is(2), Ok(()));
    assert_eq!(is(3), Err("not 1".to_owned()));
}
