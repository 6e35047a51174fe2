use super::send_notification::write;
use crate::moment::{Moment, ToMoment};
use crate::{
    Audience, BuildError, Draft, IntoAudience, IntoTime, Notification, Operation, Receipt, ServiceError,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use std::time::SystemTime;
use time::macros::format_description;
use time::{Duration, UtcOffset};

const SCHEDULE_TIME: HeaderName = HeaderName::from_static("servicebusnotification-scheduletime");

/// Sends a notification to an audience at a later time: `POST /{hub}/schedulednotifications` ([Scheduled
/// notifications]). Needs the Send right, and a hub of the Standard tier.
///
/// ```
/// use nh_core::{Notification, ScheduleNotification};
/// use std::time::{Duration, SystemTime};
///
/// let hello = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
/// let in_an_hour = SystemTime::now() + Duration::from_secs(60 * 60);
/// let schedule = ScheduleNotification::new(hello, "sports", in_an_hour)?;
/// # Ok::<(), nh_core::BuildError>(())
/// ```
///
/// The receipt's notification id is what [`CancelScheduledNotification`](crate::CancelScheduledNotification) takes.
///
/// # Errors
/// Those of [`SendNotification`](crate::SendNotification). A time that is not in the future or more than seven days
/// ahead is refused when the request is built.
///
/// [Scheduled notifications]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-send-push-notifications-scheduled
#[derive(Clone, Debug)]
pub struct ScheduleNotification {
    notification: Notification,
    audience: Audience,
    at: Moment,
}

impl ScheduleNotification {
    /// How far ahead a send can be scheduled.
    pub const MAX_AHEAD: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

    /// A send of `notification` to `audience` at the time `at`, to the second (a fraction is cut off).
    pub fn new(
        notification: impl Into<Notification>,
        audience: impl IntoAudience,
        at: impl IntoTime,
    ) -> Result<ScheduleNotification, BuildError> {
        Ok(ScheduleNotification {
            notification: notification.into(),
            audience: audience.to_audience()?,
            at: at.to_moment(),
        })
    }

    /// The time in UTC without a zone, as the .NET and Java SDKs write it.
    fn schedule_time(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        let at = self.at.get("schedule time")?;
        let refuse = |problem: &str, remedy: &str| {
            Err(BuildError::new(format_args!("schedule time {at}"), problem, remedy).of_time())
        };
        let now = now.to_moment().get("time of the request")?;
        // The header has whole seconds. What is cut off must not put the time into the past.
        let whole = at.replace_nanosecond(0).expect("0 is a legal nanosecond");
        if whole <= now {
            return refuse(
                "is not in the future, counted in whole seconds",
                "send it now, or name a later time",
            );
        }
        if at - now > Duration::try_from(Self::MAX_AHEAD).expect("a week is not much") {
            return refuse("is more than 7 days ahead", "schedule it nearer to its time");
        }
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        let text = whole.checked_to_offset(UtcOffset::UTC).and_then(|utc| utc.format(format).ok());
        match text.map(HeaderValue::try_from) {
            Some(Ok(value)) => Ok(value),
            _ => refuse("cannot be written in UTC", "name a time between the years 0 and 9999"),
        }
    }
}

impl Operation for ScheduleNotification {
    type Output = Receipt;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["schedulednotifications"])?;
        write(draft, &self.notification, &self.audience);
        draft.header(SCHEDULE_TIME, self.schedule_time(draft.now())?);
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<Receipt, ServiceError> {
        ServiceError::check(response).map(|response| Receipt::of(&response))
    }

    fn repeatable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::test_support::{answer, head, now, request};
    use time::OffsetDateTime;
    use time::macros::datetime;

    fn schedule(at: OffsetDateTime) -> ScheduleNotification {
        ScheduleNotification::new(Notification::apple("{}").unwrap(), "sports", at).unwrap()
    }

    #[test]
    fn asks() {
        let request = request(&schedule(datetime!(2023-11-16 10:30:00.999 +2))).unwrap();
        assert_eq!(
            head(&request),
            "POST https://contoso.servicebus.windows.net/news/schedulednotifications?api-version=2020-06\n\
             content-type: application/json;charset=utf-8\n\
             servicebusnotification-format: apple\n\
             servicebusnotification-tags: sports\n\
             servicebusnotification-scheduletime: 2023-11-16T08:30:00"
        );
    }

    #[test]
    fn within_seven_days_and_in_the_future() {
        let now = OffsetDateTime::from(now());
        for good in [now + Duration::seconds(1), now + Duration::days(7)] {
            assert!(request(&schedule(good)).is_ok(), "{good}");
        }
        for (bad, names) in [
            (now, "not in the future"),
            (now + Duration::milliseconds(999), "whole seconds"),
            (now - Duration::days(365), "not in the future"),
            (now + Duration::days(7) + Duration::nanoseconds(1), "7 days"),
            (datetime!(9999-12-31 23:59:59 -12), "7 days"),
        ] {
            let error = request(&schedule(bad)).expect_err("refused").to_string();
            assert!(error.contains(names), "{error}");
        }
    }

    #[test]
    fn reads() {
        let id = "af14e491a7994a65b7b3_20181107001832_33331921_17_QNHQueue930aa-S68116944391983712";
        let location = format!(
            "https://contoso.servicebus.windows.net/news/schedulednotifications/{id}?api-version=2017-04"
        );
        let schedule = schedule(datetime!(2023-11-16 08:30 UTC));
        let receipt = schedule.response(answer(201, &[("Location", &location)], "")).unwrap();
        assert_eq!(receipt.notification_id.as_deref(), Some(id));
        assert!(schedule.response(answer(400, &[], "")).unwrap_err().is_bad_request());
    }
}
