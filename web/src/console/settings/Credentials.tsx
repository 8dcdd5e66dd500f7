import { Button, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Client, clientsAllGet, clientsCreatePost, clientsDeleteDelete, type Token, tokensAllGet, tokensRevokeDelete } from '../../api';
import { ask, askList } from '../../lib/ask';
import { when } from '../../lib/format';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { Dialog, Form } from '../../ui/FormDialog';
import { Reveal } from '../../ui/Reveal';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'add' } | { act: 'delete'; client: Client } | { act: 'revoke'; token: Token };

// Credentials are what the partner's programs get tokens with, and the tokens that are good now.
export function Credentials() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const [asked, setAsked] = useState<Asked | null>(null);
  const clients = useQuery({ queryKey: ['clients'], queryFn: () => ask(clientsAllGet()) });
  const tokens = useQuery({ queryKey: ['tokens', at], queryFn: () => askList(tokensAllGet({ query: { page: at.page, pageSize: at.size } })) });
  const add = may(session, 'OAuthCredentials', 'Edit') && (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAsked({ act: 'add' })} disabled={(clients.data?.length ?? 0) >= 5}>
      {t('credentials.add')}
    </Button>
  );
  const manage = may(session, 'OAuthCredentials', 'Manage');
  return (
    <>
      <div className="pl-filters pl-spread">
        <p className="pl-dim">{t('credentials.lead')}</p>
        {!!clients.data?.length && add}
      </div>
      <DataTable
        label={t('settings.credentials')}
        columns={[
          { key: 'id', head: t('credentials.id'), phone: 'title', cell: (c: Client) => <code>{c.ClientId}</code> },
          { key: 'description', head: t('accounts.description'), wide: true, cell: (c) => c.Description },
          { key: 'created', head: t('accounts.created'), number: true, cell: (c) => when(c.CreatedOnUtc, ownZone) },
        ]}
        rows={clients.data ?? undefined}
        rowKey={(c) => c.Id}
        error={clients.error}
        retry={clients.refetch}
        actions={manage ? (c) => <Button size="xs" onClick={() => setAsked({ act: 'delete', client: c })} aria-label={`${t('act.delete')}, ${c.ClientId}`}>{t('act.delete')}</Button> : undefined}
        empty={<EmptyState icon={IconKey} title={t('credentials.none')} text={t('credentials.lead')}>{add}</EmptyState>}
      />
      <h2>{t('credentials.tokens')}</h2>
      <DataTable
        label={t('credentials.tokens')}
        columns={[
          { key: 'client', head: t('credentials.id'), phone: 'title', wide: true, cell: (x: Token) => <code>{x.ClientId ?? t('credentials.person')}</code> },
          { key: 'account', head: t('accounts.account'), cell: (x) => x.AccountId ?? t('credentials.all') },
          { key: 'issued', head: t('credentials.issued'), number: true, cell: (x) => when(x.IssuedOnUtc, ownZone) },
          { key: 'expires', head: t('credentials.expires'), number: true, cell: (x) => when(x.ExpiresAtUtc, ownZone) },
        ]}
        rows={tokens.data?.items}
        rowKey={(x) => x.Id}
        error={tokens.error}
        retry={tokens.refetch}
        pager={pager(tokens.data)}
        actions={manage ? (x) => <Button size="xs" onClick={() => setAsked({ act: 'revoke', token: x })} aria-label={`${t('credentials.revoke')}, ${x.Id}`}>{t('credentials.revoke')}</Button> : undefined}
        empty={<EmptyState icon={IconKey} title={t('credentials.noToken')} text={t('credentials.noTokenText')} />}
      />
      {asked && <Asking asked={asked} close={() => setAsked(null)} />}
    </>
  );
}

function Asking({ asked, close }: { asked: Asked; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [made, setMade] = useState<Client | null>(null);
  const changed = () => Promise.all([queries.invalidateQueries({ queryKey: ['clients'] }), queries.invalidateQueries({ queryKey: ['tokens'] })]);
  if (asked.act === 'delete') {
    const name = asked.client.ClientId;
    return (
      <ConfirmDialog title={t('credentials.deleteTitle', { name })} close={close} choices={[{ word: t('act.delete'), danger: true, main: true, act: async () => { await ask(clientsDeleteDelete({ path: { client: asked.client.Id } })); await changed(); toast(t('credentials.deleted', { name })); } }]}>
        <p>{t('credentials.deleteText')}</p>
      </ConfirmDialog>
    );
  }
  if (asked.act === 'revoke') {
    return (
      <ConfirmDialog title={t('credentials.revokeTitle')} close={close} choices={[{ word: t('credentials.revoke'), danger: true, main: true, act: async () => { await ask(tokensRevokeDelete({ path: { token: asked.token.Id } })); await changed(); toast(t('credentials.revoked')); } }]}>
        <p>{t('credentials.revokeText')}</p>
      </ConfirmDialog>
    );
  }
  return (
    <Dialog title={t('credentials.add')} close={close} closeOnClickOutside={!made}>
      {made ? (
        <div className="pl-dialog">
          <Reveal label={t('credentials.id')} value={made.ClientId} />
          <Reveal label={t('settings.secret')} value={made.ClientSecret ?? ''} />
          <p className="pl-dim">{t('settings.shownOnce')}</p>
          <div className="pl-form-foot">
            <Button variant="filled" onClick={close}>
              {t('credentials.stored')}
            </Button>
          </div>
        </div>
      ) : (
        <Form word={t('credentials.add')} cancel={close} submit={async ({ text }) => { setMade(await ask(clientsCreatePost({ body: { Description: text('description') } }))); await changed(); }}>
          <TextInput name="description" label={t('accounts.description')} description={t('credentials.descriptionHint')} data-autofocus />
        </Form>
      )}
    </Dialog>
  );
}
