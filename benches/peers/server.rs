//! The server that `benches/peers/run` compares clients with. It writes its certificate to the file that it is told, prints its
//! connection string, and ends when its stdin ends.

use benches::{Server, connection_string_at};
use std::error::Error;
use std::{env, fs, io};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let server = Server::new()?;
    fs::write(env::args_os().nth(1).ok_or("say where the certificate goes")?, server.pem())?;
    println!("{}", connection_string_at(&server.listen()?.to_string()));
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
