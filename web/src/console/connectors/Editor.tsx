import '../../text/workbench';
import '../../builder/builder.css';
import './workbench.css';
import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate, useParams } from '@tanstack/react-router';
import { IconAlertTriangle, IconArrowLeft, IconCheck, IconCircleX, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConnectorWizard } from '../../account/ConnectorWizard';
import { TestCall } from '../../account/TestCall';
import { accountConnectorsGetGet, type OwnConnector, ownConnectorsCheckPost, ownConnectorsCreatePost, ownConnectorsGetGet, ownConnectorsSchemaGet, ownConnectorsTryPost, ownConnectorsUpdatePut, type Tried } from '../../api';
import { ask } from '../../lib/ask';
import { newID } from '../../lib/id';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { StatusPill } from '../../ui/StatusPill';
import { releaseStatus } from '../../ui/status';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';
import { Loading } from '../../ui/Loading';
import { type Definition, DefinitionForm } from './DefinitionForm';
import { YamlPane } from './YamlPane';
import { type Schema, toYaml } from './yaml';

const starter = () => `apiVersion: connectors/v1
kind: Connector
metadata:
  key: new-connector
  uid: ${newID()}
  name: New connector
  version: 1.0.0
  categories: []

allowedHosts: [api.example.com]
server: {baseUrl: "https://api.example.com"}

auth:
  - id: key
    type: api_key
    label: API key
    apply: {in: header, name: X-Api-Key, value: "{{auth.ApiKey}}"}

methods:
  - id: list-contacts
    name: List contacts
    params:
      - {name: page, in: query, label: Page, type: integer}
    request: {method: GET, path: /contacts}
    response:
      fields:
        - {loc: "[].id", label: Id, type: text}
        - {loc: "[].name", label: Name, type: text}
`;

// ConnectorEditor is where a connector of the partner's own is described, as a form or as YAML, and tried.
export function ConnectorEditor() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const known = useQuery({ queryKey: ['custom-connectors', 'one', id], queryFn: () => ask(ownConnectorsGetGet({ path: { connector: id } })), enabled: id !== 'new', staleTime: Number.POSITIVE_INFINITY });
  if (id === 'new') return <Inside key="new" saved={null} />;
  if (known.error && !known.data) return <div className="pl-page"><ErrorPanel what={t('custom.name')} error={known.error} retry={known.refetch} /></div>;
  return known.data ? <Inside key={id} saved={known.data} /> : <div className="pl-page"><Loading what={t('custom.name')} card lines={8} /></div>;
}

