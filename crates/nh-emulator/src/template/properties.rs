use std::collections::BTreeMap;

/// What fills in a template. Names are looked up without regard to ASCII case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties(BTreeMap<String, Property>);

#[derive(Clone, Debug, PartialEq)]
struct Property {
    name: String,
    value: String,
}

impl From<BTreeMap<String, String>> for Properties {
    fn from(map: BTreeMap<String, String>) -> Properties {
        let all = map.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), Property { name, value }));
        Properties(all.collect())
    }
}

impl Properties {
    /// A flat JSON object whose values are strings.
    pub(crate) fn parse(json: &[u8]) -> Option<Properties> {
        serde_json::from_slice::<BTreeMap<String, String>>(json).ok().map(Properties::from)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn to_json(&self) -> String {
        let all: BTreeMap<_, _> = self.0.values().map(|property| (&property.name, &property.value)).collect();
        serde_json::to_string(&all).expect("strings are JSON")
    }

    /// These, and of `others` those that these lack.
    pub(crate) fn and(&self, others: &Properties) -> Properties {
        let mut all = others.clone();
        all.0.extend(self.0.clone());
        all
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(|property| property.value.as_str())
    }
}
