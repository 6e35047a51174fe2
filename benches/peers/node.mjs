// @azure/notification-hubs: `signing`, as it is, or `stubbed`, with a token that costs nothing.

import { readFileSync } from 'node:fs';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { createAppleNotification } from '@azure/notification-hubs';
import { createClientContext, sendNotification } from '@azure/notification-hubs/api';

const [token, what, inFlight, seconds] = process.argv.slice(2);
const answersAtOnce = { sendRequest: async (request) => ({ request, status: 201, headers: createHttpHeaders() }) };
const options = what === 'build' ? { httpClient: answersAtOnce } : {};
const client = createClientContext(process.env.NOTIFICATIONHUBS_CONNECTION_STRING, 'news', options);
if (token === 'stubbed') {
  const ready = await client.sasTokenCredential.getToken(client.baseUrl);
  client.sasTokenCredential = { getToken: async () => ready };
}

async function send() {
  await sendNotification(client, createAppleNotification({ body: { aps: { alert: 'Hello' } } }), {
    tagExpression: 'sports',
  });
}

/** How often it was done, by all promises. */
async function forATime(seconds, once) {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await once();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return count;
}

await forATime(seconds / 2, send);
const [began, cpu] = [performance.now(), process.cpuUsage()];
const count = await forATime(seconds, send);
const { user, system } = process.cpuUsage(cpu);
const peak = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
const taken = { count, seconds: (performance.now() - began) / 1000, cpu_seconds: (user + system) / 1e6 };
console.log(JSON.stringify({ ...taken, peak_bytes: peak * 1024 }));
