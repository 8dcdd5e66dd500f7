import { getSmoothStepPath } from '@xyflow/react';
import { IconPlus, IconX } from '@tabler/icons-react';
import { memo, useContext, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Acts } from './acts';
import type { Role } from '../ui/status';

export type ExitLine = { id: string; tail: string; head: string; type: string; label: string; run?: { role: Role; count: number; moving: boolean } | 'none' };

export type Ends = { sourceX: number; sourceY: number; targetX: number; targetY: number };

type Props = { edge: ExitLine; ends: Ends; arrow: string; labels: Element | null; selected: boolean };

// ExitEdge leads from an exit to the next step, with the exit's name upon it, a plus that puts a step between, and a
// cross that takes it away. Plus and cross are drawn only where somebody points at the edge, or has chosen it: a flow of hundreds of
// edges would have them hundreds of times.
export const ExitEdge = memo(function ExitEdge({ edge, ends, arrow, labels, selected }: Props) {
  const { t } = useTranslation();
  const acts = useContext(Acts);
  const [pointed, setPointed] = useState(false);
  const [path, x, y] = getSmoothStepPath({ ...ends, borderRadius: 10 });
  const { run, label } = edge;
  const tone = run === 'none' ? 'pl-edge-faint' : run ? `pl-edge-${run.role}${run.moving ? ' pl-edge-moving' : ''}` : '';
  const between = { TailStepId: edge.tail, HeadStepId: edge.head, EdgeType: edge.type };
  const counted = run && run !== 'none' && run.count > 1 ? ` ${run.count}` : '';
  const act = !!acts?.insert && (pointed || selected);
  return (
    <g className="nopan" data-edge={edge.id} onMouseEnter={() => setPointed(true)} onMouseLeave={() => setPointed(false)}>
      <path d={path} markerEnd={`url(#${arrow})`} className={`pl-edge ${tone}${selected ? ' pl-edge-selected' : ''}`} />
      <path d={path} className="pl-edge-reach" />
      {labels && (label || counted || act) && createPortal(
        <div className={`pl-edge-label nodrag nopan${selected ? ' pl-edge-chosen' : ''}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
          {(label || counted) && (
            <span className={run && run !== 'none' ? `pl-${run.role}` : ''}>
              {label}
              {counted}
            </span>
          )}
          {act && acts?.insert && (
            <button type="button" tabIndex={-1} className="pl-edge-plus" aria-label={t('builder.insertHere')} title={t('builder.insertHere')} onClick={() => acts.insert?.(between)}>
              <IconPlus size={12} />
            </button>
          )}
          {act && acts?.cut && (
            <button type="button" tabIndex={-1} className="pl-edge-plus" aria-label={t('builder.cut')} title={t('builder.cut')} onClick={() => acts.cut?.(between)}>
              <IconX size={12} />
            </button>
          )}
        </div>,
        labels,
      )}
    </g>
  );
});
