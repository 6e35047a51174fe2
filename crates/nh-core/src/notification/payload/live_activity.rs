use super::ApsAlert;
use super::fields::{Fields, field, has_a_method};
use super::payload::Payload;
use crate::{BuildError, IntoTime};
use serde::Serialize;
use serde_json::{Value, json};

/// The payload that starts, updates or ends a Live Activity on an iPhone or iPad ([ActivityKit push notifications]).
///
/// [`Notification::live_activity`](crate::Notification::live_activity) makes a notification of it. APNs takes 4096 bytes.
///
/// | event | needs |
/// |---|---|
/// | `start` | [`timestamp`](LiveActivity::timestamp), [`content_state`](LiveActivity::content_state), [`attributes`](LiveActivity::attributes) |
/// | `update` | [`timestamp`](LiveActivity::timestamp), [`content_state`](LiveActivity::content_state) |
/// | `end` | [`timestamp`](LiveActivity::timestamp) |
///
/// ```
/// use nh_core::Notification;
/// use nh_core::notification::{ApsAlert, LiveActivity};
/// use nh_core::time::macros::datetime;
///
/// #[derive(serde::Serialize)]
/// struct Score { home: u32, away: u32 }
///
/// let kick_off = datetime!(2023-11-14 22:13:20 UTC);
/// let start = LiveActivity::start()
///     .timestamp(kick_off)
///     .attributes("GameAttributes", &serde_json::json!({"teams": ["Redmond", "Bellevue"]}))?
///     .content_state(&Score { home: 0, away: 0 })?
///     .alert(ApsAlert::new("Redmond plays Bellevue").title("Kick-off"));
/// let notification = Notification::live_activity(start)?.topic("com.contoso.app.push-type.liveactivity")?;
/// assert_eq!(
///     Notification::from(notification).body(),
///     r#"{"aps":{"alert":{"body":"Redmond plays Bellevue","title":"Kick-off"},"attributes":{"teams":["Redmond","Bellevue"]},"attributes-type":"GameAttributes","content-state":{"away":0,"home":0},"event":"start","timestamp":1700000000}}"#,
/// );
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// [ActivityKit push notifications]: https://developer.apple.com/documentation/activitykit/starting-and-updating-live-activities-with-activitykit-push-notifications
#[derive(Clone, Debug, PartialEq)]
pub struct LiveActivity {
    event: Event,
    alert: Option<ApsAlert>,
    sound: Option<String>,
    fields: Fields,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Start,
    Update,
    End,
}

impl Event {
    const fn as_str(self) -> &'static str {
        match self {
            Event::Start => "start",
            Event::Update => "update",
            Event::End => "end",
        }
    }

    /// The members that the event needs, and the methods that set them.
    const fn needs(self) -> &'static [(&'static str, &'static str)] {
        const ALL: &[(&str, &str)] =
            &[("timestamp", "timestamp"), ("content-state", "content_state"), ("attributes", "attributes")];
        match self {
            Event::Start => ALL,
            Event::Update => ALL.split_at(2).0,
            Event::End => ALL.split_at(1).0,
        }
    }
}

/// The members that methods set, and the methods.
const METHODS: [(&str, &str); 9] = [
    ("event", "LiveActivity::start, update or end"),
    ("timestamp", "LiveActivity::timestamp"),
    ("content-state", "LiveActivity::content_state"),
    ("attributes", "LiveActivity::attributes"),
    ("attributes-type", "LiveActivity::attributes"),
    ("alert", "LiveActivity::alert"),
    ("dismissal-date", "LiveActivity::dismissal_date"),
    ("stale-date", "LiveActivity::stale_date"),
    ("relevance-score", "LiveActivity::relevance_score"),
];

impl LiveActivity {
    fn new(event: Event) -> LiveActivity {
        LiveActivity { event, alert: None, sound: None, fields: Fields::new() }
    }

    /// Starts a Live Activity (`event`: `start`). Send it to the push-to-start token of the app, which iOS has from 17.2 on.
    pub fn start() -> LiveActivity {
        LiveActivity::new(Event::Start)
    }

    /// Updates a Live Activity (`event`: `update`). Send it to the push token of the activity.
    pub fn update() -> LiveActivity {
        LiveActivity::new(Event::Update)
    }

    /// Ends a Live Activity (`event`: `end`). Send it to the push token of the activity.
    pub fn end() -> LiveActivity {
        LiveActivity::new(Event::End)
    }

