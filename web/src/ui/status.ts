import {
  IconAlertTriangle, IconArchive, IconPencil, IconCheck, IconCircleDashed, IconCircleDotted, IconCircleMinus, IconClock, IconEye, IconFlag3, IconHourglass, IconKey, IconLoader2, IconLock,
  IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconPlugConnectedX, IconX, type Icon,
} from '@tabler/icons-react';
import type { AccountConnector, Cycle, Node, SetupTokenInfo, TemplateRelease, Told, Transaction, TransactionItem } from '../api';

export type Role = 'ok' | 'motion' | 'hold' | 'caution' | 'fail' | 'design' | 'off';

// Status is a word, an icon and a colour: never the colour alone.
export type Status = { word: string; role: Role; icon: Icon };

const of = (word: string, role: Role, icon: Icon): Status => ({ word, role, icon });

export function cycleStatus(cycle: Pick<Cycle, 'Status'>): Status {
  switch (cycle.Status) {
    case 'Active':
      return of('running', 'motion', IconPlayerPlay);
    case 'Paused':
      return of('paused', 'off', IconPlayerPause);
    case 'Error':
      return of('stoppedByError', 'fail', IconPlayerStop);
    case 'DeleteScheduled':
      return of('deleting', 'hold', IconFlag3);
    default:
      return of('stopped', 'off', IconPlayerStop);
  }
}

export function transactionStatus(txn: Pick<Transaction, 'Status' | 'ErrorCount' | 'WarningCount'>): Status {
  switch (txn.Status) {
    case 'Queued':
      return of('queued', 'hold', IconCircleDotted);
    case 'InProgress':
      return of('inProgress', 'motion', IconLoader2);
    case 'Waiting':
      return of('waiting', 'hold', IconHourglass);
    case 'Errored':
      return of('failed', 'fail', IconX);
    case 'Stopped':
      return of('stopped', 'off', IconPlayerStop);
    case 'Cancelled':
      return of('cancelled', 'off', IconCircleMinus);
    default:
      if (txn.ErrorCount > 0) return of('completedWithErrors', 'fail', IconAlertTriangle);
      if (txn.WarningCount > 0) return of('completedWithWarnings', 'caution', IconAlertTriangle);
      return of('completed', 'ok', IconCheck);
  }
}

export function stepStatus(item: Pick<TransactionItem, 'Status'>): Status {
  switch (item.Status) {
    case 'Done':
      return of('completed', 'ok', IconCheck);
    case 'Failed':
      return of('failed', 'fail', IconX);
    case 'Parked':
      return of('waiting', 'hold', IconHourglass);
    case 'Skipped':
      return of('skipped', 'off', IconCircleMinus);
    default:
      return of('inProgress', 'motion', IconLoader2);
  }
}

export function toldStatus(n: Pick<Told, 'State'>): Status {
  switch (n.State) {
    case 'Delivered':
      return of('delivered', 'ok', IconCheck);
    case 'Failed':
      return of('failed', 'fail', IconX);
    default:
      return of('waiting', 'hold', IconHourglass);
  }
}

export function connectorStatus(connector: Pick<AccountConnector, 'Authenticated'>): Status {
  return connector.Authenticated ? of('authenticated', 'ok', IconCheck) : of('notAuthenticated', 'off', IconPlugConnectedX);
}

export const needsSetUp = of('needsSetUp', 'caution', IconCircleDashed);
export const needsSignIn = of('signIn', 'off', IconCircleDashed);

export function releaseStatus(release: Pick<TemplateRelease, 'Status'>): Status {
  switch (release.Status) {
    case 'Draft':
      return of('draft', 'design', IconPencil);
    case 'Live':
      return of('live', 'ok', IconCheck);
    default:
      return of('deprecated', 'off', IconArchive);
  }
}

export function nodeStatus(node: Pick<Node, 'State'>): Status {
  switch (node.State) {
    case 'Live':
      return of('nodeLive', 'ok', IconCheck);
    case 'Leaving':
      return of('nodeLeaving', 'hold', IconHourglass);
    default:
      return of('nodeAway', 'fail', IconX);
  }
}

export function setupLinkStatus(link: Pick<SetupTokenInfo, 'Status'>): Status {
  switch (link.Status) {
    case 'Created':
      return of('linkIssued', 'hold', IconKey);
    case 'Opened':
      return of('linkOpened', 'motion', IconEye);
    case 'Used':
      return of('linkInUse', 'motion', IconLoader2);
    case 'Finished':
      return of('linkDone', 'ok', IconCheck);
    case 'Expired':
      return of('linkExpired', 'off', IconClock);
    case 'Abandoned':
      return of('linkAbandoned', 'caution', IconCircleMinus);
    default:
      return of('linkLocked', 'fail', IconLock);
  }
}
