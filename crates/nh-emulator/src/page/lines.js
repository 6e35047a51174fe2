// Headers and properties as people write them: one a line.

export const lines = (headers) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

export function readHeaders(text) {
  const pairs = text
    .split('\n')
    .map((line) => line.split(/:(.*)/s))
    .filter(([name, value]) => name.trim() && value !== undefined);
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim(), value.trim()]));
}

export function readProperties(text) {
  const pairs = text
    .split('\n')
    .map((line) => line.split(/=(.*)/s))
    .filter(([name]) => name.trim());
  return Object.fromEntries(pairs.map(([name, value]) => [name.trim(), (value ?? '').trim()]));
}