    fn set(mut self, name: &str, value: impl Into<Value>) -> LiveActivity {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    fn object(self, name: &str, value: &impl Serialize) -> Result<LiveActivity, BuildError> {
        let value = field(name, value)?;
        if !value.is_object() {
            let remedy = "give it a value that serializes to a JSON object, such as a struct or a map";
            return Err(BuildError::new(
                format_args!("{name} of a Live Activity"),
                "is no JSON object",
                remedy,
            ));
        }
        Ok(self.set(name, value))
    }

    /// Sets `timestamp`: when the content was made. It goes out as whole seconds since 1970. The device ignores a push that is
    /// older than the last one.
    pub fn timestamp(self, time: impl IntoTime) -> LiveActivity {
        self.set("timestamp", time.to_moment().unix_seconds())
    }

    /// Sets `content-state`: the new content. It must fit the `ContentState` of the app's `ActivityAttributes`.
    ///
    /// # Errors
    /// The value cannot be serialized, or is no JSON object.
    pub fn content_state(self, content: &impl Serialize) -> Result<LiveActivity, BuildError> {
        self.object("content-state", content)
    }

    /// Sets `attributes-type` and `attributes`: the name of the app's `ActivityAttributes` type, and its fixed content. Only a start
    /// has them.
    ///
    /// # Errors
    /// The value cannot be serialized, or is no JSON object.
    pub fn attributes(
        self,
        type_name: impl Into<String>,
        attributes: &impl Serialize,
    ) -> Result<LiveActivity, BuildError> {
        self.object("attributes", attributes)
            .map(|activity| activity.set("attributes-type", type_name.into()))
    }

    /// Sets `alert`: a title and a text that the device shows with the new content.
    pub fn alert(mut self, alert: impl Into<ApsAlert>) -> LiveActivity {
        self.alert = Some(alert.into());
        self
    }

    /// Sets `alert.sound`: a sound file of the app. It needs an alert.
    pub fn sound(mut self, name: impl Into<String>) -> LiveActivity {
        self.sound = Some(name.into());
        self
    }

    /// Sets `dismissal-date`: when the device removes an activity that has ended. It goes out as whole seconds since 1970. A time in
    /// the past removes the activity at once. Without it, the device keeps the activity for up to four hours.
    pub fn dismissal_date(self, time: impl IntoTime) -> LiveActivity {
        self.set("dismissal-date", time.to_moment().unix_seconds())
    }

    /// Sets `stale-date`: when the content becomes out of date. It goes out as whole seconds since 1970.
    pub fn stale_date(self, time: impl IntoTime) -> LiveActivity {
        self.set("stale-date", time.to_moment().unix_seconds())
    }

    /// Sets `relevance-score`: the activity with the highest score stands first. It can be any number, such as 25, 50 or 100.
    ///
    /// # Errors
    /// The score is not finite.
    pub fn relevance_score(self, score: f64) -> Result<LiveActivity, BuildError> {
        if !score.is_finite() {
            return Err(BuildError::new(
                format_args!("relevance score {score}"),
                "is no number",
                "use a number",
            ));
        }
        Ok(self.set("relevance-score", score))
    }

    /// Sets another member of `aps`, such as `input-push-token`.
    ///
    /// # Errors
    /// The value cannot be serialized, or the member has a method of its own.
    pub fn aps_field(self, name: &str, value: &impl Serialize) -> Result<LiveActivity, BuildError> {
        if let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == name) {
            return Err(has_a_method(name, method));
        }
        let value = field(name, value)?;
        Ok(self.set(name, value))
    }

