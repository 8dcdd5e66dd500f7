import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '../api';
import type { Say } from '../ui/Toasts';
import { wordsOf } from '../ui/words';
import { installedIn } from '../lib/queries';
import type { Piece } from './catalog';
import { addStep, connect, disconnect, inTurn, type Move, moveSteps, type NewEdge, removeSteps, type Whole, wholeOf } from './changes';
import { type Copied, copy, paste } from './clipboard';
import { type Flow, freeAt, freeExit, inOrder, isNote, joins, placeAfter, type Point } from './flow';
import { newID } from '../lib/id';
import { layOut } from './layout';
import type { Editor } from './useEditor';

const emptyFlow: Flow = { steps: [], edges: [] };
const clipboard = ['copied'];

// useActs are the ways to edit, each of which is one thing to undo.
export function useActs(editor: Editor, select: (ids: string[]) => void, say: Say) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  // What was copied outlives the canvas, so that it can be pasted on another, and goes with whoever signs out.
  useQuery({ queryKey: clipboard, queryFn: skipToken, gcTime: Infinity, staleTime: Infinity });
  const flow = editor.flow.data ?? emptyFlow;
  const { run, account } = editor;

  const make = useCallback(
    (piece: Piece, at: Point): Step => {
      const method = piece.kind === 'method' ? piece.method : undefined;
      return {
        Id: newID(), CycleId: editor.cycle, Name: piece.kind === 'tool' ? t(`builder.tools.${piece.tool}`) : piece.method.Name,
        Description: null, ActionType: piece.kind === 'tool' ? piece.tool : piece.method.MethodType === 'Webhook' ? 'Webhook' : 'Action',
        AccountConnector: piece.kind === 'method' ? piece.connector : null, AccountConnectorId: piece.kind === 'method' ? piece.connector.Id : null,
        Method: method ?? null, MethodId: method?.Id ?? null, ActionData: null, DisplayPositionLeft: at.left, DisplayPositionTop: at.top,
        CollectionKeys: [], CollectionSplitType: null, Script: null, StepErrorAction: null, ContinueOnNullSource: true, ContinueOnNullResult: true, WebhookUrl: null,
      } as unknown as Step;
    },
    [editor.cycle, t],
  );

  // add puts a piece behind a step, or upon an edge; without either it stands alone, or behind the last step of a line.
  const add = useCallback(
    (piece: Piece, where: { after?: Step; exit?: string; on?: NewEdge; at?: Point }): string => {
      const tail = where.on ? flow.steps.find((s) => s.Id === where.on?.TailStepId) : where.after;
      const note = piece.kind === 'tool' && piece.tool === 'Annotation';
      const exit = where.on?.EdgeType ?? where.exit ?? (tail ? freeExit(flow, tail) : 'Forward');
      const place = where.at ? freeAt(flow, where.at) : note && tail ? freeAt(flow, { left: tail.DisplayPositionLeft + 280, top: tail.DisplayPositionTop }) : placeAfter(flow, tail, exit);
      const step = make(piece, place);
      const edges: NewEdge[] = [];
      if (!note && tail && !isNote(tail)) edges.push({ TailStepId: tail.Id, HeadStepId: step.Id, EdgeType: exit });
      if (!note && where.on) edges.push({ TailStepId: step.Id, HeadStepId: where.on.HeadStepId, EdgeType: step.ActionType === 'Decision' ? 'False' : step.ActionType === 'Switch' ? 'Default' : 'Forward' });
      let command = addStep({ step, parameters: [], fields: [] }, edges, note ? undefined : where.on);
      if (where.on && !note) {
        // What comes after moves down, so that there is room.
        const down = below(flow, where.on.HeadStepId, 104);
        const moves = moveSteps(down);
        if (down.length > 0) command = { word: 'add', forward: inTurn(command.forward, moves.forward), back: inTurn(moves.back, command.back) };
      }
      void run(command);
      select([step.Id]);
      return step.Id;
    },
    [flow, make, run, select],
  );

  const remove = useCallback(
    async (ids: string[]) => {
      const gone = inOrder(flow).filter((s) => ids.includes(s.Id)); // so that each comes back behind those that it takes values from
      if (gone.length === 0) return;
      let wholes: Whole[];
      try {
        await editor.box.settled(); // what is read next is what the server has
        wholes = await Promise.all(gone.map((s) => wholeOf(account, s)));
      } catch (e) {
        say(t('builder.notDeleted', { why: wordsOf(e as Error, t) }), true); // it could not be brought back
        return;
      }
      const edges = flow.edges.filter((e) => ids.includes(e.TailStepId) || ids.includes(e.HeadStepId));
      const only = gone[0];
      void run(removeSteps(wholes, edges, gone.length === 1 && only ? joins(flow, only.Id) : []));
      select([]);
      say(t('builder.deleted', { count: gone.length }));
    },
    [flow, account, editor.box, run, select, say, t],
  );

  // put adds what was copied, if this account has its connectors.
  const put = useCallback(
    async (copied: Copied) => {
      const connectors = copied.account === account ? [] : await queries.fetchQuery(installedIn(account));
      const made = paste(copied, { account, cycle: editor.cycle, flow, connectors });
      if (made.missing.length > 0) return say(t('builder.notPasted', { names: made.missing.join(', ') }), true);
      const commands = [...made.wholes.map((w) => addStep(w, [])), ...made.edges.map(connect)];
      void run({ word: 'add', forward: inTurn(...commands.map((c) => c.forward)), back: inTurn(...commands.map((c) => c.back).reverse()) });
      select(made.wholes.map((w) => w.step.Id));
    },
    [flow, account, editor.cycle, queries, run, select, say, t],
  );
  const trying = useCallback(
    async (act: () => Promise<unknown>) => {
      try {
        await act();
      } catch (e) {
        say(wordsOf(e as Error, t), true);
      }
    },
    [say, t],
  );
  const copyOf = useCallback(
    async (ids: string[]) => {
      await editor.box.settled();
      return copy(account, editor.cycle, flow, ids);
    },
    [account, editor.cycle, editor.box, flow],
  );
  const clip = useCallback(
    (ids: string[]) =>
      trying(async () => {
        const copied = await copyOf(ids);
        queries.setQueryData(clipboard, copied);
        say(t('builder.copied', { count: copied.wholes.length }));
      }),
    [trying, copyOf, queries, say, t],
  );
  const unclip = useCallback(() => trying(async () => ((copied) => copied && put(copied))(queries.getQueryData<Copied>(clipboard))), [trying, put, queries]);
  const duplicate = useCallback((ids: string[]) => trying(async () => put(await copyOf(ids))), [trying, put, copyOf]);

  const arrange = useCallback(async () => {
    const moves = await layOut(flow);
    if (moves.length > 0) void run(moveSteps(moves, 'layout'));
  }, [flow, run]);

  return {
    add, remove, duplicate, arrange, copy: clip, paste: unclip,
    move: useCallback((moves: Move[]) => void run(moveSteps(moves)), [run]),
    connect: useCallback((e: NewEdge) => void run(connect(e)), [run]),
    disconnect: useCallback(
      (e: NewEdge) => {
        void run(disconnect({ TailStepId: e.TailStepId, HeadStepId: e.HeadStepId, EdgeType: e.EdgeType }));
        say(t('builder.cutDone'));
      },
      [run, say, t],
    ),
  };
}

// below are the moves that take a step, and all that it leads to, further down.
function below(flow: Flow, first: string, by: number): Move[] {
  const seen = new Set([first]);
  for (const id of seen) for (const e of flow.edges) if (e.TailStepId === id) seen.add(e.HeadStepId);
  return flow.steps
    .filter((s) => seen.has(s.Id))
    .map((s) => ({ id: s.Id, from: { left: s.DisplayPositionLeft, top: s.DisplayPositionTop }, to: { left: s.DisplayPositionLeft, top: s.DisplayPositionTop + by } }));
}
