import { Autocomplete } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { accountsAllGet } from '../../api';
import { askList } from '../../lib/ask';

// AccountField names an account by its API ID, with those that there are to choose from.
export function AccountField({ value, put }: { value: string; put: (id: string) => void }) {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['accounts', 'choices'], queryFn: () => askList(accountsAllGet({ query: { pageSize: 200 } })) });
  return <Autocomplete label={t('launch.account')} description={t('launch.accountHint')} data={(list.data?.items ?? []).map((a) => a.Id)} value={value} onChange={put} required data-autofocus />;
}
