#!/usr/bin/env node
// Starts the binary of this package. Arguments, input, output, signals and exit status are the binary's.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const child = spawn(fileURLToPath(new URL('nhub', import.meta.url)), process.argv.slice(2), { stdio: 'inherit' });

function passOn(signal) {
  // A terminal has sent Ctrl-C to both. A second one would mean "do not wait".
  if (signal === 'SIGINT' && (process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)) return;
  child.kill(signal);
}
const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'];
for (const signal of signals) process.on(signal, passOn);

// npx passes a signal on to its shell only, and the shell ends without a word to its children.
const parent = process.ppid;
const watch = process.env.npm_command === 'exec' ? setInterval(endWithParent, 100) : undefined;
function endWithParent() {
  if (process.ppid !== parent) child.kill('SIGTERM');
}

child.on('error', (why) => {
  console.error(`nhub: the binary of this package cannot be started: ${why.message}`);
  process.exit(1);
});
child.on('exit', (status, signal) => {
  clearInterval(watch);
  if (signal === null) {
    process.exitCode = status;
  } else {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
});
