// What the address of an embedded page says (api.md 10.2).
export type Address = {
  page: 'launch' | 'orbit' | 'marketplace' | 'account' | 'preview';
  marketplace: string;
  install: string; // an install whose set-up is to be gone on with
  start: boolean;
  once: boolean;
  auto: boolean;
  single: boolean;
  inline: boolean;
  wizard: boolean;
  descriptions: boolean;
  tags: string[];
  template: string; // that alone; "" for all
  complete: string;
  origin: string;
};

export function readAddress(path: string, search: string): Address {
  const query = new URLSearchParams(search);
  const low = path.toLowerCase().replace(/\/$/, '');
  const market = /^\/launch\/marketplace\/(.*)$/.exec(low);
  const flag = (name: string, otherwise: boolean) => (query.has(name) ? query.get(name)?.toLowerCase() === 'true' : otherwise);
  return {
    page: market ? 'marketplace' : low === '/launch' ? 'launch' : low === '/orbit' ? 'orbit' : low === '/embed/preview' ? 'preview' : 'account',
    marketplace: market?.[1] ?? '', install: query.get('install') ?? '',
    start: flag('start', true), once: flag('once', false), auto: flag('auto', true), single: flag('single', false), inline: flag('inline', true),
    wizard: flag('wizard', false), descriptions: flag('descriptions', false), tags: query.getAll('tags'), template: query.get('template') ?? '', complete: query.get('complete') ?? '', origin: query.get('origin') ?? '',
  };
}

// query is what the server is asked with for a page.
export function pageQuery(a: Address): string {
  const q = new URLSearchParams();
  for (const tag of a.tags) q.append('tags', tag);
  if (a.template) q.set('template', a.template);
  if (a.origin) q.set('origin', a.origin);
  const text = q.toString();
  return text ? `?${text}` : '';
}

// pageLink is the address of another page of the same visit.
export function pageLink(path: string): string {
  const from = new URLSearchParams(location.search);
  const q = new URLSearchParams();
  for (const name of ['visit', 'partner', 'origin', 'inline']) {
    const value = from.get(name);
    if (value !== null) q.set(name, value);
  }
  const text = q.toString();
  return text ? `${path}?${text}` : path;
}

// comeBack is the address of this page with an install to go on with, for an inline consent.
export function comeBack(install: string): string {
  const q = new URLSearchParams(location.search);
  q.set('install', install);
  return `${location.pathname}?${q.toString()}`;
}
