import { Button, PasswordInput, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ConsoleUser, consoleUsersAllGet, consoleUsersCreatePost, consoleUsersDeleteDelete, consoleUsersInvitePost, consoleUsersUpdatePut, type Invitation } from '../../api';
import { ask } from '../../lib/ask';
import { when } from '../../lib/format';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Dialog, Form } from '../../ui/FormDialog';
import { Reveal } from '../../ui/Reveal';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'add' } | { act: 'edit' | 'remove' | 'invite'; user: ConsoleUser };

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
          { key: 'created', head: t('accounts.created'), number: true, phone: 'hide', cell: (u) => when(u.CreatedOnUtc, ownZone) },
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
                  {u.UserName !== session?.UserName && <Button size="xs" mr={8} onClick={() => setAsked({ act: 'invite', user: u })} aria-label={`${t('consoleUsers.invite')}, ${u.UserName}`}>{t('consoleUsers.invite')}</Button>}
                  {u.UserName !== session?.UserName && may(session, 'ConsoleUsers', 'Manage') && <Button size="xs" onClick={() => setAsked({ act: 'remove', user: u })} aria-label={`${t('users.remove')}, ${u.UserName}`}>{t('users.remove')}</Button>}
                </>
              )
            : undefined
        }
        empty={<EmptyState icon={IconUsers} title={t('users.none')} text={t('consoleUsers.lead')} />}
      />
      {(asked?.act === 'add' || asked?.act === 'edit') && <EditUser user={asked.act === 'edit' ? asked.user : undefined} areas={list.data?.Areas ?? []} close={() => setAsked(null)} />}
      {asked?.act === 'invite' && <InviteAgain user={asked.user} close={() => setAsked(null)} />}
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
  const [invites, setInvites] = useState(!user);
  const [made, setMade] = useState<Invitation | null>(null);
  const [rights, setRights] = useState<Record<string, string>>(user?.Rights ?? {});
  const title = user ? t('consoleUsers.edit', { name: user.UserName }) : t('consoleUsers.add');
  if (made) return <Invited invitation={made} close={close} />;
  return (
    <Dialog title={title} size="xl" close={close}>
      <Form
        word={user ? t('act.save') : invites ? t('consoleUsers.invite') : t('consoleUsers.add')}
        cancel={close}
        submit={async ({ form, text, on }) => {
          const password = (form.elements.namedItem('password') as HTMLInputElement | null)?.value;
          const body = { FirstName: text('first'), LastName: text('last'), Email: text('email'), AccountActivityNotification: on('told'), Full: full, Rights: rights, ...(password ? { Password: password } : {}), ...(on('drop') ? { DropSecondFactor: true } : {}) };
          const done = user ? await ask(consoleUsersUpdatePut({ path: { user: user.Id }, body })) : await ask(consoleUsersCreatePost({ body: { ...body, UserName: text('user'), ...(invites ? { Invite: true } : {}) } }));
          await Promise.all([queries.invalidateQueries({ queryKey: ['console-users'] }), queries.invalidateQueries({ queryKey: ['session'] })]);
          if (done.Invitation) return setMade(done.Invitation);
          toast(t('act.saved'));
          close();
        }}
      >
        {!user && <TextInput name="user" label={t('users.name')} description={t('consoleUsers.nameHint')} required data-autofocus />}
        <div className="pl-pair">
          <TextInput name="first" label={t('consoleUsers.first')} defaultValue={user?.FirstName} />
          <TextInput name="last" label={t('consoleUsers.last')} defaultValue={user?.LastName} />
        </div>
        <TextInput name="email" type="email" label={t('consoleUsers.email')} description={t('consoleUsers.emailHint')} defaultValue={user?.Email} />
        <Switch name="told" label={t('consoleUsers.told')} defaultChecked={user?.AccountActivityNotification} />
        {!user && <div><div className="pl-small" id="way">{t('consoleUsers.way')}</div><SegmentedControl aria-labelledby="way" data={[{ value: 'invite', label: t('consoleUsers.byLink') }, { value: 'password', label: t('consoleUsers.byPassword') }]} value={invites ? 'invite' : 'password'} onChange={(v) => setInvites(v === 'invite')} /></div>}
        {invites ? <p className="pl-dim">{t('consoleUsers.inviteText')}</p> : <PasswordInput name="password" label={t('signIn.password')} description={user ? t('consoleUsers.keepPassword') : t('users.newHint')} required={!user} autoComplete="new-password" />}
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
      </Form>
    </Dialog>
  );
}

// Invited shows the link by which somebody chooses a password, this once.
function Invited({ invitation: i, close }: { invitation: Invitation; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('consoleUsers.invited')} close={close} closeOnClickOutside={false}>
      <div className="pl-dialog">
        <p role="status">{t(i.Mailed ? 'consoleUsers.mailed' : 'consoleUsers.notMailed')}</p>
        <Reveal label={t('consoleUsers.link')} value={i.Link} />
        <p className="pl-dim">
          {t('settings.shownOnce')} {t('consoleUsers.until', { when: when(i.ExpiresAtUtc, ownZone) })}
        </p>
        <div className="pl-form-foot">
          <Button variant="filled" onClick={close}>{t('act.done')}</Button>
        </div>
      </div>
    </Dialog>
  );
}

function InviteAgain({ user, close }: { user: ConsoleUser; close: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Invitation | null>(null);
  if (made) return <Invited invitation={made} close={close} />;
  return (
    <Dialog title={t('consoleUsers.inviteTitle', { name: user.UserName })} close={close}>
      <Form word={t('consoleUsers.invite')} cancel={close} submit={async () => setMade(await ask(consoleUsersInvitePost({ path: { user: user.Id } })))}>
        <p>{t('consoleUsers.inviteText')} {t('consoleUsers.inviteAgainText')}</p>
      </Form>
    </Dialog>
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
