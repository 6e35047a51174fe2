//! The operations of the data plane: method, path, right, tier, secrecy and who answers stand once, in one table.

use super::asked::Asked;
use super::call::Call;
use super::error_answer::ErrorAnswer;
use super::operations::{self, HubList};
use crate::model::tier::Tier;
use crate::rules::access_rule::Claim;
use crate::rules::size;
use axum::body::Body;
use http::{Response, header};
use percent_encoding::percent_decode_str;

/// One operation, with the name that nh-core gives it.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    method: &'static str,
    /// `{hub}` and `{id}` stand for one segment each. The service's own words have no case.
    path: &'static str,
    when: When,
    pub(crate) claim: Claim,
    /// The least tier that has it.
    pub(crate) tier: Tier,
    /// Do its bodies carry keys, credentials or signed URLs?
    pub(crate) is_confidential: bool,
    /// Does it change which devices there are?
    pub(crate) changes_devices: bool,
    /// Does it change what outlives the process? Then its answer waits until that is safe.
    pub(crate) keeps: bool,
    /// Does the limit of sends count it, and as a test send?
    pub(crate) sends: Option<Sends>,
    /// May it take long? Then other requests do not wait for it.
    pub(crate) takes_long: bool,
    /// A larger body is refused.
    pub(crate) longest_body: usize,
    pub(crate) run: fn(&Call<'_>) -> Result<Response<Body>, ErrorAnswer>,
}

