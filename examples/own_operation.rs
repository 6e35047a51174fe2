//! An operation of one's own: addressed, signed and carried like all others. This one reads a registration as the XML that the
//! service sent.
//!
//! `cargo run -p examples --example own_operation`

use examples::Target;
use nh_hyper::nh_core::{Draft, ListRegistrations, Operation, bytes::Bytes, http::Response};
use nh_hyper::{BuildError, ServiceError, Transport};
use std::error::Error;

/// `GET /{hub}/registrations/{id}`
struct RegistrationXml(String);

impl Operation for RegistrationXml {
    type Output = String;

    fn draft(&self, draft: &mut Draft<'_>) -> Result<(), BuildError> {
        draft.path(&["registrations", &self.0])?;
        Ok(())
    }

    fn response(&self, response: Response<Bytes>) -> Result<String, ServiceError> {
        let response = ServiceError::check(response)?;
        let text = std::str::from_utf8(response.body());
        text.map(str::to_owned).map_err(|why| ServiceError::unreadable(&response, why))
    }

    fn repeatable(&self) -> bool {
        true
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::find()?;
    let client = target.client(Transport::builder())?;

    let mut registrations = client.list(ListRegistrations::new().top(1));
    if let Some(registration) = registrations.next().await.transpose()? {
        let id = registration.id().unwrap_or_default().to_owned();
        println!("{}", client.execute(&RegistrationXml(id)).await?);
    }
    Ok(())
}
