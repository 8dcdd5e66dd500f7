import '@xyflow/react/dist/base.css';
import './builder.css';
import '../text/builder';
import { ActionIcon, Button, Modal, SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { useBlocker, useNavigate, useSearch } from '@tanstack/react-router';
import { IconAdjustments, IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConnectorWizard } from '../account/ConnectorWizard';
import { InstallConnector } from '../account/InstallConnector';
import { cyclesActivatePut, type Cycle, type Prerequisite } from '../api';
import { ask } from '../lib/ask';
import type { ListSearch } from '../lib/paging';
import { EmptyState } from '../ui/EmptyState';
import { ErrorPanel } from '../ui/ErrorPanel';
import { useToast } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { SetupPanel } from '../setup/SetupPanel';
import { Acts, type ActsOn } from './acts';
import { Canvas } from './Canvas';
import { CanvasBar, Undoing } from './CanvasBar';
import type { Piece } from './catalog';
import { keyOf, type NewEdge } from './changes';
import { CycleSettings } from './CycleSettings';
import { exitsOf, type Flow, freeExit, grid, inOrder, isNote, nextAlong, nextEdge, refusal } from './flow';
import { KeyList } from './KeyList';
import { Palette } from './Palette';
import { Prerequisites, usePrerequisites } from './Prerequisites';
import { overlayOf } from './run';
import { RunDock } from './RunDock';
import { SavedText } from './SavedText';
import { StepList } from './StepList';
import { StepPicker } from './StepPicker';
import { useActs } from './useActs';
import { type Editor, useEditor } from './useEditor';
import { useKeys } from './useKeys';
import { latestRun, useFollow, useRun } from './useRun';
import { Variables } from './Variables';
import { useEdges, useNodes } from './views';

const emptyFlow: Flow = { steps: [], edges: [] };

export type BarProps = { editor: Editor; cycle: Cycle | undefined; edit: boolean; runOnce: () => void; showVariables: () => void; showSettings: () => void; narrow: boolean; ready: boolean };

type Props = { account: string; cycle: string; may: boolean; template?: boolean; bar: (props: BarProps) => ReactNode };

// Builder is the canvas of a cycle with all around it. What surrounds it, an account or a template, gives the bar.
export function Builder(props: Props) {
  return (
    <ReactFlowProvider>
      <Inside {...props} />
    </ReactFlowProvider>
  );
}

function Inside({ account, cycle, may, template = false, bar }: Props) {
  const { t } = useTranslation();
  const toast = useToast();
  const rf = useReactFlow();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as ListSearch;
  const narrow = useMediaQuery('(max-width: 760px)') ?? false;
  const editor = useEditor(account, cycle);
  useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      if (current.pathname === next.pathname) return false;
      await editor.box.settled(); // what is on its way comes first
      return editor.box.unsafe && !window.confirm(t('builder.leave'));
    },
    enableBeforeUnload: () => editor.box.unsafe,
  });
  const flow = editor.flow.data ?? emptyFlow;
  const about = editor.about.data?.cycle;
  const running = about?.Status === 'Active';
  const edit = may && about !== undefined && !running;
  const prerequisites = usePrerequisites(account, cycle);
  const [selected, setSelected] = useState<string[]>([]);
  const [exit, setExit] = useState<string | null>(null);
  const [chosenEdge, setChosenEdge] = useState<string | null>(null);
  const [linking, setLinking] = useState<{ tail: string; exit: string; at: string } | null>(null);
  const [picker, setPicker] = useState<{ on?: NewEdge; after?: string } | null>(null);
  const [dialog, setDialog] = useState<'keys' | 'install' | 'todo' | 'settings' | null>(null);
  const [waiting, setWaiting] = useState<{ after: string | null } | null>(null);
  const [moment, setMoment] = useState<number | null>(null);
  const [phoneTab, setPhoneTab] = useState('steps');
  const [wizard, setWizard] = useState<number | null>(null); // the account connector that is being connected
  const [seek, setSeek] = useState(false); // the step was opened for what is missing in it
  const go = useCallback((change: Partial<ListSearch>) => void navigate({ to: '.', search: ((old: ListSearch) => ({ ...old, ...change })) as never, replace: false }), [navigate]);

  const select = useCallback((ids: string[]) => {
    setSelected(ids);
    setExit(null);
    if (ids.length > 0) setChosenEdge(null); // an edge that is clicked on leaves no step chosen
  }, []);
  const acts = useActs(editor, select, toast);
  const refused = useCallback((why: string) => toast(why, true), [toast]);
  const step = flow.steps.find((s) => s.Id === selected.at(-1));
  const openStep = useCallback((id: string, panel: 'setup' | 'test' = 'setup', missing = false) => {
    select([id]);
    setSeek(missing);
    go({ step: id, panel });
  }, [go, select]);

  const run = useRun(account, cycle, search.run);
  useFollow(
    account, cycle, !!search.run || waiting !== null, waiting,
    (id) => {
      setWaiting(null);
      go({ run: id });
    },
    run.refresh,
  );
  const items = useMemo(() => run.data?.items ?? [], [run.data]);
  const overlay = useMemo(() => (search.run ? overlayOf(flow, items, moment ?? undefined) : undefined), [search.run, flow, items, moment]);
  const nodes = useNodes(flow, prerequisites.todo, overlay);
  const edges = useEdges(flow, overlay);
  const numbers = useMemo(() => new Map(inOrder(flow).map((s, i) => [s.Id, i + 1])), [flow]);

  // runOnce runs the flow, or captures what is sent to one step of it, which runs alone.
  const runOnce = useCallback(async (capture?: string) => {
    setMoment(null);
    try {
      await editor.box.settled();
      const after = await latestRun(account, cycle);
      await ask(cyclesActivatePut({ headers: { 'X-Cyclr-Account': account }, path: { id: cycle }, body: { RunOnce: true, ...(capture ? { Capture: capture } : {}) } }));
      setWaiting({ after }); // not before: an event that comes earlier is refused
      await queries.invalidateQueries({ queryKey: [account, 'cycle', cycle] });
    } catch (e) {
      setWaiting(null);
      toast(wordsOf(e as Error, t), true);
    }
  }, [account, cycle, editor.box, queries, toast, t]);

  const leadTo = useCallback(
    (p: Prerequisite | undefined) => {
      if (!p) return;
      setDialog(null);
      if (typeof p.ObjectId === 'string' && flow.steps.some((s) => s.Id === p.ObjectId)) openStep(p.ObjectId, 'setup', true);
      else if (p.ObjectType === 'Variable') go({ panel: 'variables', step: undefined });
      else if (typeof p.ObjectId === 'number') {
        const used = flow.steps.find((s) => s.AccountConnectorId === p.ObjectId)?.AccountConnector;
        if (edit && used && !used.ParentAccountId) setWizard(p.ObjectId);
        else void navigate({ to: '/a/$account/connectors', params: { account }, search: { q: used?.Name } as never });
      }
      else if (edit) setPicker({});
    },
    [flow, openStep, go, navigate, account, edit],
  );

  const pick = (piece: Piece) => {
    if (picker?.on) acts.add(piece, { on: picker.on });
    else {
      const after = flow.steps.find((s) => s.Id === picker?.after) ?? step ?? lastOf(flow);
      acts.add(piece, { ...(after ? { after } : {}), ...(exit && after === step ? { exit } : {}) });
    }
  };
  const reveal = (id: string) => {
    const node = rf.getInternalNode(id);
    if (!node) return;
    const { x, y, zoom } = rf.getViewport();
    const box = document.querySelector('.pl-canvas')?.getBoundingClientRect();
    const left = node.internals.positionAbsolute.x * zoom + x;
    const top = node.internals.positionAbsolute.y * zoom + y;
    if (box && (left < 8 || top < 8 || left + 240 * zoom > box.width - 8 || top + 60 * zoom > box.height - 8)) {
      void rf.setCenter(node.internals.positionAbsolute.x + 120, node.internals.positionAbsolute.y + 27, { zoom, duration: 160 });
    }
  };
  const arrow = (key: 'ArrowDown' | 'ArrowUp' | 'ArrowLeft' | 'ArrowRight', extend = false) => {
    if (linking) {
      const to = nextAlong(flow, flow.steps.find((s) => s.Id === linking.at), key);
      if (to) {
        setLinking({ ...linking, at: to.Id });
        reveal(to.Id);
      }
      return;
    }
    const to = nextAlong(flow, step, key);
    if (!to) return;
    select(extend ? [...selected.filter((id) => id !== to.Id), to.Id] : [to.Id]);
    reveal(to.Id);
  };
  const nudge = (x: number, y: number) => {
    const moving = flow.steps.filter((s) => selected.includes(s.Id));
    if (moving.length > 0 && edit) acts.move(moving.map((s) => ({ id: s.Id, from: { left: s.DisplayPositionLeft, top: s.DisplayPositionTop }, to: { left: s.DisplayPositionLeft + x * grid * 2, top: s.DisplayPositionTop + y * grid * 2 } })));
  };
  const choose = (want: (exits: string[]) => string | undefined) => {
    const found = step && want(exitsOf(step, flow.edges));
    if (found) setExit(found);
  };
  const link = () => {
    if (!linking) return;
    const why = refusal(flow, linking.tail, linking.exit, linking.at);
    if (why) toast(t(`builder.refused.${why}`), true);
    else acts.connect({ TailStepId: linking.tail, HeadStepId: linking.at, EdgeType: linking.exit });
    setLinking(null);
  };
  const addNext = () => edit && setPicker({});
  const edge = chosenEdge === null ? undefined : flow.edges.find((e) => keyOf(e) === chosenEdge);
  const walkEdges = () => {
    const next = step && nextEdge(flow, step, edge);
    if (next) setChosenEdge(keyOf(next));
  };
  const remove = () => {
    if (!edit) return;
    if (!edge) return void acts.remove(selected);
    acts.disconnect(edge);
    setChosenEdge(null);
  };
  const panel = search.panel;
  const shown = flow.steps.find((s) => s.Id === search.step);
  useKeys(
    {
      a: addNext, '/': addNext,
      ArrowDown: () => arrow('ArrowDown'), ArrowUp: () => arrow('ArrowUp'), ArrowLeft: () => arrow('ArrowLeft'), ArrowRight: () => arrow('ArrowRight'),
      'shift ArrowDown': () => arrow('ArrowDown', true), 'shift ArrowUp': () => arrow('ArrowUp', true), 'shift ArrowLeft': () => arrow('ArrowLeft', true), 'shift ArrowRight': () => arrow('ArrowRight', true),
      'alt ArrowDown': () => nudge(0, 1), 'alt ArrowUp': () => nudge(0, -1), 'alt ArrowLeft': () => nudge(-1, 0), 'alt ArrowRight': () => nudge(1, 0),
      Enter: () => (linking ? link() : step && openStep(step.Id)),
      Escape: () => (linking ? setLinking(null) : edge ? setChosenEdge(null) : panel ? go({ panel: undefined, step: undefined }) : select([])),
      c: () => edit && step && !isNote(step) && setLinking({ tail: step.Id, exit: exit ?? freeExit(flow, step), at: step.Id }),
      t: () => choose((x) => x.find((e) => e === 'True')), f: () => choose((x) => x.find((e) => e === 'False')),
      ...Object.fromEntries([...'123456789'].map((n) => [n, () => choose((x) => x[Number(n) - 1])])),
      e: walkEdges, Delete: remove, Backspace: remove,
      'ctrl z': () => edit && editor.undo(), 'ctrl shift z': () => edit && editor.redo(), 'ctrl y': () => edit && editor.redo(),
      'ctrl c': () => {
        if (selected.length === 0 || window.getSelection()?.toString()) return false; // words that are chosen are copied as everywhere
        void acts.copy(selected);
      },
      'ctrl v': () => edit && void acts.paste(), 'ctrl d': () => edit && void acts.duplicate(selected), 'ctrl a': () => select(flow.steps.map((s) => s.Id)),
      l: () => edit && void acts.arrange(), r: () => edit && prerequisites.ready && void runOnce(), p: () => leadTo(prerequisites.list[0]),
      'shift t': () => step?.Method && openStep(step.Id, 'test'),
      'ctrl 0': () => void rf.fitView({ maxZoom: 1, padding: 0.2 }), 'ctrl 1': () => void rf.zoomTo(1), 'ctrl +': () => void rf.zoomIn(), 'ctrl =': () => void rf.zoomIn(), 'ctrl -': () => void rf.zoomOut(),
      '?': () => setDialog('keys'),
    },
    picker === null && dialog === null && wizard === null,
  );

  const on = useMemo<ActsOn>(
    () => ({
      setUp: (id) => openStep(id), test: (id) => openStep(id, 'test'),
      ...(edit ? { duplicate: (ids: string[]) => void acts.duplicate(ids), remove: (ids: string[]) => void acts.remove(ids), insert: (e: NewEdge) => setPicker({ on: e }), cut: acts.disconnect, listen: (capture?: string) => void runOnce(capture), ready: prerequisites.ready } : {}),
    }),
    [edit, acts, openStep, prerequisites.ready, runOnce],
  );

  if (editor.flow.error && !editor.flow.data) return <ErrorPanel what={t('builder.flow')} error={editor.flow.error} retry={() => editor.flow.refetch()} />;
  const nameOfStep = (id: string) => flow.steps.find((s) => s.Id === id)?.Name;
  const said = edge ? t(edit ? 'builder.edgeChosen' : 'builder.edgeIs', { tail: nameOfStep(edge.TailStepId), head: nameOfStep(edge.HeadStepId), exit: edge.EdgeType }) : linking ? t('builder.linking', { exit: linking.exit, step: nameOfStep(linking.at) }) : exit && step ? t('builder.exitChosen', { exit }) : '';
  const chosen = linking ? [linking.at] : selected;
  const variables = <Variables account={account} cycle={cycle} edit={edit} />;
  const canvas = (
    <div className={`pl-canvas${linking ? ' pl-linking' : ''}`}>
      <Canvas
        flow={flow} nodes={nodes} edges={edges} selected={chosen} select={select} edit={edit && !narrow} moved={acts.move} connected={acts.connect} chosenEdge={chosenEdge} chooseEdge={setChosenEdge}
        dropped={(piece, at) => acts.add(piece, { at })} open={openStep} refused={refused}
      />
      {editor.flow.data && flow.steps.length === 0 && (
        <div className="pl-canvas-empty">
          <EmptyState icon={IconPlus} title={t('builder.empty')} text={t('builder.emptyText')}>
            {edit && (
              <Button variant="filled" onClick={addNext}>
                {t('builder.chooseTrigger')}
              </Button>
            )}
          </EmptyState>
        </div>
      )}
      {said && <p className="pl-canvas-said">{said}</p>}
      <p className="pl-hidden" role="status" aria-live="polite">
        {said || (step && selected.length > 0 ? nodes.find((n) => n.id === step.Id)?.ariaLabel : '')}
      </p>
    </div>
  );
  const list = (
    <div className="pl-form-view">
      <StepList flow={flow} todo={prerequisites.todo} overlay={overlay} open={openStep} chosen={selected} />
      {edit && !narrow && (
        <Button leftSection={<IconPlus size={14} />} onClick={() => setPicker({})}>
          {t('builder.addStep')}
        </Button>
      )}
    </div>
  );
  const form = search.view === 'form';
  const things = <Prerequisites list={prerequisites.list} error={prerequisites.error} retry={prerequisites.retry} flow={flow} go={leadTo} />;
  return (
    <Acts.Provider value={on}>
      <div className="pl-builder">
        {bar({ editor, cycle: about, edit, runOnce: () => void runOnce(), showVariables: () => go({ panel: 'variables', step: undefined }), showSettings: () => setDialog('settings'), narrow, ready: prerequisites.ready })}
        {running && may && <p className="pl-builder-note">{t('builder.readOnlyRunning')}</p>}
        {editor.foreign > 0 && edit && <p className="pl-builder-note" role="status">{t('builder.changedElsewhere')}</p>}
        {editor.saving.state === 'failed' && editor.saving.problem && (
          <p className="pl-builder-note pl-fail" role="alert">
            {t('builder.notSaved', { why: wordsOf(editor.saving.problem, t) })}
          </p>
        )}
        {editor.saving.state === 'waiting' && <p className="pl-builder-note pl-hold" role="alert">{t('builder.keptWhy')}</p>}
        {waiting && <p className="pl-builder-note pl-hold" role="status">{t('builder.waitingForRun')}</p>}
        {narrow ? (
          <>
            <div className="pl-phone-head">
              <SegmentedControl size="sm" value={phoneTab} onChange={setPhoneTab} data={['steps', 'map', 'variables'].map((value) => ({ value, label: t(`builder.tabs.${value}`) }))} />
              {edit && <Undoing editor={editor} size={44} />}
              <ActionIcon size={44} aria-label={t('builder.settings')} onClick={() => setDialog('settings')}>
                <IconAdjustments size={18} />
              </ActionIcon>
            </div>
            {edit && <div className="pl-phone-saved"><SavedText saving={editor.saving} /></div>}
            <main className="pl-phone-body">{phoneTab === 'steps' ? list : phoneTab === 'map' ? canvas : variables}</main>
          </>
        ) : (
          <div className="pl-builder-body">
            {edit && <Palette account={account} add={(piece) => pick(piece)} search={addNext} install={() => setDialog('install')} />}
            <main className="pl-work">
              <h1 className="pl-hidden">{about?.Name ?? t('builder.flow')}</h1>
              {form ? list : canvas}
              <CanvasBar editor={editor} edit={edit} form={form} setForm={(on) => go({ view: on ? 'form' : undefined })} arrange={() => void acts.arrange()} keys={() => setDialog('keys')} />
              {!search.run && edit && <div className="pl-things">{things}</div>}
            </main>
          </div>
        )}
        {search.run && (
          <RunDock
            account={account} cycle={cycle} id={search.run} items={items} transaction={run.data?.transaction} number={numbers} at={moment} go={setMoment}
            pick={(id) => openStep(id, 'setup')} close={() => go({ run: undefined })}
          />
        )}
        {narrow && edit && (
          <nav className="pl-phone-acts" aria-label={t('builder.acts')}>
            <Button leftSection={<IconPlus size={16} />} onClick={() => setPicker({})}>{t('builder.step')}</Button>
            <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => void runOnce()} disabled={!prerequisites.ready}>{t('cycles.runOnce')}</Button>
            {prerequisites.list.length > 0 && <Button variant="filled" onClick={() => setDialog('todo')}>{t('builder.todo', { count: prerequisites.list.length })}</Button>}
          </nav>
        )}
      </div>
      {(panel === 'setup' || panel === 'test') && shown && (
        <SetupPanel
          key={shown.Id} editor={editor} step={shown} number={numbers.get(shown.Id) ?? 0} edit={edit} tab={panel} seek={seek} runs={items.filter((x) => x.StepId === shown.Id)}
          close={() => go({ panel: undefined, step: undefined })} goTo={(id) => openStep(id)}
        />
      )}
      {panel === 'variables' && !narrow && (
        <Modal opened onClose={() => go({ panel: undefined })} title={t('builder.variables')} closeButtonProps={{ 'aria-label': t('act.close') }}>
          {variables}
        </Modal>
      )}
      {picker && <StepPicker account={account} title={picker.on ? t('builder.insertHere') : t('builder.addStep')} pick={pick} close={() => setPicker(null)} />}
      {dialog === 'settings' && about && <CycleSettings account={account} cycle={about} edit={edit} template={template} close={() => setDialog(null)} />}
      {dialog === 'keys' && <KeyList close={() => setDialog(null)} />}
      {dialog === 'install' && (
        <InstallConnector
          account={account}
          title={t('builder.install')}
          close={() => setDialog(null)}
          installed={(c) => {
            setDialog(null);
            toast(t('builder.connectorInstalled', { name: c.Name }));
            if (!c.Authenticated) setWizard(c.Id);
          }}
        />
      )}
      {wizard !== null && <ConnectorWizard account={account} id={wizard} close={() => setWizard(null)} />}
      {dialog === 'todo' && (
        <Modal opened onClose={() => setDialog(null)} title={t('builder.things', { count: prerequisites.list.length })} closeButtonProps={{ 'aria-label': t('act.close') }}>
          {things}
        </Modal>
      )}
    </Acts.Provider>
  );
}

// lastOf is the step behind which a new one goes when none is chosen: the last that leads nowhere.
function lastOf(flow: Flow) {
  return inOrder(flow).findLast((s) => !isNote(s) && !flow.edges.some((e) => e.TailStepId === s.Id));
}
