import { Button, Group } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconRestore, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type LibraryTemplate, templatesLibraryGet, templatesPurgeDelete, templatesRestorePost } from '../../api';
import { ask, askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { LinkButton } from '../../ui/links';
import { PageHead } from '../../ui/Page';
import { useToast } from '../../ui/Toasts';

// TemplateBin lists deleted templates. They can be restored until they are gone for good.
export function TemplateBin() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const queries = useQueryClient();
  const toast = useToast();
  const [purging, setPurging] = useState<LibraryTemplate | null>(null);
  const [busy, setBusy] = useState('');
  const list = useQuery({
    queryKey: ['partner', 'templates', 'bin', at],
    queryFn: () => askList(templatesLibraryGet({ query: { page: at.page, pageSize: at.size, deleted: 'true' } })),
    placeholderData: keepPreviousData,
  });
  const edit = may(session, 'Templates', 'Edit');
  const time = (at: string | null) => at && <time title={exact(at, undefined)}>{when(at, undefined)}</time>;
  async function done(text: string) {
    await queries.invalidateQueries({ queryKey: ['partner', 'templates'] });
    toast(text);
  }
  async function restore(x: LibraryTemplate) {
    setBusy(x.Id);
    try {
      await ask(templatesRestorePost({ path: { id: x.Id } }));
      await done(t('templates.restored', { name: x.Name }));
    } catch (e) {
      toast((e as Error).message);
    }
    setBusy('');
  }
  const columns: Column<LibraryTemplate>[] = [
    { key: 'name', head: t('templates.one'), wide: true, phone: 'title', cell: (x) => <span className="pl-name">{x.Name}</span> },
    { key: 'deleted', head: t('bin.deleted'), number: true, cell: (x) => time(x.DeletedOnUtc) },
    { key: 'purged', head: t('bin.purged'), number: true, cell: (x) => time(x.PurgedOnUtc) },
  ];
  return (
    <>
      <PageHead title={t('bin.title')} lead={t('templates.binLead')}>
        <LinkButton to="/templates">{t('templates.library')}</LinkButton>
      </PageHead>
      <DataTable
        label={t('bin.title')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(x) => x.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={
          edit
            ? (x) => (
                <Group gap={8} justify="flex-end" wrap="nowrap">
                  <Button size="xs" loading={busy === x.Id} leftSection={<IconRestore size={13} />} onClick={() => restore(x)} aria-label={`${t('bin.restore')}, ${x.Name}`}>
                    {t('bin.restore')}
                  </Button>
                  <Button size="xs" onClick={() => setPurging(x)} aria-label={`${t('bin.purge')}, ${x.Name}`}>
                    {t('bin.purge')}
                  </Button>
                </Group>
              )
            : undefined
        }
        empty={<EmptyState icon={IconTrash} title={t('bin.none')} text={t('templates.binNoneText')} />}
      />
      {purging && (
        <ConfirmDialog
          title={t('bin.purgeTitle', { name: purging.Name })}
          close={() => setPurging(null)}
          choices={[{ word: t('bin.purge'), danger: true, main: true, act: async () => { await ask(templatesPurgeDelete({ path: { id: purging.Id } })); await done(t('bin.gone', { name: purging.Name })); } }]}
        >
          <p>{t('templates.purgeText')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
