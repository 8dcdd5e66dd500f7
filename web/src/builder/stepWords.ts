import type { TFunction } from 'i18next';
import type { ActionData, Step } from '../api';

// subtitle says in a few words what a step does.
export function subtitle(step: Step, t: TFunction): string {
  const data = (step.ActionData ?? {}) as ActionData & { LeftLocation?: string | null; Condition?: string | null; Right?: { Value?: string | null; SourceLocation?: string | null } | null };
  switch (step.ActionType) {
    case 'Decision':
      return data.LeftLocation
        ? `${data.LeftLocation} ${t(`builder.conditions.${data.Condition}`, { defaultValue: data.Condition ?? '' })} ${data.Right?.Value ?? data.Right?.SourceLocation ?? ''}`.trim()
        : t('builder.noCondition');
    case 'Switch':
      return t('builder.cases', { count: data.Cases?.length ?? 0 });
    case 'Delay':
      return data.Amount ? t('builder.delayOf', { n: data.Amount, unit: t(`builder.units.${data.Unit}`, { defaultValue: data.Unit ?? '' }) }) : t('builder.noDelay');
    case 'WaitUntil':
      return data.WaitUntil?.Value || data.WaitUntil?.SourceLocation || t('builder.noDate');
    case 'WaitAll':
      return t('builder.waitAllText');
    case 'SynchronousResponse':
      return t('builder.responseText');
    default: {
      const connector = step.AccountConnector?.Name ?? '';
      const method = step.Method?.Name ?? t('builder.noMethod');
      return [connector, step.Name === method ? (step.ActionType === 'Webhook' ? t('builder.webhook') : '') : method].filter(Boolean).join(', ');
    }
  }
}

// nameOf is the name of a step, or what it is where it has none.
export const nameOf = (step: Step, t: TFunction) => step.Name || t(`builder.tools.${step.ActionType}`, { defaultValue: step.Method?.Name ?? step.ActionType });
