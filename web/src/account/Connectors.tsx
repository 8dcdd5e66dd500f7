import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconKey, IconPlugConnected, IconSitemap } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, accountConnectorsDeauthenticatePut } from '../api';
import { ask } from '../lib/ask';
import { useListSearch } from '../lib/paging';
import { useConnectors } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { AccountTile } from '../ui/AccountTile';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { PageHead } from '../ui/Page';
import { StatusPill } from '../ui/StatusPill';
import { connectorStatus } from '../ui/status';
import { useToast } from '../ui/Toasts';
import { SetupToken } from './SetupToken';

// Connectors lists what an account is connected to, its parent's connectors among them.
export function Connectors() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const { at, pager } = useListSearch();
  const list = useConnectors(account, at);
  const [dialog, setDialog] = useState<{ act: 'token' | 'deauth'; connector: AccountConnector } | null>(null);
  const edit = may(session, 'OpenAccount', 'Edit');
  const columns: Column<AccountConnector>[] = [
    {
      key: 'name', head: t('connectors.name'), phone: 'title',
      cell: (c) => (
        <span className="pl-name">
          <AccountTile id={c.Connector.Name} name={c.Connector.Name} />
          <span>
            {c.Name}
            {c.ParentAccountId && (
              <span className="pl-sub">
                <IconSitemap size={11} aria-hidden /> {t('connectors.fromParent')}
              </span>
            )}
          </span>
        </span>
      ),
    },
    { key: 'application', head: t('connectors.application'), cell: (c) => c.Connector.Name },
    { key: 'state', head: t('connectors.state'), cell: (c) => <StatusPill status={connectorStatus(c)} /> },
    { key: 'release', head: t('connectors.release'), phone: 'hide', cell: (c) => <code>{c.Connector.Release}</code> },
  ];
  return (
    <>
      <PageHead title={t('connectors.title')} lead={t('connectors.lead')} />
      <DataTable
        label={t('nav.connectors')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(c) => String(c.Id)}
        error={list.error}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={
          edit
            ? (c) =>
                !c.ParentAccountId && (
                  <>
                    {c.Authenticated && (
                      <Button size="xs" mr={8} onClick={() => setDialog({ act: 'deauth', connector: c })} aria-label={`${t('connectors.deauth')}, ${c.Name}`}>
                        {t('connectors.deauth')}
                      </Button>
                    )}
                    <Button size="xs" leftSection={<IconKey size={13} />} onClick={() => setDialog({ act: 'token', connector: c })} aria-label={`${t('connectors.token')}, ${c.Name}`}>
                      {t('connectors.token')}
                    </Button>
                  </>
                )
            : undefined
        }
        empty={<EmptyState icon={IconPlugConnected} title={t('connectors.none')} text={t('connectors.noneText')} />}
      />
      {dialog?.act === 'token' && <SetupToken account={account} connector={dialog.connector} close={() => setDialog(null)} />}
      {dialog?.act === 'deauth' && (
        <ConfirmDialog
          title={t('connectors.deauthTitle', { name: dialog.connector.Name })}
          close={() => setDialog(null)}
          choices={[
            {
              word: t('connectors.deauth'), danger: true, main: true,
              act: async () => {
                await ask(accountConnectorsDeauthenticatePut({ headers: { 'X-Cyclr-Account': account }, path: { id: String(dialog.connector.Id) } as never }));
                await queries.invalidateQueries({ queryKey: [account] });
                toast(t('connectors.deauthed', { name: dialog.connector.Name }));
              },
            },
          ]}
        >
          <p>{t('connectors.deauthText')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
