import { Button, PasswordInput, Switch, TextInput } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountsDeleteUserDelete, accountsMembersGet, accountsUpdateUserPut, type Member, usersUpdatePut } from '../../api';
import { ask, askList } from '../../lib/ask';
import { exact, when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FormDialog } from '../../ui/FormDialog';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'add' } | { act: 'password' | 'remove' | 'level'; user: string; administrator?: boolean };

// AccountUsers are the people who may sign in to one account. Access to a parent gives none to its sub accounts.
export function AccountUsers() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const [asked, setAsked] = useState<Asked | null>(null);
  const list = useQuery({
    queryKey: ['accounts', id, 'users', at],
    queryFn: () => askList(accountsMembersGet({ path: { account: id }, query: { page: at.page, pageSize: at.size } })),
    placeholderData: keepPreviousData,
  });
  const edit = may(session, 'AccountUsers', 'Edit');
  const add = edit && (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'add' })}>
      {t('users.add')}
    </Button>
  );
  return (
    <>
      <div className="pl-filters pl-spread">
        <p className="pl-dim">{t('users.lead')}</p>
        {list.data?.items.length ? add : null}
      </div>
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
        actions={
          edit
            ? (u) => (
                <>
                  <Button size="xs" mr={8} onClick={() => setAsked({ act: 'level', user: u.UserName, administrator: !u.Administrator })} aria-label={`${t(u.Administrator ? 'users.makeStandard' : 'users.makeAdmin')}, ${u.UserName}`}>
                    {t(u.Administrator ? 'users.makeStandard' : 'users.makeAdmin')}
                  </Button>
                  <Button size="xs" mr={8} onClick={() => setAsked({ act: 'password', user: u.UserName })} aria-label={`${t('users.password')}, ${u.UserName}`}>
                    {t('users.password')}
                  </Button>
                  <Button size="xs" onClick={() => setAsked({ act: 'remove', user: u.UserName })} aria-label={`${t('users.remove')}, ${u.UserName}`}>
                    {t('users.remove')}
                  </Button>
                </>
              )
            : undefined
        }
        empty={
          <EmptyState icon={IconUsers} title={t('users.none')} text={t('users.noneText')}>
            {add}
          </EmptyState>
        }
      />
      {asked && <Asking id={id} asked={asked} close={() => setAsked(null)} />}
    </>
  );
}

function Asking({ id, asked, close }: { id: string; asked: Asked; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const done = async (text: string) => {
    await queries.invalidateQueries({ queryKey: ['accounts'] });
    toast(text);
  };
  if (asked.act === 'remove') {
    return (
      <ConfirmDialog
        title={t('users.removeTitle', { name: asked.user })}
        close={close}
        choices={[
          {
            word: t('users.remove'), danger: true, main: true,
            act: async () => {
              await ask(accountsDeleteUserDelete({ path: { account: id }, body: { UserName: asked.user } }));
              await done(t('users.removed', { name: asked.user }));
            },
          },
        ]}
      >
        <p>{t('users.removeText')}</p>
      </ConfirmDialog>
    );
  }
  if (asked.act === 'level') {
    const word = t(asked.administrator ? 'users.makeAdmin' : 'users.makeStandard');
    return (
      <ConfirmDialog
        title={`${word}: ${asked.user}`}
        close={close}
        choices={[
          {
            word, main: true,
            act: async () => {
              await ask(accountsUpdateUserPut({ path: { account: id }, body: { UserName: asked.user, Administrator: asked.administrator } }));
              await done(t('users.levelSet', { name: asked.user, level: t(asked.administrator ? 'users.administrator' : 'users.standard') }));
            },
          },
        ]}
      >
        <p>{t('users.adminHint')}</p>
      </ConfirmDialog>
    );
  }
  const known = asked.act === 'password' ? asked.user : undefined;
  return (
    <FormDialog
      title={known ? t('users.passwordTitle', { name: known }) : t('users.add')}
      word={known ? t('users.password') : t('users.add')}
      close={close}
      submit={async ({ form, text, on }) => {
        const body = { UserName: known ?? text('user'), Password: (form.elements.namedItem('password') as HTMLInputElement).value || undefined, ...(known ? {} : { Administrator: on('administrator') }) };
        if (known) await ask(usersUpdatePut({ body }));
        else await ask(accountsUpdateUserPut({ path: { account: id }, body }));
        await done(known ? t('users.passwordSet', { name: known }) : t('users.added', { name: body.UserName }));
      }}
    >
      {!known && <TextInput name="user" label={t('users.name')} description={t('users.nameHint')} required data-autofocus />}
      <PasswordInput name="password" label={t('signIn.password')} description={known ? t('users.passwordHint') : t('users.newHint')} required={!!known} autoComplete="new-password" />
      {!known && <Switch name="administrator" label={t('users.administrator')} description={t('users.adminHint')} />}
    </FormDialog>
  );
}
