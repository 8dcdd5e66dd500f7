import type { Step } from '../api';
import type { Flow } from './flow';

// A release as its exported file has it, which is read to be shown.

type Mapping = { Type?: string; Value?: string; SourceStep?: string; SourceLocation?: string };
type Comparison = { LeftStep?: string; LeftLocation?: string; Condition?: string; Right?: Mapping };
type FileStep = {
  ID: string; Name: string; Description?: string; Kind: string; Connector?: { Name: string }; Left?: number; Top?: number;
  Decision?: Comparison; Switch?: { Cases: (Comparison & { Number: number; Name?: string })[] }; Delay?: { Amount: number; Unit: string }; WaitUntil?: Mapping;
};

export type ReleaseDocument = { Name: string; Flow: { Steps?: FileStep[] | null; Edges?: { ID: string; Tail: string; Head: string; Type: string }[] | null } };

const compared = (c: Comparison) => ({ LeftStepId: c.LeftStep, LeftLocation: c.LeftLocation, Condition: c.Condition, Right: c.Right && { Value: c.Right.Value, SourceLocation: c.Right.SourceLocation } });

// flowOf makes of an exported release what the canvas shows.
export function flowOf(file: ReleaseDocument): Flow {
  const steps = (file.Flow.Steps ?? []).map((s) => {
    const data = s.Decision
      ? compared(s.Decision)
      : s.Switch
        ? { Cases: s.Switch.Cases.map((c) => ({ Exit: `Case${c.Number}`, Name: c.Name ?? '', ...compared(c) })) }
        : s.Delay
          ? { Amount: s.Delay.Amount, Unit: s.Delay.Unit }
          : s.WaitUntil
            ? { WaitUntil: s.WaitUntil }
            : null;
    const connector = s.Connector ? { Name: s.Connector.Name, Connector: { Name: s.Connector.Name, Icon: null } } : null;
    return {
      Id: s.ID, Name: s.Name, Description: s.Description ?? null, ActionType: s.Kind, ActionData: data, AccountConnector: connector, Method: connector ? { Name: s.Name } : null,
      DisplayPositionLeft: s.Left ?? 0, DisplayPositionTop: s.Top ?? 0,
    } as unknown as Step;
  });
  return { steps, edges: (file.Flow.Edges ?? []).map((e) => ({ Id: e.ID, TailStepId: e.Tail, HeadStepId: e.Head, EdgeType: e.Type })) };
}
