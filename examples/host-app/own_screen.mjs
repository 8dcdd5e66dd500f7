// What a screen of one's own asks of the API to set up what was installed: who is to be connected and what only the customer knows. call
// makes a call for the customer's account, so that what belongs to another one is not found.
const part = encodeURIComponent;

// setUp is what is missing of a cycle: its connectors, each with the form that it asks for, and the values that the template leaves to
// whoever installs it, each with the place in the API where it is set.
export async function setUp(call, id) {
  const cycle = await call("GET", `/cycles/${part(id)}`);
  const connectors = [];
  for (const used of cycle.Connectors) {
    if (used.IsSystemConnector || used.Authenticated) continue;
    const form = await call("GET", `/account/connectors/${used.AccountConnectorId}/setup`);
    connectors.push({ id: used.AccountConnectorId, name: used.Name, consent: form.Consent, properties: form.Properties, credential: form.CredentialFields });
  }
  const values = (await call("GET", `/cycles/${part(id)}/variables`)).filter((v) => v.IsLaunchVisible)
    .map((v) => value(v, v.DisplayName, v.Values, true, `/cycles/${part(id)}/variables/${part(v.SystemName)}`));
  for (const step of await call("GET", `/cycles/${part(id)}/steps`)) {
    for (const [kind, of] of [["parameters", "Parameter"], ["fieldmappings", "Field"]]) {
      const list = await call("GET", `/steps/${step.Id}/${kind}`);
      values.push(...list.filter((m) => m.IsLaunchVisible).map((m) => value(m, `${step.Name}: ${m[of].Name}`, m[of].Values, !m[of].IsOptional, `/steps/${step.Id}/${kind}/${m[of].Id}`, m[of].Triggers.length > 0)));
    }
  }
  return { cycle: cycle.Id, name: cycle.Name, connectors, values, missing: (await call("GET", `/cycles/${part(id)}/prerequisites`)).map((p) => p.Reason) };
}

const value = (m, label, choices, required, place, lookup = false) => ({ label, required, place, lookup, choices: choices ?? [], value: m.TriggerValue ?? m.Value ?? "" });

// connect stores what was typed of a connector. Where its vendor is to be asked, it answers the address of a window to open.
export async function connect(call, account, connector, typed, paceline, origin) {
  const form = await call("PUT", `/account/connectors/${part(connector)}/setup`, { Properties: typed.properties, Credential: typed.credential });
  if (!form.Consent) return {};
  const { Token } = await call("POST", `/accounts/${part(account)}/signintoken`, { Username: `${account}@stockroom.example` });
  const query = new URLSearchParams({ id: connector, token: Token, targetOrigin: origin, callbackMessage: "connected" });
  return { url: `${paceline}/connectorauth/updateaccountconnectoroauth?${query}` };
}

// The places at which a value can be: nothing else is called with what a browser has sent.
const places = /^\/(cycles\/[0-9a-f-]{36}\/variables\/[^/]+|steps\/[0-9a-f-]{36}\/(parameters|fieldmappings)\/\d+)$/;

function known(place) {
  if (!places.test(place)) throw Object.assign(new Error("No such value"), { status: 400 });
  return place;
}

// choices are what can be chosen for a value: its application is asked.
export const choices = (call, place) => call("POST", `${known(place)}/lookup`, {});

// save writes values at their places.
export async function save(call, values) {
  for (const { place, value, name, lookup, choices } of values) {
    const source = lookup ? { MappingType: "Trigger", TriggerValue: value, TriggerValueDisplayName: name } : { MappingType: choices && !place.startsWith("/cycles/") ? "ValueList" : "StaticValue", Value: value };
    await call("PUT", known(place), source);
  }
  return {};
}
