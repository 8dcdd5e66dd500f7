// want: none
// TestScriptsFindNothingOfOtherAccounts runs this with the storage and the credential of two accounts that are there.
function before_action() {
  const other = method_request.other ?? 'northwind', number = String(method_request.number ?? 1), connector = String(method_request.connector ?? 1);
  const tried = [];
  const attempt = (what, f) => {
    try {
      tried.push([what, f()]);
    } catch (e) {
      tried.push([what, String(e && e.message)]);
    }
  };
  const everywhere = (what) => {
    for (const family of ['cyclr_storage_', 'cycle_storage_']) {
      const f = (name) => globalThis[family + name];
      for (const key of ['canary', other + '/canary', '../' + number + '/canary', number + ':canary', connector + '.' + number + '.canary', '%', '*', '']) {
        attempt(what + ' get ' + key, () => f('get')(key));
      }
      attempt(what + ' a key of its own kind', () => f('get')({ toString: () => 'canary', account: other, Account: number }));
      attempt(what + ' more arguments', () => f('get')('canary', other, number, connector));
      attempt(what + ' keys', () => f('list_keys')(other, number));
      attempt(what + ' values', () => f('list_values')(other, number));
      attempt(what + ' delete', () => f('delete')('canary') ? 'canary' : null);
      attempt(what + ' delete all', () => f('delete_all')(other) > 0 ? 'canary' : null);
    }
  };
  everywhere('as it is');
  cyclr_account_id = external_account_id = other;
  everywhere('as another account');
  cycle_id = cycle_step_id = transaction_id = number;
  everywhere('as another cycle');
  for (const name of ['account', 'Account', 'partner', 'root', 'instance', 'behalf', 'cycle']) Object.prototype[name] = number;
  everywhere('with a prototype');
  Array.prototype.toJSON = function () { return ['canary', other, number]; };
  everywhere('with another JSON');
  delete Array.prototype.toJSON;
  for (const name of ['account', 'Account', 'partner', 'root', 'instance', 'behalf', 'cycle']) delete Object.prototype[name];
  for (const request of [
    { url: 'https://eu.api.acme.example/echo', account: other, Account: number, connector },
    { url: 'https://eu.api.acme.example/echo', headers: { 'X-Cyclr-Account': other, 'X-Paceline-Account': other, Authorization: '{{auth.Token}}' } },
    { url: 'https://eu.api.acme.example/echo?token={{auth.Token}}&account={{Cyclr_Auth_' + other + '}}' },
    { url: 'https://eu.api.acme.example/echo', method: 'POST', data: { token: '{{auth.Token}}', account: other, auth: '{{Cyclr_Auth_Token}}' } },
    { url: 'https://' + other + '.api.acme.example/echo' },
  ]) attempt('a request ' + JSON.stringify(request), () => http_request(request));
  for (const name of ['method_auth_value', 'script_parameters', 'cycle_variables', 'action_data']) attempt(name, () => globalThis[name]);
  const found = tried.filter(([, v]) => /canary|grasshopper/.test(JSON.stringify(v ?? null))).map(([what, v]) => what + ': ' + JSON.stringify(v));
  method_request = { found, tried: tried.length };
  return true;
}
