const value = process.env.VALUE;
const json = JSON.stringify(value).slice(1, -1);
const all = [
  encodeURIComponent(value), encodeURI(value), escape(value), json, JSON.stringify(json).slice(1, -1),
  JSON.stringify(JSON.stringify(value)).slice(3, -3),
  new URLSearchParams({ v: value }).toString().slice(2), require('querystring').escape(value),
  encodeURIComponent(json), encodeURIComponent(encodeURIComponent(value)),
  json.replace(/[<>&'\u2028\u2029]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()),
  Buffer.from(value).toString('hex'), Buffer.from(value).toString('base64'), Buffer.from(value).toString('base64url'),
];
for (const text of all) process.stdout.write(text + '\0');