/// What tells operations of one method and path apart.
#[derive(Clone, Copy)]
enum When {
    Always,
    HasQuery(&'static str),
    HasQueries(&'static str, &'static str),
    HasIfMatch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sends {
    Really,
    ToTest,
}

/// How many rows the table has.
pub(crate) const ROWS: usize = 31;

/// Reading telemetry and feedback goes with sending here, and jobs with managing: no document says.
static TABLE: [Operation; ROWS] = {
    use Claim::{Listen, Manage, Send};
    const MESSAGES: &str = "/{hub}/messages";
    const BATCH: &str = "/{hub}/messages/$batch";
    const MESSAGE: &str = "/{hub}/messages/{id}";
    const SCHEDULED: &str = "/{hub}/schedulednotifications";
    const INSTALLATION: &str = "/{hub}/installations/{id}";
    const REGISTRATIONS: &str = "/{hub}/registrations";
    const REGISTRATION: &str = "/{hub}/registrations/{id}";
    const JOBS: &str = "/{hub}/jobs";
    [
        op("ListHubs", "GET", "/", Manage, |call| operations::list_hubs(call, HubList::Names)).confidential(),
        op("ListHubs", "GET", "/$resources/notificationhubs", Manage, |call| {
            operations::list_hubs(call, HubList::Descriptions)
        })
        .confidential(),
        op("UpdateHub", "PUT", "/{hub}", Manage, operations::put_hub)
            .when(When::HasIfMatch)
            .confidential()
            .changes_devices(),
        op("CreateHub", "PUT", "/{hub}", Manage, operations::put_hub).confidential().changes_devices(),
        op("GetHub", "GET", "/{hub}", Manage, |call| Ok(operations::get_hub(call))).confidential(),
        op("DeleteHub", "DELETE", "/{hub}", Manage, operations::delete_hub).changes_devices(),
        op("SendDirect", "POST", MESSAGES, Send, operations::send_direct)
            .when(When::HasQueries("direct", "test"))
            .sends(Sends::ToTest),
        op("SendDirect", "POST", MESSAGES, Send, operations::send_direct)
            .when(When::HasQuery("direct"))
            .sends(Sends::Really),
        op("TestSend", "POST", MESSAGES, Send, operations::send)
            .when(When::HasQuery("test"))
            .sends(Sends::ToTest),
        op("SendNotification", "POST", MESSAGES, Send, operations::send).sends(Sends::Really),
        op("SendDirectBatch", "POST", BATCH, Send, operations::send_direct_batch)
            .needs(Tier::Basic)
            .sends(Sends::Really)
            .longest_body(size::BATCH),
        op("GetNotificationDetails", "GET", MESSAGE, Send, operations::get_notification_details)
            .needs(Tier::Standard),
        op("ScheduleNotification", "POST", SCHEDULED, Send, operations::schedule)
            .needs(Tier::Standard)
            .keeps()
            .sends(Sends::Really),
        op(
            "CancelScheduledNotification",
            "DELETE",
            "/{hub}/schedulednotifications/{id}",
            Send,
            operations::cancel_scheduled,
        )
        .needs(Tier::Standard)
        .keeps(),
        op(
            "GetFeedbackContainer",
            "GET",
            "/{hub}/feedbackcontainer",
            Send,
            operations::get_feedback_container,
        )
        .needs(Tier::Standard)
        .confidential(),
        op("PutInstallation", "PUT", INSTALLATION, Listen, operations::put_installation).changes_devices(),
        op("GetInstallation", "GET", INSTALLATION, Listen, operations::get_installation),
        op("PatchInstallation", "PATCH", INSTALLATION, Listen, operations::patch_installation)
            .changes_devices(),
        op("DeleteInstallation", "DELETE", INSTALLATION, Listen, operations::delete_installation)
            .changes_devices(),
        op(
            "CreateRegistrationId",
            "POST",
            "/{hub}/registrationids",
            Listen,
            operations::create_registration_id,
        ),
        op("CreateRegistration", "POST", REGISTRATIONS, Listen, operations::create_registration)
            .changes_devices(),
        op("ListRegistrationsByHandle", "GET", REGISTRATIONS, Listen, operations::list_registrations)
            .when(When::HasQuery("$filter")),
        op("ListRegistrations", "GET", REGISTRATIONS, Manage, operations::list_registrations),
        op("UpdateRegistration", "PUT", REGISTRATION, Listen, operations::put_registration)
            .when(When::HasIfMatch)
            .changes_devices(),
        op("UpsertRegistration", "PUT", REGISTRATION, Listen, operations::put_registration).changes_devices(),
        op("GetRegistration", "GET", REGISTRATION, Listen, operations::get_registration),
        op("DeleteRegistration", "DELETE", REGISTRATION, Listen, operations::delete_registration)
            .changes_devices(),
        op(
            "ListRegistrationsByTag",
            "GET",
            "/{hub}/tags/{id}/registrations",
            Manage,
            operations::list_registrations_by_tag,
        ),
        op("SubmitJob", "POST", JOBS, Manage, operations::submit_job)
            .needs(Tier::Standard)
            .confidential()
            .changes_devices()
            .takes_long(),
        op("ListJobs", "GET", JOBS, Manage, operations::list_jobs).needs(Tier::Standard).confidential(),
        op("GetJob", "GET", "/{hub}/jobs/{id}", Manage, operations::get_job)
            .needs(Tier::Standard)
            .confidential(),
    ]
};

const fn op(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    claim: Claim,
    run: fn(&Call<'_>) -> Result<Response<Body>, ErrorAnswer>,
) -> Operation {
    Operation {
        name,
        method,
        path,
        when: When::Always,
        claim,
        tier: Tier::Free,
        is_confidential: false,
        changes_devices: false,
        keeps: false,
        sends: None,
        takes_long: false,
        longest_body: size::BODY,
        run,
    }
}

impl Operation {
    const fn when(mut self, when: When) -> Operation {
        self.when = when;
        self
    }

    const fn needs(mut self, tier: Tier) -> Operation {
        self.tier = tier;
        self
    }

    const fn confidential(mut self) -> Operation {
        self.is_confidential = true;
        self
    }

    const fn changes_devices(mut self) -> Operation {
        self.changes_devices = true;
        self.keeps()
    }

    const fn keeps(mut self) -> Operation {
        self.keeps = true;
        self
    }

    const fn sends(mut self, sends: Sends) -> Operation {
        self.sends = Some(sends);
        self.takes_long = true;
        self
    }

    const fn takes_long(mut self) -> Operation {
        self.takes_long = true;
        self
    }

    const fn longest_body(mut self, bytes: usize) -> Operation {
        self.longest_body = bytes;
        self
    }

    /// Does it work with a hub that is there, and not with the namespace?
    pub(crate) fn is_of_a_hub(&self) -> bool {
        self.path.starts_with("/{hub}/")
    }

    fn fits(&self, asked: &Asked) -> bool {
        match self.when {
            When::Always => true,
            When::HasQuery(name) => asked.query(name).is_some(),
            When::HasQueries(one, other) => asked.query(one).is_some() && asked.query(other).is_some(),
            When::HasIfMatch => asked.headers.contains_key(header::IF_MATCH),
        }
    }

    /// The places of the hub's name and of the id in a path, if the path is this operation's.
    fn places(&self, segments: &[String]) -> Option<(usize, usize)> {
        let (mut hub, mut id) = (usize::MAX, usize::MAX);
        let mut own = self.path.trim_start_matches('/').split('/');
        for (place, segment) in segments.iter().enumerate() {
            match own.next()? {
                "{hub}" if !segment.is_empty() => hub = place,
                "{id}" if !segment.is_empty() => id = place,
                word if word.eq_ignore_ascii_case(segment) => {}
                _ => return None,
            }
        }
        own.next().is_none().then_some((hub, id))
    }
}

/// The names of all operations, as nh-core has them.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = TABLE.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The name of the operation in a row of the table. Several rows may be one operation.
pub(crate) fn name(row: usize) -> Option<&'static str> {
    TABLE.get(row).map(|operation| operation.name)
}

/// What a request asks for, of which hub, and with which id.
pub(crate) struct Found {
    /// The place of the operation in the table.
    pub(crate) row: usize,
    pub(crate) operation: &'static Operation,
    pub(crate) hub_name: String,
    pub(crate) id: String,
}

/// # Errors
/// 404 for a path that is none, 405 for one that takes another method.
pub(crate) fn find(asked: &Asked) -> Result<Found, ErrorAnswer> {
    let path = asked.path_and_query.split('?').next().unwrap_or_default();
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    // What answers GET answers HEAD, without the body (RFC 9110, 9.3.2).
    let method = match asked.method.as_str() {
        "HEAD" => "GET",
        method => method,
    };
    let mut methods = Vec::new();
    for (row, operation) in TABLE.iter().enumerate() {
        let Some((hub, id)) = operation.places(&segments) else { continue };
        if operation.method != method {
            methods.push(operation.method);
            continue;
        }
        if operation.fits(asked) {
            let segment = |place: usize| segments.get(place).cloned().unwrap_or_default();
            return Ok(Found { row, operation, hub_name: segment(hub), id: segment(id) });
        }
    }
    methods.dedup();
    if methods.is_empty() {
        return Err(ErrorAnswer::not_found("The resource does not exist."));
    }
    Err(ErrorAnswer::method_not_allowed(&methods))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
    use std::collections::BTreeSet;

    fn asked(method: &str, path: &str, if_match: bool) -> Asked {
        let mut headers = HeaderMap::new();
        if if_match {
            headers.insert(header::IF_MATCH, "*".parse().unwrap());
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        Asked {
            method,
            host: String::new(),
            authority: String::new(),
            path_and_query: path.to_owned(),
            headers,
        }
    }

    fn found(line: &str, if_match: bool) -> Result<(&'static str, String, String), u16> {
        let (method, path) = line.split_once(' ').unwrap();
        find(&asked(method, path, if_match))
            .map(|found| (found.operation.name, found.hub_name, found.id))
            .map_err(|refusal| refusal.status.as_u16())
    }

    #[test]
    fn every_operation_is_found() {
        let mut names = BTreeSet::new();
        for (line, if_match, name) in [
            ("GET /", false, "ListHubs"),
            ("GET /$Resources/NotificationHubs/?$skip=0", false, "ListHubs"),
            ("PUT /h", false, "CreateHub"),
            ("PUT /h", true, "UpdateHub"),
            ("GET /h", false, "GetHub"),
            ("HEAD /h", false, "GetHub"),
            ("DELETE /h", false, "DeleteHub"),
            ("POST /h/Messages/", false, "SendNotification"),
            ("POST /h/messages?api-version=1&test=true", false, "TestSend"),
            ("POST /h/messages?direct", false, "SendDirect"),
            ("POST /h/messages?test&direct=true", false, "SendDirect"),
            ("POST /h/messages/$batch?direct", false, "SendDirectBatch"),
            ("POST /h/messages/%24batch/?direct=true", false, "SendDirectBatch"),
            ("GET /h/messages/1", false, "GetNotificationDetails"),
            ("POST /h/schedulednotifications", false, "ScheduleNotification"),
            ("DELETE /h/scheduledNotifications/1", false, "CancelScheduledNotification"),
            ("GET /h/feedbackcontainer", false, "GetFeedbackContainer"),
            ("PUT /h/installations/1", false, "PutInstallation"),
            ("GET /h/installations/1", false, "GetInstallation"),
            ("PATCH /h/installations/1", false, "PatchInstallation"),
            ("DELETE /h/installations/1", false, "DeleteInstallation"),
            ("POST /h/registrationIDs", false, "CreateRegistrationId"),
            ("POST /h/registrations", false, "CreateRegistration"),
            ("PUT /h/registrations/1", false, "UpsertRegistration"),
            ("PUT /h/registrations/1", true, "UpdateRegistration"),
            ("GET /h/registrations/1", false, "GetRegistration"),
            ("DELETE /h/registrations/1", true, "DeleteRegistration"),
            ("GET /h/registrations", false, "ListRegistrations"),
            ("GET /h/registrations?%24filter=x", false, "ListRegistrationsByHandle"),
            ("GET /h/tags/t/registrations", false, "ListRegistrationsByTag"),
            ("POST /h/jobs", false, "SubmitJob"),
            ("GET /h/jobs", false, "ListJobs"),
            ("GET /h/jobs/1", false, "GetJob"),
        ] {
            assert_eq!(found(line, if_match).map(|(name, ..)| name), Ok(name), "{line}");
            names.insert(name);
        }
        assert!(names.into_iter().eq(self::names()));
    }

    #[test]
    fn hubs_and_ids_are_decoded() {
        let id = |line: &str| found(line, false).map(|(_, hub, id)| (hub, id));
        assert_eq!(id("GET /My-Hub/tags/room%234/registrations"), Ok(("My-Hub".into(), "room#4".into())));
        assert_eq!(id("DELETE /h/schedulednotifications/a%2Fb"), Ok(("h".into(), "a/b".into())));
        assert_eq!(id("GET /"), Ok((String::new(), String::new())));
    }

    #[test]
    fn other_paths_and_methods() {
        for (line, status) in [
            ("GET /h/nothing", 404),
            ("GET /h/registrations/1/2", 404),
            ("GET /h/tags/t", 404),
            ("GET /h/messages", 405),
            ("GET /h/schedulednotifications", 405),
            ("DELETE /", 405),
            ("POST /h", 405),
            ("PUT /h/messages/$batch", 405),
        ] {
            assert_eq!(found(line, false).unwrap_err(), status, "{line}");
        }
        let refusal = find(&asked("PATCH", "/h/registrations/1", false)).err().unwrap();
        assert_eq!(refusal.allow.as_deref(), Some("PUT, GET, DELETE"));
    }
}
