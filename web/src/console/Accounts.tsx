import { Button, TextInput } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { IconBuilding, IconPlus, IconSearch, IconSitemap } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../api';
import { useListSearch } from '../lib/paging';
import { useAccount, useAccounts, useSubAccounts } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { when } from '../lib/format';
import { AccountTile } from '../ui/AccountTile';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';
import { AddAccount } from './AddAccount';

function useColumns(): Column<Account>[] {
  const { t } = useTranslation();
  return [
    {
      key: 'name', head: t('accounts.account'), phone: 'title',
      cell: (a) => (
        <span className="pl-name">
          <AccountTile id={a.Id} name={a.Name} />
          <Link to="/a/$account/cycles" params={{ account: a.Id }}>
            {a.Name}
          </Link>
        </span>
      ),
    },
    { key: 'id', head: t('accounts.apiId'), cell: (a) => <code>{a.Id}</code> },
    { key: 'zone', head: t('accounts.zone'), phone: 'hide', cell: (a) => a.Timezone },
    { key: 'created', head: t('accounts.created'), phone: 'hide', cell: (a) => when(a.CreatedDate, undefined) },
  ];
}

function OpenAccount({ account }: { account: Account }) {
  const { t } = useTranslation();
  return (
    <LinkButton to="/a/$account/cycles" params={{ account: account.Id }} size="xs" aria-label={`${t('act.open')}, ${account.Name}`}>
      {t('act.open')}
    </LinkButton>
  );
}

// Accounts is Account Management: the accounts of the first level.
export function Accounts() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const list = useAccounts(at);
  const [text, setText] = useState('');
  const [adding, setAdding] = useState(false);
  const wanted = text.trim().toLowerCase();
  const rows = list.data?.items.filter((a) => !wanted || a.Name.toLowerCase().includes(wanted) || a.Id.toLowerCase().includes(wanted));
  const add = may(session, 'Accounts', 'Edit') && (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)}>
      {t('accounts.add')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('accounts.title')} lead={t('accounts.lead')}>
        {add}
      </PageHead>
      {(list.data?.items.length ?? 0) > 1 && (
        <div className="pl-filters">
          <TextInput w={280} leftSection={<IconSearch size={14} />} placeholder={t('accounts.search')} aria-label={t('accounts.search')} value={text} onChange={(e) => setText(e.currentTarget.value)} />
        </div>
      )}
      <DataTable
        label={t('nav.accounts')}
        columns={useColumns()}
        rows={rows}
        rowKey={(a) => a.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(a) => (
          <>
            <LinkButton to="/accounts/$id/sub-accounts" params={{ id: a.Id }} size="xs" mr={8} leftSection={<IconSitemap size={14} />} aria-label={`${t('accounts.seeSubs')}, ${a.Name}`}>
              {t('accounts.subs')}
            </LinkButton>
            <OpenAccount account={a} />
          </>
        )}
        empty={
          wanted ? (
            <EmptyState icon={IconSearch} title={t('accounts.noMatch')} text={t('accounts.noMatchText', { text })}>
              <Button onClick={() => setText('')}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconBuilding} title={t('accounts.none')} text={t('accounts.noneText')}>
              {add}
            </EmptyState>
          )
        }
      />
      {adding && <AddAccount close={() => setAdding(false)} />}
    </>
  );
}

// SubAccounts lists the sub accounts of one account.
export function SubAccounts() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { id } = useParams({ strict: false }) as { id: string };
  const { at, pager } = useListSearch();
  const parent = useAccount(id);
  const list = useSubAccounts(id, at);
  const [adding, setAdding] = useState(false);
  const add = may(session, 'Accounts', 'Edit') && (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)} disabled={!parent.data}>
      {t('accounts.addSub')}
    </Button>
  );
  return (
    <>
      <PageHead title={t('accounts.subTitle', { name: parent.data?.Name ?? id })} lead={t('accounts.subLead')}>
        {add}
      </PageHead>
      <DataTable
        label={t('nav.subAccounts')}
        columns={useColumns()}
        rows={list.data?.items}
        rowKey={(a) => a.Id}
        error={list.error ?? parent.error}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(a) => <OpenAccount account={a} />}
        empty={
          <EmptyState icon={IconSitemap} title={t('accounts.noneSub')} text={t('accounts.noneSubText')}>
            {add}
          </EmptyState>
        }
      />
      {adding && parent.data && <AddAccount parent={parent.data} close={() => setAdding(false)} />}
    </>
  );
}
