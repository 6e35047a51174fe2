//! The inbox page: a few static files, compiled in. There is no build step, and nothing comes from elsewhere.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};

/// Payloads are strangers' text: should one ever become markup, the browser still runs and loads nothing of it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

struct File {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

macro_rules! files {
    ($($name:literal $content_type:ident),* $(,)?) => {
        &[$(File { name: $name, content_type: $content_type, text: include_str!(concat!("page/", $name)) }),*]
    };
}

static FILES: &[File] = files![
    "index.html" HTML,
    "icon.svg" SVG,
    "style.css" CSS,
    "feed.css" CSS,
    "preview.css" CSS,
    "sheet.css" CSS,
    "api.js" SCRIPT,
    "app.js" SCRIPT,
    "clock.js" SCRIPT,
    "compose-outcome.js" SCRIPT,
    "compose-preview.js" SCRIPT,
    "compose.js" SCRIPT,
    "connection.js" SCRIPT,
    "details.js" SCRIPT,
    "device-details.js" SCRIPT,
    "devices.js" SCRIPT,
    "dom.js" SCRIPT,
    "drawing.js" SCRIPT,
    "faults.js" SCRIPT,
    "groups.js" SCRIPT,
    "inbox.js" SCRIPT,
    "keys.js" SCRIPT,
    "lines.js" SCRIPT,
    "list.js" SCRIPT,
    "panels.js" SCRIPT,
    "parts.js" SCRIPT,
    "platforms.js" SCRIPT,
    "preview-android.js" SCRIPT,
    "preview-apple.js" SCRIPT,
    "preview-browser.js" SCRIPT,
    "preview-windows.js" SCRIPT,
    "preview.js" SCRIPT,
    "register.js" SCRIPT,
    "request-details.js" SCRIPT,
    "requests.js" SCRIPT,
    "route.js" SCRIPT,
    "row.js" SCRIPT,
    "scheduled.js" SCRIPT,
    "search.js" SCRIPT,
    "sends.js" SCRIPT,
    "sheet.js" SCRIPT,
    "snippet.js" SCRIPT,
    "theme.js" SCRIPT,
];

impl File {
    fn response(&self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.text));
        let headers = response.headers_mut();
        let fixed: [(HeaderName, &'static str); 5] = [
            (header::CONTENT_TYPE, self.content_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

fn file(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

/// `/$emulator/`
pub(crate) fn page() -> Response<Body> {
    file("index.html").expect("the page is one of the files").response()
}

/// `/$emulator/assets/{name}`
pub(crate) fn asset(name: &str) -> Option<Response<Body>> {
    file(name).map(File::response)
}

/// Is it the page or one of its assets, in which there is nothing to protect?
pub(crate) fn is_file(method: &Method, path: &str) -> bool {
    let name = path.strip_prefix("/$emulator/assets/");
    *method == Method::GET && (path == "/$emulator/" || name.is_some_and(|name| file(name).is_some()))
}

/// To the page.
pub(crate) fn redirect() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/$emulator/"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_files_name_is_there() {
        for file in FILES.iter() {
            for (before, after) in [(" from './", '\''), ("\"assets/", '"')] {
                for (at, _) in file.text.match_indices(before) {
                    let rest = &file.text[at + before.len()..];
                    let name = &rest[..rest.find(after).unwrap()];
                    assert!(asset(name).is_some(), "{} names {name}", file.name);
                }
            }
        }
        assert!(asset("../page.rs").is_none());
    }

    #[test]
    fn nothing_is_inline_and_nothing_is_made_of_text() {
        let page = file("index.html").unwrap().text;
        for inline in ["<style", "style=", " onclick=", " onload=", "javascript:", "http://", "https://"] {
            assert!(!page.contains(inline), "{inline}");
        }
        for line in page.lines().filter(|line| line.contains("<script")) {
            assert!(line.contains("src=\"assets/") && line.contains("></script>"), "{line}");
        }
        for script in FILES.iter().filter(|file| file.content_type == SCRIPT) {
            for markup in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
            {
                assert!(!script.text.contains(markup), "{} has {markup}", script.name);
            }
        }
    }

    #[test]
    fn the_page_may_load_nothing_from_elsewhere() {
        assert_eq!(page().headers()["content-security-policy"], POLICY);
    }
}
