import { Button, CopyButton } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { prettyJSON } from './json';

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

// JsonView shows a document with line numbers and colours; what is no JSON is shown as it is.
export function JsonView({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  if (text === '') return <p className="pl-dim pl-pad">{t('json.none')}</p>;
  const pretty = prettyJSON(text);
  return (
    <div className="pl-json">
      <CopyButton value={pretty}>
        {({ copied, copy }) => (
          <Button size="compact-xs" className="pl-json-copy" leftSection={<IconCopy size={12} />} onClick={copy}>
            {copied ? t('act.copied') : t('act.copy')}
          </Button>
        )}
      </CopyButton>
      <pre tabIndex={0} aria-label={label}>
        {pretty.split('\n').map((line, i) => (
          <div key={i}>
            <span className="pl-line" aria-hidden>
              {i + 1}
            </span>
            {coloured(line)}
          </div>
        ))}
      </pre>
    </div>
  );
}

function coloured(line: string) {
  const parts = [];
  let at = 0;
  for (const m of line.matchAll(token)) {
    if (m.index > at) parts.push(line.slice(at, m.index));
    const kind = m[2] !== undefined ? 'key' : m[1] !== undefined ? 'string' : m[3] !== undefined ? 'word' : 'number';
    parts.push(
      <span key={m.index} className={`pl-code-${kind}`}>
        {m[1] ?? m[0]}
      </span>,
    );
    if (m[2] !== undefined) parts.push(m[2]);
    at = m.index + m[0].length;
  }
  parts.push(line.slice(at));
  return parts;
}
