import { Panel, type ReactFlowState, useReactFlow, useStore } from '@xyflow/react';
import { type PointerEvent, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { cardHeight, cardWidth, type Flow } from './flow';

const viewed = (s: ReactFlowState) => ({ x: -s.transform[0] / s.transform[2], y: -s.transform[1] / s.transform[2], width: s.width / s.transform[2], height: s.height / s.transform[2] });
type Box = ReturnType<typeof viewed>;
const sameBox = (a: Box, b: Box) => a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

const size = { width: 150, height: 100 };

// Overview is the whole flow in small, with the part that is in view: press or drag to go elsewhere. It is one shape, drawn when the
// flow changes and not while a card is dragged.
export function Overview({ flow }: { flow: Flow }) {
  const { t } = useTranslation();
  const rf = useReactFlow();
  const view = useStore(viewed, sameBox);
  const held = useRef<Box | null>(null);
  const { cards, box } = useMemo(() => {
    const left = flow.steps.map((s) => s.DisplayPositionLeft);
    const top = flow.steps.map((s) => s.DisplayPositionTop);
    return {
      cards: flow.steps.map((s) => `M${s.DisplayPositionLeft} ${s.DisplayPositionTop}h${cardWidth}v${cardHeight}h${-cardWidth}z`).join(''),
      box: flow.steps.length === 0 ? null : { left: Math.min(...left), top: Math.min(...top), right: Math.max(...left) + cardWidth, bottom: Math.max(...top) + cardHeight },
    };
  }, [flow.steps]);
  const whole = held.current ?? around(box, view);
  const inner = `M${view.x} ${view.y}h${view.width}v${view.height}h${-view.width}z`;
  const go = (e: PointerEvent<SVGSVGElement>) => {
    const at = e.currentTarget.getBoundingClientRect();
    void rf.setCenter(whole.x + ((e.clientX - at.left) / at.width) * whole.width, whole.y + ((e.clientY - at.top) / at.height) * whole.height, { zoom: rf.getZoom() });
  };
  return (
    <Panel position="bottom-left" className="pl-minimap">
      <svg
        role="img" aria-label={t('builder.minimap')} width={size.width} height={size.height} viewBox={`${whole.x} ${whole.y} ${whole.width} ${whole.height}`}
        onPointerDown={(e) => {
          held.current = whole; // it stays where it is while it is dragged
          e.currentTarget.setPointerCapture(e.pointerId);
          go(e);
        }}
        onPointerMove={(e) => held.current && go(e)} onPointerUp={() => { held.current = null; }}
      >
        <path className="pl-minimap-cards" d={cards} />
        <path className="pl-minimap-mask" fillRule="evenodd" d={`M${whole.x} ${whole.y}h${whole.width}v${whole.height}h${-whole.width}z${inner}`} />
      </svg>
    </Panel>
  );
}

// around is what the picture shows: all cards and what is in view, in the shape of the picture.
function around(cards: { left: number; top: number; right: number; bottom: number } | null, view: Box): Box {
  const left = Math.min(cards?.left ?? view.x, view.x);
  const top = Math.min(cards?.top ?? view.y, view.y);
  const right = Math.max(cards?.right ?? view.x, view.x + view.width);
  const bottom = Math.max(cards?.bottom ?? view.y, view.y + view.height);
  const scale = Math.max((right - left) / size.width, (bottom - top) / size.height, 1) * 1.1;
  const [width, height] = [scale * size.width, scale * size.height];
  return { x: left - (width - (right - left)) / 2, y: top - (height - (bottom - top)) / 2, width, height };
}
