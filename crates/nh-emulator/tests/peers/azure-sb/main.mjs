// The older Node SDK (azure-sb) against the emulator, over TLS: each operation that it has for notification hubs.
//
// Wants NOTIFICATIONHUBS_CONNECTION_STRING, NOTIFICATIONHUBS_NAMESPACE_CONNECTION_STRING, NOTIFICATION_HUB_NAME and
// NODE_EXTRA_CA_CERTS, as `nhub emulator --demo --json` prints them. Resets the emulator before each test.
//
// What the SDK (0.11.2) does in its own way or wrong; each has a test below:
// - It takes no `localhost` as an endpoint.
// - It writes registrations of Apple and GCM, and installations, with an empty Content-Type. The service takes such
//   registrations: the SDK's recorded tests got 200 (Azure/azure-sdk-for-node, apnsservice-registrations-tests.nock.js).
// - `updateRegistration` writes ETag after Tags, where the contract has no place for it. The service skips what stands in the
//   wrong place and is not required (azure-sdk-for-node#2287, azure-notificationhubs-samples#11).
// - `createNotificationHub` writes WNS before APNS; the contract has APNS first. So only WNS gets across:
//   no recording shows it, but one reader reads both.
// - `create*RawRegistration` of MPNS writes an empty X-WindowsPhone-Target, which is refused. `createRawTemplateRegistration`
//   works.
// - The option `expirationTime` of WNS writes ExpirationTime, which only the service may write.
// - It does not double a quote in a filter.
// - "updates" in `updatesRawTemplateRegistration` is how it is spelled.

import assert from 'node:assert/strict';
import azure from 'azure-sb';

const address = (variable) => process.env[variable].replace('//localhost:', '//127.0.0.1:');
const connectionString = address('NOTIFICATIONHUBS_CONNECTION_STRING');
const hubName = process.env.NOTIFICATION_HUB_NAME;
const hub = azure.createNotificationHubService(hubName, connectionString);
const namespace = azure.createServiceBusService(address('NOTIFICATIONHUBS_NAMESPACE_CONNECTION_STRING'));

/** Calls an operation; gives the first thing that it has to say: the result, or else the response. */
const ask = (service, operation, ...args) =>
  new Promise((resolve, reject) => {
    service[operation](...args, (error, result) => (error ? reject(error) : resolve(result)));
  });

const control = (path, method = 'GET') =>
  fetch(new URL(`/$emulator/${path}`, connectionString.match(/sb:\/\/[^;]+/)[0].replace('sb:', 'https:')), { method });

/** Asks, and gives what has been delivered by that. */
async function delivered(...call) {
  await control('inbox', 'DELETE');
  const response = await ask(...call);
  assert.equal(response.statusCode, 201);
  return (await control('inbox')).json();
}

/** The payloads that a template notification leads to. */
const rendered = async (tag, properties) =>
  (await delivered(hub, 'send', tag, properties)).map((delivery) => delivery.payload);

const toast = (text) =>
  `<toast><visual><binding template="ToastText01"><text id="1">${text}</text></binding></visual></toast>`;
const phone = (what) =>
  `<?xml version="1.0" encoding="utf-8"?><wp:Notification xmlns:wp="WPNotification">${what}</wp:Notification>`;

/** Per service: a handle, the operation that finds it, and of a template the name, what is asked for, and what arrives. */
const kinds = {
  apns: {
    element: 'Apple',
    handle: { DeviceToken: 'AB12' },
    list: 'listRegistrationsByToken',
    template: 'Template',
    make: (text) => ({ alert: text }),
    arrives: (text) => `{"aps":{"alert":"${text}"}}`,
  },
  gcm: {
    element: 'Gcm',
    handle: { GcmRegistrationId: 'gcm-1' },
    list: 'listRegistrationsByGcmRegistrationId',
    template: 'Template',
    make: (text) => ({ data: { message: text } }),
    arrives: (text) => `{"data":{"message":"${text}"}}`,
  },
  wns: {
    element: 'Windows',
    handle: { ChannelUri: 'https://db3.notify.windows.com/?token=a%2fb' },
    list: 'listRegistrationsByChannel',
    template: 'ToastText01',
    make: (text) => ({ text1: text }),
    arrives: toast,
  },
  mpns: {
    element: 'Mpns',
    handle: { ChannelUri: 'http://sn1.notify.live.net/u/1/a' },
    list: 'listRegistrationsByChannel',
    template: 'Toast',
    make: (text) => ({ text1: text, text2: 'b' }),
    arrives: (text) => phone(`<wp:Toast><wp:Text1>${text}</wp:Text1><wp:Text2>b</wp:Text2></wp:Toast>`),
  },
};

