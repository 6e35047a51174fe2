//! What Prometheus scrapes. Everything is counted as it happens; here it is only written down.

use super::json::ControlError;
use crate::app::App;
use crate::namespace::hub::HubState;
use crate::rest::request_counts::BOUNDS;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::task::block_in_place;

/// What Prometheus asks for first.
const OPEN_METRICS: &str = "application/openmetrics-text";
const OPEN_METRICS_1: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /$emulator/metrics`
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Response, ControlError> {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let is_open_metrics = accepted.any(|accepted| accepted.contains(OPEN_METRICS));
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape(app)));
    let mut body = String::new();
    let (content_type, written) = block_in_place(|| match is_open_metrics {
        true => (OPEN_METRICS_1, text::encode(&mut body, &registry)),
        false => (prometheus_text::CONTENT_TYPE, prometheus_text::encode(&mut body, &registry)),
    });
    written.map_err(|why| ControlError::new(StatusCode::INTERNAL_SERVER_ERROR, why))?;
    Ok(([(header::CONTENT_TYPE, content_type)], body).into_response())
}

/// How many of something a hub holds.
type Count = fn(&HubState) -> u64;

struct Scrape(Arc<App>);

impl fmt::Debug for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrape")
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        self.requests(&mut encoder)?;
        self.sends(&mut encoder)?;
        self.hubs(&mut encoder)?;
        self.itself(&mut encoder)
    }
}

impl Scrape {
    fn requests(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let counts = &self.0.counts;
        let help = "Requests of the data plane, by operation and status.";
        let mut requests =
            encoder.encode_descriptor("nh_emulator_requests", help, None, MetricType::Counter)?;
        for answers in counts.answers() {
            let status = answers.status.map_or("dropped".into(), |status| status.to_string());
            counter(
                &mut requests,
                &[("operation", named(answers.operation)), ("status", &status)],
                answers.count,
            )?;
        }
        let help = "How long requests of the data plane took, faults included.";
        let name = "nh_emulator_request_duration";
        let mut durations =
            encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        let bounds = BOUNDS.iter().map(Duration::as_secs_f64).chain([f64::INFINITY]);
        for duration in counts.durations() {
            let buckets: Vec<_> = bounds.clone().zip(duration.buckets).collect();
            let (sum, count) = (duration.sum.as_secs_f64(), duration.buckets.iter().sum());
            durations
                .encode_family(&[("operation", named(duration.operation))])?
                .encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        let help = "Faults that befell a request, by what went wrong.";
        let mut faults =
            encoder.encode_descriptor("nh_emulator_faults_fired", help, None, MetricType::Counter)?;
        for (kind, count) in counts.faults() {
            counter(&mut faults, &[("kind", kind.word())], count)?;
        }
        let help = "Faults that can still befall a request.";
        let mut active = encoder.encode_descriptor("nh_emulator_faults", help, None, MetricType::Gauge)?;
        active.encode_gauge(&self.0.faults().len())
    }

    fn sends(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let counts = &self.0.namespace.counts;
        let help = "Sends that went out, by format, and by whether any device was their target.";
        let mut sends = encoder.encode_descriptor("nh_emulator_sends", help, None, MetricType::Counter)?;
        for send in counts.sends() {
            let state = if send.has_target { "Completed" } else { "NoTargetFound" };
            let labels = [("format", send.format), ("test", word(send.is_test)), ("state", state)];
            counter(&mut sends, &labels, send.count)?;
        }
        let help = "Devices that sends were for, by platform, and by what their push service said.";
        let mut deliveries =
            encoder.encode_descriptor("nh_emulator_deliveries", help, None, MetricType::Counter)?;
        for delivery in counts.deliveries() {
            let labels = [("platform", delivery.platform), ("outcome", delivery.verdict)];
            counter(&mut deliveries, &labels, delivery.count)?;
        }
        let help = "Sends that were refused because the hub takes so many in a minute.";
        let name = "nh_emulator_throttled_sends";
        let mut throttled = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for is_test in [false, true] {
            counter(&mut throttled, &[("test", word(is_test))], counts.throttled_sends(is_test))?;
        }
        Ok(())
    }

    fn hubs(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let namespace = &self.0.namespace;
        let hubs: Vec<_> = namespace.hubs().values().cloned().collect();
        let help = "Hubs in the namespace.";
        encoder
            .encode_descriptor("nh_emulator_hubs", help, None, MetricType::Gauge)?
            .encode_gauge(&hubs.len())?;
        let now = namespace.clock.now();
        let held: [(&str, &str, Count); 3] = [
            ("nh_emulator_registrations", "Registrations in a hub.", |hub| hub.registrations.len()),
            ("nh_emulator_devices", "Devices in a hub: handles that have a registration.", |hub| {
                hub.registrations.devices()
            }),
            ("nh_emulator_installations", "Installations in a hub.", |hub| hub.installations.len() as u64),
        ];
        for (name, help, count) in held {
            let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for hub in &hubs {
                let count = count(&hub.state_at(now));
                gauge.encode_family(&[("hub", hub.name.as_str())])?.encode_gauge(&count)?;
            }
        }
        let help = "Sends that wait for their time.";
        let mut scheduled =
            encoder.encode_descriptor("nh_emulator_scheduled_sends", help, None, MetricType::Gauge)?;
        for hub in &hubs {
            let count = namespace.schedule.count(&hub.name);
            scheduled.encode_family(&[("hub", hub.name.as_str())])?.encode_gauge(&count)?;
        }
        Ok(())
    }

    fn itself(&self, encoder: &mut DescriptorEncoder) -> fmt::Result {
        let help = "When the emulator started, in seconds since 1970, by the system's clock.";
        let name = "nh_emulator_start_time";
        let mut start = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
        let started = self.0.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        start.encode_gauge(&started.as_secs_f64())?;
        let help = "The emulator's version, and the tier of its namespace.";
        let tier = self.0.namespace.tier.to_string();
        encoder
            .encode_descriptor("nh_emulator_build", help, None, MetricType::Info)?
            .encode_info(&[("version", env!("CARGO_PKG_VERSION")), ("tier", &tier)])
    }
}

fn counter<const N: usize>(
    metric: &mut MetricEncoder,
    labels: &[(&str, &str); N],
    count: u64,
) -> fmt::Result {
    metric.encode_family(labels)?.encode_counter::<NoLabelSet, _, u64>(&count, None)
}

/// The label of an operation, also of none.
fn named(operation: Option<&'static str>) -> &'static str {
    operation.unwrap_or("none")
}

fn word(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}
