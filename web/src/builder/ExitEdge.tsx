import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from '@xyflow/react';
import { IconPlus, IconX } from '@tabler/icons-react';
import { memo, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { Acts } from './acts';
import type { Role } from '../ui/status';

export type ExitData = { label: string; type: string; run?: { role: Role; count: number; moving: boolean } | 'none' };
export type ExitEdgeType = Edge<ExitData, 'exit'>;

// ExitEdge leads from an exit to the next step, with the exit's name upon it, a plus that puts a step between, and a
// cross that takes it away.
export const ExitEdge = memo(function ExitEdge(props: EdgeProps<ExitEdgeType>) {
  const { t } = useTranslation();
  const acts = useContext(Acts);
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 10 });
  const run = props.data?.run;
  const tone = run === 'none' ? 'pl-edge-faint' : run ? `pl-edge-${run.role}${run.moving ? ' pl-edge-moving' : ''}` : '';
  const label = props.data?.label;
  const edge = { TailStepId: props.source, HeadStepId: props.target, EdgeType: props.data?.type ?? 'Forward' };
  const counted = run && run !== 'none' && run.count > 1 ? ` ${run.count}` : '';
  return (
    <>
      <BaseEdge path={path} markerEnd={props.markerEnd} className={`pl-edge ${tone}${props.selected ? ' pl-edge-selected' : ''}`} interactionWidth={16} />
      {(label || counted || acts?.insert) && (
        <EdgeLabelRenderer>
          <div className={`pl-edge-label nodrag nopan${props.selected ? ' pl-edge-chosen' : ''}`} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            {(label || counted) && (
              <span className={run && run !== 'none' ? `pl-${run.role}` : ''}>
                {label}
                {counted}
              </span>
            )}
            {acts?.insert && (
              <button type="button" tabIndex={-1} className="pl-edge-plus" aria-label={t('builder.insertHere')} title={t('builder.insertHere')} onClick={() => acts.insert?.(edge)}>
                <IconPlus size={12} />
              </button>
            )}
            {acts?.cut && (
              <button type="button" tabIndex={-1} className="pl-edge-plus" aria-label={t('builder.cut')} title={t('builder.cut')} onClick={() => acts.cut?.(edge)}>
                <IconX size={12} />
              </button>
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
