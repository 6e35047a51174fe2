// The official JavaScript SDK keeps devices in the emulator, lists them and runs jobs, over TLS.
//
// Known faults of the SDK (2.1.0), worked around here (and one in harness.mjs): in a filter it encodes the URIs of Windows and browsers twice and leaves out a quote for Baidu, so those three are not
// asked for by channel; it writes Baidu's two ids in the wrong order, which the service's contract does not take, and the
// headers of a Windows template after its name, where the contract does not take them.

import assert from 'node:assert/strict';
import { client, container, delivered, run, storageUrl } from './harness.mjs';
import * as sdk from '@azure/notification-hubs';

const template = {
  bodyTemplate: '{"a":"$(x)"}',
  templateName: 'n & m',
};

/** Each kind of registration, natively and with a template. */
const registrations = {
  Adm: { admRegistrationId: 'amzn1' },
  Apple: { deviceToken: 'AB12' },
  Browser: { endpoint: 'https://push.example/1', p256dh: 'BNcR', auth: 'tBHI' },
  FcmLegacy: { gcmRegistrationId: "g'1" },
  FcmV1: { fcmV1RegistrationId: 'fcm:token+/=&x' },
  Windows: { channelUri: 'https://db5p.notify.windows.com/?token=a%2fb&c=1' },
  Xiaomi: { xiaomiRegistrationId: 'x' },
};

const channels = {
  adm: { admRegistrationId: 'amzn1' },
  apple: { deviceToken: 'ab12' },
  fcmv1: { fcmV1RegistrationId: 'fcm:token+/=&x' },
};

async function all(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}

/** What was sent, but for what the service adds. */
function same(read, sent) {
  for (const [name, value] of Object.entries(sent)) {
    if (!['registrationId', 'etag', 'expirationTime'].includes(name)) assert.deepEqual(read[name], value, name);
  }
}

