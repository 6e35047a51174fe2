//! `cargo bench -p benches --bench emulator`
//!
//! What the emulator does in a second, with one connection and with 64. The floor is an axum handler that reads the request and
//! answers 201, asked with the same bytes in the same run. All over plain HTTP: what TLS costs is no question here.

use axum::body::Bytes;
use axum::http::StatusCode;
use benches::{devices, median, resident};
use nh_core::{CreateRegistration, Hub, Notification, Operation, PnsHandle, Registration, SendNotification};
use nh_emulator::Emulator;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 5;
const REQUESTS: usize = 20_000;
const STARTS: usize = 20;
const REGISTRATIONS: usize = 200_000;

/// A handler that reads the request and answers 201, on a thread of its own, as long as the process lives.
fn floor() -> Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    // As many threads as the emulator has.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let answer = |_: Bytes| async { StatusCode::CREATED };
            let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
            axum::serve(listener, axum::Router::new().fallback(answer)).await
        })
    });
    Ok(address)
}

/// A request as it goes over the wire.
fn wire<O: Operation>(hub: &Hub, operation: &O) -> Result<Vec<u8>> {
    let request = hub.request(operation, SystemTime::now())?;
    let path = request.uri().path_and_query().ok_or("no path")?;
    let host = request.uri().authority().ok_or("no host")?;
    let mut bytes = format!("{} {path} HTTP/1.1\r\nhost: {host}\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", request.body().len()).as_bytes());
    bytes.extend_from_slice(request.body());
    Ok(bytes)
}

/// Reads an answer. Fails if its status is no success.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
        if !head.starts_with("http/1.1 20") {
            return Err(head.into());
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(Ok(0), str::parse)?;
        let have = buffer.len() - end - 4;
        if have < length {
            let mut rest = vec![0; length - have];
            stream.read_exact(&mut rest).await?;
        }
        return Ok(());
    }
}

/// Sends each of these requests once, over so many connections. Returns how many it sends in a second.
async fn rate(address: SocketAddr, requests: Arc<[Vec<u8>]>, connections: usize) -> Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut streams = Vec::new();
    for _ in 0..connections {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for mut stream in streams {
        let (requests, next) = (requests.clone(), next.clone());
        workers.spawn(async move {
            let mut buffer = Vec::new();
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                stream.write_all(request).await?;
                answer(&mut stream, &mut buffer).await?;
            }
            Result::Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(requests.len() as f64 / start.elapsed().as_secs_f64())
}

/// The rates of the emulator and of the floor, turn by turn.
async fn compare(
    what: &str,
    emulator: SocketAddr,
    floor: SocketAddr,
    requests: impl Fn(usize) -> Result<Vec<Vec<u8>>>,
) -> Result<()> {
    for (turn, connections) in [1, 64].into_iter().enumerate() {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let requests: Arc<[_]> = requests(turn * ROUNDS + round)?.into();
            bare.push(rate(floor, requests.clone(), connections).await?);
            ours.push(rate(emulator, requests, connections).await?);
        }
        let (ours, bare) = (median(ours), median(bare));
        println!(
            "{what}, connections: {connections}: {ours:.0} a second; floor {bare:.0} a second; ratio {:.2}",
            ours / bare
        );
    }
    Ok(())
}

/// How many milliseconds it takes until a new emulator answers.
fn start_up() -> Result<f64> {
    let agent = ureq::Agent::new_with_defaults();
    let start = Instant::now();
    let emulator = Emulator::start_blocking()?;
    agent.get(emulator.page_url() + "status").call()?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let times = (0..STARTS).map(|_| start_up()).collect::<Result<Vec<_>>>()?;
    println!("start to first answer: {:.1} ms", median(times));

    let emulator = Emulator::start_blocking()?;
    let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
    let (before, _) = resident()?;
    emulator.import_registrations(emulator.hub(), devices(REGISTRATIONS, 1))?;
    let (after, _) = resident()?;
    println!(
        "memory for each of {REGISTRATIONS} registrations: {} bytes",
        after.saturating_sub(before) / REGISTRATIONS as u64
    );

    let (address, floor) = (emulator.address(), floor()?);
    let hello = Notification::fcm_v1(r#"{"message":{"notification":{"title":"Hello"}}}"#)?;
    let send = wire(&hub, &SendNotification::new(hello, "chosen")?)?;
    compare("sends to a tag of one device", address, floor, |_| Ok(vec![send.clone(); REQUESTS])).await?;
    compare("registrations", address, floor, |round| {
        let create = |n: usize| {
            let token = format!("fN{:020}:APA91b{n:0134}", round * REQUESTS + n);
            let device = Registration::new(PnsHandle::fcm_v1(token)?).with_tags(["all", "news"])?;
            wire(&hub, &CreateRegistration::new(device))
        };
        (0..REQUESTS).map(create).collect()
    })
    .await?;
    Ok(())
}
