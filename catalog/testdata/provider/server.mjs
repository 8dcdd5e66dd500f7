// Starts an authorization server that others wrote, for the tests of package catalog, and ends when its input does.
// It rotates refresh tokens; one that comes a second time ends everything that was given for the same consent. The client
// "keeper" keeps its refresh token. "loopback" is for programs at 127.0.0.1, whatever their port.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const client = (id) => ({
  client_id: id,
  client_secret: `${id}-secret`,
  redirect_uris: ['https://paceline.example/connector/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
});
const provider = new Provider('http://vendor.example', {
  clients: [client('app'), client('keeper'), { ...client('loopback'), application_type: 'native', redirect_uris: ['http://127.0.0.1/connector/callback'] }],
  routes: { authorization: '/auth', token: '/oauth/token', revocation: '/revoke', userinfo: '/userinfo' },
  features: { revocation: { enabled: true }, devInteractions: { enabled: true } },
  issueRefreshToken: () => true,
  rotateRefreshToken: (ctx) => ctx.oidc.client.clientId !== 'keeper',
  renderError: (ctx, out) => { ctx.body = JSON.stringify(out); },
});
provider.proxy = true;

const server = createServer(provider.callback());
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.stdin.resume().on('end', () => process.exit());
