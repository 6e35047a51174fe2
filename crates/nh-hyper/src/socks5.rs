//! A connection through a SOCKS5 proxy ([RFC 1928]), with user and password if it asks ([RFC 1929]). The proxy resolves names.
//!
//! [RFC 1928]: https://www.rfc-editor.org/rfc/rfc1928
//! [RFC 1929]: https://www.rfc-editor.org/rfc/rfc1929

use crate::proxy_error::ProxyError;
use crate::runtime::BoxIo;
use std::io;
use std::net::IpAddr;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const CONNECT: u8 = 1;

/// Makes the proxy at the other end of `stream` connect to a host and port. `proxy` is its name for errors.
pub(crate) async fn open(
    stream: &mut BoxIo,
    proxy: &str,
    (host, port): (&str, u16),
    login: Option<(&str, &str)>,
) -> Result<(), ProxyError> {
    let broken = |why| ProxyError::broken(proxy, why);
    let lasting = |why: &str| ProxyError::refused(proxy, true, why);
    let nonsense = || ProxyError::nonsense(proxy, "SOCKS5");

    let methods: &[u8] = if login.is_some() { &[NO_LOGIN, USER_AND_PASSWORD] } else { &[NO_LOGIN] };
    let mut hello = vec![VERSION];
    push(&mut hello, methods).ok_or_else(nonsense)?;
    stream.write_all(&hello).await.map_err(broken)?;
    let [version, method] = read(stream).await.map_err(broken)?;
    match (version, method, login) {
        (VERSION, NO_LOGIN, _) => {}
        (VERSION, USER_AND_PASSWORD, Some((user, password))) => {
            let too_long = || lasting("cannot be told a user or password of more than 255 bytes");
            let mut asked = vec![1];
            push(&mut asked, user.as_bytes()).ok_or_else(too_long)?;
            push(&mut asked, password.as_bytes()).ok_or_else(too_long)?;
            stream.write_all(&asked).await.map_err(broken)?;
            let [_, status] = read(stream).await.map_err(broken)?;
            if status != 0 {
                return Err(lasting("refuses this user and password"));
            }
        }
        (VERSION, ..) if login.is_none() => {
            return Err(lasting(
                "wants a user and a password: give them as socks5://user:password@host:port",
            ));
        }
        (VERSION, ..) => return Err(lasting("takes no user and password")),
        _ => return Err(nonsense()),
    }

    let mut request = vec![VERSION, CONNECT, 0];
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            request.push(3);
            let too_long = || lasting("cannot be told a host of more than 255 bytes");
            push(&mut request, host.as_bytes()).ok_or_else(too_long)?;
        }
    }
    request.extend(port.to_be_bytes());
    stream.write_all(&request).await.map_err(broken)?;
    let [version, reply, _, kind] = read(stream).await.map_err(broken)?;
    let (is_lasting, why) = match reply {
        _ if version != VERSION => return Err(nonsense()),
        // The address that it connects from follows.
        0 => {
            let length = match kind {
                1 => 4,
                4 => 16,
                3 => {
                    let [length] = read(stream).await.map_err(broken)?;
                    length.into()
                }
                _ => return Err(nonsense()),
            };
            let mut address_and_port = vec![0; length + 2];
            return stream.read_exact(&mut address_and_port).await.map_err(broken);
        }
        2 => (true, "does not allow this host and port"),
        3 => (false, "answered: network unreachable"),
        4 => (false, "answered: host unreachable"),
        5 => (false, "answered: connection refused"),
        6 => (false, "answered: the time to live ran out"),
        7 => (true, "does not make connections"),
        8 => (true, "does not know this kind of address"),
        _ => (false, "answered: general failure"),
    };
    Err(ProxyError::refused(proxy, is_lasting, why))
}

/// Appends bytes after their count, or nothing if there are too many to count.
fn push(message: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    message.push(bytes.len().try_into().ok()?);
    message.extend_from_slice(bytes);
    Some(())
}

async fn read<const N: usize>(stream: &mut BoxIo) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

#[cfg(any(fuzzing, test))]
pub(crate) mod fuzzing {
    use crate::runtime::BoxIo;
    use crate::scripted_io::ScriptedIo;
    use futures_lite::future::block_on;

    /// What a SOCKS5 proxy says. The first byte says whether the client has a password. There is a connection only after a whole
    /// and good answer. What follows the answer is not read: it belongs to the connection.
    pub fn socks5_answer(bytes: &[u8]) {
        let Some((first, said)) = bytes.split_first() else { return };
        let login = (first % 2 == 1).then_some(("user", "password"));
        let (io, left) = ScriptedIo::new(said);
        let mut stream = BoxIo::new(io);
        if block_on(super::open(&mut stream, "proxy:1080", ("hub.contoso.com", 443), login)).is_err() {
            return;
        }
        let reply = match said {
            [5, 0, reply @ ..] => reply,
            [5, 2, _, 0, reply @ ..] if login.is_some() => reply,
            _ => panic!("{said:?} does not let the client in"),
        };
        let address = match reply {
            [5, 0, _, 1, ..] => 4,
            [5, 0, _, 4, ..] => 16,
            [5, 0, _, 3, length, ..] => 1 + usize::from(*length),
            _ => panic!("{reply:?} does not say that there is a connection"),
        };
        assert_eq!(left.count(), reply.len() - 4 - address - 2);
    }
}
