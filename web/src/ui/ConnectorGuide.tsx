import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Connector, connectorsMethodsGet, type Method } from '../api';
import { askList } from '../lib/ask';
import { useSession } from '../lib/session';
import { ErrorPanel } from './ErrorPanel';
import { Dialog } from './FormDialog';
import { Loading } from './Loading';
import { Quality } from './Quality';
import { Reveal } from './Reveal';

// ConnectorGuide says what one needs to connect an application, where the vendor must be told of us, and what it can do then.
export function ConnectorGuide({ account, connector: c, close }: { account?: string; connector: Connector; close: () => void }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const methods = useQuery({
    queryKey: [account ?? 'partner', 'methods', c.Id, c.Release],
    queryFn: () => askList(connectorsMethodsGet({ headers: account ? { 'X-Cyclr-Account': account } : undefined, path: { connector: String(c.Id) }, query: { pageSize: 2000, release: c.Release } as never })),
    staleTime: 60_000,
  });
  const ways = c.Authentication ?? [];
  const asked = (c.Parameters ?? []).filter((p) => p.IsAccountConnectorProperty);
  const groups = new Map<string, Method[]>();
  for (const m of methods.data?.items ?? []) groups.set(m.Category ?? '', [...(groups.get(m.Category ?? '') ?? []), m]);
  return (
    <Dialog title={t('guide.title', { name: c.Name })} close={close} size="xl">
      <div className="pl-form">
        <p>
          {c.Description} <Quality of={c.Quality} />
        </p>
        <section>
          <h3>{t('guide.signIn')}</h3>
          {ways.length === 0 && <p className="pl-dim">{t('guide.nothing')}</p>}
          <ul className="pl-plain">
            {ways.map((w) => (
              <li key={w.Id}>
                <strong>{w.AuthName}</strong> <span className="pl-dim">{w.AuthDescription || t(`guide.way.${w.AuthType}`, { defaultValue: '' })}</span>
              </li>
            ))}
          </ul>
          {ways.some((w) => w.AuthType.startsWith('OAuth')) && <Reveal label={t('wizard.callback')} value={`${session?.ServiceUrl ?? ''}/connector/callback`} />}
        </section>
        {asked.length > 0 && (
          <section>
            <h3>{t('guide.values')}</h3>
            <ul className="pl-plain">
              {asked.map((p) => (
                <li key={p.Id}>
                  <strong>{p.Name}</strong> <span className="pl-dim">{[p.Description, p.IsOptional ? t('guide.optional') : '', p.IsSensitive ? t('guide.secret') : ''].filter(Boolean).join(' ')}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
        <section>
          <h3>{methods.data ? t('guide.methods', { count: methods.data.items.length }) : t('library.methods')}</h3>
          {methods.error && <ErrorPanel what={t('library.methods')} error={methods.error} retry={methods.refetch} inline />}
          {methods.isLoading && <Loading what={t('library.methods')} />}
          {[...groups].map(([group, list]) => (
            <details key={group} open={groups.size < 4}>
              <summary>{group || c.Name}</summary>
              <ul className="pl-plain">
                {list.map((m) => (
                  <li key={m.Id}>
                    <strong>{m.Name}</strong> <span className="pl-dim">{m.Description}</span>
                  </li>
                ))}
              </ul>
            </details>
          ))}
        </section>
      </div>
    </Dialog>
  );
}
