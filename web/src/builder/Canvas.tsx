import {
  applyNodeChanges, Background, BackgroundVariant, type Connection, type EdgeChange, MarkerType, type Node, type NodeChange, ReactFlow,
  type ReactFlowState, useReactFlow, useStore,
} from '@xyflow/react';
import { type DragEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Piece } from './catalog';
import type { Move, NewEdge } from './changes';
import { ExitEdge, type ExitEdgeType } from './ExitEdge';
import { type Flow, grid, type Point, refusal } from './flow';
import { dragged } from './Palette';
import { Overview } from './Overview';
import { Linking, NoteNode, type NoteNodeType, StepNode, type StepNodeType } from './StepNode';

const nodeTypes = { step: StepNode, note: NoteNode };
const edgeTypes = { exit: ExitEdge };

export type CanvasNode = StepNodeType | NoteNodeType;

type Props = {
  flow: Flow;
  nodes: CanvasNode[];
  edges: ExitEdgeType[];
  selected: string[];
  select: (ids: string[]) => void;
  edit: boolean;
  moved: (moves: Move[]) => void;
  connected: (edge: NewEdge) => void;
  chosenEdge: string | null;
  chooseEdge: (change: (now: string | null) => string | null) => void;
  dropped: (piece: Piece, at: Point) => void;
  open: (step: string) => void;
  refused: (why: string) => void;
};

// Canvas draws the flow. While something is dragged only the canvas knows; what it comes to is told at the end.
export function Canvas(props: Props) {
  const { t } = useTranslation();
  const { edit, select, chosenEdge, chooseEdge } = props;
  const rf = useReactFlow();
  const linking = useStore(isLinking);
  const [nodes, setNodes] = useState<CanvasNode[]>(props.nodes);
  useEffect(() => {
    const chosen = new Set(props.selected);
    setNodes((now) => {
      const before = new Map(now.map((n) => [n.id, n]));
      return props.nodes.map((n) => {
        const old = before.get(n.id);
        const selected = chosen.has(n.id);
        const same = old && old.data === n.data && old.position.x === n.position.x && old.position.y === n.position.y && !!old.selected === selected;
        return same ? old : ({ ...old, ...n, selected, ...(old?.measured ? { measured: old.measured } : {}) } as CanvasNode);
      });
    });
  }, [props.nodes, props.selected]);

  const changed = useCallback(
    (changes: NodeChange<CanvasNode>[]) => {
      setNodes((now) => applyNodeChanges(changes, now));
      if (changes.some((c) => c.type === 'select')) {
        const chosen = new Set(props.selected);
        for (const c of changes) if (c.type === 'select') c.selected ? chosen.add(c.id) : chosen.delete(c.id);
        select([...chosen]);
      }
    },
    [props.selected, select],
  );
  const edges = useMemo(() => props.edges.map((e) => (e.id === chosenEdge ? { ...e, selected: true } : e)), [props.edges, chosenEdge]);
  const edgesChanged = useCallback((changes: EdgeChange[]) => {
    for (const c of changes) if (c.type === 'select') chooseEdge((now) => (c.selected ? c.id : now === c.id ? null : now));
  }, [chooseEdge]);
  // The handlers stay the same functions for as long as the canvas lives: a new one would make the canvas look at each of its
  // nodes and edges again, at each move of the pointer.
  const now = useRef(props);
  now.current = props;
  const words = useRef(t);
  words.current = t;
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
      nodes={nodes} edges={edges} nodeTypes={nodeTypes} edgeTypes={edgeTypes} onNodesChange={changed} onEdgesChange={edgesChanged}
      onNodeDragStop={stopped} onConnect={onConnect} onNodeDoubleClick={openNode} onDrop={drop} onDragOver={over}
      nodesDraggable={edit} nodesConnectable={edit} edgesReconnectable={false} deleteKeyCode={null} disableKeyboardA11y nodesFocusable={false} edgesFocusable={false}
      fitView fitViewOptions={fit} minZoom={0.25} maxZoom={2} snapToGrid snapGrid={snap} panOnScroll zoomOnDoubleClick={false}
      selectNodesOnDrag={false} multiSelectionKeyCode={several} defaultEdgeOptions={arrow} aria-label={t('builder.canvas')} proOptions={attribution}
    >
      <Background variant={BackgroundVariant.Dots} gap={16} size={1} />
      <Overview flow={props.flow} />
    </ReactFlow>
    </Linking.Provider>
  );
}

const isLinking = (s: ReactFlowState) => s.connection.inProgress || s.connectionClickStartHandle !== null;

const arrow = { markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 } };
const attribution = { hideAttribution: true };
const fit = { maxZoom: 1, padding: 0.2 };
const snap: [number, number] = [grid, grid];
const several = ['Shift', 'Meta', 'Control'];

const newEdge = (c: Pick<Connection, 'source' | 'target' | 'sourceHandle'>): NewEdge => ({ TailStepId: c.source, HeadStepId: c.target, EdgeType: c.sourceHandle ?? 'Forward' });

const over = (e: DragEvent) => {
  e.preventDefault();
  e.dataTransfer.dropEffect = 'copy';
};