const tests = {
  async 'registrations of every kind'() {
    for (const [kind, handle] of Object.entries(registrations)) {
      const common = { ...handle, tags: ['a', 'b:c'], pushVariables: { x: 'ü<&' } };
      const native = sdk[`create${kind}RegistrationDescription`]({ ...common });
      const filled = sdk[`create${kind}TemplateRegistrationDescription`]({ ...common, ...template });
      // Of Windows the service wants a type, which this SDK does not get across: see below.
      for (const sent of kind === 'Windows' ? [native] : [native, filled]) {
        const created = await client.createRegistration({ ...sent });
        same(created, sent);
        assert.equal(created.etag, '1');
        const read = await client.getRegistration(created.registrationId);
        same(read, sent);
        await client.deleteRegistration(created.registrationId);
        await assert.rejects(client.getRegistration(created.registrationId), { statusCode: 404 });
      }
    }
  },

  async 'the order of elements is enforced'() {
    const baidu = sdk.createBaiduRegistrationDescription({ baiduUserId: 'u', baiduChannelId: 'c' });
    await assert.rejects(client.createRegistration(baidu), /is not expected. Expecting element 'BaiduUserId'/);
    const toast = { bodyTemplate: '<toast/>', templateName: 't', wnsHeaders: { 'X-WNS-Type': 'wns/toast' } };
    const windows = sdk.createWindowsTemplateRegistrationDescription({ channelUri: 'https://a/b', ...toast });
    await assert.rejects(client.createRegistration(windows), /Expecting element 'WnsHeaders'/);
  },

  async 'a registration under an id'() {
    const registrationId = await client.createRegistrationId();
    const phone = () => sdk.createFcmV1RegistrationDescription({ registrationId, fcmV1RegistrationId: 't' });
    const written = await client.createOrUpdateRegistration(phone());
    assert.deepEqual([written.registrationId, written.etag], [registrationId, '1']);
    const updated = await client.updateRegistration({ ...phone(), etag: '1', tags: ['x'] });
    assert.deepEqual([updated.etag, updated.tags], ['2', ['x']]);
    await assert.rejects(client.updateRegistration({ ...phone(), etag: '1' }), { statusCode: 412 });
    await assert.rejects(client.deleteRegistration(registrationId, { etag: '1' }), { statusCode: 412 });
    await client.deleteRegistration(registrationId, { etag: '2' });
  },

  async lists() {
    for (const tags of [['even'], ['odd'], ['even']]) {
      await client.createRegistration(sdk.createAppleRegistrationDescription({ deviceToken: 'AB12', tags }));
    }
    await client.createRegistration(sdk.createAdmRegistrationDescription({ admRegistrationId: 'amzn1' }));
    await client.createRegistration(sdk.createFcmV1RegistrationDescription({ fcmV1RegistrationId: 'fcm:token+/=&x' }));
    assert.equal((await all(client.listRegistrationsByTag('even'))).length, 2);
    assert.deepEqual(await all(client.listRegistrationsByTag('nobody')), []);
    const found = {};
    for (const [kind, channel] of Object.entries(channels)) {
      found[kind] = (await all(client.listRegistrationsByChannel({ kind, ...channel }))).length;
    }
    assert.deepEqual(found, { adm: 1, apple: 3, fcmv1: 1 });
    assert.equal((await all(client.listRegistrations({ top: 100 }))).length, 10 + 5);
    // Page by page, each once.
    const pages = await all(client.listRegistrations({ top: 3 }).byPage());
    assert.deepEqual(
      pages.map((page) => page.length),
      [3, 3, 3, 3, 3],
    );
    const ids = new Set(pages.flat().map((registration) => registration.registrationId));
    assert.equal(ids.size, 15);
  },

  async installations() {
    const installations = [
      sdk.createAppleInstallation({ installationId: 'i1', pushChannel: 'AB12', tags: ['x'], userId: 'bob' }),
      sdk.createAdmInstallation({ installationId: 'i1', pushChannel: 'amzn1' }),
      sdk.createBaiduInstallation({ installationId: 'i1', pushChannel: 'u-c' }),
      sdk.createFcmLegacyInstallation({ installationId: 'i1', pushChannel: 'g' }),
      sdk.createFcmV1Installation({ installationId: 'i1', pushChannel: 'f' }),
      sdk.createXiaomiInstallation({ installationId: 'i1', pushChannel: 'x' }),
      sdk.createWindowsInstallation({ installationId: 'i1', pushChannel: 'https://a/b' }),
      sdk.createBrowserInstallation({
        installationId: 'i1',
        pushChannel: { endpoint: 'https://push.example/1', p256dh: 'BNcR', auth: 'tBHI' },
      }),
    ];
    for (const sent of installations) {
      await client.createOrUpdateInstallation(sent);
      const read = await client.getInstallation('i1');
      same(read, sent);
      assert.equal(read.pushChannelExpired, false);
    }
    await client.deleteInstallation('i1');
    await client.deleteInstallation('i1');
    await assert.rejects(client.getInstallation('i1'), { statusCode: 404 });
  },

  async 'an installation is changed and reached'() {
    const phone = sdk.createAppleInstallation({
      installationId: 'i2',
      pushChannel: 'CD34',
      tags: ['sports'],
      templates: { t: { body: '{"aps":{"alert":"$(greeting)"}}' } },
    });
    await client.createOrUpdateInstallation(phone);
    await client.updateInstallation('i2', [
      { op: 'add', path: '/tags', value: 'news' },
      { op: 'remove', path: '/tags/sports' },
      { op: 'replace', path: '/pushChannel', value: 'EF56' },
    ]);
    const read = await client.getInstallation('i2');
    assert.deepEqual([read.tags, read.pushChannel, read.templates.t.tags], [['news'], 'EF56', ['t']]);
    const greeting = sdk.createTemplateNotification({ body: { greeting: 'Hello' } });
    await client.sendNotification(greeting, { tagExpression: '$InstallationId:{i2}' });
    const deliveries = await delivered();
    assert.deepEqual(
      deliveries.map((delivery) => delivery.payload),
      ['{"aps":{"alert":"Hello"}}'],
    );
    await client.deleteInstallation('i2');
  },

  async jobs() {
    const outputContainerUrl = await container('out');
    const submitted = await client.submitNotificationHubJob({ type: 'ExportRegistrations', outputContainerUrl });
    const job = await client.getNotificationHubJob(submitted.jobId);
    assert.deepEqual([job.status, job.progress, job.outputContainerUrl], ['Completed', 100, outputContainerUrl]);
    const output = new URL(job.outputProperties.OutputFilePath, storageUrl);
    const file = await (await fetch(`${output}${new URL(outputContainerUrl).search}`)).text();
    const lines = file.trim().split('\n');
    assert.equal(lines.length, (await all(client.listRegistrations())).length);

    const importFileUrl = (await container('in')).replace('/in?', '/in/all.txt?');
    assert.equal((await fetch(importFileUrl, { method: 'PUT', body: file })).status, 201);
    const type = 'ImportDeleteRegistrations';
    const done = await client.beginSubmitNotificationHubJob({ type, outputContainerUrl, importFileUrl });
    assert.equal(done.status, 'Completed');
    assert.deepEqual(await all(client.listRegistrations()), []);
    assert.equal((await client.listNotificationHubJobs()).length, 2);
  },

  async 'telemetry and feedback'() {
    const alert = sdk.createAppleNotification({ body: { aps: {} } });
    const { notificationId } = await client.sendBroadcastNotification(alert);
    const details = await client.getNotificationOutcomeDetails(notificationId);
    assert.equal(details.state, 'NoTargetFound');
    assert.ok((await client.getFeedbackContainerUrl()).startsWith(storageUrl.href));
  },
};

await run(tests);
