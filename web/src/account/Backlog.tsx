import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type AccountConnector, accountConnectorsForecastGet } from '../api';
import { ask } from '../lib/ask';
import { exact, when } from '../lib/format';
import { ErrorPanel } from '../ui/ErrorPanel';
import { Loading } from '../ui/Loading';

// Backlog says how many calls wait for an account connector, and when its limits will have let them through.
export function Backlog({ account, connector, zone }: { account: string; connector: AccountConnector; zone?: string }) {
  const { t } = useTranslation();
  const forecast = useQuery({
    queryKey: [account, 'forecast', connector.Id],
    queryFn: () => ask(accountConnectorsForecastGet({ headers: { 'X-Cyclr-Account': account }, path: { id: String(connector.Id) } })),
    refetchInterval: 10_000,
  });
  if (forecast.error && !forecast.data) return <ErrorPanel what={t('connectors.backlog')} error={forecast.error} retry={forecast.refetch} />;
  if (!forecast.data) return <Loading what={t('connectors.backlog')} lines={3} />;
  const { WaitingCalls: calls, ThroughAtUtc: through } = forecast.data;
  return (
    <div role="status">
      <p>{t('connectors.backlogCalls', { count: calls })}</p>
      {calls > 0 && (
        <p>
          {t('connectors.backlogThrough')} <time dateTime={through} title={exact(through, zone)}>{when(through, zone)}</time>
        </p>
      )}
      <p className="pl-dim">{t('connectors.backlogText')}</p>
    </div>
  );
}
