//! Behind a corporate proxy: the name of the hub is known to nobody but the proxy. Without an argument this program starts one.
//! A client that is told nothing follows `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` of the environment.
//!
//! `cargo run -p examples --example proxy -- http://user:password@proxy.contoso.com:3128`

use examples::Target;
use nh_emulator::Emulator;
use nh_hyper::{Notification, Transport};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (target, proxy) = match std::env::args().nth(1) {
        Some(proxy) => (Target::find()?, proxy),
        None => {
            let emulator = Emulator::builder().demo_devices(true).host("hub.behind.test").start().await?;
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let proxy = format!("http://user:password@{}", listener.local_addr()?);
            tokio::spawn(serve(listener, emulator.address()));
            (Target::from(emulator), proxy)
        }
    };
    // A proxy that looks into TLS has an authority of its own: add_root_pem trusts it.
    let client =
        target.client(Transport::builder().proxy(&proxy)?.connect_timeout(Duration::from_secs(20)))?;
    let receipt = client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    println!("queued as {:?}", receipt.notification_id);
    Ok(())
}

/// A proxy that lets its users out, to one place.
async fn serve(listener: TcpListener, way_out: SocketAddr) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        tokio::spawn(tunnel(client, way_out));
    }
}

/// `CONNECT`: what comes after the blank line is between the client and the hub.
async fn tunnel(client: TcpStream, way_out: SocketAddr) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let (mut asked, mut head) = (String::new(), String::new());
    client.read_line(&mut asked).await?;
    while client.read_line(&mut head).await? > 2 {}
    // user:password
    if !head.contains("Basic dXNlcjpwYXNzd29yZA==") {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    }
    println!("the proxy was asked: {}", asked.trim_end());
    let mut hub = TcpStream::connect(way_out).await?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut hub).await.map(drop)
}
