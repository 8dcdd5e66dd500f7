import { ActionIcon, Button, Select, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldMapping, MappingInput, OperandInput } from '../api';
import type { SetupData } from './MappingTable';
import type { Row } from './model';
import { ValueCell } from './ValueCell';

export type Answer = OperandInput & { Key: string };

const fixed = ['reply:status', 'reply:contentType', 'reply:body'];

// rowOf is one value of an answer as the table of a step's set-up has its rows.
function rowOf(key: string, name: string, answer: Answer | undefined): Row {
  const mapping = { MappingType: 'Ignore', Value: null, SourceStepId: null, SourceLocation: null, TriggerValue: null, IsLaunchVisible: false, ...answer } as unknown as FieldMapping;
  return { kind: 'field', id: 0, name, location: key, description: '', optional: true, dataType: 'Undefined', values: [], trigger: undefined, mapping };
}

// withAnswer puts a value of an answer in the place of the one under the same key; one that is ignored goes.
export function withAnswer(answers: Answer[], Key: string, m: MappingInput): Answer[] {
  const rest = answers.filter((a) => a.Key !== Key);
  if (m.MappingType === 'Ignore') return rest;
  const { MappingType, Value, SourceStepId, SourceLocation } = m;
  const next = { Key, MappingType, Value: Value ?? null, SourceStepId: SourceStepId ?? null, SourceLocation: SourceLocation ?? null } as Answer;
  return answers.some((a) => a.Key === Key) ? answers.map((a) => (a.Key === Key ? next : a)) : [...answers, next];
}

// ResponseForm is what the sender of a webhook gets: status, type and body, headers, and fields of a JSON body.
export function ResponseForm({ answers, put, ...data }: SetupData & { answers: Answer[]; put: (answers: Answer[]) => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState('field');
  const [name, setName] = useState('');
  const [begun, setBegun] = useState<string[]>([]); // keys without a value yet: the server has none of them
  const keys = [...new Set([...fixed, ...answers.map((a) => a.Key), ...begun])];
  const words = (key: string) => (fixed.includes(key) ? t(`setup.answers.${key.slice(6)}`) : key.slice(key.indexOf(':') + 1));
  const drop = (key: string) => {
    setBegun(begun.filter((k) => k !== key));
    if (answers.some((a) => a.Key === key)) put(answers.filter((a) => a.Key !== key));
  };
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{t('setup.responseLead')}</p>
      {keys.map((key) => (
        <div key={key} className="pl-answer">
          <span className="pl-label">
            {words(key)} {!fixed.includes(key) && <span className="pl-dim pl-small">{t(key.startsWith('header:') ? 'setup.answers.header' : 'setup.answers.field')}</span>}
          </span>
          <ValueCell {...data} row={rowOf(key, words(key), answers.find((a) => a.Key === key))} save={async (_row, m) => put(withAnswer(answers, key, m))} />
          {data.edit && !fixed.includes(key) && (
            <ActionIcon aria-label={t('setup.removeAnswer', { name: words(key) })} onClick={() => drop(key)}>
              <IconTrash size={15} />
            </ActionIcon>
          )}
        </div>
      ))}
      {data.edit && (
        <form
          className="pl-inline-form"
          onSubmit={(e) => {
            e.preventDefault();
            setBegun([...begun, `${kind}:${name.trim()}`]);
            setName('');
          }}
        >
          <Select w={170} label={t('setup.answers.add')} value={kind} allowDeselect={false} data={[{ value: 'field', label: t('setup.answers.field') }, { value: 'header', label: t('setup.answers.header') }]} onChange={(v) => v && setKind(v)} />
          <TextInput className="pl-grow" label={t('setup.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} spellCheck={false} />
          <Button type="submit" leftSection={<IconPlus size={14} />} disabled={name.trim() === ''}>{t('setup.add')}</Button>
        </form>
      )}
    </div>
  );
}
