import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconCircleDashed, IconCopy, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { memo, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '../api';
import { type Status } from '../ui/status';
import { exitName } from './flow';
import { Acts } from './acts';
import { StepTile } from './StepTile';
import { nameOf, subtitle } from './stepWords';

export type StepRun = { status: Status; text: string; faint: boolean };

export type StepData = {
  step: Step;
  number: number;
  todo: number;
  trigger: boolean;
  exits: string[];
  open: string[]; // exits that lead nowhere
  run?: StepRun;
};

export type StepNodeType = Node<StepData, 'step'>;

// StepNode is a step on the canvas. It draws again only when its own data changes, or when it is chosen.
export const StepNode = memo(function StepNode({ data, selected, isConnectable }: NodeProps<StepNodeType>) {
  const { t } = useTranslation();
  const { step, exits } = data;
  const run = data.run;
  const Picture = run?.status.icon;
  const classes = ['pl-node', selected && 'pl-node-selected', data.trigger && 'pl-node-trigger', data.todo > 0 && !run && 'pl-node-todo', run && `pl-run-${run.status.role}`, run?.faint && 'pl-node-faint'];
  return (
    <div className={classes.filter(Boolean).join(' ')}>
      {!data.trigger || data.number > 1 ? <Handle type="target" position={Position.Top} isConnectable={isConnectable} /> : null}
      <span className="pl-node-number">{data.number}</span>
      <StepTile step={step} />
      <div className="pl-node-text">
        <strong>{nameOf(step, t)}</strong>
        <span>{subtitle(step, t)}</span>
      </div>
      {run && Picture ? (
        <span className={`pl-pill pl-${run.status.role} pl-node-badge`}>
          <Picture size={12} aria-hidden /> {run.text || t(`status.${run.status.word}`)}
        </span>
      ) : data.todo > 0 ? (
        <span className="pl-pill pl-caution pl-node-badge">
          <IconCircleDashed size={12} aria-hidden /> {t('builder.todo', { count: data.todo })}
        </span>
      ) : null}
      {exits.map((exit, i) => (
        <Handle key={exit} id={exit} type="source" position={Position.Bottom} isConnectable={isConnectable} style={{ left: `${((i + 1) / (exits.length + 1)) * 100}%` }}>
          {exits.length > 1 && data.open.includes(exit) && <span className="pl-exit">{t('builder.ends', { exit: exitName(step, exit) })}</span>}
        </Handle>
      ))}
      {selected && <NodeActs step={step} />}
    </div>
  );
});

function NodeActs({ step }: { step: Step }) {
  const { t } = useTranslation();
  const acts = useContext(Acts);
  if (!acts) return null;
  return (
    <div className="pl-node-acts nodrag nopan">
      {step.Method && step.ActionType === 'Action' && acts.test && (
        <Button size="compact-xs" variant="subtle" color="gray" leftSection={<IconPlayerPlay size={13} />} onClick={() => acts.test?.(step.Id)}>
          {t('builder.test')}
        </Button>
      )}
      <Button size="compact-xs" variant="subtle" color="gray" leftSection={<IconAdjustmentsHorizontal size={13} />} onClick={() => acts.setUp(step.Id)}>
        {t('builder.setUp')}
      </Button>
      {acts.duplicate && (
        <Tooltip label={t('builder.duplicate')}>
          <ActionIcon size={24} aria-label={t('builder.duplicate')} onClick={() => acts.duplicate?.([step.Id])}>
            <IconCopy size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      {acts.remove && (
        <Tooltip label={t('builder.delete')}>
          <ActionIcon size={24} aria-label={t('builder.delete')} onClick={() => acts.remove?.([step.Id])}>
            <IconTrash size={14} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}

export type NoteNodeType = Node<{ step: Step }, 'note'>;

// NoteNode is a free note beside the steps.
export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<NoteNodeType>) {
  const { t } = useTranslation();
  return (
    <div className={`pl-note${selected ? ' pl-node-selected' : ''}`}>
      {data.step.Description || data.step.Name || t('builder.noteEmpty')}
      {selected && <NodeActs step={data.step} />}
    </div>
  );
});
