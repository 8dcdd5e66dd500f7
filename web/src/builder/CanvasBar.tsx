import { ActionIcon, SegmentedControl, Tooltip } from '@mantine/core';
import { useReactFlow, useStore } from '@xyflow/react';
import { IconArrowBackUp, IconArrowForwardUp, IconKeyboard, IconMaximize, IconSitemap, IconZoomIn, IconZoomOut, type Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Editor } from './useEditor';

// CanvasBar floats above the canvas: what is shown, undo and redo, zoom, lay out, keys.
export function CanvasBar({ editor, edit, form, setForm, arrange, keys }: { editor: Editor; edit: boolean; form: boolean; setForm: (on: boolean) => void; arrange: () => void; keys: () => void }) {
  const { t } = useTranslation();
  const rf = useReactFlow();
  const zoom = useStore((s) => Math.round(s.transform[2] * 100));
  const button = (label: string, Picture: Icon, act: () => void) => <BarButton label={label} icon={Picture} act={act} />;
  return (
    <div className="pl-canvas-bar" role="toolbar" aria-label={t('builder.acts')}>
      <SegmentedControl size="xs" value={form ? 'form' : 'canvas'} onChange={(v) => setForm(v === 'form')} data={[{ value: 'canvas', label: t('builder.canvas') }, { value: 'form', label: t('builder.form') }]} />
      {edit && (
        <>
          <span className="pl-rule" />
          <Undoing editor={editor} />
        </>
      )}
      {!form && (
        <>
          <span className="pl-rule" />
          {button(t('builder.zoomOut'), IconZoomOut, () => void rf.zoomOut())}
          <span className="pl-zoom">{zoom}%</span>
          {button(t('builder.zoomIn'), IconZoomIn, () => void rf.zoomIn())}
          {button(t('builder.fit'), IconMaximize, () => void rf.fitView({ maxZoom: 1, padding: 0.2 }))}
          {edit && button(t('builder.layOut'), IconSitemap, arrange)}
        </>
      )}
      <span className="pl-rule" />
      {button(t('builder.keysTitle'), IconKeyboard, keys)}
    </div>
  );
}

function BarButton({ label, icon: Picture, act, disabled = false, size }: { label: string; icon: Icon; act: () => void; disabled?: boolean; size?: number }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={act} disabled={disabled} {...(size ? { size } : {})}>
        <Picture size={17} stroke={1.6} />
      </ActionIcon>
    </Tooltip>
  );
}

// Undoing takes back what was done last, and does it again.
export function Undoing({ editor, size }: { editor: Pick<Editor, 'undo' | 'redo' | 'canUndo' | 'canRedo'>; size?: number }) {
  const { t } = useTranslation();
  return (
    <>
      <BarButton label={t('builder.undo')} icon={IconArrowBackUp} act={editor.undo} disabled={!editor.canUndo} size={size} />
      <BarButton label={t('builder.redo')} icon={IconArrowForwardUp} act={editor.redo} disabled={!editor.canRedo} size={size} />
    </>
  );
}
