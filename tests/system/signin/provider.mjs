// An authorization server (oidc-provider) and a Gate that takes its tokens. Prints the address of each, one per line.
//
//   NODE_PATH=FOLDER/node_modules CLIENT_SECRET=... node provider.mjs FOLDER
import http from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.argv[2]}/`);
const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));

const issuer = http.createServer();
const url = await listen(issuer);
const provider = new Provider(url, {
  clients: [{
    client_id: 'plimsoll gate',
    client_secret: process.env.CLIENT_SECRET,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  scopes: ['gate'],
  features: { clientCredentials: { enabled: true } },
  ttl: { ClientCredentials: 2 },
});
issuer.on('request', provider.callback());

const seen = new Set();
const gate = http.createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (request.url === '/health') return answer(200, { status: 'UP' });
  const bearer = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const token = await provider.ClientCredentials.find(bearer);
  if (!token || token.isExpired || !token.scope?.includes('gate')) return answer(401, { status: 401, message: 'Unauthorized' });
  seen.add(bearer);
  if (request.url === '/auth/user') return answer(200, { username: token.clientId, roles: [], tokens: seen.size });
  return answer(404, { status: 404, error: 'Not Found', message: 'No such thing', timestamp: 1 });
});
console.log(url);
console.log(await listen(gate));
