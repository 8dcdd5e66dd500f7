import { Autocomplete } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { accountsAllGet } from '../../api';
import { askList } from '../../lib/ask';

const shown = 50;

// AccountField names an account by its API ID, with those that fit what is typed to choose from.
export function AccountField({ value, put }: { value: string; put: (id: string) => void }) {
  const { t } = useTranslation();
  const [wanted] = useDebouncedValue(value.trim(), 250);
  const list = useQuery({
    queryKey: ['accounts', 'choices', wanted], placeholderData: keepPreviousData,
    queryFn: () => askList(accountsAllGet({ query: { pageSize: shown, includeSubAccounts: true, ...(wanted ? { search: wanted } : {}) } })),
  });
  return (
    <Autocomplete
      label={t('launch.account')} description={t('launch.accountHint')} data={(list.data?.items ?? []).map((a) => a.Id)} value={value} onChange={put} required data-autofocus
      filter={({ options }) => options} // the server has found them, by name or API ID
    />
  );
}
