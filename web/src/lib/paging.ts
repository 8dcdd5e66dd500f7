import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Listed } from './ask';
import type { Pager } from '../ui/DataTable';

export type ListSearch = { page?: number; size?: number; status?: string; cycle?: string; level?: 'warning'; step?: string;
  // of the builder: the panel of the chosen step, the run that is shown, the way the flow is shown
  panel?: 'setup' | 'test' | 'variables'; run?: string; view?: 'form';
};

// readSearch keeps what the pages know of an address, and drops the rest.
export function readSearch(raw: Record<string, unknown>): ListSearch {
  const text = (v: unknown) => (typeof v === 'string' && v !== '' ? v : undefined);
  const whole = (v: unknown, most: number) => (Number.isInteger(Number(v)) && Number(v) >= 1 && Number(v) <= most ? Number(v) : undefined);
  return {
    page: whole(raw.page, 1_000_000), size: whole(raw.size, 100), status: text(raw.status), cycle: text(raw.cycle),
    level: raw.level === 'warning' ? 'warning' : undefined, step: text(raw.step),
    panel: raw.panel === 'setup' || raw.panel === 'test' || raw.panel === 'variables' ? raw.panel : undefined, run: text(raw.run),
    view: raw.view === 'form' ? 'form' : undefined,
  };
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
