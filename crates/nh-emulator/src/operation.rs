//! The names of operations.

use crate::data_plane::{Asked, Route};
use http::header;

/// As nh-core has them.
pub(crate) const NAMES: [&str; 29] = [
    "CancelScheduledNotification",
    "CreateHub",
    "CreateRegistration",
    "CreateRegistrationId",
    "DeleteHub",
    "DeleteInstallation",
    "DeleteRegistration",
    "GetFeedbackContainer",
    "GetHub",
    "GetInstallation",
    "GetJob",
    "GetNotificationDetails",
    "GetRegistration",
    "ListHubs",
    "ListJobs",
    "ListRegistrations",
    "ListRegistrationsByHandle",
    "ListRegistrationsByTag",
    "PatchInstallation",
    "PutInstallation",
    "ScheduleNotification",
    "SendDirect",
    "SendDirectBatch",
    "SendNotification",
    "SubmitJob",
    "TestSend",
    "UpdateHub",
    "UpdateRegistration",
    "UpsertRegistration",
];

/// What a request asks for. Some are told apart by a header or a parameter.
pub(crate) fn name(route: &Route, asked: &Asked) -> &'static str {
    let conditional = asked.headers.contains_key(header::IF_MATCH);
    match route {
        Route::ListHubs => "ListHubs",
        Route::PutHub if conditional => "UpdateHub",
        Route::PutHub => "CreateHub",
        Route::GetHub => "GetHub",
        Route::DeleteHub => "DeleteHub",
        Route::Send { test: false } => "SendNotification",
        Route::Send { test: true } => "TestSend",
        Route::SendDirect { .. } => "SendDirect",
        Route::SendDirectBatch => "SendDirectBatch",
        Route::Schedule => "ScheduleNotification",
        Route::CancelScheduled(_) => "CancelScheduledNotification",
        Route::GetNotificationDetails(_) => "GetNotificationDetails",
        Route::GetFeedbackContainer => "GetFeedbackContainer",
        Route::PutInstallation(_) => "PutInstallation",
        Route::GetInstallation(_) => "GetInstallation",
        Route::PatchInstallation(_) => "PatchInstallation",
        Route::DeleteInstallation(_) => "DeleteInstallation",
        Route::CreateRegistrationId => "CreateRegistrationId",
        Route::CreateRegistration => "CreateRegistration",
        Route::PutRegistration(_) if conditional => "UpdateRegistration",
        Route::PutRegistration(_) => "UpsertRegistration",
        Route::GetRegistration(_) => "GetRegistration",
        Route::DeleteRegistration(_) => "DeleteRegistration",
        Route::ListRegistrations if asked.query("$filter").is_some() => "ListRegistrationsByHandle",
        Route::ListRegistrations => "ListRegistrations",
        Route::ListRegistrationsByTag(_) => "ListRegistrationsByTag",
        Route::SubmitJob => "SubmitJob",
        Route::GetJob(_) => "GetJob",
        Route::ListJobs => "ListJobs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_plane;
    use http::{HeaderMap, Method};
    use std::collections::BTreeSet;

    #[test]
    fn every_request_has_its_name() {
        let mut found = BTreeSet::new();
        for (line, if_match) in [
            ("GET /", false),
            ("PUT /h", false),
            ("PUT /h", true),
            ("GET /h", false),
            ("DELETE /h", false),
            ("POST /h/messages", false),
            ("POST /h/messages?test", false),
            ("POST /h/messages?direct", false),
            ("POST /h/messages/$batch?direct", false),
            ("GET /h/messages/1", false),
            ("POST /h/schedulednotifications", false),
            ("DELETE /h/schedulednotifications/1", false),
            ("GET /h/feedbackcontainer", false),
            ("PUT /h/installations/1", false),
            ("GET /h/installations/1", false),
            ("PATCH /h/installations/1", false),
            ("DELETE /h/installations/1", false),
            ("POST /h/registrationids", false),
            ("POST /h/registrations", false),
            ("PUT /h/registrations/1", false),
            ("PUT /h/registrations/1", true),
            ("GET /h/registrations/1", false),
            ("DELETE /h/registrations/1", true),
            ("GET /h/registrations", false),
            ("GET /h/registrations?$filter=x", false),
            ("GET /h/tags/t/registrations", false),
            ("POST /h/jobs", false),
            ("GET /h/jobs", false),
            ("GET /h/jobs/1", false),
        ] {
            let (method, path) = line.split_once(' ').unwrap();
            let joint = if path.contains('?') { '&' } else { '?' };
            let mut headers = HeaderMap::new();
            if if_match {
                headers.insert(header::IF_MATCH, "*".parse().unwrap());
            }
            let asked = Asked {
                method: Method::from_bytes(method.as_bytes()).unwrap(),
                host: String::new(),
                path_and_query: format!("{path}{joint}api-version=2020-06"),
                headers,
            };
            let (_, route) = data_plane::route(&asked).unwrap();
            assert!(found.insert(name(&route, &asked)), "{line}");
        }
        assert!(found.into_iter().eq(NAMES));
    }
}
