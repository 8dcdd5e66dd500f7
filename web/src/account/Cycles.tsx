import { ActionIcon, Button, Menu } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { IconArrowsShuffle, IconDots, IconDownload, IconPlayerPause, IconPlayerPlay, IconRepeat, IconTemplate, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Cycle, cyclesExportGet } from '../api';
import { ask } from '../lib/ask';
import { count, hasDate, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useAccount, useCycles } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { AccountTile } from '../ui/AccountTile';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { PageHead } from '../ui/Page';
import { LinkButton, LinkItem } from '../ui/links';
import { StatusPill } from '../ui/StatusPill';
import { cycleStatus } from '../ui/status';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { ActivateCycle, DeleteCycle, StopCycle } from './cycleDialogs';

// Cycles is what an account opens with: its integrations and how they are.
export function Cycles() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useAccount(account, !session?.Account).data?.Timezone;
  const { at, pager } = useListSearch();
  const list = useCycles(account, at);
  const [dialog, setDialog] = useState<{ act: 'stop' | 'activate' | 'delete'; cycle: Cycle } | null>(null);
  const edit = may(session, 'OpenAccount', 'Edit');
  const number = (n: number, bad?: string) => <span className={n === 0 ? 'pl-zero' : bad}>{count(n)}</span>;
  const columns: Column<Cycle>[] = [
    { key: 'name', head: t('cycles.cycle'), phone: 'title', cell: (c) => <NameOf cycle={c} account={account} /> },
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
  ];
  const templates = (
    <LinkButton variant="filled" to="/a/$account/templates" params={{ account }} leftSection={<IconTemplate size={14} />}>
      {t('cycles.useTemplate')}
    </LinkButton>
  );
  return (
    <>
      <PageHead title={t('cycles.title')} lead={t('cycles.lead')}>
        {templates}
      </PageHead>
      <DataTable
        label={t('nav.cycles')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(c) => c.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
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
            <More cycle={c} account={account} edit={edit} remove={() => setDialog({ act: 'delete', cycle: c })} />
          </>
        )}
        empty={
          <EmptyState icon={IconRepeat} title={t('cycles.none')} text={t('cycles.noneText')}>
            {templates}
          </EmptyState>
        }
      />
      {dialog?.act === 'stop' && <StopCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'activate' && <ActivateCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
      {dialog?.act === 'delete' && <DeleteCycle account={account} cycle={dialog.cycle} close={() => setDialog(null)} />}
    </>
  );
}

function NameOf({ cycle, account }: { cycle: Cycle; account: string }) {
  const { t } = useTranslation();
  return (
    <span>
      <span className="pl-name">
        <Link to="/a/$account/cycles/$cycle/build" params={{ account, cycle: cycle.Id }}>
          {cycle.Name}
        </Link>
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

function More({ cycle, account, edit, remove }: { cycle: Cycle; account: string; edit: boolean; remove: () => void }) {
  const { t } = useTranslation();
  const toast = useToast();
  async function download() {
    try {
      const file = await ask(cyclesExportGet({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle.Id } }));
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], { type: 'application/json' }));
      link.download = `${cycle.Name.replace(/[^\p{L}\p{N} _-]+/gu, '')}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (e) {
      toast(wordsOf(e as Error, t));
    }
  }
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon aria-label={`${t('act.more')}, ${cycle.Name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <LinkItem to="/a/$account/transactions" params={{ account }} search={{ cycle: cycle.Id }} leftSection={<IconArrowsShuffle size={14} />}>
          {t('cycles.transactions')}
        </LinkItem>
        <Menu.Item leftSection={<IconDownload size={14} />} onClick={() => void download()}>
          {t('cycles.export')}
        </Menu.Item>
        {edit && (
          <>
            <Menu.Divider />
            <Menu.Item color="red" leftSection={<IconTrash size={14} />} onClick={remove}>
              {t('cycles.delete')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
