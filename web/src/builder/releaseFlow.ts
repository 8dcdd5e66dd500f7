import type { AccountConnector, FieldMapping, ParameterMapping, ReleaseFlow, Step } from '../api';
import type { Flow } from './flow';

export type ReleaseRows = { parameters: ParameterMapping[]; fields: FieldMapping[] };

// flowOf makes of a release what the canvas shows: its steps name connectors, but none of an account. rows are what fills each.
export function flowOf(release: ReleaseFlow): { flow: Flow; rows: Map<string, ReleaseRows> } {
  const list = release.Steps ?? [];
  const steps = list.map(({ Step, Connector }): Step => ({
    ...Step, AccountConnector: (Connector ? { Name: Connector.Name, Connector: { Name: Connector.Name, Icon: Connector.Icon } } : null) as AccountConnector as Step['AccountConnector'],
  }));
  return { flow: { steps, edges: release.Edges ?? [] }, rows: new Map(list.map((x) => [x.Step.Id, { parameters: x.Parameters ?? [], fields: x.FieldMappings ?? [] }])) };
}
