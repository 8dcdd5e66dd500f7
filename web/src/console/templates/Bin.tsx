import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { templatesLibraryGet, templatesPurgeDelete, templatesRestorePost } from '../../api';
import { ask, askList } from '../../lib/ask';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { Bin } from '../../ui/Bin';
import { LinkButton } from '../../ui/links';

// TemplateBin lists deleted templates.
export function TemplateBin() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { at, pager } = useListSearch();
  const queries = useQueryClient();
  const list = useQuery({
    queryKey: ['partner', 'templates', 'bin', at],
    queryFn: () => askList(templatesLibraryGet({ query: { page: at.page, pageSize: at.size, deleted: 'true' } })),
    placeholderData: keepPreviousData,
  });
  return (
    <Bin
      lead={t('templates.binLead')} what={t('templates.one')} zone={ownZone} list={list} pager={pager(list.data)} edit={may(session, 'Templates', 'Edit')}
      restore={(x) => ask(templatesRestorePost({ path: { id: x.Id } }))} restored={(name) => t('templates.restored', { name })}
      purge={(x) => ask(templatesPurgeDelete({ path: { id: x.Id } }))} purgeText={t('templates.purgeText')}
      done={() => queries.invalidateQueries({ queryKey: ['partner', 'templates'] })} none={t('templates.binNoneText')}
    >
      <LinkButton to="/templates">{t('templates.library')}</LinkButton>
    </Bin>
  );
}
