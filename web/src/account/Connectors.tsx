import { ActionIcon, Button, Menu, Switch } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconArrowUp, IconDots, IconFileUpload, IconHourglass, IconKey, IconPlugConnected, IconPlugConnectedX, IconPlus, IconSearch, IconSettings, IconSitemap, IconTestPipe, IconTrash, IconWand } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, accountConnectorsDeauthenticatePut, accountConnectorsDeleteDelete, accountConnectorsUpdatePut, accountConnectorsUpgradePut } from '../api';
import { ask } from '../lib/ask';
import { count } from '../lib/format';
import { newerRelease, useLibrary } from '../lib/library';
import { useListSearch } from '../lib/paging';
import { useConnectors } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { useZone } from '../lib/zone';
import { AccountTile } from '../ui/AccountTile';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { Dialog } from '../ui/FormDialog';
import { PageHead } from '../ui/Page';
import { SearchBox } from '../ui/SearchBox';
import { StatusPill } from '../ui/StatusPill';
import { connectorStatus } from '../ui/status';
import { useToast } from '../ui/Toasts';
import { Backlog } from './Backlog';
import { ConnectorWizard } from './ConnectorWizard';
import { InstallConnector } from './InstallConnector';
import { LoadFile, loads } from './LoadFile';
import { SetupToken } from './SetupToken';
import { TestCall } from './TestCall';

type Act = 'token' | 'deauth' | 'upgrade' | 'delete' | 'load' | 'test' | 'wizard' | 'backlog';
type Asked = { act: 'utility' | 'application' } | { act: Act; connector: AccountConnector };

// Connectors lists what an account is connected to, its parent's connectors among them.
export function Connectors() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  return <ConnectorsOf account={account} title={t('connectors.title')} lead={t('connectors.lead')} />;
}

// ConnectorsOf is that list for any account; with native, each can be marked as the partner's own product.
export function ConnectorsOf({ account, title, lead, native }: { account: string; title: string; lead: string; native?: boolean }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const zone = useZone(account);
  const { search, set, at, pager } = useListSearch();
  const wanted = search.q ?? '';
  const list = useConnectors(account, at, wanted);
  const library = useLibrary(account);
  const [asked, setAsked] = useState<Asked | null>(null);
  const edit = may(session, 'OpenAccount', 'Edit');
  const columns: Column<AccountConnector>[] = [
    { key: 'name', head: t('connectors.name'), phone: 'title', cell: (c) => <NameOf connector={c} /> },
    { key: 'state', head: t('connectors.state'), cell: (c) => <StatusPill status={connectorStatus(c)} /> },
    {
      key: 'release', head: t('connectors.release'), phone: 'hide',
      cell: (c) => {
        const newer = newerRelease(c, library.data?.items);
        return (
          <>
            <code>{c.Connector.Release}</code>
            {newer && <span className="pl-sub">{t('connectors.newer', { release: newer })}</span>}
          </>
        );
      },
    },
  ];
  columns.push({ key: 'uses', head: t('connectors.uses'), number: true, cell: (c) => <span className={c.CycleCount ? undefined : 'pl-zero'}>{(c.CycleCount ?? 0) > 1000 ? `${count(1000)}+` : count(c.CycleCount ?? 0)}</span> });
  if (native) columns.push({ key: 'native', head: t('connectors.native'), cell: (c) => <Native account={account} connector={c} edit={edit} /> });
  const install = edit && (
    <>
      <Button leftSection={<IconWand size={14} />} onClick={() => setAsked({ act: 'utility' })}>
        {t('connectors.newUtility')}
      </Button>
      <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'application' })}>
        {t('connectors.newApplication')}
      </Button>
    </>
  );
  return (
    <>
      <PageHead title={title} lead={lead}>
        {install}
      </PageHead>
      {(wanted || !!list.data?.items.length) && (
        <div className="pl-filters">
          <SearchBox label={t('connectors.find')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} />
        </div>
      )}
      <DataTable
        label={t('nav.connectors')}
        columns={columns}
        rows={list.data?.items}
        refreshing={list.isPlaceholderData}
        rowKey={(c) => String(c.Id)}
        error={list.error}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={edit ? (c) => !c.ParentAccountId && <Acts connector={c} newer={newerRelease(c, library.data?.items)} ask={(act) => setAsked({ act, connector: c })} /> : undefined}
        empty={
          wanted ? (
            <EmptyState icon={IconSearch} title={t('connectors.noneFound')} text={t('connectors.noMatch', { text: search.q })}>
              <Button onClick={() => set({ q: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconPlugConnected} title={t('connectors.none')} text={t('connectors.noneText')}>
              {install}
            </EmptyState>
          )
        }
      />
      {asked && <Asking account={account} zone={zone} asked={asked} go={setAsked} close={() => setAsked(null)} />}
    </>
  );
}

// Native marks the connector of the partner's own product.
function Native({ account, connector: c, edit }: { account: string; connector: AccountConnector; edit: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: (on: boolean) => ask(accountConnectorsUpdatePut({ headers: { 'X-Cyclr-Account': account }, path: { id: String(c.Id) }, body: { IsPartnerIntegrationConnector: on } })),
    onError: (e) => toast(e.message, true),
    onSettled: () => queries.invalidateQueries({ queryKey: [account, 'connectors'] }),
  });
  return <Switch size="sm" checked={change.isPending ? change.variables : c.IsPartnerIntegrationConnector} disabled={!edit} aria-label={`${t('connectors.native')}, ${c.Name}`} onChange={(e) => change.mutate(e.currentTarget.checked)} />;
}

