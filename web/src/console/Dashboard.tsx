import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconCircleCheck, IconCircleDashed } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { accountsAllGet, auditGet, clientsAllGet, templatesAllGet } from '../api';
import { useActorName } from '../lib/actors';
import { askList } from '../lib/ask';
import { count, exact, when } from '../lib/format';
import { actionWords } from '../text/audit';
import { useTasks } from '../lib/reports';
import { may, useSession } from '../lib/session';
import { daysOf } from '../lib/usage';
import { ownZone } from '../lib/zone';
import { AccountTile } from '../ui/AccountTile';
import { DayChart } from '../ui/charts';
import { ErrorPanel } from '../ui/ErrorPanel';
import { LinkButton } from '../ui/links';
import { Loading } from '../ui/Loading';
import { PageHead } from '../ui/Page';

// Dashboard is where the console begins: what needs somebody, the tasks, what happened, and what is left to set up.
export function Dashboard() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const days = useTasks('day', 30);
  const sum = (days.data?.items ?? []).reduce((s, d) => ({ ok: s.ok + d.TasksOk, incident: s.incident + d.TasksIncident }), { ok: 0, incident: 0 });
  return (
    <>
      <PageHead title={t('dashboard.title')} lead={session?.Partner}>
        {may(session, 'Accounts') && <LinkButton to="/accounts">{t('nav.accounts')}</LinkButton>}
        {may(session, 'Templates') && <LinkButton to="/templates" variant="filled">{t('nav.templates')}</LinkButton>}
      </PageHead>
      <div className="pl-dashboard">
        <div>
          <NeedsSomebody />
          <section className="pl-card" aria-label={t('usage.perDay')}>
            <h2 className="pl-title">{t('usage.perDay')}</h2>
            {days.error && !days.data ? <ErrorPanel what={t('usage.title')} error={days.error} retry={days.refetch} inline /> : days.data ? <DayChart days={daysOf(days.data.items, 30)} label={t('usage.perDay')} /> : <Loading what={t('usage.title')} lines={6} />}
          </section>
          {may(session, 'GeneralSettings') && <Happened />}
        </div>
        <div>
          <section className="pl-card pl-figure">
            <h2>{t('dashboard.tasks')}</h2>
            {days.data ? (
              <>
                <strong>{count(sum.ok + sum.incident)}</strong>
                <span className="pl-dim">{t('dashboard.ofThem', { n: count(sum.incident) })}</span>
              </>
            ) : (
              <Loading what={t('dashboard.tasks')} lines={2} />
            )}
            <Link to="/reports">{t('dashboard.history')}</Link>
          </section>
          <Ready />
        </div>
      </div>
    </>
  );
}

const shown = 6;
const worst = { orderBy: 'Incidents', page: 1, pageSize: shown + 1 } as const;

