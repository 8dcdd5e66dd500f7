import { Button, PasswordInput, Switch, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountDeleteMemberDelete, accountMembersGet, accountPutMemberPut, type Member } from '../api';
import { ask, askList } from '../lib/ask';
import { exact, when } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useSession } from '../lib/session';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { FormDialog } from '../ui/FormDialog';
import { PageHead } from '../ui/Page';
import { useToast } from '../ui/Toasts';

// Members are the users of an account, for its administrators.
export function Members() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const headers = { 'X-Cyclr-Account': account };
  const { at, pager } = useListSearch();
  const queries = useQueryClient();
  const toast = useToast();
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<{ act: 'remove' | 'level'; user: Member } | null>(null);
  const list = useQuery({ queryKey: [account, 'members', at], queryFn: () => askList(accountMembersGet({ headers, query: { page: at.page, pageSize: at.size } })), placeholderData: keepPreviousData });
  const done = async (text: string) => {
    await queries.invalidateQueries({ queryKey: [account, 'members'] });
    toast(text);
  };
  const levelWord = (u: Member) => t(u.Administrator ? 'users.makeStandard' : 'users.makeAdmin');
  const add = (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
      {t('users.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('accounts.users')} lead={t('users.ownLead')}>
        {add}
      </PageHead>
      <DataTable
        label={t('accounts.users')}
        columns={[
          { key: 'name', head: t('users.name'), phone: 'title', wide: true, cell: (u: Member) => <strong>{u.UserName}</strong> },
          { key: 'level', head: t('users.level'), cell: (u) => t(u.Administrator ? 'users.administrator' : 'users.standard') },
          { key: 'since', head: t('users.since'), number: true, phone: 'hide', cell: (u) => <time title={exact(u.CreatedOnUtc, undefined)}>{when(u.CreatedOnUtc, undefined)}</time> },
        ]}
        rows={list.data?.items}
        rowKey={(u) => u.UserName}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(u) =>
          u.UserName !== session?.UserName && (
            <>
              <Button size="xs" mr={8} onClick={() => setAsked({ act: 'level', user: u })} aria-label={`${levelWord(u)}, ${u.UserName}`}>{levelWord(u)}</Button>
              <Button size="xs" onClick={() => setAsked({ act: 'remove', user: u })} aria-label={`${t('users.remove')}, ${u.UserName}`}>{t('users.remove')}</Button>
            </>
          )
        }
        empty={<EmptyState icon={IconUsers} title={t('users.none')} text={t('users.noneText')}>{add}</EmptyState>}
      />
      {adding && (
        <FormDialog
          title={t('users.add')} word={t('users.add')} close={() => setAdding(false)}
          submit={async ({ form, text, on }) => {
            const Password = (form.elements.namedItem('password') as HTMLInputElement).value || undefined;
            await ask(accountPutMemberPut({ headers, body: { UserName: text('user'), Password, Administrator: on('administrator') } }));
            await done(t('users.added', { name: text('user') }));
          }}
        >
          <TextInput name="user" label={t('users.name')} description={t('users.nameHint')} required data-autofocus />
          <PasswordInput name="password" label={t('signIn.password')} description={t('users.ownNewHint')} autoComplete="new-password" />
          <Switch name="administrator" label={t('users.administrator')} description={t('users.adminHint')} />
        </FormDialog>
      )}
      {asked?.act === 'remove' && (
        <ConfirmDialog
          title={t('users.removeTitle', { name: asked.user.UserName })} close={() => setAsked(null)}
          choices={[{ word: t('users.remove'), danger: true, main: true, act: async () => { await ask(accountDeleteMemberDelete({ headers, body: { UserName: asked.user.UserName } })); await done(t('users.removed', { name: asked.user.UserName })); } }]}
        >
          <p>{t('users.removeText')}</p>
        </ConfirmDialog>
      )}
      {asked?.act === 'level' && (
        <ConfirmDialog
          title={`${levelWord(asked.user)}: ${asked.user.UserName}`} close={() => setAsked(null)}
          choices={[
            {
              word: levelWord(asked.user), main: true,
              act: async () => {
                const Administrator = !asked.user.Administrator;
                await ask(accountPutMemberPut({ headers, body: { UserName: asked.user.UserName, Administrator } }));
                await done(t('users.levelSet', { name: asked.user.UserName, level: t(Administrator ? 'users.administrator' : 'users.standard') }));
              },
            },
          ]}
        >
          <p>{t('users.adminHint')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
