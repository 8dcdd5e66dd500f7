import { Button, Checkbox, MultiSelect, Switch, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconMail, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Notification, notificationsAllGet, notificationsCreatePost, notificationsDeleteDelete, notificationsUpdatePut, type Recipient } from '../../api';
import { ask } from '../../lib/ask';
import { AccountsChoice, AccountName } from '../AccountChoice';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FormDialog } from '../../ui/FormDialog';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'add' } | { act: 'edit' | 'remove'; of: Notification };

const events = ['CyclePaused', 'TaskUsage', 'Errors'] as const;
const key = ['notifications'];

// Notifications say which console users are sent emails, of what, about which accounts.
export function Notifications() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const [asked, setAsked] = useState<Asked | null>(null);
  const list = useQuery({ queryKey: key, queryFn: () => ask(notificationsAllGet()) });
  const edit = may(session, 'Notifications', 'Edit');
  const users = list.data?.Users ?? [];
  const named = (id: string) => users.find((u) => u.Id === id)?.UserName ?? t('notifications.noAddress');
  return (
    <>
      <div className="pl-filters pl-spread">
        <p className="pl-dim">
          {t('notifications.lead')} {list.data && (list.data.Configured ? t('notifications.from', { from: list.data.From }) : t('notifications.notConfigured'))}
        </p>
        {edit && (
          <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'add' })}>
            {t('notifications.add')}
          </Button>
        )}
      </div>
      <DataTable
        label={t('settings.notifications')}
        columns={[
          { key: 'name', head: t('notifications.name'), phone: 'title', cell: (n: Notification) => <span className="pl-name"><span>{n.Name}<span className="pl-sub">{n.Enabled ? '' : t('notifications.off')}</span></span></span> },
          { key: 'events', head: t('notifications.events'), cell: (n) => events.filter((e) => n.Events?.includes(e)).map((e) => t(`notifications.event.${e}`)).join(', ') },
          { key: 'users', head: t('notifications.users'), wide: true, cell: (n) => n.UserIds?.map(named).join(', ') || t('notifications.nobody') },
          { key: 'accounts', head: t('notifications.accounts'), cell: (n) => (n.AccountIds?.length ? <span className="pl-names">{n.AccountIds.map((id) => <AccountName key={id} id={id} />)}</span> : t('notifications.all')) },
        ]}
        rows={list.data?.Notifications ?? undefined}
        rowKey={(n) => n.Id}
        error={list.error}
        retry={list.refetch}
        actions={
          edit
            ? (n) => (
                <>
                  <Button size="xs" mr={8} onClick={() => setAsked({ act: 'edit', of: n })} aria-label={`${t('act.edit')}, ${n.Name}`}>{t('act.edit')}</Button>
                  {may(session, 'Notifications', 'Manage') && <Button size="xs" onClick={() => setAsked({ act: 'remove', of: n })} aria-label={`${t('notifications.delete')}, ${n.Name}`}>{t('notifications.delete')}</Button>}
                </>
              )
            : undefined
        }
        empty={<EmptyState icon={IconMail} title={t('notifications.none')} text={t('notifications.noneText')} />}
      />
      {asked && asked.act !== 'remove' && <Edit of={asked.act === 'edit' ? asked.of : undefined} users={users} close={() => setAsked(null)} />}
      {asked?.act === 'remove' && <Remove of={asked.of} close={() => setAsked(null)} />}
    </>
  );
}

function Edit({ of, users, close }: { of?: Notification; users: Recipient[]; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [people, setPeople] = useState(of?.UserIds?.filter((id) => users.some((u) => u.Id === id)) ?? []);
  const [accounts, setAccounts] = useState(of?.AccountIds ?? []);
  return (
    <FormDialog
      title={of ? t('notifications.edit', { name: of.Name }) : t('notifications.add')}
      word={of ? t('act.save') : t('notifications.add')}
      close={close}
      submit={async ({ text, on }) => {
        const body = { Name: text('name'), Enabled: on('enabled'), Events: events.filter((e) => on(e)), UserIds: people, AccountIds: accounts };
        if (of) await ask(notificationsUpdatePut({ path: { notification: of.Id }, body }));
        else await ask(notificationsCreatePost({ body }));
        await queries.invalidateQueries({ queryKey: key });
        toast(t('act.saved'));
      }}
    >
      <TextInput name="name" label={t('notifications.name')} defaultValue={of?.Name} required data-autofocus />
      <Checkbox.Group label={t('notifications.events')} defaultValue={of ? of.Events ?? [] : [...events]}>
        {events.map((e) => <Checkbox key={e} name={e} value={e} label={t(`notifications.event.${e}`)} mt={8} />)}
      </Checkbox.Group>
      <MultiSelect label={t('notifications.users')} description={t('notifications.usersHint')} data={users.map((u) => ({ value: u.Id, label: u.UserName }))} value={people} onChange={setPeople} searchable />
      <AccountsChoice label={t('notifications.accounts')} description={t('notifications.accountsHint')} value={accounts} change={setAccounts} />
      <Switch name="enabled" label={t('notifications.enabled')} defaultChecked={of?.Enabled ?? true} />
    </FormDialog>
  );
}

function Remove({ of, close }: { of: Notification; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return (
    <ConfirmDialog
      title={t('notifications.deleteTitle', { name: of.Name })}
      close={close}
      choices={[
        {
          word: t('notifications.delete'), danger: true, main: true,
          act: async () => {
            await ask(notificationsDeleteDelete({ path: { notification: of.Id } }));
            await queries.invalidateQueries({ queryKey: key });
          },
        },
      ]}
    >
      <p>{t('notifications.deleteText')}</p>
    </ConfirmDialog>
  );
}
