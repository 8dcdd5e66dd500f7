import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ConnectorsOf } from '../../account/Connectors';
import { templatesWorkshopPost } from '../../api';
import { ask } from '../../lib/ask';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Loading } from '../../ui/Loading';

// TemplateConnectors are the connectors with which templates are designed and tried: those of the workshop.
export function TemplateConnectors() {
  const { t } = useTranslation();
  const workshop = useQuery({ queryKey: ['workshop'], queryFn: () => ask(templatesWorkshopPost()), staleTime: Number.POSITIVE_INFINITY });
  if (workshop.error && !workshop.data) return <ErrorPanel what={t('nav.templateConnectors')} error={workshop.error} retry={workshop.refetch} />;
  if (!workshop.data) return <Loading what={t('nav.templateConnectors')} card lines={5} />;
  return <ConnectorsOf account={workshop.data.AccountId} title={t('nav.templateConnectors')} lead={t('templates.connectorsLead')} native />;
}
