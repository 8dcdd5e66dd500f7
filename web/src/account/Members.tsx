import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { accountDeleteMemberDelete, accountMembersGet, accountPutMemberPut } from '../api';
import { ask, askList } from '../lib/ask';
import { useListSearch } from '../lib/paging';
import { useSession } from '../lib/session';
import { useZone } from '../lib/zone';
import { PageHead } from '../ui/Page';
import { MemberList } from './MemberList';

// Members are the users of an account, for its administrators.
export function Members() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const headers = { 'X-Cyclr-Account': account };
  const { at, pager } = useListSearch();
  const queries = useQueryClient();
  const list = useQuery({ queryKey: [account, 'members', at], queryFn: () => askList(accountMembersGet({ headers, query: { page: at.page, pageSize: at.size } })), placeholderData: keepPreviousData });
  const changed = () => queries.invalidateQueries({ queryKey: [account, 'members'] });
  return (
    <>
      <PageHead title={t('accounts.users')} />
      <MemberList
        lead={t('users.ownLead')} newHint={t('users.ownNewHint')} zone={useZone(account)} list={list} pager={pager(list.data)} edit me={session?.UserName}
        put={async (body) => { await ask(accountPutMemberPut({ headers, body })); await changed(); }}
        drop={async (UserName) => { await ask(accountDeleteMemberDelete({ headers, body: { UserName } })); await changed(); }}
      />
    </>
  );
}