const tests = {
  async 'an endpoint'() {
    assert.throws(
      () => azure.createNotificationHubService(hubName, connectionString.replace('127.0.0.1', 'localhost')),
      /is invalid/,
    );
    const [, endpoint, name, key] = connectionString.match(
      /Endpoint=([^;]+);SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/,
    );
    const inParts = azure.createNotificationHubService(hubName, endpoint, name, key);
    assert.equal((await ask(inParts, 'listRegistrations')).length, 10);
    const stranger = azure.createNotificationHubService(hubName, endpoint, name, 'd3Jvbmc=');
    await assert.rejects(ask(stranger, 'listRegistrations'), { statusCode: 401 });
  },

  async hubs() {
    const key = { GoogleApiKey: 'AIza' };
    const created = await ask(namespace, 'createNotificationHub', 'older-a', { gcm: key });
    assert.deepEqual(created.GcmCredential.Properties.Property, { Name: 'GoogleApiKey', Value: 'AIza' });
    await assert.rejects(ask(namespace, 'createNotificationHub', 'older-a'), { statusCode: 409 });
    assert.equal((await ask(namespace, 'createNotificationHub', 'older-b')).NotificationHubName, 'older-b');
    const read = await ask(namespace, 'getNotificationHub', 'older-a');
    assert.equal(read.RegistrationTtl, 'P10675199DT2H48M5.4775807S');
    assert.equal(read.AuthorizationRules.AuthorizationRule.length, 2);
    const names = async (options) =>
      (await ask(namespace, 'listNotificationHubs', options)).map((found) => found.NotificationHubName);
    assert.deepEqual(await names({}), [hubName, 'older-a', 'older-b']);
    assert.deepEqual(await names({ top: 1, skip: 1 }), ['older-a']);
    assert.equal((await ask(namespace, 'deleteNotificationHub', 'older-a')).statusCode, 200);
    await assert.rejects(ask(namespace, 'getNotificationHub', 'older-a'), { code: 'NotificationHubNotFound' });
    await assert.rejects(ask(namespace, 'deleteNotificationHub', 'older-a'), { statusCode: 404 });
    assert.equal((await ask(namespace, 'deleteNotificationHub', 'older-b')).statusCode, 200);
  },

  async 'a hub with credentials'() {
    const credentials = {
      apns: { ApnsCertificate: 'MIIM', CertificateKey: 'k', Endpoint: 'gateway.sandbox.push.apple.com' },
      wns: { PackageSid: 'ms-app://s-1-15-2', SecretKey: 'k' },
      mpns: { MpnsCertificate: 'MIIM', CertificateKey: 'k' },
    };
    for (const [service, credential] of Object.entries(credentials)) {
      const created = await ask(namespace, 'createNotificationHub', `older-${service}`, { [service]: credential });
      const name = `${service[0].toUpperCase()}${service.slice(1)}Credential`;
      const written = created[name].Properties.Property.map((property) => property.Name).sort();
      assert.deepEqual(written, Object.keys(credential).sort());
      await ask(namespace, 'deleteNotificationHub', `older-${service}`);
    }
  },

  async 'a hub with credentials in the wrong order'() {
    const credentials = {
      apns: { ApnsCertificate: 'MIIM', CertificateKey: 'k', Endpoint: 'gateway.sandbox.push.apple.com' },
      wns: { PackageSid: 'ms-app://s-1-15-2', SecretKey: 'k' },
    };
    await assert.rejects(ask(namespace, 'createNotificationHub', 'older', credentials), { statusCode: 400 });
    // One kind at a time has no order.
    for (const [kind, name] of [
      ['apns', 'ApnsCredential'],
      ['wns', 'WnsCredential'],
    ]) {
      const created = await ask(namespace, 'createNotificationHub', 'older', { [kind]: credentials[kind] });
      await ask(namespace, 'deleteNotificationHub', 'older');
      assert.notEqual(created[name], undefined);
    }
  },

  async 'registrations in general'() {
    const registrationId = await ask(hub, 'createRegistrationId');
    assert.match(registrationId, /^\d+-\d+-[1-8]$/);
    const created = await ask(
      hub.wns,
      'createOrUpdateNativeRegistration',
      registrationId,
      'https://a.notify.windows.com/1',
      ['one'],
    );
    assert.deepEqual([created.RegistrationId, created.Tags, created.ETag], [registrationId, 'one', '1']);
    const read = await ask(hub, 'getRegistration', registrationId);
    assert.deepEqual([read.ChannelUri, read.Tags], ['https://a.notify.windows.com/1', 'one']);
    const written = await ask(hub, 'createOrUpdateRegistration', { ...read, Tags: 'two' });
    assert.deepEqual([written.Tags, written.ETag], ['two', '2']);
    assert.equal((await ask(hub, 'listRegistrations')).length, 11);
    assert.equal((await ask(hub, 'listRegistrations', { top: 2 })).length, 2);
    assert.equal((await ask(hub, 'listRegistrationsByTag', 'two', { top: 10, skip: 0 })).length, 1);
    assert.deepEqual(await ask(hub, 'listRegistrationsByTag', 'one'), []);
    await assert.rejects(ask(hub, 'deleteRegistration', registrationId, { etag: '"1"' }), { statusCode: 412 });
    assert.equal((await ask(hub, 'deleteRegistration', registrationId)).statusCode, 200);
    await assert.rejects(ask(hub, 'getRegistration', registrationId), { statusCode: 404 });
  },

  async 'a registration is updated'() {
    const native = await ask(hub.wns, 'createNativeRegistration', 'https://a.notify.windows.com/2', null);
    const updated = await ask(hub, 'updateRegistration', { ...native, Tags: 'later' });
    assert.equal(updated.ETag, '2');
    assert.equal((await ask(hub, 'listRegistrationsByTag', 'later')).length, 1);
    await ask(hub, 'deleteRegistration', native.RegistrationId);
    const template = await ask(
      hub.wns,
      'createToastText01Registration',
      'https://a.notify.windows.com/2',
      ['later'],
      '$(x)',
    );
    await ask(hub, 'updateRegistration', { ...template, BodyTemplate: toast('$(y)') });
    assert.deepEqual(await rendered('later', { x: 'no', y: '<yes>' }), [toast('&lt;yes&gt;')]);
    await ask(hub, 'deleteRegistration', template.RegistrationId);
  },

  async 'an expiration time is refused'() {
    const options = { expirationTime: new Date(Date.now() + 86_400_000) };
    await assert.rejects(ask(hub.wns, 'createNativeRegistration', 'https://a.notify.windows.com/3', null, options), {
      statusCode: 400,
    });
  },

  async 'a quote in a filter'() {
    await assert.rejects(ask(hub.gcm, 'listRegistrationsByGcmRegistrationId', "g'1"), { statusCode: 400 });
    assert.deepEqual(await ask(hub.gcm, 'listRegistrationsByGcmRegistrationId', "g''1"), []);
  },

  async 'each template of WNS'() {
    const channel = 'https://a.notify.windows.com/4';
    const texts = Array.from({ length: 10 }, (_, n) => [`text${n + 1}`, '$(x)']);
    const images = Array.from({ length: 6 }, (_, n) => [`image${n + 1}src`, 'https://a/$(x)']);
    const parts = () => Object.fromEntries([...texts, ...images]);
    const names = Object.keys(hub.wns).flatMap((name) => name.match(/^send(Tile.+|Toast.+)/)?.[1] ?? []);
    assert.equal(names.length, 54);
    const registrationId = await ask(hub, 'createRegistrationId');
    for (const name of names) {
      const kind = name.startsWith('Tile') ? 'wns/tile' : 'wns/toast';
      const sent = await delivered(hub.wns, `send${name}`, 'sports', parts());
      assert.match(sent[0].payload, new RegExp(`<binding template="${name}">`));
      assert.deepEqual([sent.length, sent[0].headers], [1, { 'x-wns-type': kind }]);
      const created = await ask(hub.wns, `create${name}Registration`, channel, ['each'], { text1: '$(x)' });
      assert.deepEqual(created.WnsHeaders.WnsHeader, { Header: 'X-WNS-Type', Value: kind });
      await ask(hub, 'deleteRegistration', created.RegistrationId);
      await ask(hub.wns, `createOrUpdate${name}Registration`, registrationId, channel, ['each'], { text1: '$(x)' });
      const updated = await ask(hub.wns, `update${name}Registration`, registrationId, channel, ['each'], {
        text1: '$(y)',
      });
      assert.equal(updated.RegistrationId, registrationId);
    }
    await ask(hub, 'deleteRegistration', registrationId);
  },

  async 'each template of MPNS'() {
    const channel = 'http://sn1.notify.live.net/u/1/b';
    const templates = {
      Toast: [{ text1: '$(x)', text2: 'b' }, '<wp:Toast><wp:Text1>one</wp:Text1><wp:Text2>b</wp:Text2></wp:Toast>'],
      Tile: [{ title: '$(x)' }, '<wp:Tile><wp:Title>one</wp:Title></wp:Tile>'],
      FlipTile: [{ title: '$(x)' }, '<wp:Tile Template="FlipTile"><wp:Title>one</wp:Title></wp:Tile>'],
    };
    for (const [name, [template, arrives]] of Object.entries(templates)) {
      const { RegistrationId } = await ask(hub.mpns, `create${name}Registration`, channel, ['each'], template);
      assert.deepEqual(await rendered('each', { x: 'one' }), [phone(arrives)]);
      const second = await ask(
        hub.mpns,
        `createOrUpdate${name}Registration`,
        RegistrationId,
        channel,
        ['each'],
        template,
      );
      const third = await ask(hub.mpns, `update${name}Registration`, RegistrationId, channel, ['each'], template);
      assert.deepEqual([second.ETag, third.ETag], ['2', '3']);
      await ask(hub, 'deleteRegistration', RegistrationId);
    }
    const registrationId = await ask(hub, 'createRegistrationId');
    const emptyTarget = { statusCode: 400, message: /X-WindowsPhone-Target/ };
    await assert.rejects(ask(hub.mpns, 'createRawRegistration', channel, null, '<a/>'), emptyTarget);
    await assert.rejects(
      ask(hub.mpns, 'createOrUpdateRawRegistration', registrationId, channel, null, '<a/>'),
      emptyTarget,
    );
    await assert.rejects(ask(hub.mpns, 'updateRawRegistration', registrationId, channel, null, '<a/>'), emptyTarget);
  },

  async 'raw templates'() {
    const headers = { wns: { 'X-WNS-Type': 'wns/raw' }, mpns: { 'X-NotificationClass': '3' } };
    for (const [service, handle] of [
      ['wns', 'https://a.notify.windows.com/5'],
      ['mpns', 'http://sn1.notify.live.net/u/1/c'],
    ]) {
      // The SDK's own headers go into these options: a fresh object for each call.
      const options = () => ({ headers: { ...headers[service] } });
      const write = (operation, ...args) => ask(hub[service], operation, ...args, options());
      const { RegistrationId } = await write('createRawTemplateRegistration', handle, ['raw'], '{"a":"$(x)"}');
      assert.deepEqual(await rendered('raw', { x: 'one' }), ['{"a":"one"}']);
      await write('createOrUpdateRawTemplateRegistration', RegistrationId, handle, ['raw'], '{"b":"$(x)"}');
      assert.deepEqual(await rendered('raw', { x: 'one' }), ['{"b":"one"}']);
      await write('updatesRawTemplateRegistration', RegistrationId, handle, ['raw'], '{"c":"$(x)"}');
      assert.deepEqual(await rendered('raw', { x: 'one' }), ['{"c":"one"}']);
      await ask(hub, 'deleteRegistration', RegistrationId);
    }
  },

  async 'template sends'() {
    assert.deepEqual(await rendered('sports', { greeting_en: 'Hello', greeting_fr: 'Salut' }), [
      '{"aps":{"alert":"Hello"}}',
      toast('Salut'),
    ]);
    assert.equal((await rendered(['politics', 'nobody'], '{"greeting_en":"Hello"}')).length, 1);
    assert.equal((await rendered(null, { greeting_en: 'Hello' })).length, 2);
    assert.equal((await rendered('sports && !news', { greeting_en: 'Hello' })).length, 1);
  },

  async 'APNS sends'() {
    const payload = { alert: 'Hello', payload: { id: 1 }, expiry: new Date('2030-01-01'), priority: 5 };
    const [delivery] = await delivered(hub.apns, 'send', 'sports', payload);
    assert.equal(delivery.payload, '{"aps":{"alert":"Hello"},"id":1}');
    assert.deepEqual(delivery.headers, { 'apns-expiration': '1893456000', 'apns-priority': '5' });
    const options = { headers: { 'apns-push-type': 'background' } };
    const [silent] = await delivered(
      hub.apns,
      'send',
      ['sports', 'nobody'],
      '{"aps":{"content-available":1}}',
      options,
    );
    assert.deepEqual(
      [silent.payload, silent.headers],
      ['{"aps":{"content-available":1}}', { 'apns-push-type': 'background' }],
    );
    assert.equal((await delivered(hub.apns, 'send', null, { alert: 'Hello' })).length, 1);
    assert.deepEqual(await delivered(hub.apns, 'send', 'sports && !news', { alert: 'Hello' }), []);
  },

  async 'GCM sends'() {
    const [delivery] = await delivered(hub.gcm, 'send', 'sports && news', { data: { a: 'ü' } });
    assert.deepEqual([delivery.platform, delivery.payload], ['gcm', '{"data":{"a":"ü"}}']);
    assert.equal((await delivered(hub.gcm, 'send', null, { data: {} })).length, 1);
  },

  async 'WNS sends'() {
    const one = async (...call) => {
      const [{ payload, headers }, ...more] = await delivered(hub.wns, ...call);
      assert.deepEqual(more, []);
      return [payload, headers];
    };
    const badge = (value) => [`<badge value="${value}" version="1"/>`, { 'x-wns-type': 'wns/badge' }];
    assert.deepEqual(await one('sendBadge', 'sports', 'alert'), badge('alert'));
    assert.deepEqual(await one('sendBadge', 'sports', 11), badge(11));
    assert.deepEqual(await one('sendRaw', 'sports', '{"foo":1}'), ['{"foo":1}', { 'x-wns-type': 'wns/raw' }]);
    assert.deepEqual(await one('sendToastText01', 'sports', 'Hi & bye'), [
      toast('Hi &amp; bye'),
      { 'x-wns-type': 'wns/toast' },
    ]);
    const options = { headers: { 'X-WNS-TTL': '60' } };
    assert.deepEqual(await one('send', null, '<tile/>', 'wns/tile', options), [
      '<tile/>',
      { 'x-wns-ttl': '60', 'x-wns-type': 'wns/tile' },
    ]);
    const wrongType = { headers: { 'X-WNS-Type': 'wns/raw' } };
    const words = /The content type for a 'wns\/raw' notification must be 'application\/octet-stream'/;
    await assert.rejects(ask(hub.wns, 'sendTileSquareText04', 'sports', 'x', wrongType), {
      statusCode: 400,
      message: words,
    });
  },

  async 'MPNS sends'() {
    const one = async (...call) => {
      const [{ payload, headers }, ...more] = await delivered(hub.mpns, ...call);
      assert.deepEqual(more, []);
      return [payload, headers['x-windowsphone-target'], headers['x-notificationclass']];
    };
    const bold = phone('<wp:Toast><wp:Text1>Bold</wp:Text1><wp:Text2>plain</wp:Text2></wp:Toast>');
    assert.deepEqual(await one('sendToast', 'sports', 'Bold', 'plain'), [bold, 'toast', '2']);
    const tile = phone('<wp:Tile><wp:Count>3</wp:Count><wp:Title>t</wp:Title></wp:Tile>');
    assert.deepEqual(await one('sendTile', 'sports', { title: 't', count: 3 }), [tile, 'token', '1']);
    const flip = phone('<wp:Tile Template="FlipTile"><wp:Title>t</wp:Title></wp:Tile>');
    assert.deepEqual(await one('sendFlipTile', 'sports', { title: 't' }), [flip, 'token', '1']);
    assert.deepEqual(await one('sendRaw', 'sports', '<a/>'), ['<a/>', undefined, '3']);
    assert.deepEqual(await one('send', null, bold, 'toast', '12'), [bold, 'toast', '12']);
  },

  async installations() {
    const installation = { installationId: 'older', platform: 'apns', pushChannel: 'AB12', tags: ['installed'] };
    assert.equal((await ask(hub, 'createOrUpdateInstallation', installation)).statusCode, 200);
    const read = await ask(hub, 'getInstallation', 'older');
    assert.deepEqual([read.platform, read.pushChannel, read.tags], ['apns', 'AB12', ['installed']]);
    const changes = [{ op: 'add', path: '/tags', value: 'changed' }];
    assert.equal((await ask(hub, 'patchInstallation', 'older', changes)).statusCode, 200);
    assert.equal((await delivered(hub.apns, 'send', 'changed', { alert: 'Hello' })).length, 1);
    assert.equal((await ask(hub, 'deleteInstallation', 'older')).statusCode, 204);
    await assert.rejects(ask(hub, 'getInstallation', 'older'), { statusCode: 404 });
  },
};

