import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { IconArrowsShuffle, IconArrowUp, IconChartBar, IconCopy, IconDots, IconDownload, IconFileImport, IconFolder, IconFolderPlus, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlus, IconRepeat, IconSearch, IconTemplate, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Cycle, cyclesCreateFolderPost, cyclesDeleteFolderDelete, cyclesFoldersGet, cyclesMovePut, cyclesUpdateFolderPut, type Folder } from '../api';
import { ask } from '../lib/ask';
import { count, exact, hasDate, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useCycles, useUpgradeable } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { useZone } from '../lib/zone';
import { AccountTile } from '../ui/AccountTile';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { FolderBar, type FolderAct, FolderDialog, MoveDialog } from '../ui/Folders';
import { PageHead } from '../ui/Page';
import { LinkButton, LinkItem } from '../ui/links';
import { SearchBox } from '../ui/SearchBox';
import { StatusPill } from '../ui/StatusPill';
import { cycleStatus } from '../ui/status';
import { useToast } from '../ui/Toasts';
import { ActivateCycle, DeleteCycle, StopCycle, UpgradeCycle } from './cycleDialogs';
import { CopyCycle, ExportCycle, ImportCycle } from './cycleFiles';
import { NewCycle } from './NewCycle';

type Act = 'move' | 'stop' | 'activate' | 'delete' | 'export' | 'copy' | 'upgrade';

