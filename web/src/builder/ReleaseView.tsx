import '@xyflow/react/dist/base.css';
import './builder.css';
import '../text/builder';
import { useMediaQuery } from '@mantine/hooks';
import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import type { ReleaseFlow } from '../api';
import type { ListSearch } from '../lib/paging';
import { StepPanel } from '../setup/StepPanel';
import { Acts, type ActsOn } from './acts';
import { Canvas } from './Canvas';
import { inOrder, nextAlong } from './flow';
import { flowOf } from './releaseFlow';
import { StepList } from './StepList';
import { type Keys, useKeys } from './useKeys';
import { useEdges, useNodes } from './views';

const nothing = new Map<string, number>();
const ignore = () => {};

// ReleaseView shows a release that cannot be changed, and the set-up of each of its steps.
export function ReleaseView(props: { release: ReleaseFlow; bar: ReactNode }) {
  return (
    <ReactFlowProvider>
      <Inside {...props} />
    </ReactFlowProvider>
  );
}

function Inside({ release, bar }: { release: ReleaseFlow; bar: ReactNode }) {
  const narrow = useMediaQuery('(max-width: 760px)') ?? false;
  const rf = useReactFlow();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as ListSearch;
  const { flow, rows } = useMemo(() => flowOf(release), [release]);
  const [selected, select] = useState<string[]>([]);
  const [chosenEdge, chooseEdge] = useState<string | null>(null);
  const nodes = useNodes(flow, nothing, undefined);
  const edges = useEdges(flow, undefined);
  const numbers = useMemo(() => new Map(inOrder(flow).map((s, i) => [s.Id, i + 1])), [flow]);
  const go = useCallback((step: string | undefined) => void navigate({ to: '.', search: ((old: ListSearch) => ({ ...old, step })) as never }), [navigate]);
  const open = useCallback((id: string) => {
    select([id]);
    go(id);
  }, [go]);
  const on = useMemo<ActsOn>(() => ({ setUp: open }), [open]);
  const shown = flow.steps.find((s) => s.Id === search.step);
  const step = flow.steps.find((s) => s.Id === selected.at(-1));
  const walk = Object.fromEntries((['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight'] as const).map((key) => [key, () => ((to) => to && select([to.Id]))(nextAlong(flow, step, key))]));
  useKeys({ ...walk, Enter: () => step && open(step.Id), Escape: () => (search.step ? go(undefined) : select([])), 'ctrl 0': () => void rf.fitView({ maxZoom: 1, padding: 0.2 }), 'ctrl 1': () => void rf.zoomTo(1) } as Keys, true);
  return (
    <Acts.Provider value={on}>
      <div className="pl-builder">
        {bar}
        <main className="pl-work pl-work-alone">
          <h1 className="pl-hidden">{release.Name}</h1>
          {narrow ? (
            <div className="pl-form-view">
              <StepList flow={flow} todo={nothing} overlay={undefined} open={open} />
            </div>
          ) : (
            <div className="pl-canvas">
              <Canvas flow={flow} nodes={nodes} edges={edges} selected={selected} select={select} edit={false} moved={ignore} connected={ignore} chosenEdge={chosenEdge} chooseEdge={chooseEdge} dropped={ignore} open={open} refused={ignore} />
              <p className="pl-hidden" role="status" aria-live="polite">
                {step && nodes.find((n) => n.id === step.Id)?.ariaLabel}
              </p>
            </div>
          )}
        </main>
      </div>
      {shown && <StepPanel key={shown.Id} step={shown} flow={flow} number={numbers.get(shown.Id) ?? 0} rows={rows.get(shown.Id)} variables={release.Variables ?? []} close={() => go(undefined)} goTo={open} />}
    </Acts.Provider>
  );
}
