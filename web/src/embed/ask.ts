import { brand } from './brand';

// What the embedded pages ask of the server, and what they tell the page around them.

export type Visitor = { Account: string; AccountID: string; AccountAPIID: string; User: string; UserID: string; Target?: string };
export type Application = { Name: string; Icon?: string };
export type Offer = { Template: string; Name: string; Description?: string; Applications?: Application[]; Installed?: number; Unfinished?: string };
export type State = 'Running' | 'Finishing' | 'Paused' | 'Stopped' | 'Unfinished' | 'Changing' | 'Partly';
export type Installed = { ID: string; Name: string; Description?: string; State: State; Applications?: Application[]; Install: boolean; Card?: string; SignIn?: string[]; By?: string; At: number; Last?: number; Next?: number; Month?: number; Days?: number[]; Waiting?: number; Since?: number; StoppedBy?: string };
export type Happening = { At: number; Kind: 'Done' | 'Trouble' | 'Waits' | 'Failed' | 'Halted' | 'Started' | 'Paused' | 'Stopped'; Name: string; By?: string; Why?: string; Next?: number };
export type Layout = { Columns?: number; HeaderHTML?: string; FooterHTML?: string; Search?: boolean; TagFilter?: boolean };
export type Item = {
  ID: string; Kind: 'Text' | 'Category' | 'Package' | 'Link'; Title?: string; Description?: string; Image?: string; SecondImage?: string; Tags?: string[];
  URL?: string; LinkText?: string; Layout?: Layout; Cards?: Item[]; Applications?: Application[]; Single?: boolean; AskName?: boolean; AutoStart?: boolean; ReturnAfter: boolean;
  CompleteMessage?: string; Installed?: Installed[]; Blocked?: boolean; Missing?: boolean;
};
export type Shelf = { ID: number; Title: string; Layout: Layout; Cards: Item[] | null; Wording?: Record<string, string> };
export type Input = { Key: string; Label: string; Description?: string; Type: string; Required?: boolean; Value?: string; Display?: string; Choices?: string[]; Lookup?: boolean };
export type Group = { Title?: string; Inputs: Input[] };
export type Connector = { ID: number; Name: string; Application: string; Icon?: string; Authenticated: boolean; Shared?: boolean };
export type Setup = { Install: string; Name: string; Finished: boolean; Changing?: boolean; Connectors: Connector[] | null; Cycles: { Cycle: string; Name: string; State: State; Groups: Group[] | null }[] };
export type FormField = { Name: string; Label: string; Description?: string; Value?: string; Secret: boolean; Required: boolean; Held: boolean; Multiline: boolean; Choices: { Value: string; Label?: string }[] | null };
export type Form = { Name: string; Connector: string; Auth: string; Consent: boolean; Scopes: string[] | null; Authenticated: boolean; Properties: FormField[] | null; Fields: FormField[] | null };
export type Result = Record<string, unknown> & { status?: string; errors: string[]; webhooks?: string[]; cycles?: { status: string; webhooks: { stepName: string; url: string }[] }[] };

// The session comes in a cookie; in a frame whose browser keeps none it stood behind the # of the address, once. Elsewhere an
// address brings no session: somebody else's link would make a person act in an account that is not theirs.
let session = '';

// A browser may have several sessions at a time, of several customers: the address names the one of this page.
let visit = '';

// What the page was told in its address, and in whose pages that says it is framed: the server looks at both.
let told = '';
let partner = '';

// sessionMark takes the session along to another page of ours within a frame, where nothing else may keep it.
export const sessionMark = () => (session && window.parent !== window ? `#session=${session}` : '');

export function takeSession() {
  const found = /^#session=([\w-]+)$/.exec(location.hash)?.[1];
  const query = new URLSearchParams(location.search);
  visit = query.get('visit') ?? brand.Visit ?? '';
  told = query.get('told') ?? '';
  partner = query.get('partner') ?? '';
  if (visit && !query.has('visit')) query.set('visit', visit);
  const search = query.toString();
  if (location.hash || !location.search.includes('visit=')) history.replaceState(null, '', location.pathname + (search && `?${search}`));
  if (window.parent === window) return;
  const kept = `embed-session-${visit}`;
  try {
    session = found ?? sessionStorage.getItem(kept) ?? '';
    if (found) sessionStorage.setItem(kept, found);
  } catch {
    session = found ?? ''; // a browser that keeps nothing keeps it as long as the page
  }
}

export class Refusal extends Error {
  constructor(readonly status: number, message: string, readonly over = false) { // over: the session is
    super(message);
  }
}

async function send<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  if (session) headers['X-Embed-Session'] = session;
  if (visit) headers['X-Embed-Visit'] = visit;
  if (/^[\w-]+$/.test(told)) headers['X-Embed-Told'] = told;
  if (/^[\w-]+$/.test(partner)) headers['X-Embed-Partner'] = partner;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(`/embed/data/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refusal(0, '');
  }
  if (answer.status === 204) return undefined as T;
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, (said as { Message?: string }).Message ?? '', answer.headers.get('X-Embed-Session') === 'over');
  return said as T;
}

export const get = <T>(path: string) => send<T>('GET', path);
export const post = <T = void>(path: string, body: unknown = {}) => send<T>('POST', path, body);

// alone reports a page in a tab of its own: nobody around it can end it.
export const alone = () => !window.opener && window.parent === window;

// endPage tells the page around ours that ours is done with, and closes a window that it has opened.
export function endPage(visitor: Visitor | undefined) {
  tell(visitor, { type: 'closed' });
  if (window.opener) window.close();
}

// tell posts a message to the page around ours, if the partner has registered its origin.
export function tell(visitor: Visitor | undefined, message: { type: string; [key: string]: unknown }) {
  const host = window.opener ?? (window.parent !== window ? window.parent : null);
  if (host && visitor?.Target) host.postMessage({ source: 'integrations', ...message }, visitor.Target);
}
