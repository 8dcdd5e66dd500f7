import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { accountsAllGet, accountsGetGet } from '../api';
import { ask, askList } from '../lib/ask';
import { Choice } from '../ui/Choice';

const size = 30;

const nameOf = async (id: string) => (await ask(accountsGetGet({ path: { account: id } }))).Name;

type Props = { value: string | null; change: (id: string | null) => void; any?: string; bare?: boolean; width?: number; label?: string; description?: string; without?: string[] };

// AccountChoice chooses an account, sub accounts among them, by a part of its name or API id.
export function AccountChoice({ label, without, ...rest }: Props) {
  const { t } = useTranslation();
  return (
    <Choice
      {...rest} label={label ?? t('accounts.account')} about={['accounts']} without={without}
      load={async (search, page) => {
        const list = await askList(accountsAllGet({ query: { page, pageSize: size, includeSubAccounts: true, orderBy: 'Name', sortOrderAsc: 'true', ...(search ? { search } : {}) } }));
        return { ...list, items: list.items.map((a) => ({ value: a.Id, label: a.Name, sub: a.Id })) };
      }}
      nameOf={nameOf}
    />
  );
}

// AccountName is the name of an account by its API id; the id itself where it cannot be read.
export function AccountName({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ['accounts', 'choice', 'name', id], queryFn: () => nameOf(id), staleTime: 60_000, retry: false });
  return <span title={id}>{data ?? id}</span>;
}

// AccountsChoice chooses several accounts, one after the other.
export function AccountsChoice({ label, description, value, change }: { label: string; description?: string; value: string[]; change: (ids: string[]) => void }) {
  const { t } = useTranslation();
  return (
    <div>
      <AccountChoice label={label} description={description} value={null} without={value} change={(id) => id && !value.includes(id) && change([...value, id])} />
      {value.length > 0 && (
        <ul className="pl-chosen-list" aria-label={label}>
          {value.map((id) => (
            <li key={id}>
              <AccountName id={id} /> <code className="pl-dim">{id}</code>
              <ActionIcon size={24} aria-label={t('choice.remove', { name: id })} onClick={() => change(value.filter((x) => x !== id))}>
                <IconX size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
