// Problem is an answer of the API that is an error, in the API's own words.
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

type Answer<T> = { data?: T; error?: unknown; response?: Response };

export type Listed<T> = { items: T[]; total: number | null; next: string | null };

// ask unpacks an answer of the generated client, or throws a Problem.
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  return (await whole(call)).data as T;
}

// askList unpacks a page with what its headers say.
export async function askList<T>(call: Promise<Answer<T[] | null>>): Promise<Listed<T>> {
  const { data, response } = await whole(call);
  const total = response?.headers.get('Total-Records');
  return { items: data ?? [], total: total == null ? null : Number(total), next: response?.headers.get('X-Next-Cursor') ?? null };
}

// askAll reads a list page by page, by the cursors that its pages give, until its end or a number of items.
export async function askAll<T>(page: (cursor: string | null) => Promise<Answer<T[] | null>>, most: number): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | null = null; ; ) {
    const { items, next }: Listed<T> = await askList(page(cursor));
    all.push(...items);
    if (!next || items.length === 0 || all.length >= most) return all;
    cursor = next;
  }
}

// askPages reads a list of numbered pages to its end.
export async function askPages<T>(page: (at: { page: number; pageSize: number }) => Promise<Answer<T[] | null>>, pageSize = 1000): Promise<T[]> {
  const all: T[] = [];
  for (let n = 1; ; n++) {
    const { items } = await askList(page({ page: n, pageSize }));
    all.push(...items);
    if (items.length < pageSize) return all;
  }
}

async function whole<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await call.catch((e: unknown) => {
    throw new Problem(0, e instanceof Error ? e.message : String(e), null);
  });
  const { response, error } = answer;
  if (response && response.ok) return answer;
  if (!response) throw new Problem(0, error instanceof Error ? error.message : '', null);
  if (response.status === 401) window.dispatchEvent(new Event('console:signed-out'));
  throw new Problem(response.status, messageOf(error), response.headers.get('X-Request-Id'));
}

function messageOf(error: unknown): string {
  const parsed = typeof error === 'string' ? tryJSON(error) : error;
  if (parsed && typeof parsed === 'object' && 'Message' in parsed) return String(parsed.Message);
  return typeof error === 'string' ? error : '';
}

function tryJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
