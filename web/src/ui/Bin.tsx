import { Button, Group } from '@mantine/core';
import { IconRestore, IconTrash } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Listed } from '../lib/ask';
import { exact, when } from '../lib/format';
import { ConfirmDialog } from './ConfirmDialog';
import { type Column, DataTable, type Pager } from './DataTable';
import { EmptyState } from './EmptyState';
import { PageHead } from './Page';
import { useToast } from './Toasts';
import { wordsOf } from './words';

export type Binned = { Id: string; Name: string; DeletedOnUtc: string | null; PurgedOnUtc: string | null };

type Props<T extends Binned> = {
  lead: string;
  what: string; // head of the names
  zone: string | undefined;
  list: { data: Listed<T> | undefined; error: Error | null; isPlaceholderData: boolean; refetch: () => unknown };
  pager: Pager | undefined;
  edit: boolean;
  restore: (x: T) => Promise<unknown>;
  restored: (name: string) => string;
  purge: (x: T) => Promise<unknown>;
  purgeText: string;
  empty?: () => Promise<unknown>; // lets all of it go
  done: () => Promise<unknown>;
  none: string;
  children?: ReactNode;
};

// Bin lists what was deleted. It can be restored until it is gone for good.
export function Bin<T extends Binned>(props: Props<T>) {
  const { t } = useTranslation();
  const toast = useToast();
  const [dialog, setDialog] = useState<T | 'all' | null>(null);
  const [busy, setBusy] = useState('');
  const time = (at: string | null) => at && <time title={exact(at, props.zone)}>{when(at, props.zone)}</time>;
  const finish = async (text: string) => {
    await props.done();
    toast(text);
  };
  async function restore(x: T) {
    setBusy(x.Id);
    try {
      await props.restore(x);
      await finish(props.restored(x.Name));
    } catch (e) {
      toast(wordsOf(e as Error, t), true);
    }
    setBusy('');
  }
  const columns: Column<T>[] = [
    { key: 'name', head: props.what, wide: true, phone: 'title', cell: (x) => <span className="pl-name">{x.Name}</span> },
    { key: 'deleted', head: t('bin.deleted'), number: true, cell: (x) => time(x.DeletedOnUtc) },
    { key: 'purged', head: t('bin.purged'), number: true, cell: (x) => time(x.PurgedOnUtc) },
  ];
  const all = dialog === 'all';
  return (
    <>
      <PageHead title={t('bin.title')} lead={props.lead}>
        {props.children}
        {props.edit && props.empty && !!props.list.data?.items.length && (
          <Button leftSection={<IconTrash size={14} />} onClick={() => setDialog('all')}>
            {t('bin.empty')}
          </Button>
        )}
      </PageHead>
      <DataTable
        label={t('bin.title')}
        columns={columns}
        rows={props.list.data?.items}
        rowKey={(x) => x.Id}
        error={props.list.error}
        refreshing={props.list.isPlaceholderData}
        retry={() => void props.list.refetch()}
        pager={props.pager}
        actions={
          props.edit
            ? (x) => (
                <Group gap={8} justify="flex-end" wrap="nowrap">
                  <Button size="xs" loading={busy === x.Id} leftSection={<IconRestore size={13} />} onClick={() => void restore(x)} aria-label={`${t('bin.restore')}, ${x.Name}`}>
                    {t('bin.restore')}
                  </Button>
                  <Button size="xs" onClick={() => setDialog(x)} aria-label={`${t('bin.purge')}, ${x.Name}`}>
                    {t('bin.purge')}
                  </Button>
                </Group>
              )
            : undefined
        }
        empty={<EmptyState icon={IconTrash} title={t('bin.none')} text={props.none} />}
      />
      {dialog && (
        <ConfirmDialog
          title={dialog === 'all' ? t('bin.emptyTitle') : t('bin.purgeTitle', { name: dialog.Name })}
          close={() => setDialog(null)}
          choices={[
            {
              word: all ? t('bin.empty') : t('bin.purge'), danger: true, main: true,
              act: async () => {
                await (dialog === 'all' ? props.empty?.() : props.purge(dialog));
                await finish(dialog === 'all' ? t('bin.emptied') : t('bin.gone', { name: dialog.Name }));
              },
            },
          ]}
        >
          <p>{props.purgeText}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
