import { type InternalNode, useStore } from '@xyflow/react';
import { memo, type MouseEvent, useCallback, useId, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { type Ends, ExitEdge, type ExitLine } from './ExitEdge';

type Props = { on: Element; edges: ExitLine[]; chosen: string | null; choose: (edge: string) => void };

// Edges are the lines between the cards, in one picture. The canvas could draw each in a picture of its own, and would measure and
// place hundreds of them at each move of the pointer.
export const Edges = memo(function Edges({ on, edges, chosen, choose }: Props) {
  const arrow = useId();
  const [labels, setLabels] = useState<Element | null>(null);
  const bundles = useMemo(() => Array.from({ length: Math.ceil(edges.length / most) }, (_, i) => edges.slice(i * most, (i + 1) * most)), [edges]);
  const clicked = useCallback(
    (e: MouseEvent) => {
      const id = (e.target as Element).closest<SVGElement>('[data-edge]')?.dataset.edge;
      if (id) choose(id);
    },
    [choose],
  );
  return createPortal(
    <>
      <svg className="pl-edges" aria-hidden onClick={clicked}>
        <defs>
          <marker id={arrow} markerWidth="16" markerHeight="16" viewBox="-10 -10 20 20" orient="auto-start-reverse">
            <polyline className="pl-arrow" points="-5,-4 0,0 -5,4 -5,-4" />
          </marker>
        </defs>
        {bundles.map((bundle) => (
          <Bundle key={bundle[0]?.id} edges={bundle} arrow={arrow} labels={labels} chosen={bundle.some((e) => e.id === chosen) ? chosen : null} />
        ))}
      </svg>
      <div ref={setLabels} />
    </>,
    on,
  );
});

const most = 25;

// Bundle looks after a few edges, so that where a card moves only the few beside its own are gone through.
const Bundle = memo(
  function Bundle({ edges, arrow, labels, chosen }: { edges: ExitLine[]; arrow: string; labels: Element | null; chosen: string | null }) {
    const kept = useRef(new Map<string, Ends>());
    const ends = useStore(
      useCallback((s) => edges.map((e) => endsOf(s.nodeLookup, e, kept.current)), [edges]),
      sameList,
    );
    return edges.map((e, i) => {
      const at = ends[i];
      return at ? <ExitEdge key={e.id} edge={e} ends={at} arrow={arrow} labels={labels} selected={e.id === chosen} /> : null;
    });
  },
  (a, b) => a.chosen === b.chosen && a.labels === b.labels && sameList(a.edges, b.edges),
);

const sameList = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((x, i) => x === b[i]);

// endsOf is where an edge begins and ends: the same object for as long as neither has moved. It is none until both cards were measured.
function endsOf(nodes: Map<string, InternalNode>, edge: ExitLine, kept: Map<string, Ends>): Ends | undefined {
  const [tail, head] = [nodes.get(edge.tail), nodes.get(edge.head)];
  const from = tail?.internals.handleBounds?.source?.find((h) => h.id === edge.type);
  const to = head?.internals.handleBounds?.target?.[0];
  if (!tail || !head || !from || !to) return undefined;
  const [a, b] = [tail.internals.positionAbsolute, head.internals.positionAbsolute];
  const now = { sourceX: a.x + from.x + from.width / 2, sourceY: a.y + from.y + from.height, targetX: b.x + to.x + to.width / 2, targetY: b.y + to.y };
  const old = kept.get(edge.id);
  if (old && old.sourceX === now.sourceX && old.sourceY === now.sourceY && old.targetX === now.targetX && old.targetY === now.targetY) return old;
  kept.set(edge.id, now);
  return now;
}
