import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { MemberList } from '../../account/MemberList';
import { accountsDeleteUserDelete, accountsMembersGet, accountsUpdateUserPut, usersUpdatePut } from '../../api';
import { ask, askList } from '../../lib/ask';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { useZone } from '../../lib/zone';

// AccountUsers are the people who may sign in to one account, for its partner. Access to a parent gives none to its sub accounts.
export function AccountUsers() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: ['accounts', id, 'users', at],
    queryFn: () => askList(accountsMembersGet({ path: { account: id }, query: { page: at.page, pageSize: at.size } })),
    placeholderData: keepPreviousData,
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['accounts'] });
  return (
    <MemberList
      lead={t('users.lead')} newHint={t('users.newHint')} zone={useZone(id)} list={list} pager={pager(list.data)} edit={may(session, 'AccountUsers', 'Edit')}
      put={async (body) => { await ask(accountsUpdateUserPut({ path: { account: id }, body })); await changed(); }}
      drop={async (UserName) => { await ask(accountsDeleteUserDelete({ path: { account: id }, body: { UserName } })); await changed(); }}
      password={(UserName, Password) => ask(usersUpdatePut({ body: { UserName, Password } }))}
    />
  );
}
