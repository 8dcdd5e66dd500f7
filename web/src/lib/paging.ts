import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Listed } from './ask';
import type { Pager } from '../ui/DataTable';

const texts = ['status', 'cycle', 'step', 'q', 'from', 'to', 'split', 'trouble', 'parent', 'code', 'waiting', 'signature', 'tab', 'folder', 'by', 'compare', 'account', 'kind', 'category', 'quality', 'run', 'sort'] as const;

const panels = ['setup', 'test', 'variables'] as const; // of the builder: what is open of the chosen step

export type ListSearch = { page?: number; size?: number; level?: 'warning'; panel?: (typeof panels)[number]; view?: 'form' } & Partial<Record<(typeof texts)[number], string>>;

// readSearch keeps what the pages know of an address, and drops the rest.
export function readSearch(raw: Record<string, unknown>): ListSearch {
  const text = (v: unknown) => (typeof v === 'string' && v !== '' ? v : typeof v === 'number' ? String(v) : undefined);
  const whole = (v: unknown, most: number) => (Number.isInteger(Number(v)) && Number(v) >= 1 && Number(v) <= most ? Number(v) : undefined);
  const search: ListSearch = { page: whole(raw.page, 1_000_000), size: whole(raw.size, 100), level: raw.level === 'warning' ? 'warning' : undefined,
    panel: panels.find((p) => p === raw.panel), view: raw.view === 'form' ? 'form' : undefined };
  for (const name of texts) search[name] = text(raw[name]);
  return search;
}

// useListSearch is page, size and filters of a list, as they stand in the address.
export function useListSearch() {
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const set = (change: Partial<ListSearch>) =>
    navigate({ to: '.', search: ((old: ListSearch) => ({ ...old, ...change })) as never });
  const at = { page: search.page ?? 1, size: search.size ?? 50 };
  const pager = (list: Listed<unknown> | undefined): Pager | undefined =>
    list && { ...at, total: list.total, more: list.next !== null || list.items.length === at.size, go: (page, size) => set({ page: page === 1 ? undefined : page, size: size === 50 ? undefined : size }) };
  return { search, set, at, pager };
}