// NeedsSomebody lists the accounts whose tasks went wrong in the last week, the worst first.
function NeedsSomebody() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const lines = useTasks('account', 7, worst);
  const all = (lines.data?.items ?? []).filter((l) => l.TasksIncident > 0);
  const bad = all.slice(0, shown);
  return (
    <section className="pl-card" aria-label={t('dashboard.needs')}>
      <h2 className="pl-title">
        {t('dashboard.needs')} {bad.length > 0 && <span className="pl-pill pl-fail">{all.length > shown ? t('dashboard.orMore', { n: shown }) : bad.length}</span>}
      </h2>
      {lines.error && !lines.data && <ErrorPanel what={t('dashboard.needs')} error={lines.error} retry={lines.refetch} inline />}
      {lines.isLoading && <Loading what={t('dashboard.needs')} lines={2} />}
      {lines.data && bad.length === 0 && (
        <p className="pl-pad pl-dim">
          <IconCircleCheck size={14} aria-hidden /> {t('dashboard.nothing')}
        </p>
      )}
      <ul className="pl-picks">
        {bad.map((l) => (
          <li key={l.AccountId}>
            <AccountTile id={l.AccountId ?? ''} name={l.AccountName ?? ''} />
            <span>
              <strong>{l.AccountName}</strong>
              <span className="pl-sub">{t('dashboard.incidents', { n: count(l.TasksIncident), of: count(l.TasksOk + l.TasksIncident) })}</span>
            </span>
            {l.AccountId && may(session, 'OpenAccount') && (
              <LinkButton size="xs" to="/a/$account/incidents" params={{ account: l.AccountId }} aria-label={`${t('dashboard.review')}, ${l.AccountName}`}>
                {t('dashboard.review')}
              </LinkButton>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Happened() {
  const { t } = useTranslation();
  const nameOf = useActorName();
  const list = useQuery({ queryKey: ['audit', 'latest'], queryFn: () => askList(auditGet({ query: { pageSize: 8 } })) });
  return (
    <section className="pl-card" aria-label={t('dashboard.happened')}>
      <h2 className="pl-title pl-between">
        {t('dashboard.happened')} <Link to="/settings/audit">{t('settings.audit')}</Link>
      </h2>
      {list.error && !list.data && <ErrorPanel what={t('dashboard.happened')} error={list.error} retry={list.refetch} inline />}
      {list.isLoading && <Loading what={t('dashboard.happened')} />}
      {list.data?.items.length === 0 && <p className="pl-pad pl-dim">{t('audit.none')}</p>}
      <ul className="pl-log">
        {(list.data?.items ?? []).map((e, i) => (
          <li key={i}>
            <time className="pl-dim" title={exact(e.CreatedOnUtc, ownZone)}>{when(e.CreatedOnUtc, ownZone)}</time>
            <strong title={e.Actor}>{nameOf(e.Actor)}</strong>
            <span>
              {actionWords(e.Action, t)} {e.AccountId && <span className="pl-dim">{e.AccountId}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

// Ready says what is left before customers can be served.
function Ready() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const may_ = { templates: may(session, 'Templates'), accounts: may(session, 'Accounts'), clients: may(session, 'OAuthCredentials') };
  const accounts = useQuery({ queryKey: ['accounts', 'any'], queryFn: () => askList(accountsAllGet({ query: { pageSize: 1 } })), enabled: may_.accounts });
  const templates = useQuery({ queryKey: ['partner', 'templates', 'any'], queryFn: () => askList(templatesAllGet({ query: { pageSize: 1 } })), enabled: may_.templates });
  const clients = useQuery({ queryKey: ['clients', 'any'], queryFn: () => askList(clientsAllGet()), enabled: may_.clients });
  const steps = [
    { text: t('dashboard.ready.template'), list: templates, shown: may_.templates, to: '/templates' },
    { text: t('dashboard.ready.account'), list: accounts, shown: may_.accounts, to: '/accounts' },
    { text: t('dashboard.ready.client'), list: clients, shown: may_.clients, to: '/settings/credentials' },
  ].filter((s) => s.shown);
  const failed = steps.find((s) => s.list.error && !s.list.data)?.list;
  const all = [...steps.map((s) => ({ ...s, done: !!s.list.data?.items.length })), { text: t('dashboard.ready.factor'), done: !!session?.SecondFactor, to: '/settings/me' }];
  const title = t('dashboard.ready.title');
  if (failed) return <ErrorPanel what={title} error={failed.error as Error} retry={failed.refetch} />;
  if (steps.some((s) => s.list.isLoading)) return <section className="pl-card" aria-label={title}><h2 className="pl-title">{title}</h2><Loading what={title} /></section>;
  return (
    <section className="pl-card" aria-label={t('dashboard.ready.title')}>
      <h2 className="pl-title">{t('dashboard.ready.title')}</h2>
      <ul className="pl-ready">
        {all.map((s) => (
          <li key={s.to}>
            {s.done ? <IconCircleCheck size={16} className="pl-ok-mark" aria-label={t('status.completed')} role="img" /> : <IconCircleDashed size={16} aria-label={t('status.needsSetUp')} role="img" />}
            {s.done ? <span className="pl-dim">{s.text}</span> : <Link to={s.to as '/accounts'}>{s.text}</Link>}
          </li>
        ))}
      </ul>
    </section>
  );
}
