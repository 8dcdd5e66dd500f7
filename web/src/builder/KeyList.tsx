import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';

const keys: [string, string][] = [
  ['A /', 'add'], ['Enter', 'setUp'], ['← ↑ → ↓', 'go'], ['Shift ← ↑ → ↓', 'extend'], ['Alt ← ↑ → ↓', 'move'], ['T F 1…9', 'exit'], ['C', 'connect'], ['E', 'edge'],
  ['Shift T', 'test'], ['R', 'run'], ['Ctrl Z', 'undo'], ['Ctrl Shift Z', 'redo'], ['Ctrl C, Ctrl V', 'copy'], ['Ctrl D', 'duplicate'], ['Ctrl A', 'all'], ['Del', 'delete'], ['Esc', 'leave'],
  ['L', 'layout'], ['P', 'next'], ['Ctrl 0', 'fit'], ['Ctrl 1', 'full'], ['Ctrl + -', 'zoom'], ['[ ]', 'neighbours'], ['Ctrl Space', 'fields'], ['?', 'keys'],
];

// KeyList tells which keys do what.
export function KeyList({ close }: { close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={close} title={t('builder.keysTitle')} closeButtonProps={{ 'aria-label': t('act.close') }}>
      <dl className="pl-keys">
        {keys.map(([key, word]) => (
          <div key={word}>
            <dt>{key.split(' ').map((k, i) => <kbd key={i}>{k}</kbd>)}</dt>
            <dd>{t(`builder.keys.${word}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
