import { Button, PasswordInput, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ConsoleUser, consoleUsersAllGet, consoleUsersCreatePost, consoleUsersDeleteDelete, consoleUsersUpdatePut } from '../../api';
import { ask } from '../../lib/ask';
import { when } from '../../lib/format';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FormDialog } from '../../ui/FormDialog';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'add' } | { act: 'edit' | 'remove'; user: ConsoleUser };

// ConsoleUsers are who may sign in to the console: with every right, or with rights by area.
export function ConsoleUsers() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const [asked, setAsked] = useState<Asked | null>(null);
  const list = useQuery({ queryKey: ['console-users'], queryFn: () => ask(consoleUsersAllGet()) });
  const edit = may(session, 'ConsoleUsers', 'Edit');
  return (
    <>
      <div className="pl-filters pl-spread">
        <p className="pl-dim">{t('consoleUsers.lead')}</p>
        {edit && (
          <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'add' })}>
            {t('consoleUsers.add')}
          </Button>
        )}
      </div>
      <DataTable
        label={t('settings.users')}
        columns={[
          { key: 'name', head: t('users.name'), phone: 'title', cell: (u: ConsoleUser) => <span className="pl-name"><span>{u.UserName}<span className="pl-sub">{`${u.FirstName} ${u.LastName}`.trim()}</span></span></span> },
          { key: 'rights', head: t('consoleUsers.rights'), wide: true, cell: (u) => (u.Full ? t('consoleUsers.full') : Object.entries(u.Rights).map(([area, level]) => `${t(`area.${area}`)}: ${t(`level.${level}`)}`).join(', ') || t('consoleUsers.noRight')) },
          { key: 'created', head: t('accounts.created'), number: true, phone: 'hide', cell: (u) => when(u.CreatedOnUtc, undefined) },
        ]}
        rows={list.data?.Users ?? undefined}
        rowKey={(u) => u.Id}
        error={list.error}
        retry={list.refetch}
        actions={
          edit
            ? (u) => (
                <>
                  <Button size="xs" mr={8} onClick={() => setAsked({ act: 'edit', user: u })} aria-label={`${t('act.edit')}, ${u.UserName}`}>{t('act.edit')}</Button>
                  {u.UserName !== session?.UserName && may(session, 'ConsoleUsers', 'Manage') && <Button size="xs" onClick={() => setAsked({ act: 'remove', user: u })} aria-label={`${t('users.remove')}, ${u.UserName}`}>{t('users.remove')}</Button>}
                </>
              )
            : undefined
        }
        empty={<EmptyState icon={IconUsers} title={t('users.none')} text={t('consoleUsers.lead')} />}
      />
      {asked && asked.act !== 'remove' && <EditUser user={asked.act === 'edit' ? asked.user : undefined} areas={list.data?.Areas ?? []} close={() => setAsked(null)} />}
      {asked?.act === 'remove' && <Remove user={asked.user} close={() => setAsked(null)} />}
    </>
  );
}

const levels = ['None', 'View', 'Edit', 'Manage'];

function EditUser({ user, areas, close }: { user?: ConsoleUser; areas: string[]; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [full, setFull] = useState(user?.Full ?? false);
  const [rights, setRights] = useState<Record<string, string>>(user?.Rights ?? {});
  return (
    <FormDialog
      title={user ? t('consoleUsers.edit', { name: user.UserName }) : t('consoleUsers.add')}
      word={user ? t('act.save') : t('consoleUsers.add')}
      size="xl"
      close={close}
      submit={async ({ form, text, on }) => {
        const password = (form.elements.namedItem('password') as HTMLInputElement).value;
        const body = { FirstName: text('first'), LastName: text('last'), Email: text('email'), AccountActivityNotification: on('told'), Full: full, Rights: rights, ...(password ? { Password: password } : {}), ...(on('drop') ? { DropSecondFactor: true } : {}) };
        if (user) await ask(consoleUsersUpdatePut({ path: { user: user.Id }, body }));
        else await ask(consoleUsersCreatePost({ body: { ...body, UserName: text('user') } }));
        await Promise.all([queries.invalidateQueries({ queryKey: ['console-users'] }), queries.invalidateQueries({ queryKey: ['session'] })]);
        toast(t('act.saved'));
      }}
    >
      {!user && <TextInput name="user" label={t('users.name')} required data-autofocus />}
      <div className="pl-pair">
        <TextInput name="first" label={t('consoleUsers.first')} defaultValue={user?.FirstName} />
        <TextInput name="last" label={t('consoleUsers.last')} defaultValue={user?.LastName} />
      </div>
      <TextInput name="email" type="email" label={t('consoleUsers.email')} description={t('consoleUsers.emailHint')} defaultValue={user?.Email} />
      <Switch name="told" label={t('consoleUsers.told')} defaultChecked={user?.AccountActivityNotification} />
      <PasswordInput name="password" label={t('signIn.password')} description={user ? t('consoleUsers.keepPassword') : t('users.newHint')} required={!user} autoComplete="new-password" />
      {user && <Switch name="drop" label={t('consoleUsers.drop')} />}
      <Switch label={t('consoleUsers.fullAccess')} checked={full} onChange={(e) => setFull(e.currentTarget.checked)} />
      {!full && (
        <div className="pl-rights">
          {areas.map((area) => (
            <div key={area} role="group" aria-label={t(`area.${area}`)}>
              <span>{t(`area.${area}`)}</span>
              <SegmentedControl data={levels.map((l) => ({ value: l, label: t(`level.${l}`) }))} value={rights[area] ?? 'None'} onChange={(v) => setRights((r) => ({ ...r, [area]: v }))} />
            </div>
          ))}
        </div>
      )}
    </FormDialog>
  );
}

function Remove({ user, close }: { user: ConsoleUser; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  return (
    <ConfirmDialog
      title={t('consoleUsers.removeTitle', { name: user.UserName })}
      close={close}
      choices={[
        {
          word: t('users.remove'), danger: true, main: true,
          act: async () => {
            await ask(consoleUsersDeleteDelete({ path: { user: user.Id } }));
            await queries.invalidateQueries({ queryKey: ['console-users'] });
            toast(t('consoleUsers.removed', { name: user.UserName }));
          },
        },
      ]}
    >
      <p>{t('consoleUsers.removeText')}</p>
    </ConfirmDialog>
  );
}
