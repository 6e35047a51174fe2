//! What a collector gets: a span for each call and each attempt, with OpenTelemetry's names, ids, parents and times.
//!
//! `cargo run -p examples --example observe`

use examples::Target;
use nh_core::{Hub, Notification};
use nh_hyper::Client;
use serde_json::{Map, Value, json};
use std::error::Error;
use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Prints spans as they end. In its place a service has the layer of its collector: tracing-opentelemetry, for example.
struct Exporter;

struct Recorded(Map<String, Value>, u128);

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos())
}

impl tracing::field::Visit for Recorded {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), json!(format!("{value:?}")));
    }
    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
    fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
        self.0.insert(field.name().to_owned(), json!(value));
    }
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Exporter {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::Id,
        context: Context<'_, S>,
    ) {
        let mut recorded = Recorded(Map::new(), now());
        attributes.record(&mut recorded);
        context.span(id).expect("it has just begun").extensions_mut().insert(recorded);
    }
    fn on_record(&self, id: &tracing::Id, values: &tracing::span::Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("it has not ended");
        if let Some(recorded) = span.extensions_mut().get_mut::<Recorded>() {
            values.record(recorded);
        }
    }
    fn on_close(&self, id: tracing::Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("it ends now");
        let Some(Recorded(attributes, began)) = span.extensions_mut().remove::<Recorded>() else { return };
        let parent = span.parent().map(|parent| parent.id().into_u64());
        let exported = json!({"name": span.name(), "spanId": id.into_u64(), "parentSpanId": parent,
            "startTimeUnixNano": began.to_string(), "endTimeUnixNano": now().to_string(), "attributes": attributes});
        println!("{exported}");
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let ours = tracing_subscriber::filter::filter_fn(|span| span.target().starts_with("nh_hyper"));
    tracing_subscriber::registry().with(Exporter.with_filter(ours)).init();
    let target = Target::find()?;
    let hub = Hub::from_connection_string(&target.connection_string, &target.hub)?;
    let mut builder = Client::builder(hub).user_agent("contoso-backend/1.2")?;
    if let Some(ca) = &target.ca_pem {
        builder = builder.add_root_pem(ca.as_bytes())?.platform_roots(false);
    }
    builder.build()?.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    Ok(())
}
