import '@xyflow/react/dist/base.css';
import './builder.css';
import '../text/builder';
import { useMediaQuery } from '@mantine/hooks';
import { ReactFlowProvider } from '@xyflow/react';
import { type ReactNode, useState } from 'react';
import { Canvas } from './Canvas';
import type { Flow } from './flow';
import { StepList } from './StepList';
import { useEdges, useNodes } from './views';

const nothing = new Map<string, number>();
const ignore = () => {};

// ReleaseView shows a flow that cannot be changed.
export function ReleaseView({ name, flow, bar }: { name: string; flow: Flow; bar: ReactNode }) {
  const narrow = useMediaQuery('(max-width: 760px)') ?? false;
  const [selected, select] = useState<string[]>([]);
  const [chosenEdge, chooseEdge] = useState<string | null>(null);
  const nodes = useNodes(flow, nothing, undefined);
  const edges = useEdges(flow, undefined);
  return (
    <div className="pl-builder">
      {bar}
      <main className="pl-work pl-work-alone">
        <h1 className="pl-hidden">{name}</h1>
        {narrow ? (
          <div className="pl-form-view">
            <StepList flow={flow} todo={nothing} overlay={undefined} open={ignore} />
          </div>
        ) : (
          <ReactFlowProvider>
            <div className="pl-canvas">
              <Canvas flow={flow} nodes={nodes} edges={edges} selected={selected} select={select} edit={false} moved={ignore} connected={ignore} chosenEdge={chosenEdge} chooseEdge={chooseEdge} dropped={ignore} open={ignore} refused={ignore} />
            </div>
          </ReactFlowProvider>
        )}
      </main>
    </div>
  );
}