    /// # Errors
    /// A member is missing or is not of this event, or the alert has a part that Live Activities do not show.
    pub(in super::super) fn payload(&self) -> Result<Payload, BuildError> {
        let event = self.event.as_str();
        let refuse = |problem: &str, remedy: String| {
            Err(BuildError::new(format_args!("Live Activity ({event})"), problem, remedy))
        };
        for (name, method) in self.event.needs() {
            if !self.fields.contains_key(*name) {
                return refuse(&format!("has no {name}"), format!("set it with LiveActivity::{method}"));
            }
        }
        if self.event != Event::Start && self.fields.contains_key("attributes") {
            return refuse("has attributes", "leave them out: only a start has attributes".into());
        }
        let mut aps = self.fields.clone();
        match (&self.alert, &self.sound) {
            (Some(alert), sound) => {
                let mut alert = alert.for_live_activity()?;
                if let Some(sound) = sound {
                    alert.insert("sound".to_owned(), sound.as_str().into());
                }
                aps.insert("alert".to_owned(), alert.into());
            }
            (None, Some(_)) => return refuse("has a sound and no alert", "set LiveActivity::alert".into()),
            (None, None) => {}
        }
        aps.insert("event".to_owned(), event.into());
        Ok(json!({ "aps": aps }).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notification;
    use std::time::{Duration, UNIX_EPOCH};
    use time::macros::datetime;

    fn sent(activity: LiveActivity) -> Value {
        let apple = Notification::live_activity(&activity).unwrap();
        let notification = Notification::from(apple);
        assert!(notification.headers().any(|(n, v)| n == "apns-push-type" && v == "liveactivity"));
        serde_json::from_slice(notification.body()).unwrap()
    }

    #[test]
    fn an_update_as_apple_shows_it() {
        let hero = json!({"currentHealthLevel": 0.941, "eventDescription": "Power Panda found a sword!"});
        let update = LiveActivity::update()
            .timestamp(UNIX_EPOCH + Duration::from_millis(1_685_952_000_900))
            .content_state(&hero)
            .unwrap()
            .stale_date(datetime!(2023-06-05 09:00 UTC))
            .relevance_score(75.0)
            .unwrap()
            .alert(
                ApsAlert::default()
                    .localized_title("%@ is knocked down!", ["Power Panda"])
                    .localized_body("Use a potion to heal %@!", ["Power Panda"]),
            )
            .sound("HeroDown.mp4");
        assert_eq!(
            sent(update),
            json!({"aps": {
                "timestamp": 1_685_952_000,
                "event": "update",
                "content-state": hero,
                "stale-date": 1_685_955_600,
                "relevance-score": 75.0,
                "alert": {
                    "title": {"loc-key": "%@ is knocked down!", "loc-args": ["Power Panda"]},
                    "body": {"loc-key": "Use a potion to heal %@!", "loc-args": ["Power Panda"]},
                    "sound": "HeroDown.mp4",
                },
            }})
        );
    }

    #[test]
    fn an_end_and_a_start() {
        let time = datetime!(2023-11-14 22:13:20 UTC);
        let end = LiveActivity::end().timestamp(time).dismissal_date(datetime!(1970-01-01 00:00 UTC));
        assert_eq!(
            sent(end),
            json!({"aps": {"timestamp": 1_700_000_000, "event": "end", "dismissal-date": 0}})
        );
        let start = LiveActivity::start()
            .timestamp(time)
            .attributes("AdventureAttributes", &json!({"hero": "Panda"}))
            .unwrap()
            .content_state(&json!({"level": 1}))
            .unwrap()
            .aps_field("input-push-token", &1)
            .unwrap();
        assert_eq!(
            sent(start),
            json!({"aps": {"timestamp": 1_700_000_000, "event": "start", "attributes-type": "AdventureAttributes",
                "attributes": {"hero": "Panda"}, "content-state": {"level": 1}, "input-push-token": 1}})
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let time = datetime!(2023-11-14 22:13:20 UTC);
        let state = |activity: LiveActivity| activity.content_state(&json!({})).unwrap();
        for (activity, says) in [
            (LiveActivity::end(), "(end): has no timestamp; set it with LiveActivity::timestamp"),
            (state(LiveActivity::update()), "(update): has no timestamp"),
            (
                LiveActivity::update().timestamp(time),
                "has no content-state; set it with LiveActivity::content_state",
            ),
            (state(LiveActivity::start().timestamp(time)), "(start): has no attributes"),
            (state(LiveActivity::update().timestamp(time)).sound("x"), "has a sound and no alert"),
            (
                state(LiveActivity::update().timestamp(time)).attributes("A", &json!({})).unwrap(),
                "only a start has attributes",
            ),
            (
                state(LiveActivity::update().timestamp(time)).alert(ApsAlert::new("x").subtitle("y")),
                "title and a body only",
            ),
        ] {
            let error = Notification::live_activity(activity).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn values_of_the_wrong_kind() {
        assert!(LiveActivity::update().content_state(&"text").is_err());
        assert!(LiveActivity::start().attributes("A", &[1]).is_err());
        assert!(LiveActivity::update().relevance_score(f64::INFINITY).is_err());
        for (name, method) in METHODS {
            let error = LiveActivity::update().aps_field(name, &1).unwrap_err();
            assert_eq!(error.remedy(), format!("use {method}"));
        }
    }
}
