//! The programs that a user writes first. They are the specification of this crate's API: each must compile as it stands, with
//! names of nh-hyper alone, and each runs against an emulator.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the message")]

use nh_emulator::{Emulator, Fault};
use nh_hyper::nh_core::{List, ListRegistrations, Operation};
use nh_hyper::{
    Audience, BuildError, CallOptions, Client, ConnectionString, DeviceHandle, Error, Fate, Hub,
    HubDescription, Installation, IntoAudience, IntoDevice, IntoTag, IntoTime, Items, Job, Namespace,
    NamespaceClient, Notification, NotificationDetails, Platform, PnsHandle, Receipt, Registration,
    RetryPolicy, SasUri, SecondaryTile, SubmitJob, Tag, TagExpression, Transport,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, SystemTime};

type Anything = Result<(), Box<dyn std::error::Error>>;

fn transport(emulator: &Emulator) -> Result<Transport, Error> {
    Transport::builder().platform_roots(false).add_root_pem(emulator.ca_pem())?.build()
}

/// Runs a program with a client of an emulator's hub.
fn run(program: impl AsyncFnOnce(Client, &Emulator) -> Anything) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(async {
            let emulator = Emulator::builder().demo_devices(true).start().await?;
            let hub = Hub::from_connection_string(emulator.connection_string(), emulator.hub())?;
            program(transport(&emulator)?.hub(hub), &emulator).await
        })
        .unwrap();
}

