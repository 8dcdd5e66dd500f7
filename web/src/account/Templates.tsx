import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { IconSearch, IconTemplate } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Template, templatesInstallPost } from '../api';
import { ask } from '../lib/ask';
import { useListSearch } from '../lib/paging';
import { useTemplates } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { AccountTile } from '../ui/AccountTile';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { FormDialog } from '../ui/FormDialog';
import { PageHead } from '../ui/Page';
import { SearchBox } from '../ui/SearchBox';
import { useToast } from '../ui/Toasts';

// Templates is what the partner has published and an account can use.
export function Templates() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account?: string };
  const { data: session } = useSession();
  const { search, set, at, pager } = useListSearch();
  const list = useTemplates(account, at, search.q);
  const [used, setUsed] = useState<Template | null>(null);
  const edit = !!account && may(session, 'OpenAccount', 'Edit');
  const columns: Column<Template>[] = [
    { key: 'name', head: t('templates.one'), phone: 'title', wide: true, cell: (x) => <><strong>{x.Name}</strong>{x.Description && <span className="pl-sub">{x.Description}</span>}</> },
    {
      key: 'connectors', head: t('templates.connectors'),
      cell: (x) => (
        <span className="pl-tiles" role="img" aria-label={`${t('templates.connectors')}: ${(x.Connectors ?? []).map((c) => c.Name).join(', ')}`}>
          {(x.Connectors ?? []).map((c) => (
            <span key={c.Name} title={c.Name}>
              <AccountTile id={c.Name} name={c.Name} small />
            </span>
          ))}
        </span>
      ),
    },
  ];
  return (
    <>
      <PageHead title={t(account ? 'templates.title' : 'templates.library')} lead={t(account ? 'templates.lead' : 'templates.libraryLead')} />
      {(search.q || list.data?.items.length !== 0) && (
        <div className="pl-filters">
          <SearchBox label={t('templates.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} />
        </div>
      )}
      <DataTable
        label={t('templates.title')} columns={columns} rows={list.data?.items} rowKey={(x) => x.Id} error={list.error} refreshing={list.isPlaceholderData} retry={list.refetch}
        pager={pager(list.data)}
        actions={edit ? (x) => (
          <Button size="xs" onClick={() => setUsed(x)} aria-label={`${t('templates.use')}, ${x.Name}`}>
            {t('templates.use')}
          </Button>
        ) : undefined}
        empty={
          search.q ? (
            <EmptyState icon={IconSearch} title={t('templates.noMatch')} text={t('templates.noNamed', { text: search.q })}>
              <Button onClick={() => set({ q: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconTemplate} title={t('templates.none')} text={t('templates.noneText')} />
          )
        }
      />
      {used && account && <UseTemplate account={account} template={used} close={() => setUsed(null)} />}
    </>
  );
}

function UseTemplate({ account, template, close }: { account: string; template: Template; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return (
    <FormDialog
      title={t('templates.useTitle', { name: template.Name })}
      word={t('templates.install')}
      close={close}
      submit={async ({ text }) => {
        const name = text('name');
        const cycle = await ask(templatesInstallPost({ headers: { 'X-Cyclr-Account': account }, path: { id: template.Id }, body: name ? { Name: name } : {} }));
        await queries.invalidateQueries({ queryKey: [account] });
        toast(t('templates.installed', { name: cycle.Name }));
        await navigate({ to: '/a/$account/cycles/$cycle/build', params: { account, cycle: cycle.Id } });
      }}
    >
      <TextInput name="name" label={t('templates.name')} placeholder={template.Name} data-autofocus />
    </FormDialog>
  );
}
