use super::send_notification::write;
use crate::moment::{Moment, ToMoment};
use crate::{
    Audience, BuildError, Draft, IntoAudience, IntoTime, Notification, Operation, Receipt, ServiceError,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use std::time::SystemTime;
use time::format_description::well_known::Rfc3339;
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
/// [`CancelScheduledNotification`](crate::CancelScheduledNotification) takes the notification id of the receipt.
///
/// # Errors
/// - The errors of [`SendNotification`](crate::SendNotification).
/// - 403 also if the hub is not of the Standard tier.
/// - Building the request fails if the time is not in the future, counted in whole seconds, or more than seven days ahead.
///
/// [Scheduled notifications]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-send-push-notifications-scheduled
#[derive(Clone, Debug)]
pub struct ScheduleNotification {
    notification: Notification,
    audience: Audience,
    at: Moment,
}

impl ScheduleNotification {
    /// A send can be scheduled at most this far ahead: 7 days ([Scheduled notifications]).
    ///
    /// [Scheduled notifications]: https://learn.microsoft.com/azure/notification-hubs/notification-hubs-send-push-notifications-scheduled
    pub const MAX_AHEAD: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

    /// Sends `notification` to `audience` at the time `at`. A fraction of a second is cut off.
    ///
    /// # Errors
    /// Fails if the audience has an illegal tag or expression, too many tags, or is an empty text or list. See
    /// [`IntoAudience`]. The time is checked when the request is built.
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

    /// Returns the time in UTC without a zone, as the .NET and Java SDKs write it.
    fn schedule_time(&self, now: SystemTime) -> Result<HeaderValue, BuildError> {
        let at = self.at.get("schedule time")?;
        let refuse = |problem: &str, remedy: &str| {
            let at = at.format(&Rfc3339).unwrap_or_else(|_| at.to_string());
            Err(BuildError::new(format_args!("schedule time {at}"), problem, remedy).of_time())
        };
        let now = now.to_moment().get("time of the request")?;
        // The header has whole seconds. Without the fraction the time must still be in the future.
        let whole = at.replace_nanosecond(0).expect("0 is a legal nanosecond");
        if whole <= now {
            return refuse(
                "is not in the future, counted in whole seconds",
                "send it now, or give a later time",
            );
        }
        if at - now > Duration::try_from(Self::MAX_AHEAD).expect("a week is not much") {
            return refuse("is more than 7 days ahead", "give an earlier time, or schedule it later");
        }
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        let text = whole.checked_to_offset(UtcOffset::UTC).and_then(|utc| utc.format(format).ok());
        match text.map(HeaderValue::try_from) {
            Some(Ok(value)) => Ok(value),
            _ => refuse("cannot be written in UTC", "give a time between the years 0 and 9999"),
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
