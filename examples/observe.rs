//! What a collector is sent: a span for each call and one for each attempt under it, with OpenTelemetry's names, as the JSON of
//! its protocol (OTLP). In place of this layer a service has tracing-opentelemetry's.
//!
//! `cargo run -p examples --example observe`

use examples::Target;
use nh_hyper::{Notification, Transport};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::{Layer, layer::Context, prelude::*, registry::LookupSpan};

/// A span that has not ended: when it began, and its attributes so far.
struct Open(u128, Value);

impl Visit for Open {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.1[field.name()] = json!({ "stringValue": value });
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.1[field.name()] = json!({ "intValue": value.to_string() });
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

struct Exporter;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Exporter {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut open = Open(now(), json!({}));
        attributes.record(&mut open);
        context.span(id).expect("it is new").extensions_mut().insert(open);
    }
    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("it is open");
        span.extensions_mut().get_mut::<Open>().into_iter().for_each(|open| values.record(open));
    }
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("it closes only now");
        let Some(Open(began, attributes)) = span.extensions_mut().remove() else { return };
        let list = attributes.as_object().into_iter().flatten();
        let hex = |id: Id| format!("{:016x}", id.into_u64());
        let exported = json!({
            "traceId": span.scope().last().map(|root| format!("{:0>32}", hex(root.id()))),
            "spanId": hex(id),
            "parentSpanId": span.parent().map_or(String::new(), |parent| hex(parent.id())),
            "name": attributes["otel.name"]["stringValue"],
            "kind": if attributes["otel.kind"].is_null() { 1 } else { 3 }, // internal, client
            "startTimeUnixNano": began.to_string(),
            "endTimeUnixNano": now().to_string(),
            "status": { "code": if attributes["otel.status_code"].is_null() { 0 } else { 2 } },
            "attributes": list.map(|(key, value)| json!({ "key": key, "value": value })).collect::<Value>(),
        });
        println!("{}", json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [exported] }] }] }));
    }
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::registry().with(Exporter).init();
    let target = Target::find()?;
    let client = target.client(Transport::builder())?;
    client.send(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?, "sports").await?;
    Ok(())
}
