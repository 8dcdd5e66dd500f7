import { Button, PasswordInput, Switch, TextInput } from '@mantine/core';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Member } from '../api';
import type { Listed } from '../lib/ask';
import { exact, when } from '../lib/format';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { DataTable, type Pager } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { FormDialog } from '../ui/FormDialog';
import { useToast } from '../ui/Toasts';

export type MemberInput = { UserName: string; Password?: string; Administrator?: boolean };

type Props = {
  lead: string;
  newHint: string; // of the password of a new user
  zone: string | undefined;
  list: { data: Listed<Member> | undefined; error: Error | null; isPlaceholderData: boolean; refetch: () => unknown };
  pager: Pager | undefined;
  edit: boolean;
  me?: string; // who is not changed here
  put: (user: MemberInput) => Promise<unknown>;
  drop: (name: string) => Promise<unknown>;
  password?: (name: string, password: string) => Promise<unknown>; // sets that of somebody who is there
};

type Asked = { act: 'add' } | { act: 'password' | 'remove' | 'level'; user: Member };

const typed = (form: HTMLFormElement) => (form.elements.namedItem('password') as HTMLInputElement).value || undefined;

// MemberList is who may sign in to an account, for its administrators and for its partner.
export function MemberList({ lead, newHint, zone, list, pager, edit, me, put, drop, password }: Props) {
  const { t } = useTranslation();
  const toast = useToast();
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const levelWord = (u: Member) => t(u.Administrator ? 'users.makeStandard' : 'users.makeAdmin');
  const add = edit && (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'add' })}>
      {t('users.add')}
    </Button>
  );
  return (
    <>
      <div className="pl-filters pl-spread">
        <p className="pl-dim">{lead}</p>
        {list.data?.items.length ? add : null}
      </div>
      <DataTable
        label={t('accounts.users')}
        columns={[
          { key: 'name', head: t('users.name'), phone: 'title', wide: true, cell: (u: Member) => <strong>{u.UserName}</strong> },
          { key: 'level', head: t('users.level'), cell: (u) => t(u.Administrator ? 'users.administrator' : 'users.standard') },
          { key: 'since', head: t('users.since'), number: true, phone: 'hide', cell: (u) => <time title={exact(u.CreatedOnUtc, zone)}>{when(u.CreatedOnUtc, zone)}</time> },
        ]}
        rows={list.data?.items}
        rowKey={(u) => u.UserName}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={() => void list.refetch()}
        pager={pager}
        actions={
          edit
            ? (u) =>
                u.UserName !== me && (
                  <>
                    <Button size="xs" mr={8} onClick={() => setAsked({ act: 'level', user: u })} aria-label={`${levelWord(u)}, ${u.UserName}`}>{levelWord(u)}</Button>
                    {password && <Button size="xs" mr={8} onClick={() => setAsked({ act: 'password', user: u })} aria-label={`${t('users.password')}, ${u.UserName}`}>{t('users.password')}</Button>}
                    <Button size="xs" onClick={() => setAsked({ act: 'remove', user: u })} aria-label={`${t('users.remove')}, ${u.UserName}`}>{t('users.remove')}</Button>
                  </>
                )
            : undefined
        }
        empty={<EmptyState icon={IconUsers} title={t('users.none')} text={t('users.noneText')}>{add}</EmptyState>}
      />
      {asked?.act === 'add' && (
        <FormDialog
          title={t('users.add')} word={t('users.add')} close={close}
          submit={async ({ form, text, on }) => {
            await put({ UserName: text('user'), Password: typed(form), Administrator: on('administrator') });
            toast(t('users.added', { name: text('user') }));
          }}
        >
          <TextInput name="user" label={t('users.name')} description={t('users.nameHint')} required data-autofocus />
          <PasswordInput name="password" label={t('signIn.password')} description={newHint} autoComplete="new-password" />
          <Switch name="administrator" label={t('users.administrator')} description={t('users.adminHint')} />
        </FormDialog>
      )}
      {asked?.act === 'password' && (
        <FormDialog
          title={t('users.passwordTitle', { name: asked.user.UserName })} word={t('users.password')} close={close}
          submit={async ({ form }) => {
            await password?.(asked.user.UserName, typed(form) ?? '');
            toast(t('users.passwordSet', { name: asked.user.UserName }));
          }}
        >
          <PasswordInput name="password" label={t('signIn.password')} description={t('users.passwordHint')} required autoComplete="new-password" data-autofocus />
        </FormDialog>
      )}
      {asked?.act === 'remove' && (
        <ConfirmDialog
          title={t('users.removeTitle', { name: asked.user.UserName })} close={close}
          choices={[{ word: t('users.remove'), danger: true, main: true, act: async () => { await drop(asked.user.UserName); toast(t('users.removed', { name: asked.user.UserName })); } }]}
        >
          <p>{t('users.removeText')}</p>
        </ConfirmDialog>
      )}
      {asked?.act === 'level' && (
        <ConfirmDialog
          title={`${levelWord(asked.user)}: ${asked.user.UserName}`} close={close}
          choices={[
            {
              word: levelWord(asked.user), main: true,
              act: async () => {
                const Administrator = !asked.user.Administrator;
                await put({ UserName: asked.user.UserName, Administrator });
                toast(t('users.levelSet', { name: asked.user.UserName, level: t(Administrator ? 'users.administrator' : 'users.standard') }));
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
