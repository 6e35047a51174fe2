//! A runtime of one's own: an executor that this program owns, with a thread that it started, and sockets of async-io.
//!
//! `cargo run -p examples --example custom_runtime`

use examples::Target;
use nh_hyper::{FuturesIo, Hub, Notification, Runtime, Transport};
use smol::net::TcpStream;
use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Default)]
struct Mine(Arc<smol::Executor<'static>>);

impl Runtime for Mine {
    type Stream = FuturesIo<TcpStream>;

    async fn connect(&self, host: &str, port: u16) -> io::Result<Self::Stream> {
        Ok(FuturesIo::new(TcpStream::connect((host, port)).await?))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(task).detach();
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let timer = smol::Timer::after(duration);
        async move {
            timer.await;
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Mine::default();
    let executor = runtime.0.clone();
    std::thread::spawn(move || smol::block_on(executor.run(std::future::pending::<()>())));

    smol::block_on(async {
        let target = Target::find()?;
        let builder = target.trust(Transport::builder_on(runtime))?;
        let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
        let client = builder.build()?.hub(hub);
        let receipt = client.send(Notification::adm(r#"{"data":{"msg":"Hello"}}"#)?, "sports").await?;
        println!("queued as {:?}", receipt.notification_id);
        Ok(())
    })
}
