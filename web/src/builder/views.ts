import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { CanvasNode } from './Canvas';
import { keyOf } from './changes';
import type { ExitLine } from './ExitEdge';
import { exitName, exitsOf, type Flow, inOrder, isNote } from './flow';
import type { Overlay } from './run';
import type { StepData } from './StepNode';
import { nameOf } from './stepWords';

const same = (a: StepData, b: StepData) =>
  a.step === b.step && a.number === b.number && a.todo === b.todo && a.trigger === b.trigger && a.exits.join() === b.exits.join() && a.open.join() === b.open.join() &&
  a.run?.text === b.run?.text && a.run?.status === b.run?.status && a.run?.faint === b.run?.faint;

// useNodes makes what the canvas draws out of the flow. What has not changed stays the same object, so that only what has
// changed is drawn again.
export function useNodes(flow: Flow, todo: Map<string, number>, overlay: Overlay | undefined): CanvasNode[] {
  const { t } = useTranslation();
  const kept = useRef(new Map<string, StepData>());
  return useMemo(() => {
    const used = new Set(flow.edges.map((e) => `${e.TailStepId} ${e.EdgeType}`));
    const reached = new Set(flow.edges.map((e) => e.HeadStepId));
    const next = new Map<string, StepData>();
    const nodes = inOrder(flow).map((step, i): CanvasNode => {
      const position = { x: step.DisplayPositionLeft, y: step.DisplayPositionTop };
      if (isNote(step)) return { id: step.Id, type: 'note', position, data: noteData(step) };
      const exits = exitsOf(step, flow.edges);
      const data: StepData = {
        step, number: i + 1, todo: todo.get(step.Id) ?? 0, trigger: !reached.has(step.Id) && (!!step.Method || i === 0), exits,
        open: exits.filter((x) => !used.has(`${step.Id} ${x}`)), run: overlay?.steps.get(step.Id) ?? overlay?.rest,
      };
      const old = kept.current.get(step.Id);
      const stays = old && same(old, data) ? old : data;
      next.set(step.Id, stays);
      const kind = t(`builder.kinds.${step.ActionType}`);
      return { id: step.Id, type: 'step', position, data: stays, ariaLabel: t('builder.stepLabel', { number: i + 1, name: nameOf(step, t), kind, count: exits.length }) };
    });
    kept.current = next;
    return nodes;
  }, [flow, todo, overlay, t]);
}

const notes = new WeakMap<object, { step: Flow['steps'][number] }>();

function noteData(step: Flow['steps'][number]) {
  let data = notes.get(step);
  if (!data) {
    data = { step };
    notes.set(step, data);
  }
  return data;
}

// useEdges makes the lines of the canvas in the same way.
export function useEdges(flow: Flow, overlay: Overlay | undefined): ExitLine[] {
  const kept = useRef(new Map<string, ExitLine>());
  return useMemo(() => {
    const steps = new Map(flow.steps.map((s) => [s.Id, s]));
    const lines = flow.edges.flatMap((e): ExitLine[] => {
      const tail = steps.get(e.TailStepId);
      if (!tail || !steps.has(e.HeadStepId)) return [];
      const id = keyOf(e);
      const run = overlay ? (overlay.edges.get(id) ?? 'none') : undefined;
      const line: ExitLine = { id, tail: e.TailStepId, head: e.HeadStepId, type: e.EdgeType, label: exitName(tail, e.EdgeType), ...(run ? { run } : {}) };
      const old = kept.current.get(id);
      return [old && old.label === line.label && sameRun(old.run, line.run) ? old : line];
    });
    kept.current = new Map(lines.map((l) => [l.id, l]));
    return lines;
  }, [flow, overlay]);
}

const sameRun = (a: ExitLine['run'], b: ExitLine['run']) =>
  a === b || (!!a && !!b && a !== 'none' && b !== 'none' && a.role === b.role && a.count === b.count && a.moving === b.moving);