function NameOf({ connector: c }: { connector: AccountConnector }) {
  const { t } = useTranslation();
  return (
    <span className="pl-name">
      <AccountTile id={c.Connector.Name} name={c.Connector.Name} />
      <span>
        {c.Name}
        <span className="pl-sub">
          {c.ParentAccountId ? (
            <>
              <IconSitemap size={11} aria-hidden /> {t('connectors.fromParent')}
            </>
          ) : (
            [c.Connector.Name, c.Description].filter(Boolean).join(', ')
          )}
        </span>
      </span>
    </span>
  );
}

function Acts({ connector: c, newer, ask }: { connector: AccountConnector; newer: string | null; ask: (act: Act) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button size="xs" leftSection={<IconSettings size={13} />} variant={c.Authenticated ? 'default' : 'filled'} onClick={() => ask('wizard')} aria-label={`${t(c.Authenticated ? 'connectors.edit' : 'connectors.setUp')}, ${c.Name}`}>
        {t(c.Authenticated ? 'connectors.edit' : 'connectors.setUp')}
      </Button>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon aria-label={`${t('act.more')}, ${c.Name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={14} />} onClick={() => ask('token')}>{t('connectors.token')}</Menu.Item>
          <Menu.Item leftSection={<IconTestPipe size={14} />} onClick={() => ask('test')}>{t('connectors.test')}</Menu.Item>
          {loads(c) && <Menu.Item leftSection={<IconFileUpload size={14} />} onClick={() => ask('load')}>{t('loadFile.act')}</Menu.Item>}
          <Menu.Item leftSection={<IconHourglass size={14} />} onClick={() => ask('backlog')}>{t('connectors.backlog')}</Menu.Item>
          {newer && <Menu.Item leftSection={<IconArrowUp size={14} />} onClick={() => ask('upgrade')}>{t('connectors.upgrade', { release: newer })}</Menu.Item>}
          {c.Authenticated && <Menu.Item leftSection={<IconPlugConnectedX size={14} />} onClick={() => ask('deauth')}>{t('connectors.deauth')}</Menu.Item>}
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={() => ask('delete')}>{t('act.delete')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

type AskingProps = { account: string; zone?: string; asked: Asked; go: (asked: Asked) => void; close: () => void };

function Asking({ account, zone, asked, go, close }: AskingProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  if (!('connector' in asked)) {
    return <InstallConnector account={account} utilities={asked.act === 'utility'} title={t(asked.act === 'utility' ? 'connectors.newUtility' : 'connectors.newApplication')} close={close} installed={(connector) => go({ act: 'wizard', connector })} />;
  }
  const c = asked.connector;
  const options = { headers: { 'X-Cyclr-Account': account }, path: { id: String(c.Id) } };
  const done = async (text: string) => {
    await queries.invalidateQueries({ queryKey: [account] });
    toast(text);
  };
  switch (asked.act) {
    case 'wizard':
      return <ConnectorWizard account={account} id={c.Id} close={close} />;
    case 'load':
      return <LoadFile account={account} connector={c} close={close} />;
    case 'token':
      return <SetupToken account={account} connector={c} zone={zone} close={close} />;
    case 'test':
      return (
        <Dialog title={t('connectors.testTitle', { name: c.Name })} close={close} size="lg">
          <TestCall account={account} connector={c} />
        </Dialog>
      );
    case 'backlog':
      return (
        <Dialog title={t('connectors.backlogTitle', { name: c.Name })} close={close}>
          <Backlog account={account} connector={c} zone={zone} />
        </Dialog>
      );
    case 'upgrade':
      return (
        <ConfirmDialog
          title={t('connectors.upgradeTitle', { name: c.Name })}
          close={close}
          choices={[{ word: t('connectors.upgradeGo'), main: true, act: async () => { await ask(accountConnectorsUpgradePut(options)); await done(t('connectors.upgraded', { name: c.Name })); } }]}
        >
          <p>{t('connectors.upgradeText')}</p>
        </ConfirmDialog>
      );
    case 'delete':
      return (
        <ConfirmDialog
          title={t('connectors.deleteTitle', { name: c.Name })}
          close={close}
          choices={[{ word: t('act.delete'), danger: true, main: true, act: async () => { await ask(accountConnectorsDeleteDelete(options)); await done(t('connectors.deleted', { name: c.Name })); } }]}
        >
          <p>{t('connectors.deleteText')}</p>
        </ConfirmDialog>
      );
    case 'deauth':
      return (
        <ConfirmDialog
          title={t('connectors.deauthTitle', { name: c.Name })}
          close={close}
          choices={[{ word: t('connectors.deauth'), danger: true, main: true, act: async () => { await ask(accountConnectorsDeauthenticatePut(options)); await done(t('connectors.deauthed', { name: c.Name })); } }]}
        >
          <p>{t('connectors.deauthText')}</p>
        </ConfirmDialog>
      );
  }
}
