import { Button } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { IconBuilding, IconPlus, IconSearch, IconSitemap } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Account } from '../api';
import { count } from '../lib/format';
import { useListSearch } from '../lib/paging';
import { useAccount, useAccounts } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { AccountTile } from '../ui/AccountTile';
import { type Column, DataTable } from '../ui/DataTable';
import { EmptyState } from '../ui/EmptyState';
import { LinkButton } from '../ui/links';
import { PageHead } from '../ui/Page';
import { SearchBox } from '../ui/SearchBox';
import { TaskBar } from '../ui/charts';
import { AddAccount } from './AddAccount';

// Accounts is Account Management: the accounts of the first level.
export function Accounts() {
  const { t } = useTranslation();
  return <AccountList title={t('accounts.title')} lead={t('accounts.lead')} label={t('nav.accounts')} />;
}

// SubAccounts lists the sub accounts of one account.
export function SubAccounts() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const parent = useAccount(id);
  return <AccountList lead={t('accounts.subLead')} label={t('nav.subAccounts')} under={id} parent={parent.data} />;
}

type Props = { title?: string; lead: string; label: string; under?: string; parent?: Account };

function AccountList({ title, lead, label, under, parent }: Props) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { search, set, at, pager } = useListSearch();
  const wanted = search.q ?? '';
  const list = useAccounts(wanted, at, under);
  const [adding, setAdding] = useState(false);
  const most = Math.max(1, ...(list.data?.items ?? []).map((a) => tasksOf(a)));
  const columns: Column<Account>[] = [
    { key: 'name', head: t('accounts.account'), phone: 'title', cell: (a) => <NameOf account={a} /> },
    { key: 'id', head: t('accounts.apiId'), cell: (a) => <code>{a.Id}</code> },
    ...(under
      ? []
      : [{ key: 'subs', head: t('accounts.subs'), number: true, cell: (a: Account) => <SubsOf account={a} /> }]),
    {
      key: 'users', head: t('accounts.users'), number: true,
      cell: (a) => (
        <Link to="/accounts/$id/users" params={{ id: a.Id }} className={a.Figures?.Users ? undefined : 'pl-zero'} aria-label={`${t('accounts.users')}, ${a.Name}`}>
          {count(a.Figures?.Users ?? 0)}
        </Link>
      ),
    },
    { key: 'running', head: t('accounts.running'), number: true, phone: 'hide', cell: (a) => count(a.Figures?.CyclesRunning ?? 0) },
    {
      key: 'tasks', head: t('accounts.tasks'), number: true,
      cell: (a) => (
        <Link to="/accounts/$id/usage" params={{ id: a.Id }} className="pl-tasks" aria-label={`${t('accounts.tasks')}, ${a.Name}`}>
          <span className={tasksOf(a) ? undefined : 'pl-zero'}>{count(tasksOf(a))}</span>
          <TaskBar ok={a.Figures?.TasksOk ?? 0} incident={a.Figures?.TasksIncident ?? 0} most={most} />
        </Link>
      ),
    },
  ];
  const add = may(session, 'Accounts', 'Edit') && (
    <Button variant="filled" leftSection={<IconPlus size={14} />} onClick={() => setAdding(true)} disabled={!!under && !parent}>
      {under ? t('accounts.addSub') : t('accounts.add')}
    </Button>
  );
  return (
    <>
      {title ? (
        <PageHead title={title} lead={lead}>
          {add}
        </PageHead>
      ) : (
        <div className="pl-filters pl-spread">
          <p className="pl-dim">{lead}</p>
          {add}
        </div>
      )}
      {(wanted || list.data?.items.length !== 0) && (
        <div className="pl-filters">
          <SearchBox label={t('accounts.search')} value={wanted} change={(q) => set({ q: q || undefined, page: undefined })} />
        </div>
      )}
      <DataTable
        label={label}
        columns={columns}
        rows={list.data?.items}
        rowKey={(a) => a.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(a) => (
          <>
            <LinkButton to="/accounts/$id/settings" params={{ id: a.Id }} size="xs" mr={8} aria-label={`${t('accounts.settings')}, ${a.Name}`}>
              {t('accounts.settings')}
            </LinkButton>
            {may(session, 'OpenAccount') && (
              <LinkButton to="/a/$account/cycles" params={{ account: a.Id }} size="xs" aria-label={`${t('act.open')}, ${a.Name}`}>
                {t('act.open')}
              </LinkButton>
            )}
          </>
        )}
        empty={
          wanted ? (
            <EmptyState icon={IconSearch} title={t('accounts.noMatch')} text={t('accounts.noMatchText', { text: wanted })}>
              <Button onClick={() => set({ q: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : under ? (
            <EmptyState icon={IconSitemap} title={t('accounts.noneSub')} text={t('accounts.noneSubText')} />
          ) : (
            <EmptyState icon={IconBuilding} title={t('accounts.none')} text={t('accounts.noneText')}>
              {add}
            </EmptyState>
          )
        }
      />
      {adding && <AddAccount parent={parent} close={() => setAdding(false)} />}
    </>
  );
}

const tasksOf = (a: Account) => (a.Figures?.TasksOk ?? 0) + (a.Figures?.TasksIncident ?? 0);

// NameOf leads into the account, or where one may not go there to what one may see of it.
function NameOf({ account }: { account: Account }) {
  const { data: session } = useSession();
  return (
    <span className="pl-name">
      <AccountTile id={account.Id} name={account.Name} />
      {may(session, 'OpenAccount') ? (
        <Link to="/a/$account/cycles" params={{ account: account.Id }}>
          {account.Name}
        </Link>
      ) : (
        <Link to="/accounts/$id/usage" params={{ id: account.Id }}>
          {account.Name}
        </Link>
      )}
    </span>
  );
}

function SubsOf({ account }: { account: Account }) {
  const { t } = useTranslation();
  const n = account.Figures?.SubAccounts ?? 0;
  return (
    <Link to="/accounts/$id/sub-accounts" params={{ id: account.Id }} className={n ? undefined : 'pl-zero'} aria-label={`${t('accounts.seeSubs')}, ${account.Name}`}>
      {count(n)}
    </Link>
  );
}
