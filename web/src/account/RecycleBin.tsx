import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { recycleBinPurgeAllDelete, recycleBinPurgeDelete, recycleBinRestorePost } from '../api';
import { ask } from '../lib/ask';
import { useListSearch } from '../lib/paging';
import { useBin } from '../lib/queries';
import { may, useSession } from '../lib/session';
import { useZone } from '../lib/zone';
import { Bin } from '../ui/Bin';

// RecycleBin lists the deleted cycles of an account.
export function RecycleBin() {
  const { t } = useTranslation();
  const { account } = useParams({ strict: false }) as { account: string };
  const { data: session } = useSession();
  const zone = useZone(account);
  const { at, pager } = useListSearch();
  const list = useBin(account, at);
  const queries = useQueryClient();
  const headers = { 'X-Cyclr-Account': account };
  return (
    <Bin
      lead={t('bin.lead')} what={t('cycles.cycle')} zone={zone} list={list} pager={pager(list.data)} edit={may(session, 'OpenAccount', 'Edit')}
      restore={(c) => ask(recycleBinRestorePost({ headers, path: { id: c.Id } }))} restored={(name) => t('bin.restored', { name })}
      purge={(c) => ask(recycleBinPurgeDelete({ headers, path: { id: c.Id } }))} purgeText={t('bin.purgeText')} empty={() => ask(recycleBinPurgeAllDelete({ headers }))}
      done={() => queries.invalidateQueries({ queryKey: [account] })} none={t('bin.noneText')}
    />
  );
}
