import { Select } from '@mantine/core';
import { IconPlugConnected, IconSearch } from '@tabler/icons-react';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Connector } from '../../api';
import { found, useLibrary } from '../../lib/library';
import { useListSearch } from '../../lib/paging';
import { AccountTile } from '../../ui/AccountTile';
import { type Column, DataTable } from '../../ui/DataTable';
import { ConnectorGuide } from '../../ui/ConnectorGuide';
import { EmptyState } from '../../ui/EmptyState';
import { PageHead } from '../../ui/Page';
import { Quality } from '../../ui/Quality';
import { SearchBox } from '../../ui/SearchBox';
import { Details } from './Details';

// ConnectorLibrary is every connector that can be installed, application or utility.
export function ConnectorLibrary() {
  const { t } = useTranslation();
  const { search, set, at } = useListSearch();
  const library = useLibrary();
  const [guide, setGuide] = useState<Connector | null>(null);
  const all = library.data?.items ?? [];
  const categories = [...new Set(all.flatMap((c) => c.Categories ?? []))].sort();
  const rows = all.filter(
    (c) =>
      found(c, search.q ?? '') && (!search.kind || c.IsSystemConnector === (search.kind === 'utility')) && (!search.category || (c.Categories ?? []).includes(search.category)) && (!search.quality || (c.Quality ?? 'none') === search.quality),
  );
  const columns: Column<Connector>[] = [
    {
      key: 'name', head: t('connectors.connector'), phone: 'title', wide: true,
      cell: (c) => (
        <span className="pl-name">
          <AccountTile id={c.Name} name={c.Name} />
          <span>
            {c.Name}
            <span className="pl-sub">{c.Description}</span>
          </span>
        </span>
      ),
    },
    { key: 'kind', head: t('library.kind'), cell: (c) => t(c.IsSystemConnector ? 'library.utility' : 'library.application') },
    { key: 'auth', head: t('library.auth'), phone: 'hide', cell: (c) => (c.Authentication ?? []).map((a) => a.AuthName).join(', ') },
    { key: 'categories', head: t('library.categories'), phone: 'hide', cell: (c) => (c.Categories ?? []).join(', ') },
    { key: 'quality', head: t('quality.title'), cell: (c) => <Quality of={c.Quality} /> },
    { key: 'release', head: t('connectors.release'), cell: (c) => <code>{c.Release}</code> },
  ];
  const first = { page: undefined };
  return (
    <>
      <PageHead title={t('nav.library')} lead={t('library.lead')} />
      <div className="pl-filters">
        <SearchBox label={t('connectors.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, ...first })} />
        <Select w={170} aria-label={t('library.kind')} data={[{ value: '', label: t('library.anyKind') }, { value: 'application', label: t('library.application') }, { value: 'utility', label: t('library.utility') }]} value={search.kind ?? ''} allowDeselect={false} onChange={(v) => set({ kind: v || undefined, ...first })} />
        <Select w={200} aria-label={t('library.categories')} searchable data={[{ value: '', label: t('library.anyCategory') }, ...categories.map((c) => ({ value: c, label: c }))]} value={search.category ?? ''} allowDeselect={false} onChange={(v) => set({ category: v || undefined, ...first })} />
        <Select w={160} aria-label={t('quality.title')} data={[{ value: '', label: t('quality.any') }, ...['certified', 'tested', 'reviewed', 'generated', 'none'].map((q) => ({ value: q, label: t(`quality.${q}`) }))]} value={search.quality ?? ''} allowDeselect={false} onChange={(v) => set({ quality: v || undefined, ...first })} />
      </div>
      <DataTable
        label={t('nav.library')}
        columns={columns}
        rows={library.data ? rows.slice((at.page - 1) * at.size, at.page * at.size) : undefined}
        rowKey={(c) => String(c.Id)}
        actions={(c) => (
          <>
            <Button size="xs" onClick={() => setGuide(c)} aria-label={`${t('guide.open')}, ${c.Name}`}>{t('guide.open')}</Button>
            <Details connector={c} />
          </>
        )}
        error={library.error}
        retry={library.refetch}
        pager={{ ...at, total: rows.length, more: rows.length > at.page * at.size, go: (page, size) => set({ page: page === 1 ? undefined : page, size: size === 50 ? undefined : size }) }}
        empty={
          all.length ? (
            <EmptyState icon={IconSearch} title={t('connectors.noneFound')} text={t('library.noMatch')}>
              <Button onClick={() => set({ q: undefined, kind: undefined, category: undefined, quality: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconPlugConnected} title={t('library.none')} text={t('library.lead')} />
          )
        }
      />
      {guide && <ConnectorGuide connector={guide} close={() => setGuide(null)} />}
    </>
  );
}
