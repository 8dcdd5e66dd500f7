import { Background, BackgroundVariant, type Connection, type Node, type NodeChange, ReactFlow, type ReactFlowState, useReactFlow, useStore, useStoreApi } from '@xyflow/react';
import { type DragEvent, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Piece } from './catalog';
import type { Move, NewEdge } from './changes';
import { Edges } from './Edges';
import type { ExitLine } from './ExitEdge';
import { type Flow, grid, type Point, refusal } from './flow';
import { dragged } from './Palette';
import { Overview } from './Overview';
import { Linking, NoteNode, type NoteNodeType, StepNode, type StepNodeType } from './StepNode';

const nodeTypes = { step: StepNode, note: NoteNode };

export type CanvasNode = StepNodeType | NoteNodeType;

type Props = {
  flow: Flow;
  nodes: CanvasNode[];
  edges: ExitLine[];
  selected: string[];
  select: (ids: string[]) => void;
  edit: boolean;
  moved: (moves: Move[]) => void;
  connected: (edge: NewEdge) => void;
  chosenEdge: string | null;
  chooseEdge: (edge: string | null) => void;
  dropped: (piece: Piece, at: Point) => void;
  open: (step: string) => void;
  refused: (why: string) => void;
};

// Canvas draws the flow. While something is dragged only React Flow knows, so that nothing around the cards is drawn again; what
// it comes to is told at the end.
export function Canvas(props: Props) {
  const { t } = useTranslation();
  const { edit, select, chooseEdge } = props;
  const rf = useReactFlow();
  const store = useStoreApi<CanvasNode>();
  const [first] = useState(props.nodes); // React Flow takes these once its own effects have run, after ours
  const linking = useStore(isLinking);
  const [below, setBelow] = useState<Element | null>(null);
  const drawn = useCallback((canvas: Element | null) => setBelow(canvas?.querySelector('.react-flow__edges') ?? null), []);
  useLayoutEffect(() => {
    const chosen = new Set(props.selected);
    const { nodes, setNodes } = store.getState();
    const before = new Map(nodes.map((n) => [n.id, n]));
    setNodes(
      props.nodes.map((n) => {
        const old = before.get(n.id);
        const selected = chosen.has(n.id);
        const same = old && old.data === n.data && old.position.x === n.position.x && old.position.y === n.position.y && !!old.selected === selected;
        return same ? old : ({ ...old, ...n, selected, ...(old?.measured ? { measured: old.measured } : {}) } as CanvasNode);
      }),
    );
  }, [store, props.nodes, props.selected]);

  // The handlers stay the same functions for as long as the canvas lives: a new one would make the canvas look at each of its
  // nodes and edges again, at each move of the pointer.
  const now = useRef(props);
  now.current = props;
  const words = useRef(t);
  words.current = t;
  const changed = useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      if (!changes.some((c) => c.type === 'select')) return;
      const chosen = new Set(now.current.selected);
      for (const c of changes) if (c.type === 'select') c.selected ? chosen.add(c.id) : chosen.delete(c.id);
      select([...chosen]);
    },
    [select],
  );
  const chosenLine = useCallback(
    (id: string) => {
      select([]);
      chooseEdge(id);
    },
    [select, chooseEdge],
  );
  const onPaneClick = useCallback(() => chooseEdge(null), [chooseEdge]);
  const onConnect = useCallback((c: Connection) => {
    const e = newEdge(c);
    const why = refusal(now.current.flow, e.TailStepId, e.EdgeType, e.HeadStepId);
    if (why) now.current.refused(words.current(`builder.refused.${why}`));
    else now.current.connected(e);
  }, []);
  const stopped = useCallback((_e: unknown, _n: Node, dragging: Node[]) => {
    const steps = new Map(now.current.flow.steps.map((s) => [s.Id, s]));
    const moves = dragging.flatMap((n): Move[] => {
      const s = steps.get(n.id);
      const to = { left: Math.round(n.position.x), top: Math.round(n.position.y) };
      return s && (s.DisplayPositionLeft !== to.left || s.DisplayPositionTop !== to.top) ? [{ id: n.id, from: { left: s.DisplayPositionLeft, top: s.DisplayPositionTop }, to }] : [];
    });
    if (moves.length > 0) now.current.moved(moves);
  }, []);
  const drop = useCallback(
    (e: DragEvent) => {
      e.preventDefault();
      const piece = dragged.piece;
      dragged.piece = null;
      if (!piece || !now.current.edit) return;
      const at = rf.screenToFlowPosition({ x: e.clientX, y: e.clientY });
      now.current.dropped(piece, { left: at.x - 120, top: at.y - 27 });
    },
    [rf],
  );
  const openNode = useCallback((_e: unknown, n: Node) => now.current.open(n.id), []);
  return (
    <Linking.Provider value={linking}>
    <ReactFlow
      ref={drawn} defaultNodes={first} nodeTypes={nodeTypes} onNodesChange={changed} onPaneClick={onPaneClick} onNodeDragStop={stopped} onConnect={onConnect} onNodeDoubleClick={openNode} onDrop={drop} onDragOver={over}
      nodesDraggable={edit} nodesConnectable={edit} deleteKeyCode={null} disableKeyboardA11y nodesFocusable={false}
      fitView fitViewOptions={fit} minZoom={0.25} maxZoom={2} snapToGrid snapGrid={snap} panOnScroll zoomOnDoubleClick={false}
      selectNodesOnDrag={false} multiSelectionKeyCode={several} aria-label={t('builder.canvas')} proOptions={attribution}
    >
      <Background variant={BackgroundVariant.Dots} gap={16} size={1} />
      {below && <Edges on={below} edges={props.edges} chosen={props.chosenEdge} choose={chosenLine} />}
      <Overview flow={props.flow} />
    </ReactFlow>
    </Linking.Provider>
  );
}

const isLinking = (s: ReactFlowState) => s.connection.inProgress || s.connectionClickStartHandle !== null;

const attribution = { hideAttribution: true };
const fit = { maxZoom: 1, padding: 0.2 };
const snap: [number, number] = [grid, grid];
const several = ['Shift', 'Meta', 'Control'];

const newEdge = (c: Pick<Connection, 'source' | 'target' | 'sourceHandle'>): NewEdge => ({ TailStepId: c.source, HeadStepId: c.target, EdgeType: c.sourceHandle ?? 'Forward' });

const over = (e: DragEvent) => {
  e.preventDefault();
  e.dataTransfer.dropEffect = 'copy';
};
