import { useTranslation } from 'react-i18next';
import { accountsAllGet, accountsGetGet } from '../api';
import { ask, askList } from '../lib/ask';
import { Choice } from '../ui/Choice';

const size = 30;

// AccountChoice chooses an account, sub accounts among them, by a part of its name or API id.
export function AccountChoice({ value, change, any, bare, width, label }: { value: string | null; change: (id: string | null) => void; any?: string; bare?: boolean; width?: number; label?: string }) {
  const { t } = useTranslation();
  return (
    <Choice
      label={label ?? t('accounts.account')} bare={bare} any={any} width={width} value={value} change={change} about={['accounts']}
      load={async (search, page) => {
        const list = await askList(accountsAllGet({ query: { page, pageSize: size, includeSubAccounts: true, orderBy: 'Name', sortOrderAsc: 'true', ...(search ? { search } : {}) } }));
        return { ...list, items: list.items.map((a) => ({ value: a.Id, label: a.Name, sub: a.Id })) };
      }}
      nameOf={async (id) => (await ask(accountsGetGet({ path: { account: id } }))).Name}
    />
  );
}
