import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from '@xyflow/react';
import { IconPlus, IconX } from '@tabler/icons-react';
import { memo, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Acts } from './acts';
import type { Role } from '../ui/status';

export type ExitData = { label: string; type: string; run?: { role: Role; count: number; moving: boolean } | 'none' };
export type ExitEdgeType = Edge<ExitData, 'exit'>;

// ExitEdge leads from an exit to the next step, with the exit's name upon it, a plus that puts a step between, and a
// cross that takes it away. Plus and cross are drawn only where somebody points at the edge, or has chosen it: a flow of hundreds of
// edges would have them hundreds of times.
export const ExitEdge = memo(function ExitEdge(props: EdgeProps<ExitEdgeType>) {
  const { t } = useTranslation();
  const acts = useContext(Acts);
  const [pointed, setPointed] = useState(false);
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 10 });
  const run = props.data?.run;
  const tone = run === 'none' ? 'pl-edge-faint' : run ? `pl-edge-${run.role}${run.moving ? ' pl-edge-moving' : ''}` : '';
  const label = props.data?.label;
  const edge = { TailStepId: props.source, HeadStepId: props.target, EdgeType: props.data?.type ?? 'Forward' };
  const counted = run && run !== 'none' && run.count > 1 ? ` ${run.count}` : '';
  const act = !!acts?.insert && (pointed || props.selected);
  return (
    <g onMouseEnter={() => setPointed(true)} onMouseLeave={() => setPointed(false)}>
      <BaseEdge path={path} markerEnd={props.markerEnd} className={`pl-edge ${tone}${props.selected ? ' pl-edge-selected' : ''}`} interactionWidth={16} />
      {(label || counted || act) && (
        <EdgeLabelRenderer>
          <div className={`pl-edge-label nodrag nopan${props.selected ? ' pl-edge-chosen' : ''}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            {(label || counted) && (
              <span className={run && run !== 'none' ? `pl-${run.role}` : ''}>
                {label}
                {counted}
              </span>
            )}
            {act && acts?.insert && (
              <button type="button" tabIndex={-1} className="pl-edge-plus" aria-label={t('builder.insertHere')} title={t('builder.insertHere')} onClick={() => acts.insert?.(edge)}>
                <IconPlus size={12} />
              </button>
            )}
            {act && acts?.cut && (
              <button type="button" tabIndex={-1} className="pl-edge-plus" aria-label={t('builder.cut')} title={t('builder.cut')} onClick={() => acts.cut?.(edge)}>
                <IconX size={12} />
              </button>
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </g>
  );
});