fn alert() -> Result<Notification, Error> {
    Ok(Notification::apple(r#"{"aps":{"alert":"Hello"}}"#)?.into())
}

#[test]
fn send_to_whatever_is_at_hand() {
    run(async |client, _| {
        let n = alert()?;
        let id = String::from("bob@contoso.com");
        let tags = vec!["sports".to_owned(), "news".to_owned()];
        let (tag, audience) = (Tag::new("sports")?, Audience::user(&id)?);
        let set: HashSet<String> = tags.iter().cloned().collect();
        let ordered: BTreeSet<&str> = tags.iter().map(String::as_str).collect();
        let expression: TagExpression = "sports && !politics".parse()?;

        client.send(&n, format!("user:{id}")).await?;
        client.send(n.clone(), tags.clone()).await?;
        client.send(&n, &tags).await?;
        client.send(&n, &tags[..]).await?;
        client.send(&n, &tag).await?;
        client.send(&n, &audience).await?;
        client.send(&n, &set).await?;
        client.send(&n, &ordered).await?;
        client.send(&n, &expression).await?;
        client.send(&n, Audience::EVERYONE).await?;
        client.test_send(&n, "sports").await?;
        client.schedule(&n, &tags, SystemTime::now() + Duration::from_secs(60)).await?;
        Ok(())
    });
}

#[test]
fn send_to_devices() {
    run(async |client, emulator| {
        let n = alert()?;
        let device = DeviceHandle::new("ab12")?;
        let devices = vec![device.clone(), DeviceHandle::new("cd34")?];
        let texts = vec!["ab12".to_owned(), "cd34".to_owned()];
        client.send_direct(&n, &device).await?;
        client.send_direct(&n, "ab12").await?;
        client.send_direct(&n, texts[0].clone()).await?;
        client.send_batch(&n, &devices).await?;
        client.send_batch(&n, &texts).await?;
        client.send_batch(&n, ["ab12"]).await?;
        assert_eq!(emulator.inbox().len(), 8);
        Ok(())
    });
}

#[test]
fn every_living_format_has_its_shortcut() {
    run(async |client, _| {
        let map = HashMap::from([("greeting_en".to_owned(), "Hello".to_owned())]);
        let sorted = BTreeMap::from([("greeting_en", "Hello")]);
        client.send_template_notification(&map, "sports").await?;
        client.send_template_notification(&sorted, "sports").await?;
        client.send_fcm_v1_notification(r#"{"message":{"data":{"a":"b"}}}"#, "sports").await?;
        client.send_browser_notification(r#"{"title":"T","message":"M"}"#, "sports").await?;
        client.send_xiaomi_notification(String::from(r#"{"title":"T"}"#), "sports").await?;
        client.send_apple_notification(nh_hyper::nh_core::serde_json::json!({"aps": {}}), "sports").await?;
        Ok(())
    });
}

#[test]
fn three_lines_to_a_client() {
    run(async |_, emulator| {
        let text = String::from(emulator.connection_string());
        let parsed = ConnectionString::parse(&text)?;
        let hub = Hub::from_connection_string(&parsed, "news")?;
        // A machine without certificate authorities cannot make these; what matters here is that they are spelled so.
        let made: [Result<(), Error>; 5] = [
            Client::new(hub).map(drop),
            Client::from_connection_string(&text, "news").map(drop),
            Client::from_connection_string(&parsed, "news").map(drop),
            NamespaceClient::new(Namespace::from_connection_string(&text)?).map(drop),
            NamespaceClient::from_connection_string(&text).map(drop),
        ];
        assert!(made.iter().all(|one| one.is_ok() == made[0].is_ok()));
        Ok(())
    });
}

#[test]
fn one_transport_for_many_hubs() {
    run(async |client, emulator| {
        let namespace = Namespace::from_connection_string(emulator.namespace_connection_string())?;
        let namespace: NamespaceClient = client.transport().namespace(namespace);
        for tenant in ["redmond", "bellevue"] {
            namespace.create_hub(tenant, HubDescription::new()).await?;
            let hub: Client = namespace.hub(tenant)?;
            assert_eq!(hub.target().name(), tenant);
            hub.send(alert()?, Audience::EVERYONE).await?;
        }
        let again =
            client.hub(Hub::from_connection_string(emulator.namespace_connection_string(), "redmond")?);
        again.send(alert()?, Audience::EVERYONE).await?;
        assert_eq!(namespace.list_hubs().await?.len(), 3);
        Ok(())
    });
}

/// Functions of a program take what the client takes.
#[test]
fn a_function_over_the_client() {
    async fn notify(client: &Client, to: impl IntoAudience) -> Result<Receipt, Error> {
        client.send(alert()?, to).await
    }
    async fn later(client: &Client, to: impl IntoTag, at: impl IntoTime) -> Result<Receipt, Error> {
        client.schedule(alert()?, Audience::tag(to)?, at).await
    }
    async fn direct(client: &Client, to: impl IntoDevice) -> Result<Receipt, Error> {
        client.send_direct(alert()?, to).await
    }
    fn in_a_task<A>(client: Client, to: A) -> tokio::task::JoinHandle<Result<Receipt, Error>>
    where
        A: IntoAudience + Send + 'static,
    {
        tokio::spawn(async move { notify(&client, to).await })
    }
    run(async |client, _| {
        let tags = vec!["sports".to_owned(), "news".to_owned()];
        notify(&client, "sports && !politics").await?;
        notify(&client, &tags).await?;
        notify(&client, Audience::EVERYONE).await?;
        later(&client, &tags[0], SystemTime::now() + Duration::from_secs(60)).await?;
        direct(&client, "ab12").await?;
        in_a_task(client, tags).await??;
        Ok(())
    });
}

/// A mock writes down what was sent. A test compares it.
#[test]
fn what_was_sent_compares() -> Result<(), Error> {
    let sent: Vec<(Notification, Audience)> = vec![(alert()?, Audience::tag("sports")?)];
    assert!(sent == [(alert()?, Audience::tag("sports")?)]);
    assert_ne!(alert()?, Notification::from(Notification::apple(r#"{"aps":{"alert":"Bye"}}"#)?));
    let fates = HashMap::from([(Fate::Unknown, 2), (Fate::Final, 1)]);
    assert_eq!(fates[&Fate::Unknown], 2);
    Ok(())
}

/// A queue worker: what is certainly not done goes back, the rest does not.
#[test]
fn a_queue_worker() {
    async fn work(client: &Client, queue: &mut Vec<Notification>) -> Vec<Fate> {
        let mut failed = Vec::new();
        for message in std::mem::take(queue) {
            if let Err(error) = client.send(&message, "sports").await {
                let fate = error.fate();
                if fate.is_not_done() {
                    queue.push(message);
                }
                failed.push(fate);
            }
        }
        failed
    }
    run(async |client, emulator| {
        let client = client.with_options(CallOptions::new().retry(RetryPolicy::NEVER));
        emulator.add_fault(Fault::status(429).retry_after(7).times(1))?;
        emulator.add_fault(Fault::status(500).times(1))?;
        let mut queue = vec![alert()?, alert()?, alert()?];
        let failed = work(&client, &mut queue).await;
        let throttled = Fate::NotDone { retry_after: Some(Duration::from_secs(7)) };
        assert_eq!((failed, queue.len()), (vec![throttled, Fate::Unknown], 1));
        assert!(work(&client, &mut queue).await.is_empty() && queue.is_empty());
        Ok(())
    });
}

#[test]
fn lists_of_any_kind() {
    async fn count<L: List<Item: Send + 'static> + 'static>(
        client: &Client,
        list: L,
    ) -> Result<usize, Error> {
        let mut items: Items<L::Item> = client.list(list);
        let mut count = 0;
        while let Some(item) = items.next().await {
            item?;
            count += 1;
        }
        Ok(count)
    }
    run(async |client, _| {
        assert_eq!(count(&client, ListRegistrations::new().top(4)).await?, 10);
        let tags: Items<Registration> = client.list_registrations_by_tag(String::from("sports"))?;
        assert_eq!(tags.continuation_token(), None);
        let handle = PnsHandle::gcm("g")?;
        client.create_registration(Registration::new(handle.clone())).await?;
        assert_eq!(client.delete_registrations_by_handle(handle).await?, 1);
        Ok(())
    });
}

#[test]
fn any_operation_in_a_box() {
    run(async |client, _| {
        let send = nh_hyper::nh_core::SendNotification::new(alert()?, "sports")?;
        let operations: Vec<Box<dyn Operation<Output = Receipt>>> = vec![Box::new(send)];
        for operation in &operations {
            client.execute(operation).await?;
        }
        Ok(())
    });
}

#[test]
fn calls_go_to_tasks() {
    run(async |client, _| {
        let tags = vec!["sports".to_owned()];
        let clone = client.clone();
        let task = tokio::spawn(async move { clone.send(alert()?, tags).await });
        task.await??;
        let phone = Installation::new("8a2c1b7e", Platform::FcmV1, "device-token")?.with_tags(["sports"])?;
        tokio::spawn(async move { client.put_installation(phone).await }).await??;
        Ok(())
    });
}

/// What a program keeps, it lends; what it has made for the call, it gives away.
#[test]
fn what_is_kept_is_lent() {
    run(async |client, emulator| {
        let hub = Hub::from_connection_string(emulator.connection_string(), String::from(emulator.hub()))?;
        let other = client.transport().hub(&hub);
        assert_eq!(other.hub(&hub).target().name(), hub.name());

        let phone = Installation::new("8a2c1b7e", Platform::FcmV1, "device-token")?;
        client.put_installation(&phone).await?;
        client.put_installation(phone).await?;

        let handle = PnsHandle::gcm("g")?;
        let registration = Registration::new(&handle);
        let created = client.create_registration(&registration).await?;
        client.update_registration(&created).await?;
        client.upsert_registration(client.create_registration_id().await?, &registration).await?;
        assert!(client.list_registrations_by_handle(&handle).next().await.is_some());
        assert_eq!(client.delete_registrations_by_handle(&handle).await?, 2);

        let namespace = Namespace::from_connection_string(emulator.namespace_connection_string())?;
        let namespace = client.transport().namespace(&namespace);
        let description = HubDescription::new();
        for tenant in ["redmond", "bellevue"].map(String::from) {
            namespace.create_hub(&tenant, &description).await?;
            namespace.update_hub(&tenant, &description).await?;
            namespace.hub(tenant)?.send(alert()?, Audience::EVERYONE).await?;
        }
        Ok(())
    });
}

#[test]
fn what_is_not_there() {
    async fn forget(client: &Client, id: &str) -> Result<bool, Error> {
        match client.get_installation(id).await {
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
            Ok(_) => client.delete_installation(id).await.map(|()| true),
        }
    }
    run(async |client, _| {
        client.put_installation(Installation::new("1", Platform::FcmV1, "device-token")?).await?;
        assert!(forget(&client, "1").await? && !forget(&client, "2").await?);
        let refused = client.get_installation("a/b").await.unwrap_err();
        assert!(!refused.is_not_found());
        Ok(())
    });
}

/// The addresses of the storage come from the environment or from a command line.
#[test]
fn a_job_in_a_few_lines() {
    run(async |client, emulator| {
        let results: SasUri = emulator.container_uri("results").parse()?;
        let job: Job = client.submit_job(SubmitJob::export(results)).await?;
        let job = client.wait_for_job(&job.job_id, Duration::from_secs(60)).await?;
        assert!(job.output_file_path().is_some());
        assert!("jobs?sig=sesame".parse::<SasUri>().is_err());
        Ok(())
    });
}

/// Types of daily use have a name that a function can be written with.
#[test]
fn names_at_the_root() {
    async fn details(client: &Client, receipt: &Receipt) -> Result<Option<NotificationDetails>, Error> {
        let Some(id) = &receipt.notification_id else { return Ok(None) };
        client.get_notification_details(id).await.map(Some)
    }
    fn with_tile(pc: Installation, channel: &str) -> Result<Installation, BuildError> {
        let tile = SecondaryTile::new(channel)?.with_tags(["weather"])?;
        Ok(pc.with_secondary_tile("weather", tile))
    }
    run(async |client, _| {
        let sent = client.send(alert()?, "sports").await?;
        assert!(details(&client, &sent).await?.is_some());
        let pc = Installation::new("pc", Platform::Windows, "https://db5p.notify.windows.com/?token=a")?;
        client.put_installation(with_tile(pc, "https://db5p.notify.windows.com/?token=b")?).await?;
        Ok(())
    });
}

#[test]
fn one_error_type_for_question_marks() {
    async fn everything(client: &Client, namespace: &NamespaceClient) -> Result<(), Error> {
        let tag = Tag::new("sports")?;
        client.send(alert()?, &tag).await?;
        drop(client.list_registrations_by_tag(&tag)?);
        namespace.hub("news")?.target();
        Transport::builder()
            .proxy("http://proxy:3128")?
            .user_agent("contoso/1")?
            .platform_roots(false)
            .build()?;
        Ok(())
    }
    run(async |client, emulator| {
        let namespace = Namespace::from_connection_string(emulator.namespace_connection_string())?;
        everything(&client, &client.transport().namespace(namespace)).await?;
        Ok(())
    });
}
