import { sessionMark } from './ask';

// What the address of an embedded page says (api.md 10.2).
export type Address = {
  page: 'launch' | 'orbit' | 'marketplace' | 'account' | 'preview';
  marketplace: string;
  install: string; // an install whose set-up is to be gone on with
  was: Was; // how it was before
  start: boolean;
  once: boolean;
  auto: boolean;
  single: boolean;
  inline: boolean;
  wizard: boolean;
  descriptions: boolean;
  tags: string[];
  template: string; // that alone; "" for all
  origin: string;
};

// Was is how a finished install was before it is changed: what ran until then runs afterwards, also when nothing is changed; what an
// error stopped is started once it is mended; what somebody paused stays so.
export type Was = 'running' | 'failed' | '';

export function readAddress(path: string, search: string): Address {
  const query = new URLSearchParams(search);
  const low = path.toLowerCase().replace(/\/$/, '');
  const market = /^\/launch\/marketplace\/(.*)$/.exec(low);
  const flag = (name: string, otherwise: boolean) => (query.has(name) ? query.get(name)?.toLowerCase() === 'true' : otherwise);
  return {
    page: market ? 'marketplace' : low === '/launch' ? 'launch' : low === '/orbit' ? 'orbit' : low === '/embed/preview' ? 'preview' : 'account',
    marketplace: market?.[1] ?? '', install: query.get('install') ?? '', was: query.get('was') === 'running' ? 'running' : query.get('was') === 'failed' ? 'failed' : '',
    start: flag('start', true), once: flag('once', false), auto: flag('auto', true), single: flag('single', false), inline: flag('inline', true),
    wizard: flag('wizard', false), descriptions: flag('descriptions', false), tags: query.getAll('tags'), template: query.get('template') ?? '', origin: query.get('origin') ?? '',
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
  for (const name of ['visit', 'partner', 'origin', 'inline', 'told']) {
    const value = from.get(name);
    if (value !== null) q.set(name, value);
  }
  const text = q.toString();
  return (text ? `${path}?${text}` : path) + sessionMark();
}

// comeBack is the address of this page with an install to go on with, for an inline consent.
export function comeBack(install: string, was: Was): string {
  const q = new URLSearchParams(location.search);
  q.set('install', install);
  q.set('was', was);
  return `${location.pathname}?${q.toString()}`;
}
