import { Handle, type Node, type NodeProps, Position, useUpdateNodeInternals } from '@xyflow/react';
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconCircleDashed, IconCopy, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { createContext, type CSSProperties, memo, useContext, useEffect, useRef, useState } from 'react';
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

// isEntered reports whether connections may lead to a step: not to the first one, which begins.
const isEntered = (data: Pick<StepData, 'trigger' | 'number'>) => !data.trigger || data.number > 1;

// Linking says that a connection is being drawn.
export const Linking = createContext(false);

type Dot = { live: boolean; type: 'source' | 'target'; isConnectable: boolean; id?: string; style?: CSSProperties; label?: string };

// ConnectDot is where connections begin or end. Where nobody points and none is drawn it is only a picture, which the canvas measures as
// it does a handle: each handle hears of every move of a card.
function ConnectDot({ live, type, label, ...rest }: Dot) {
  const position = type === 'source' ? Position.Bottom : Position.Top;
  const ends = label && <span className="pl-exit">{label}</span>;
  if (live && rest.isConnectable) return <Handle type={type} position={position} {...rest}>{ends}</Handle>;
  return <span className={`react-flow__handle react-flow__handle-${position} ${type}${rest.isConnectable ? ' pl-dot' : ''}`} data-handleid={rest.id} data-handlepos={position} style={rest.style}>{ends}</span>;
}

// sameCard looks away from where a card is: it is moved as a whole.
function sameCard(a: NodeProps<StepNodeType>, b: NodeProps<StepNodeType>) {
  return a.id === b.id && a.data === b.data && a.selected === b.selected && a.isConnectable === b.isConnectable;
}

// StepNode is a step on the canvas. It draws again only when its own data changes, or when it is chosen.
export const StepNode = memo(function StepNode({ id, data, selected, isConnectable }: NodeProps<StepNodeType>) {
  const { t } = useTranslation();
  const { step, exits } = data;
  const [pointed, setPointed] = useState(false);
  const live = useContext(Linking) || pointed || !!selected;
  const measure = useUpdateNodeInternals();
  const shape = `${isEntered(data)} ${exits.join()}`;
  const measured = useRef(shape);
  useEffect(() => {
    if (measured.current === shape) return;
    measured.current = shape;
    measure(id); // edges begin and end where its dots are by now
  }, [shape, id, measure]);
  const run = data.run;
  const Picture = run?.status.icon;
  const classes = ['pl-node', selected && 'pl-node-selected', data.trigger && 'pl-node-trigger', data.todo > 0 && !run && 'pl-node-todo', run && `pl-run-${run.status.role}`, run?.faint && 'pl-node-faint'];
  return (
    <div className={classes.filter(Boolean).join(' ')} onMouseEnter={(e) => e.buttons === 0 && setPointed(true)} onMouseLeave={(e) => e.buttons === 0 && setPointed(false)}>
      {isEntered(data) ? <ConnectDot live={live} type="target" isConnectable={isConnectable} /> : null}
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
        <ConnectDot
          key={exit} live={live} id={exit} type="source" isConnectable={isConnectable} style={{ left: `${((i + 1) / (exits.length + 1)) * 100}%` }}
          {...(exits.length > 1 && data.open.includes(exit) ? { label: t('builder.ends', { exit: exitName(step, exit) }) } : {})}
        />
      ))}
      {selected && <NodeActs step={step} />}
    </div>
  );
}, sameCard);

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
}, (a, b) => a.data === b.data && a.selected === b.selected);
