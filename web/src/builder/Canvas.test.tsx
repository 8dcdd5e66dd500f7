// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core';
import { ReactFlowProvider } from '@xyflow/react';
import { createEvent, fireEvent, render, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Step } from '../api';
import '../test/page';
import '../text/builder';
import { Canvas } from './Canvas';
import type { Move } from './changes';
import type { Flow } from './flow';
import { useEdges, useNodes } from './views';

const drawn = vi.hoisted(() => ({ cards: [] as string[], lines: [] as string[] }));

// A card draws its tile, and a line asks for its path, whenever it is drawn.
vi.mock('./StepTile', () => ({ StepTile: ({ step }: { step: Step }) => (drawn.cards.push(step.Name ?? ''), null) }));
vi.mock('@xyflow/react', async (original) => {
  const real = await original<typeof import('@xyflow/react')>();
  return {
    ...real,
    getSmoothStepPath: (ends: Parameters<typeof real.getSmoothStepPath>[0]) => {
      drawn.lines.push(`${ends.sourceX},${ends.sourceY}`);
      return real.getSmoothStepPath(ends);
    },
  };
});

// The document has no layout: each card is as large as its style makes it.
beforeEach(() => {
  vi.stubGlobal('DOMMatrixReadOnly', class { m22 = 1; });
  vi.stubGlobal('ResizeObserver', class {
    private seen: { target: Element }[] = [];
    constructor(private readonly tell: (entries: { target: Element }[]) => void) {}
    observe(target: Element) {
      if (this.seen.push({ target }) === 1) queueMicrotask(() => this.tell(this.seen.splice(0)));
    }
    unobserve() {}
    disconnect() {}
  });
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(240);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(54);
});

const count = 60;
const step = (i: number) =>
  ({ Id: `s${i}`, Name: `Wait ${i}`, ActionType: 'Delay', ActionData: { Amount: 1, Unit: 'seconds' }, Method: null, AccountConnector: null, DisplayPositionLeft: (i % 10) * 280, DisplayPositionTop: Math.floor(i / 10) * 120 }) as unknown as Step;
const large: Flow = {
  steps: Array.from({ length: count }, (_, i) => step(i)),
  edges: Array.from({ length: count - 1 }, (_, i) => ({ Id: `e${i}`, TailStepId: `s${i}`, HeadStepId: `s${i + 1}`, EdgeType: 'Forward' })) as Flow['edges'],
};
const nothing = new Map<string, number>();
const none: string[] = [];
const ignore = () => {};

function Page({ told, choose = ignore, selected = none }: { told: (moves: Move[]) => void; choose?: (edge: string | null) => void; selected?: string[] }) {
  const [flow, setFlow] = useState(large);
  const moved = (moves: Move[]) => {
    told(moves);
    const to = new Map(moves.map((m) => [m.id, m.to]));
    setFlow((f) => ({ ...f, steps: f.steps.map((s) => ((at) => (at ? { ...s, DisplayPositionLeft: at.left, DisplayPositionTop: at.top } : s))(to.get(s.Id))) }));
  };
  return <Canvas flow={flow} nodes={useNodes(flow, nothing, undefined)} edges={useEdges(flow, undefined)} selected={selected} select={ignore} edit moved={moved} connected={ignore} chosenEdge={null} chooseEdge={choose} dropped={ignore} open={ignore} refused={ignore} />;
}

async function shown(page: Parameters<typeof Page>[0]) {
  const { container } = render(<MantineProvider env="test"><ReactFlowProvider><Page {...page} /></ReactFlowProvider></MantineProvider>);
  await waitFor(() => expect(container.querySelectorAll('[data-edge]')).toHaveLength(count - 1));
  return container;
}

// by is an event of a window, which the document here would not take.
function by(kind: 'mouseDown' | 'mouseUp', on: Element | Document, clientX: number, clientY: number) {
  const event = createEvent[kind](on, { button: 0, clientX, clientY });
  Object.defineProperty(event, 'view', { value: window });
  fireEvent(on, event);
}

it('where a card is dragged no other is drawn again, and of the lines its own two alone', async () => {
  const told = vi.fn();
  const container = await shown({ told });
  const card = container.querySelector('[data-id=s31]') as HTMLElement;
  const before = card.style.transform;
  const d = (n: number) => [...container.querySelectorAll('[data-edge] path:first-child')][n]?.getAttribute('d');
  const lines = [d(29), d(30), d(31), d(32)];
  by('mouseDown', card, 10, 10);
  fireEvent.mouseMove(document, { clientX: 20, clientY: 20 });
  drawn.cards.length = drawn.lines.length = 0;
  for (let i = 1; i <= 10; i++) fireEvent.mouseMove(document, { clientX: 20 + i * 16, clientY: 20 + i * 8 });
  expect(card.style.transform).not.toBe(before);
  expect([d(29) === lines[0], d(30) === lines[1], d(31) === lines[2], d(32) === lines[3]]).toEqual([true, false, false, true]);
  expect(drawn.cards).toEqual([]);
  expect(drawn.lines.length).toBeGreaterThan(10);
  expect(drawn.lines.length).toBeLessThanOrEqual(20); // two for each move
  expect(told).not.toHaveBeenCalled();

  drawn.cards.length = drawn.lines.length = 0;
  by('mouseUp', document, 180, 100);
  expect(told.mock.calls.map(([moves]) => (moves as Move[]).map((m) => m.id))).toEqual([['s31']]);
  expect(new Set(drawn.cards)).toEqual(new Set(['Wait 31'])); // what was kept is another step by now
  expect(drawn.lines.length).toBeLessThanOrEqual(2);
});

it('a line is chosen where it is clicked on', async () => {
  const choose = vi.fn();
  const container = await shown({ told: ignore, choose });
  fireEvent.click(container.querySelectorAll('[data-edge] .pl-edge-reach')[7] as Element);
  expect(choose.mock.calls).toEqual([['s7 Forward s8']]);
});
