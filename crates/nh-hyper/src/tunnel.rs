//! A connection through an HTTP proxy: `CONNECT` ([RFC 9110], section 9.3.6). Written here because the proxy's status is what
//! people need to know, and hyper-util keeps it to itself.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#name-connect

use crate::proxy_error::ProxyError;
use crate::runtime::BoxIo;
use http::{HeaderValue, StatusCode};
use std::io;

/// A proxy that says more than this before it lets through is none.
const MAX_HEAD_BYTES: usize = 8192;

/// Makes the proxy at the other end of `stream` connect to `target` (host and port). `proxy` is its name for errors.
pub(crate) async fn open(
    stream: &mut BoxIo,
    proxy: &str,
    target: &str,
    authorization: Option<&HeaderValue>,
) -> Result<(), ProxyError> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(authorization) = authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let broken = |why| ProxyError::broken(proxy, why);
    stream.write_all(&request).await.map_err(broken)?;

    let mut head = Vec::new();
    let mut piece = [0; 1024];
    // The proxy speaks first and alone: what follows its head is the answer to what is sent later.
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await.map_err(broken)? {
            [] => return Err(broken(io::ErrorKind::UnexpectedEof.into())),
            _ if head.len() > MAX_HEAD_BYTES => return Err(ProxyError::nonsense(proxy, "HTTP")),
            bytes => head.extend_from_slice(bytes),
        }
    }
    match status(&head) {
        Some(status) if status.is_success() => Ok(()),
        Some(status) => Err(ProxyError::answered(proxy, status)),
        None => Err(ProxyError::nonsense(proxy, "HTTP")),
    }
}

/// `HTTP/1.1 200 Connection established`
fn status(head: &[u8]) -> Option<StatusCode> {
    let line = head.split(|&b| b == b'\r' || b == b'\n').next()?;
    let mut words = line.split(|&b| b == b' ');
    words.next().filter(|version| version.starts_with(b"HTTP/1."))?;
    StatusCode::from_bytes(words.next()?).ok()
}

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing {
    use crate::runtime::BoxIo;
    use crate::scripted_io::ScriptedIo;
    use futures_lite::future::block_on;

    /// What a proxy answers to `CONNECT`: there is a connection only after a whole head with a 2xx on its first line.
    pub fn proxy_answer(bytes: &[u8]) {
        let opened = |bytes| {
            let (io, _) = ScriptedIo::new(bytes);
            block_on(super::open(&mut BoxIo::new(io), "proxy:3128", "hub.contoso.com:443", None)).is_ok()
        };
        if opened(bytes) {
            let end = bytes.windows(4).position(|end| end == b"\r\n\r\n").expect("the head has an end");
            let line = bytes.split(|&b| b == b'\r' || b == b'\n').next().unwrap_or_default();
            assert!(line.starts_with(b"HTTP/1.") && line.windows(2).any(|two| two == b" 2"));
            assert!(!opened(&bytes[..end + 3]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_read() {
        for (line, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", Some(200)),
            ("HTTP/1.0 407\r\n\r\n", Some(407)),
            ("HTTP/1.1 2000 OK\r\n\r\n", None),
            ("HTTP/2 200 OK\r\n\r\n", None),
            ("SSH-2.0-OpenSSH\r\n\r\n", None),
            // Found by the fuzz target `proxy_answer`: the status stands on the next line.
            ("HTTP/1.1\r\n200\r\n\r\n", None),
            ("HTTP/1.1\r200\r\n\r\n", None),
        ] {
            assert_eq!(status(line.as_bytes()).map(|status| status.as_u16()), expected, "{line}");
        }
    }
}
