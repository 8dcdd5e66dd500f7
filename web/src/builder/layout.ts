import { cardHeight, cardWidth, exitsOf, type Flow, grid, isNote } from './flow';
import type { Move } from './changes';

// layOut arranges the steps from top to bottom, each exit's steps from left to right. Notes stay where they are. The
// library that does it is loaded the first time.
export async function layOut(flow: Flow): Promise<Move[]> {
  const { default: dagre } = await import('@dagrejs/dagre');
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ rankdir: 'TB', nodesep: 32, ranksep: 50, edgesep: 24 });
  g.setDefaultEdgeLabel(() => ({}));
  const steps = flow.steps.filter((s) => !isNote(s));
  for (const s of steps) g.setNode(s.Id, { width: cardWidth, height: cardHeight });
  for (const s of steps) {
    for (const exit of exitsOf(s, flow.edges)) {
      for (const e of flow.edges) if (e.TailStepId === s.Id && e.EdgeType === exit && g.hasNode(e.HeadStepId)) g.setEdge(s.Id, e.HeadStepId, {}, exit);
    }
  }
  dagre.layout(g);
  return steps
    .map((s) => {
      const at = g.node(s.Id);
      const to = { left: Math.round((at.x - cardWidth / 2) / grid) * grid, top: Math.round((at.y - cardHeight / 2) / grid) * grid };
      return { id: s.Id, from: { left: s.DisplayPositionLeft, top: s.DisplayPositionTop }, to };
    })
    .filter((m) => m.from.left !== m.to.left || m.from.top !== m.to.top);
}
