// What the scripts share. Wants NOTIFICATIONHUBS_CONNECTION_STRING, NOTIFICATIONHUBS_LISTEN_ONLY_CONNECTION_STRING,
// NOTIFICATION_HUB_NAME and NODE_EXTRA_CA_CERTS, all as `nhub emulator --json` prints them.

import { NotificationHubsClient } from '@azure/notification-hubs';

export const connectionString = process.env.NOTIFICATIONHUBS_CONNECTION_STRING;
export const hub = process.env.NOTIFICATION_HUB_NAME;

// A known fault of the SDK (2.1.0): it encodes the continuation token again, which the service has encoded already.
const tokenAsGiven = {
  name: 'tokenAsGiven',
  sendRequest(request, next) {
    request.url = request.url.replace(/continuationtoken=[^&]*/i, (token) => token.replaceAll('%25', '%'));
    return next(request);
  },
};
const options = { additionalPolicies: [{ policy: tokenAsGiven, position: 'perCall' }] };
export const client = new NotificationHubsClient(connectionString, hub, options);

const origin = connectionString.match(/Endpoint=sb:\/\/([^;]+)/)[1].replace(/^/, 'https://');
export const inboxUrl = new URL('/$emulator/inbox', origin);
export const storageUrl = new URL('/$emulator/storage/', origin);

/** The signed URL of a container in the emulator's own storage. */
export async function container(name) {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ name });
  return (await (await fetch(new URL('/$emulator/containers', origin), { method: 'POST', headers, body })).json()).uri;
}

let read = 0;
/** What has been delivered since the last call. */
export async function delivered() {
  const all = await (await fetch(inboxUrl)).json();
  const fresh = all.slice(read);
  read = all.length;
  return fresh;
}

/** Runs tests by name; the exit status tells whether all passed. */
export async function run(tests) {
  await delivered();
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
  }
  console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
