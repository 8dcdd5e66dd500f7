import { Button, Group, Select } from '@mantine/core';
import { IconChevronDown, IconChevronLeft, IconChevronRight, IconChevronUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { count } from '../lib/format';
import { ErrorPanel } from './ErrorPanel';

export type Column<T> = {
  key: string;
  head: string;
  cell: (row: T) => ReactNode;
  number?: boolean; // right-aligned, with tabular figures
  wide?: boolean; // takes the room that is left
  phone?: 'title' | 'line' | 'hide'; // where it goes in a card of a narrow screen; a line of its own when absent
  sort?: string; // the list can be sorted by it, under this name
};

// Sorting is by which column a list is sorted.
export type Sorting = { by: string; up: boolean; set: (by: string, up: boolean) => void };

export type Pager = { page: number; size: number; total: number | null; more: boolean; go: (page: number, size: number) => void };

// DataTable is a list of the server's with each of its states: loading, empty, failed, and refreshing.
export function DataTable<T>(props: {
  label: string;
  columns: Column<T>[];
  rows: T[] | undefined;
  rowKey: (row: T) => string;
  actions?: (row: T) => ReactNode;
  error: Error | null;
  refreshing?: boolean;
  retry: () => void;
  empty: ReactNode;
  pager?: Pager;
  sorting?: Sorting;
}) {
  const { t } = useTranslation();
  if (props.error && !props.rows) return <ErrorPanel what={props.label} error={props.error} retry={props.retry} />;
  if (!props.rows) return <LoadingRows label={props.label} columns={props.columns.length} />;
  if (props.rows.length === 0 && (props.pager?.page ?? 1) === 1) return <>{props.empty}</>;
  return (
    <div className="pl-card pl-table-card" aria-busy={props.refreshing}>
      {props.error && <ErrorPanel what={props.label} error={props.error} retry={props.retry} inline />}
      {props.refreshing && <div className="pl-refreshing" role="presentation" />}
      {props.sorting && <PhoneSort columns={props.columns} sorting={props.sorting} />}
      <table className="pl-table">
        <caption className="pl-hidden">{props.label}</caption>
        <thead>
          <tr>
            {props.columns.map((c) => (
              <Head key={c.key} column={c} sorting={props.sorting} />
            ))}
            {props.actions && (
              <th scope="col">
                <span className="pl-hidden">{t('table.actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.rowKey(row)}>
              {props.columns.map((c) => (
                <td key={c.key} data-head={c.head} className={classOf(c)}>
                  {c.cell(row)}
                </td>
              ))}
              {props.actions && <td className="pl-actions">{props.actions(row)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {props.pager && <Foot pager={props.pager} shown={props.rows.length} />}
    </div>
  );
}

function Head<T>({ column: c, sorting }: { column: Column<T>; sorting?: Sorting }) {
  const by = c.sort;
  const mine = by !== undefined && sorting?.by === by;
  return (
    <th scope="col" className={c.number ? 'pl-number' : undefined} aria-sort={mine ? (sorting.up ? 'ascending' : 'descending') : undefined}>
      {by !== undefined && sorting ? (
        <button type="button" className="pl-sort" onClick={() => sorting.set(by, mine ? !sorting.up : false)}>
          {c.head}
          {mine && (sorting.up ? <IconChevronUp size={12} /> : <IconChevronDown size={12} />)}
        </button>
      ) : (
        c.head
      )}
    </th>
  );
}

// PhoneSort sorts the cards of a narrow screen, which have no heads to tap on.
function PhoneSort<T>({ columns, sorting }: { columns: Column<T>[]; sorting: Sorting }) {
  const { t } = useTranslation();
  const sorts = columns.flatMap((c) => (c.sort ? [{ value: c.sort, label: c.head }] : []));
  if (sorts.length === 0) return null;
  return (
    <div className="pl-phone-only pl-phone-sort">
      <Select aria-label={t('table.sortBy')} data={sorts} value={sorting.by} allowDeselect={false} onChange={(by) => by && sorting.set(by, by === sorting.by ? sorting.up : false)} />
      <Button aria-label={sorting.up ? t('table.sortDown') : t('table.sortUp')} onClick={() => sorting.set(sorting.by, !sorting.up)}>
        {sorting.up ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
      </Button>
    </div>
  );
}

function classOf<T>(c: Column<T>): string {
  return [c.number && 'pl-number', c.wide && 'pl-wide', `pl-phone-${c.phone ?? 'line'}`].filter(Boolean).join(' ');
}

function Foot({ pager, shown }: { pager: Pager; shown: number }) {
  const { t } = useTranslation();
  const first = (pager.page - 1) * pager.size + 1;
  const pages = pager.total === null ? null : Math.max(1, Math.ceil(pager.total / pager.size));
  const last = pages === null ? !pager.more : pager.page >= pages;
  if (pager.page === 1 && last && shown <= 10) return null;
  return (
    <div className="pl-foot">
      <span>
        {shown === 0
          ? t('table.pastTheEnd')
          : pager.total === null
            ? t('table.range', { from: count(first), to: count(first + shown - 1) })
            : t('table.rangeOf', { from: count(first), to: count(first + shown - 1), total: count(pager.total) })}
      </span>
      <Group gap={8}>
        <Select
          size="xs"
          w={72}
          aria-label={t('table.rows')}
          data={['10', '25', '50', '100']}
          value={String(pager.size)}
          allowDeselect={false}
          onChange={(v) => pager.go(1, Number(v))}
        />
        <Button size="xs" aria-label={t('table.previous')} disabled={pager.page === 1} onClick={() => pager.go(pager.page - 1, pager.size)}>
          <IconChevronLeft size={14} />
        </Button>
        <span>{pages === null ? t('table.page', { page: pager.page }) : t('table.pageOf', { page: pager.page, pages })}</span>
        <Button size="xs" aria-label={t('table.next')} disabled={last} onClick={() => pager.go(pager.page + 1, pager.size)}>
          <IconChevronRight size={14} />
        </Button>
      </Group>
    </div>
  );
}

function LoadingRows({ label, columns }: { label: string; columns: number }) {
  const { t } = useTranslation();
  return (
    <div className="pl-card pl-late" role="status" aria-label={t('table.loading', { what: label })}>
      {Array.from({ length: 6 }, (_, i) => (
        <div key={i} className="pl-loading-row" style={{ gridTemplateColumns: `2fr repeat(${Math.max(1, columns - 1)}, 1fr)` }}>
          {Array.from({ length: columns }, (_, k) => (
            <span key={k} />
          ))}
        </div>
      ))}
    </div>
  );
}