// Cycles is what an account opens with: its integrations and how they are.
export function Cycles() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useZone(account);
  const { search, set, at, pager } = useListSearch();
  // The order stands in the address as the column's name, with a minus in front when the last comes first.
  const order = search.sort ?? 'Name';
  const ordering = { by: order.replace(/^-/, ''), up: !order.startsWith('-'), set: (by: string, up: boolean) => set({ sort: by === 'Name' && up ? undefined : `${up ? '' : '-'}${by}`, page: undefined }) };
  const list = useCycles(account, at, { folder: search.folder, text: search.q, by: ordering.by, up: ordering.up });
  const folders = useQuery({ queryKey: [account, 'cycle-folders'], queryFn: () => ask(cyclesFoldersGet({ headers: { 'X-Cyclr-Account': account } })), staleTime: 30_000 });
  const [sorting, setSorting] = useState<FolderAct | { act: 'move'; cycle: Cycle } | null>(null);
  const newer = useUpgradeable(account);
  const [dialog, setDialog] = useState<{ act: Act; cycle: Cycle } | null>(null);
  const [importing, setImporting] = useState(false);
  const [making, setMaking] = useState(false);
  const edit = may(session, 'OpenAccount', 'Edit');
  const number = (n: number, bad?: string) => <span className={n === 0 ? 'pl-zero' : bad}>{count(n)}</span>;
  const columns: Column<Cycle>[] = [
    { key: 'name', head: t('cycles.cycle'), phone: 'title', sort: 'Name', cell: (c) => <NameOf cycle={c} account={account} newer={newer.has(c.Id)} /> },
    { key: 'state', head: t('cycles.state'), cell: (c) => <StatusPill status={cycleStatus(c)} /> },
    {
      key: 'trigger', head: t('cycles.trigger'),
      cell: (c) => (
        <>
          {triggerOf(c, t)}
          {hasDate(c.NextRunOnUtc) && <span className="pl-sub">{t('cycles.next', { when: when(c.NextRunOnUtc, zone) })}</span>}
        </>
      ),
    },
    { key: 'progress', head: t('cycles.inProgress'), number: true, cell: (c) => number(c.InProgressTransactionCount) },
    { key: 'errors', head: t('cycles.errors'), number: true, cell: (c) => number(c.ErrorCount, 'pl-bad') },
    { key: 'warnings', head: t('cycles.warnings'), number: true, cell: (c) => number(c.WarningCount, 'pl-warn') },
    { key: 'tasks', head: t('cycles.tasks'), number: true, cell: (c) => number(c.TasksUsed) },
    { key: 'created', head: t('accounts.created'), number: true, phone: 'hide', sort: 'CreatedOnUtc', cell: (c) => <time title={exact(c.CreatedOnUtc, zone)}>{when(c.CreatedOnUtc, zone)}</time> },
  ];
  const importButton = edit && (
    <Button leftSection={<IconFileImport size={14} />} onClick={() => setImporting(true)}>
      {t('cycleFiles.import')}
    </Button>
  );
  const newButton = edit && (
    <Button leftSection={<IconPlus size={14} />} onClick={() => setMaking(true)}>
      {t('cycles.new')}
    </Button>
  );
  const templates = (
    <LinkButton variant="filled" to="/a/$account/templates" params={{ account }} leftSection={<IconTemplate size={14} />}>
      {t('cycles.useTemplate')}
    </LinkButton>
  );
  return (
    <>
      <PageHead title={t('cycles.title')} lead={zone ? t('cycles.leadZone', { zone }) : t('cycles.lead')}>
        <LinkButton to="/a/$account/bin" params={{ account }} leftSection={<IconTrash size={14} />}>
          {t('bin.title')}
        </LinkButton>
        {edit && (
          <Button leftSection={<IconFolderPlus size={14} />} onClick={() => setSorting({ act: 'folder' })}>
            {t('folders.add')}
          </Button>
        )}
        {importButton}
        {newButton}
        {templates}
      </PageHead>
      {(!!folders.data?.length || !!search.q || !!list.data?.items.length) && (
        <div className="pl-filters">
          <SearchBox label={t('cycles.find')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} />
          {!!folders.data?.length && <FolderBar folders={folders.data} chosen={search.folder} choose={(folder) => set({ folder, page: undefined })} edit={edit} ask={setSorting} />}
        </div>
      )}
      <DataTable
        label={t('nav.cycles')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(c) => c.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        sorting={ordering}
        actions={(c) => (
          <>
            {edit &&
              (c.Status === 'Active' ? (
                <Button size="xs" leftSection={<IconPlayerPause size={13} />} onClick={() => setDialog({ act: 'stop', cycle: c })} aria-label={`${t('cycles.stop')}, ${c.Name}`}>
                  {t('cycles.stop')}
                </Button>
              ) : (
                <Button size="xs" leftSection={<IconPlayerPlay size={13} />} onClick={() => setDialog({ act: 'activate', cycle: c })} aria-label={`${t('cycles.activate')}, ${c.Name}`}>
                  {t('cycles.activate')}
                </Button>
              ))}
            <More cycle={c} account={account} edit={edit} newer={newer.has(c.Id)} ask={(act) => (act === 'move' ? setSorting({ act, cycle: c }) : setDialog({ act, cycle: c }))} folders={!!folders.data?.length} />
          </>
        )}
        empty={
          search.q ? (
            <EmptyState icon={IconSearch} title={t('cycles.noMatch')} text={t('cycles.noMatchText', { text: search.q })}>
              <Button onClick={() => set({ q: undefined, folder: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : search.folder ? (
            <EmptyState icon={IconFolder} title={t('cycles.noneHere')} text={t('cycles.noneHereText')}>
              <Button onClick={() => set({ folder: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
          <EmptyState icon={IconRepeat} title={t('cycles.none')} text={t('cycles.noneText')}>
            {importButton}
            {newButton}
            {templates}
          </EmptyState>
          )
        }
      />
      {dialog?.act === 'stop' && <StopCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'activate' && <ActivateCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'delete' && <DeleteCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'upgrade' && <UpgradeCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'export' && <ExportCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'copy' && <CopyCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {sorting && <Sorting account={account} folders={folders.data ?? []} asked={sorting} close={() => setSorting(null)} />}
      {making && <NewCycle account={account} close={() => setMaking(false)} />}
      {importing && <ImportCycle account={account} close={() => setImporting(false)} />}
    </>
  );
}

function Sorting({ account, folders, asked, close }: { account: string; folders: Folder[]; asked: FolderAct | { act: 'move'; cycle: Cycle }; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const headers = { 'X-Cyclr-Account': account };
  const done = async () => {
    await queries.invalidateQueries({ queryKey: [account] });
    toast(t('act.saved'));
  };
  if (asked.act === 'move') {
    return <MoveDialog name={asked.cycle.Name} now={asked.cycle.FolderId} folders={folders} close={close} move={async (CycleFolderId) => { await ask(cyclesMovePut({ headers, path: { id: asked.cycle.Id }, body: { CycleFolderId } })); await done(); }} />;
  }
  return (
    <FolderDialog
      asked={asked} folders={folders} text={t('cycles.folderText')} close={close}
      put={async (Name, ParentFolderId, folder) => {
        if (folder) await ask(cyclesUpdateFolderPut({ headers, path: { folder: folder.Id }, body: { Name, ParentFolderId } }));
        else await ask(cyclesCreateFolderPost({ headers, body: { Name, ParentFolderId } }));
        await done();
      }}
      drop={async (folder) => { await ask(cyclesDeleteFolderDelete({ headers, path: { folder: folder.Id } })); await done(); }}
    />
  );
}

function NameOf({ cycle, account, newer }: { cycle: Cycle; account: string; newer: boolean }) {
  const { t } = useTranslation();
  return (
    <span>
      <span className="pl-name">
        <Link to="/a/$account/cycles/$cycle/build" params={{ account, cycle: cycle.Id }}>
          {cycle.Name}
        </Link>
        {newer && <span className="pl-pill pl-design">{t('cycles.newer')}</span>}
      </span>
      <span className="pl-sub">
        <span className="pl-tiles">
          {(cycle.Connectors ?? []).filter((c) => !c.IsSystemConnector).slice(0, 6).map((c) => (
            <span key={`${c.Id}-${c.AccountConnectorId}`} title={c.Name}>
              <AccountTile id={c.Name} name={c.Name} small />
            </span>
          ))}
        </span>{' '}
        {cycle.TemplateId ? t('cycles.templateRelease') : t('cycles.builtHere')}
      </span>
    </span>
  );
}

function triggerOf(c: Cycle, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (c.Cron) return t('cycles.cron', { text: c.Cron });
  if (c.RunOnce) return t('cycles.runOnce');
  if (c.Interval) return t('cycles.every', { n: c.Interval });
  return c.Status === 'Active' ? t('cycles.onWebhook') : t('cycles.byHand');
}

type MoreProps = { cycle: Cycle; account: string; edit: boolean; newer: boolean; folders: boolean; ask: (act: Act) => void };

function More({ cycle, account, edit, newer, folders, ask: choose }: MoreProps) {
  const { t } = useTranslation();
  const search = { cycle: cycle.Id } as never;
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon aria-label={`${t('act.more')}, ${cycle.Name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <LinkItem to={`/a/${encodeURIComponent(account)}/cycles/${cycle.Id}/build` as never} leftSection={<IconPencil size={14} />}>
          {t('cycles.build')}
        </LinkItem>
        <LinkItem to="/a/$account/transactions" params={{ account }} search={search} leftSection={<IconArrowsShuffle size={14} />}>
          {t('cycles.transactions')}
        </LinkItem>
        <LinkItem to="/a/$account/usage" params={{ account }} search={search} leftSection={<IconChartBar size={14} />}>
          {t('cycles.report')}
        </LinkItem>
        <Menu.Item leftSection={<IconDownload size={14} />} onClick={() => choose('export')}>
          {t('cycles.export')}
        </Menu.Item>
        {edit && (
          <>
            {folders && (
              <Menu.Item leftSection={<IconFolder size={14} />} onClick={() => choose('move')}>
                {t('folders.move')}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => choose('copy')}>
              {t('cycleFiles.copy')}
            </Menu.Item>
            {newer && cycle.Status !== 'Active' && (
              <Menu.Item leftSection={<IconArrowUp size={14} />} onClick={() => choose('upgrade')}>
                {t('cycles.upgrade')}
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={() => choose('delete')}>
              {t('cycles.delete')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