for (const [service, { element, handle, list, template, make, arrives }] of Object.entries(kinds)) {
  const [[member, value]] = Object.entries(handle);
  const registered = (registration) => [registration._.ContentRootElement, registration[member], registration.Tags];

  tests[`native registrations of ${service}`] = async () => {
    const created = await ask(hub[service], 'createNativeRegistration', value, ['a', 'b']);
    assert.deepEqual(registered(created), [`${element}RegistrationDescription`, value, 'a,b']);
    const found = await ask(hub[service], list, value, { top: 10, skip: 0 });
    assert.deepEqual(found.map(registered), [[`${element}RegistrationDescription`, value, 'a,b']]);
    const { RegistrationId } = created;
    const changed = await ask(hub[service], 'createOrUpdateNativeRegistration', RegistrationId, value, 'c');
    assert.deepEqual([changed.RegistrationId, changed.Tags], [RegistrationId, 'c']);
    assert.deepEqual((await ask(hub, 'listRegistrationsByTag', 'c')).map(registered), [registered(changed)]);
    await ask(hub, 'deleteRegistration', RegistrationId);
    assert.deepEqual(await ask(hub[service], list, value), []);
  };

  tests[`template registrations of ${service}`] = async () => {
    const created = await ask(hub[service], `create${template}Registration`, value, ['t'], make('$(x)'));
    assert.deepEqual(registered(created), [`${element}TemplateRegistrationDescription`, value, 't']);
    assert.deepEqual(await rendered('t', { x: 'one' }), [arrives('one')]);
    const { RegistrationId } = created;
    await ask(hub[service], `createOrUpdate${template}Registration`, RegistrationId, value, ['t'], make('$(y)'));
    assert.deepEqual(await rendered('t', { x: 'one', y: 'two' }), [arrives('two')]);
    await ask(hub[service], `update${template}Registration`, RegistrationId, value, ['t', 'u'], make('$(x)'));
    assert.deepEqual(await rendered('u', { x: 'one', y: 'two' }), [arrives('one')]);
    const read = await ask(hub, 'getRegistration', RegistrationId);
    await ask(hub, 'createOrUpdateRegistration', { ...read, Tags: 'v' });
    assert.deepEqual(await rendered('v', { x: 'three' }), [arrives('three')]);
    assert.equal((await ask(hub[service], list, value)).length, 1);
    await ask(hub, 'deleteRegistration', RegistrationId);
  };
}

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await control('reset', 'POST');
    await test();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}\n${error.stack}`);
  }
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
