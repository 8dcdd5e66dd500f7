import '../../text/workbench';
import { Button } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconPlus, IconTools } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type CustomList, ownConnectorsAllGet, ownConnectorsDeleteDelete } from '../../api';
import { ask, askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { AccountTile } from '../../ui/AccountTile';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { LinkButton } from '../../ui/links';
import { PageHead } from '../../ui/Page';
import { StatusPill } from '../../ui/StatusPill';
import { releaseStatus } from '../../ui/status';
import { useToast } from '../../ui/Toasts';

// CustomConnectors are the connectors that the partner has described for all its accounts.
export function CustomConnectors() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const queries = useQueryClient();
  const toast = useToast();
  const [dropping, setDropping] = useState<CustomList | null>(null);
  const list = useQuery({ queryKey: ['custom-connectors', at], queryFn: () => askList(ownConnectorsAllGet({ query: { page: at.page, pageSize: at.size } })), placeholderData: keepPreviousData });
  const edit = may(session, 'ConnectorLibraries', 'Edit');
  const add = edit && (
    <LinkButton variant="filled" to="/custom-connectors/$id" params={{ id: 'new' }} leftSection={<IconPlus size={14} />}>
      {t('custom.new')}
    </LinkButton>
  );
  return (
    <>
      <PageHead title={t('nav.custom')} lead={t('custom.lead')}>
        {add}
      </PageHead>
      <DataTable
        label={t('nav.custom')}
        columns={[
          {
            key: 'name', head: t('custom.name'), phone: 'title', wide: true,
            cell: (c: CustomList) => (
              <span className="pl-name">
                <AccountTile id={c.Name} name={c.Name} /> <Link to="/custom-connectors/$id" params={{ id: String(c.Id) }}>{c.Name}</Link>
              </span>
            ),
          },
          { key: 'status', head: t('custom.status'), cell: (c) => <StatusPill status={releaseStatus({ Status: c.ReleaseStatus })} /> },
          { key: 'made', head: t('custom.made'), number: true, cell: (c) => <time title={exact(c.CreatedOnUtc, ownZone)}>{when(c.CreatedOnUtc, ownZone)}</time> },
        ]}
        rows={list.data?.items}
        rowKey={(c) => String(c.Id)}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={
          edit
            ? (c) => (
                <>
                  <LinkButton size="xs" mr={8} to="/custom-connectors/$id" params={{ id: String(c.Id) }} aria-label={`${t('custom.edit')}, ${c.Name}`}>{t('custom.edit')}</LinkButton>
                  <Button size="xs" onClick={() => setDropping(c)} aria-label={`${t('custom.delete')}, ${c.Name}`}>{t('custom.delete')}</Button>
                </>
              )
            : undefined
        }
        empty={<EmptyState icon={IconTools} title={t('custom.none')} text={t('custom.noneText')}>{add}</EmptyState>}
      />
      {dropping && (
        <ConfirmDialog
          title={t('custom.deleteTitle', { name: dropping.Name })} close={() => setDropping(null)}
          choices={[{ word: t('custom.delete'), danger: true, main: true, act: async () => { await ask(ownConnectorsDeleteDelete({ path: { connector: String(dropping.Id) } })); await queries.invalidateQueries({ queryKey: ['custom-connectors'] }); toast(t('custom.deleted', { name: dropping.Name })); } }]}
        >
          <p>{t('custom.deleteText')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
