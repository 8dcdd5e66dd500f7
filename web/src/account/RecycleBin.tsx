import { Button, Group } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconRestore, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type DeletedCycle, recycleBinPurgeAllDelete, recycleBinPurgeDelete, recycleBinRestorePost } from '../api';
import { ask } from '../lib/ask';
import { exact, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useAccount, useBin } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { PageHead } from '../ui/Page';
import { useToast } from '../ui/Toasts';

// RecycleBin lists the deleted cycles of an account. They can be restored until they are gone for good.
export function RecycleBin() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useAccount(account, !session?.Account).data?.Timezone;
  const { at, pager } = useListSearch();
  const list = useBin(account, at);
  const queries = useQueryClient();
  const toast = useToast();
  const [dialog, setDialog] = useState<DeletedCycle | 'all' | null>(null);
  const edit = may(session, 'OpenAccount', 'Edit');
  const headers = { 'X-Cyclr-Account': account };
  const time = (at: string) => <time title={exact(at, zone)}>{when(at, zone)}</time>;
  async function done(text: string) {
    await queries.invalidateQueries({ queryKey: [account] });
    toast(text);
  }
  const columns: Column<DeletedCycle>[] = [
    { key: 'name', head: t('cycles.cycle'), wide: true, phone: 'title', cell: (c) => <span className="pl-name">{c.Name}</span> },
    { key: 'deleted', head: t('bin.deleted'), number: true, cell: (c) => time(c.DeletedOnUtc) },
    { key: 'purged', head: t('bin.purged'), number: true, cell: (c) => time(c.PurgedOnUtc) },
  ];
  return (
    <>
      <PageHead title={t('bin.title')} lead={t('bin.lead')}>
        {edit && !!list.data?.items.length && (
          <Button leftSection={<IconTrash size={14} />} onClick={() => setDialog('all')}>
            {t('bin.empty')}
          </Button>
        )}
      </PageHead>
      <DataTable
        label={t('bin.title')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(c) => c.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={
          edit
            ? (c) => (
                <Group gap={8} justify="flex-end" wrap="nowrap">
                  <Restore name={c.Name} act={async () => { await ask(recycleBinRestorePost({ headers, path: { id: c.Id } })); await done(t('bin.restored', { name: c.Name })); }} />
                  <Button size="xs" onClick={() => setDialog(c)} aria-label={`${t('bin.purge')}, ${c.Name}`}>
                    {t('bin.purge')}
                  </Button>
                </Group>
              )
            : undefined
        }
        empty={<EmptyState icon={IconTrash} title={t('bin.none')} text={t('bin.noneText')} />}
      />
      {dialog && (
        <ConfirmDialog
          title={dialog === 'all' ? t('bin.emptyTitle') : t('bin.purgeTitle', { name: dialog.Name })}
          close={() => setDialog(null)}
          choices={[
            {
              word: dialog === 'all' ? t('bin.empty') : t('bin.purge'), danger: true, main: true,
              act: async () => {
                await ask(dialog === 'all' ? recycleBinPurgeAllDelete({ headers }) : recycleBinPurgeDelete({ headers, path: { id: dialog.Id } }));
                await done(dialog === 'all' ? t('bin.emptied') : t('bin.gone', { name: dialog.Name }));
              },
            },
          ]}
        >
          <p>{t('bin.purgeText')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function Restore({ name, act }: { name: string; act: () => Promise<void> }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  return (
    <Button
      size="xs"
      loading={busy}
      leftSection={<IconRestore size={13} />}
      aria-label={`${t('bin.restore')}, ${name}`}
      onClick={async () => {
        setBusy(true);
        await act().catch((e: Error) => toast(e.message));
        setBusy(false);
      }}
    >
      {t('bin.restore')}
    </Button>
  );
}
