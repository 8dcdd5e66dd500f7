import {
  IconArrowsJoin2, IconArrowsSplit, IconCalendarClock, IconCornerDownLeft, IconGitFork, IconHelp, IconHourglass, IconNote, type Icon,
} from '@tabler/icons-react';
import type { Connector, Step } from '../api';
import { hueOf, initials } from '../lib/format';

export const toolIcons: Record<string, Icon> = {
  Decision: IconGitFork, Switch: IconArrowsSplit, Delay: IconHourglass, WaitUntil: IconCalendarClock, WaitAll: IconArrowsJoin2,
  Annotation: IconNote, SynchronousResponse: IconCornerDownLeft,
};

// ConnectorTile is the picture of a connector, or its first letters.
export function ConnectorTile({ connector, small = false }: { connector: Pick<Connector, 'Name' | 'Icon'>; small?: boolean }) {
  const size = small ? ' pl-tile-small' : '';
  if (connector.Icon) return <img className={`pl-tile pl-tile-picture${size}`} src={connector.Icon} alt="" />;
  return (
    <span className={`pl-tile pl-hue-${hueOf(connector.Name)}${size}`} aria-hidden>
      {initials(connector.Name)}
    </span>
  );
}

// StepTile is what a step is known by: its connector, or the sign of its tool.
export function StepTile({ step, small = false }: { step: Step; small?: boolean }) {
  if (step.AccountConnector?.Connector) return <ConnectorTile connector={step.AccountConnector.Connector} small={small} />;
  const Picture = toolIcons[step.ActionType] ?? IconHelp;
  return (
    <span className={`pl-tool${step.ActionType === 'Decision' ? ' pl-diamond' : ''}${small ? ' pl-tile-small' : ''}`} aria-hidden>
      <Picture size={small ? 12 : 18} stroke={1.6} />
    </span>
  );
}
