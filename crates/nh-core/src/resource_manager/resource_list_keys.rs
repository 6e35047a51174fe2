use crate::{BuildError, ConnectionString, Credential, SharedAccessKey};
use serde::Deserialize;
use std::fmt;
use zeroize::Zeroizing;

/// Which of the two keys of an access rule. Both have the same rights. So one can be replaced while the other is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyKey {
    /// The first one: `PrimaryKey`.
    Primary,
    /// The second one: `SecondaryKey`.
    Secondary,
}

impl PolicyKey {
    /// Returns the word of the service: `PrimaryKey` or `SecondaryKey` ([Regenerate Keys]).
    ///
    /// ```
    /// assert_eq!(nh_core::PolicyKey::Primary.as_str(), "PrimaryKey");
    /// ```
    ///
    /// [Regenerate Keys]: https://learn.microsoft.com/rest/api/notificationhubs/notification-hubs/regenerate-keys
    pub const fn as_str(self) -> &'static str {
        match self {
            PolicyKey::Primary => "PrimaryKey",
            PolicyKey::Secondary => "SecondaryKey",
        }
    }
}

/// Writes the word of the service.
impl fmt::Display for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The keys of an access rule, as [`ListKeys`](crate::ListKeys) and [`RegenerateKeys`](crate::RegenerateKeys) return them.
///
/// They are secrets. They are overwritten with zeros when they are dropped. `Debug` shows the name of the rule only.
///
/// ```
/// use nh_core::{Hub, ListKeys, Operation, PolicyKey, ResourceId, bytes::Bytes, http::Response};
///
/// # let rule: ResourceId = "/subscriptions/29cfa613-cbbc-4512-b1d6-1b3a92c7fa40/resourceGroups/5ktrial/providers\
/// #     /Microsoft.NotificationHubs/namespaces/nh-sdk-ns/notificationHubs/nh-sdk-hub/authorizationRules/Full".parse()?;
/// let answer = Response::new(Bytes::from_static(br#"{
///     "primaryConnectionString": "Endpoint=sb://nh-sdk-ns.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=c2VjcmV0",
///     "secondaryConnectionString": "Endpoint=sb://nh-sdk-ns.servicebus.windows.net/;SharedAccessKeyName=Full;SharedAccessKey=b3RoZXI=",
///     "primaryKey": "c2VjcmV0", "secondaryKey": "b3RoZXI=", "keyName": "Full" }"#));
/// let keys = ListKeys::of(&rule)?.response(answer)?;
/// let endpoint = keys.connection_string(PolicyKey::Primary).endpoint().to_string();
/// let hub = Hub::new(endpoint, "nh-sdk-hub", keys.credential(PolicyKey::Primary))?;
/// assert_eq!(hub.uri(), "https://nh-sdk-ns.servicebus.windows.net/nh-sdk-hub");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ResourceListKeys {
    key_name: String,
    primary: Key,
    secondary: Key,
}

#[derive(Clone)]
struct Key {
    text: Zeroizing<String>,
    ready: SharedAccessKey,
    connection_string: ConnectionString,
}

impl ResourceListKeys {
    /// Reads the body of an answer. No error repeats a part of it.
    pub(crate) fn read(body: &[u8]) -> Result<ResourceListKeys, String> {
        // What serde says of a member of another kind repeats its value.
        let document: Document = serde_json::from_slice(body).map_err(|why| {
            let place = format!("line {}, column {}", why.line(), why.column());
            match why.classify() {
                serde_json::error::Category::Data => format!("a member is not as documented, at {place}"),
                _ => format!("it is not JSON, at {place}"),
            }
        })?;
        let missing = |name: &'static str| move || format!("{name} is missing");
        let key_name = document.key_name.ok_or_else(missing("keyName"))?;
        let key = |name, text: Option<String>, in_string, connection_string: Option<String>| {
            let text = Zeroizing::new(text.ok_or_else(missing(name))?);
            let connection_string = Zeroizing::new(connection_string.ok_or_else(missing(in_string))?);
            let said = |error: BuildError| format!("{}: {}", error.subject(), error.problem());
            Ok::<_, String>(Key {
                ready: SharedAccessKey::new(&key_name, &text).map_err(said)?,
                connection_string: ConnectionString::parse(&connection_string)
                    .map_err(|error| format!("{in_string}: {}", error.problem()))?,
                text,
            })
        };
        let primary = key(
            "primaryKey",
            document.primary_key,
            "primaryConnectionString",
            document.primary_connection_string,
        )?;
        let secondary = key(
            "secondaryKey",
            document.secondary_key,
            "secondaryConnectionString",
            document.secondary_connection_string,
        )?;
        Ok(ResourceListKeys { key_name, primary, secondary })
    }

    fn key(&self, which: PolicyKey) -> &Key {
        match which {
            PolicyKey::Primary => &self.primary,
            PolicyKey::Secondary => &self.secondary,
        }
    }

    /// Returns the name of the access rule.
    pub fn key_name(&self) -> &str {
        &self.key_name
    }

    /// Returns the key itself.
    pub fn secret(&self, which: PolicyKey) -> &str {
        &self.key(which).text
    }

    /// Returns the connection string with this key. Its endpoint is that of the namespace.
    pub fn connection_string(&self, which: PolicyKey) -> &ConnectionString {
        &self.key(which).connection_string
    }

    /// Returns a credential that signs with this key.
    pub fn credential(&self, which: PolicyKey) -> Credential {
        self.key(which).ready.clone().into()
    }
}

impl fmt::Debug for ResourceListKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceListKeys").field("key_name", &self.key_name).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    primary_connection_string: Option<String>,
    secondary_connection_string: Option<String>,
    primary_key: Option<String>,
    secondary_key: Option<String>,
    key_name: Option<String>,
}
