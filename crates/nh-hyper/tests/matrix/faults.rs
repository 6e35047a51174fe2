//! The faults, in the order of the table.

use crate::certificates::Shows;
use crate::http2::{ENHANCE_YOUR_CALM, Frames, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM};
use crate::server::Plays;

pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) network: Network,
    /// With many calls at once, it is left to chance how often each is tried.
    pub(crate) varies: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Network {
    /// Nobody listens there.
    Refused,
    /// The name has no address.
    NoSuchName,
    Server(Plays),
}

const fn server(name: &'static str, plays: Plays) -> Fault {
    Fault { name, network: Network::Server(plays), varies: false }
}

/// The server does not do it.
const fn refuses(name: &'static str, status: &'static str, headers: &'static str) -> Fault {
    server(name, Plays::Answers { carried_out: false, status, headers, body: "" })
}

/// The server does it, and answers with an error all the same.
const fn fails(name: &'static str, status: &'static str, headers: &'static str, body: &'static str) -> Fault {
    server(name, Plays::Answers { carried_out: true, status, headers, body })
}

const SECONDS: &str = "Retry-After: 7\r\n";
const DATE: &str = "Date: Wed, 21 Oct 2026 07:27:30 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:27:40 GMT\r\n";
const ZERO: &str = "Retry-After: 0\r\n";
const HUGE: &str = "Retry-After: 31536000\r\n";
const GARBAGE: &str = "Retry-After: soon\r\n";

const S429: &str = "429 Too Many Requests";
const S503: &str = "503 Service Unavailable";
const S403: &str = "403 Forbidden";

const HTML: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

pub(crate) const FAULTS: &[Fault] = &[
    Fault { name: "connection refused", network: Network::Refused, varies: false },
    Fault { name: "name not found", network: Network::NoSuchName, varies: false },
    server("TLS: certificate for another name", Plays::Tls(Shows::AnotherName)),
    server("TLS: unknown authority", Plays::Tls(Shows::UnknownAuthority)),
    server("TLS: expired certificate", Plays::Tls(Shows::Expired)),
    server("plain HTTP where TLS is expected", Plays::PlainHttp),
    server("reset before the request, amid TLS", Plays::ResetBefore),
    server("reset amid the request", Plays::ResetAmid),
    server("reset after the request", Plays::ResetAfter),
    server("close of a reused connection as the request comes", Plays::CloseReused),
    server("stall in TLS", Plays::StallInTls),
    server("stall before the answer", Plays::StallAfter("")),
    server("stall in the headers", Plays::StallAfter("HTTP/1.1 201 Created\r\nConte")),
    server(
        "stall in the body",
        Plays::StallAfter("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n<feed"),
    ),
    server("body shorter than `Content-Length`", Plays::BodyTooShort),
    server("body longer than `Content-Length`", Plays::BodyTooLong),
    server("truncated chunk", Plays::TruncatedChunk),
    server("flood of 1xx", Plays::Flood),
    server("no HTTP", Plays::Says("hello\r\n\r\n")),
    refuses("429, `Retry-After` in seconds (7)", S429, SECONDS),
    refuses("429, `Retry-After` as a date (10 s later)", S429, DATE),
    refuses("429, `Retry-After: 0`", S429, ZERO),
    refuses("429, `Retry-After` of a year", S429, HUGE),
    refuses("429, `Retry-After: soon`", S429, GARBAGE),
    refuses("429 without `Retry-After`", S429, ""),
    refuses("503, `Retry-After` in seconds (7)", S503, SECONDS),
    refuses("503, `Retry-After` as a date (10 s later)", S503, DATE),
    refuses("503, `Retry-After: 0`", S503, ZERO),
    refuses("503, `Retry-After` of a year", S503, HUGE),
    refuses("503, `Retry-After: soon`", S503, GARBAGE),
    fails("503 without `Retry-After`", S503, "", ""),
    refuses("403, `Retry-After` in seconds (7)", S403, SECONDS),
    refuses("403, `Retry-After` as a date (10 s later)", S403, DATE),
    refuses("403, `Retry-After: 0`", S403, ZERO),
    refuses("403, `Retry-After` of a year", S403, HUGE),
    refuses("403, `Retry-After: soon`", S403, GARBAGE),
    refuses("403 without `Retry-After`", S403, ""),
    fails("500", "500 Internal Server Error", "", ""),
    fails("502 with an HTML page", "502 Bad Gateway", "Content-Type: text/html\r\n", HTML),
    fails("504", "504 Gateway Timeout", "", ""),
    refuses("401", "401 Unauthorized", "Date: Wed, 21 Oct 2026 07:27:30 GMT\r\n"),
    refuses(
        "401, the clock here ten minutes ahead",
        "401 Unauthorized",
        "Date: Wed, 21 Oct 2026 07:17:30 GMT\r\n",
    ),
    refuses(
        "401, the clock here ten minutes behind",
        "401 Unauthorized",
        "Date: Wed, 21 Oct 2026 07:37:30 GMT\r\n",
    ),
    refuses("410", "410 Gone", ""),
    refuses("redirect (307)", "307 Temporary Redirect", "Location: /\r\n"),
    server("HTTP/2: GOAWAY, no stream taken", Plays::Http2(Frames::NoneTaken(NO_ERROR))),
    server(
        "HTTP/2: GOAWAY with ENHANCE_YOUR_CALM, no stream taken",
        Plays::Http2(Frames::NoneTaken(ENHANCE_YOUR_CALM)),
    ),
    server("HTTP/2: GOAWAY, half of the streams taken and answered", Plays::Http2(Frames::HalfTaken)),
    server("HTTP/2: GOAWAY, all streams taken, no answer", Plays::Http2(Frames::AllTaken)),
    server("HTTP/2: stream reset with REFUSED_STREAM", Plays::Http2(Frames::Reset(REFUSED_STREAM))),
    server("HTTP/2: stream reset with ENHANCE_YOUR_CALM", Plays::Http2(Frames::Reset(ENHANCE_YOUR_CALM))),
    server(
        "HTTP/2: stream reset with INTERNAL_ERROR, carried out",
        Plays::Http2(Frames::ResetAfter(INTERNAL_ERROR)),
    ),
    Fault {
        name: "HTTP/2: at most 8 streams at once, others refused",
        network: Network::Server(Plays::Http2(Frames::Limit(8))),
        varies: true,
    },
];
