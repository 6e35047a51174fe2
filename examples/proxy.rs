//! Behind a corporate proxy. With an argument through that proxy, to your hub; without one through a small proxy that this program
//! runs, to an emulator that only the proxy can find.
//!
//! `cargo run -p examples --example proxy -- http://user:password@proxy.contoso.com:3128`

use examples::Target;
use nh_core::{Hub, Notification};
use nh_emulator::Emulator;
use nh_hyper::Client;
use std::error::Error;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(url) = std::env::args().nth(1) {
        let target = Target::find()?;
        return send(&url, &target.connection_string, &target.hub, target.ca_pem.as_deref()).await;
    }
    // No resolver knows this name.
    let emulator = Emulator::builder().host("hubs.contoso.example").start().await?;
    let proxy = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", proxy.local_addr()?);
    let inside = emulator.address();
    tokio::spawn(async move {
        while let Ok((stream, _)) = proxy.accept().await {
            tokio::spawn(tunnel(stream, inside));
        }
    });
    send(&url, emulator.connection_string(), emulator.hub(), Some(emulator.ca_pem())).await
}

async fn send(url: &str, connection_string: &str, hub: &str, ca: Option<&str>) -> Result<(), Box<dyn Error>> {
    let hub = Hub::from_connection_string(connection_string, hub)?;
    let mut builder = Client::builder(hub).proxy(url)?.connect_timeout(Duration::from_secs(20));
    // A proxy that looks into TLS has an authority of its own, which is trusted the same way.
    if let Some(ca) = ca {
        builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
    }
    let alert = Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?;
    let receipt = builder.build()?.send(alert, "sports").await?;
    println!("queued as {:?}", receipt.notification_id);
    Ok(())
}

/// HTTP CONNECT (RFC 9110, section 9.3.6), whatever the host is called.
async fn tunnel(stream: TcpStream, inside: std::net::SocketAddr) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    println!("the proxy is asked: {}", line.trim());
    while line.trim() != "" {
        line.clear();
        stream.read_line(&mut line).await?;
    }
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    let mut server = TcpStream::connect(inside).await?;
    copy_bidirectional(&mut stream, &mut server).await.map(drop)
}