function Inside({ saved }: { saved: OwnConnector | null }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const narrow = useMediaQuery('(max-width: 760px)') ?? false;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const { search, set } = useListSearch();
  const [begun] = useState(() => saved?.Definition ?? starter());
  const [text, setText] = useState(begun);
  const [kept, setKept] = useState(saved?.Definition ?? '');
  const [busy, setBusy] = useState<'save' | 'release' | 'try' | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const [releasing, setReleasing] = useState(false);
  const [tried, setTried] = useState<Tried | null>(null);
  const [goTo, setGoTo] = useState<{ line: number; at: number } | null>(null);
  const edit = may(session, 'ConnectorLibraries', 'Edit') && !narrow;
  const [settled] = useDebouncedValue(text, 350);
  const schema = useQuery({ queryKey: ['custom-connectors', 'schema'], queryFn: () => ask(ownConnectorsSchemaGet()) as Promise<Schema>, staleTime: Number.POSITIVE_INFINITY });
  const check = useQuery({ queryKey: ['custom-connectors', 'check', settled], queryFn: () => ask(ownConnectorsCheckPost({ body: { Definition: settled } })), placeholderData: (old) => old, staleTime: Number.POSITIVE_INFINITY, gcTime: 10_000 });
  const problems = check.data?.Problems ?? [];
  const errors = problems.filter((p) => !p.Warning).length;
  const tree = (check.data?.Definition ?? null) as Definition | null;
  const name = tree?.metadata?.name || saved?.Name || t('custom.untitled');
  const changed = text !== kept;
  const form = search.view === 'form';
  const unsaved = changed && (saved !== null || text !== begun); // what a new one begins with can be had again
  useBlocker({ shouldBlockFn: ({ current, next }) => unsaved && current.pathname !== next.pathname && !window.confirm(t('custom.leave')), enableBeforeUnload: unsaved });

  async function store(status: 'Draft' | 'Live'): Promise<OwnConnector | null> {
    setFailed(null);
    try {
      const body = { Definition: text, ReleaseStatus: status };
      const made = saved ? await ask(ownConnectorsUpdatePut({ path: { connector: String(saved.Id) }, body })) : await ask(ownConnectorsCreatePost({ body }));
      setKept(text);
      queries.setQueryData(['custom-connectors', 'one', String(made.Id)], made);
      await queries.invalidateQueries({ queryKey: ['custom-connectors'], predicate: (q) => q.queryKey[1] !== 'one' && q.queryKey[1] !== 'check' && q.queryKey[1] !== 'schema' });
      if (!saved) await navigate({ to: '/custom-connectors/$id', params: { id: String(made.Id) }, search: true as never, replace: true, ignoreBlocker: true });
      return made;
    } catch (e) {
      setFailed(e as Error);
      return null;
    }
  }
  async function save() {
    setBusy('save');
    if (await store('Draft')) toast(t('custom.saved'));
    setBusy(null);
  }
  async function tryIt() {
    setBusy('try');
    const made = changed || !saved ? await store(saved?.ReleaseStatus === 'Live' && !changed ? 'Live' : 'Draft') : saved;
    if (made) {
      try {
        const now = await ask(ownConnectorsTryPost({ path: { connector: String(made.Id) } }));
        await queries.invalidateQueries({ queryKey: [now.AccountId] });
        setTried(now);
      } catch (e) {
        setFailed(e as Error);
      }
    }
    setBusy(null);
  }
  const pane = (
    <YamlPane text={text} change={setText} schema={schema.data} problems={settled === text ? problems : []} edit={edit} goTo={goTo} />
  );
  return (
    <div className="pl-builder">
      <header className="pl-builder-bar">
        <ActionIcon component={Link} to="/custom-connectors" aria-label={t('custom.back')}>
          <IconArrowLeft size={18} />
        </ActionIcon>
        <div className="pl-builder-name">
          <strong title={name}>{name}</strong>
          <span>{t('nav.custom')}</span>
        </div>
        {saved && <StatusPill status={releaseStatus({ Status: saved.ReleaseStatus })} />}
        <span className="pl-bar-space" />
        {!narrow && (
          <>
            <span className="pl-dim" role="status">{changed ? t('custom.unsaved') : ''}</span>
            <SegmentedControl size="xs" aria-label={t('custom.editor')} value={form ? 'form' : 'yaml'} onChange={(v) => set({ view: v === 'form' ? 'form' : undefined })} data={[{ value: 'form', label: t('custom.form') }, { value: 'yaml', label: t('custom.yaml') }]} />
          </>
        )}
        {edit && (
          <>
            <Button loading={busy === 'save'} disabled={!changed || errors > 0 || busy !== null} title={errors > 0 ? t('custom.fixFirst') : undefined} onClick={() => void save()}>{t('custom.save')}</Button>
            <Button variant="filled" disabled={errors > 0 || busy !== null || (!changed && saved?.ReleaseStatus === 'Live')} title={errors > 0 ? t('custom.fixFirst') : undefined} onClick={() => setReleasing(true)}>{t('custom.release')}</Button>
          </>
        )}
      </header>
      {narrow && <p className="pl-builder-note">{t('custom.narrow')}</p>}
      {failed && <p className="pl-builder-note pl-fail" role="alert">{wordsOf(failed, t)}</p>}
      <div className="pl-workbench">
        <main>
          <h1 className="pl-hidden">{name}</h1>
          {form && !tree && <p className="pl-pad pl-dim">{check.isLoading ? t('custom.checking') : t('custom.notYet')}</p>}
          {form && tree && (
            <>
              {edit && <p className="pl-dim pl-small pl-pad">{t('custom.comments')}</p>}
              <DefinitionForm tree={tree} change={(next) => setTextOf(next)} schema={schema.data} edit={edit} chosen={search.step} choose={(step) => set({ step })} />
            </>
          )}
          {(!form || !tree) && pane}
        </main>
        <aside aria-label={t('custom.test')}>
          <section className="pl-card" aria-live="polite">
            <h2 className="pl-title">
              {t('custom.problems')} {errors > 0 && <span className="pl-pill pl-fail">{errors}</span>}
            </h2>
            {check.error && <ErrorPanel what={t('custom.problems')} error={check.error} retry={check.refetch} inline />}
            {problems.length === 0 && check.data && (
              <p className="pl-pad pl-dim">
                <IconCheck size={14} aria-hidden /> {t('custom.noProblem')}
              </p>
            )}
            <ul className="pl-problems">
              {problems.map((p, i) => (
                <li key={i}>
                  {p.Warning ? <IconAlertTriangle size={15} className="pl-warn" aria-label={t('custom.warning')} role="img" /> : <IconCircleX size={15} className="pl-bad" aria-hidden />}
                  <button
                    type="button" className="pl-text-button"
                    onClick={() => {
                      set({ view: undefined });
                      setGoTo({ line: p.Line, at: Date.now() });
                    }}
                  >
                    {p.Line > 0 ? t('custom.line', { n: p.Line }) : t('custom.whole')}
                  </button>
                  <span>
                    {p.Message} <span className="pl-dim">{p.Remedy}</span>
                  </span>
                </li>
              ))}
            </ul>
          </section>
          <section className="pl-card pl-section">
            <h2>{t('custom.test')}</h2>
            <p className="pl-dim">{t('custom.testLead')}</p>
            {edit && (
              <div>
                <Button loading={busy === 'try'} disabled={errors > 0 || busy !== null} leftSection={<IconPlayerPlay size={14} />} onClick={() => void tryIt()}>{t('custom.try')}</Button>
              </div>
            )}
            {tried && !changed && <Trial key={`${tried.AccountConnectorId}/${kept.length}`} tried={tried} method={search.step} tree={tree} />}
          </section>
          {!form && edit && <p className="pl-dim pl-small">{t('custom.keysHint')}</p>}
        </aside>
      </div>
      {releasing && (
        <ConfirmDialog
          title={t('custom.releaseTitle', { name })} close={() => setReleasing(false)}
          choices={[{ word: t('custom.release'), main: true, act: async () => { if (await store('Live')) toast(t('custom.released', { name })); } }]}
        >
          <p>{t('custom.releaseText')}</p>
        </ConfirmDialog>
      )}
    </div>
  );

  // The form shows its change at once; the server reads the text again beside it.
  function setTextOf(next: Definition) {
    const written = toYaml(next);
    setText(written);
    queries.setQueryData(['custom-connectors', 'check', settled], { Problems: problems, Definition: next as never });
  }
}

function Trial({ tried, method, tree }: { tried: Tried; method: string | undefined; tree: Definition | null }) {
  const { t } = useTranslation();
  const [wizard, setWizard] = useState(false);
  const connector = useQuery({ queryKey: [tried.AccountId, 'connector', tried.AccountConnectorId], queryFn: () => ask(accountConnectorsGetGet({ headers: { 'X-Cyclr-Account': tried.AccountId }, path: { id: String(tried.AccountConnectorId) } })) });
  if (connector.error && !connector.data) return <ErrorPanel what={t('custom.test')} error={connector.error} retry={connector.refetch} inline />;
  if (!connector.data) return <Loading what={t('connectors.connector')} lines={4} />;
  const named = tree?.methods?.find((m) => m.id === method)?.name;
  return (
    <>
      <div>
        <Button variant={connector.data.Authenticated ? 'default' : 'filled'} onClick={() => setWizard(true)}>{t('custom.setUp')}</Button>
      </div>
      <TestCall account={tried.AccountId} connector={connector.data} named={named} />
      {wizard && <ConnectorWizard account={tried.AccountId} id={tried.AccountConnectorId} close={() => setWizard(false)} />}
    </>
  );
}
