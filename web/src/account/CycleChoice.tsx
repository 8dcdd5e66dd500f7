import { useTranslation } from 'react-i18next';
import { cyclesAllGet, cyclesGetGet } from '../api';
import { ask, askList } from '../lib/ask';
import { Choice } from '../ui/Choice';

const size = 30;

// CycleChoice chooses a cycle of an account by a part of its name. With any, none of them is a choice, too.
export function CycleChoice({ account, value, change, any, bare, width }: { account: string; value: string | null; change: (id: string | null) => void; any?: string; bare?: boolean; width?: number }) {
  const { t } = useTranslation();
  const headers = { 'X-Cyclr-Account': account };
  return (
    <Choice
      label={t('transactions.cycle')} bare={bare} any={any} width={width} value={value} change={change} about={[account, 'cycles']}
      load={async (search, page) => {
        const list = await askList(cyclesAllGet({ headers, query: { page, pageSize: size, includeDeleted: 'false', ...(search ? { search } : {}) } }));
        return { ...list, items: list.items.map((c) => ({ value: c.Id, label: c.Name })) };
      }}
      nameOf={async (id) => (await ask(cyclesGetGet({ headers, path: { id } }))).Name}
    />
  );
}
