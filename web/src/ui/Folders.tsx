import { Button, Select, TextInput } from '@mantine/core';
import { IconFolder } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Folder } from '../api';
import { ConfirmDialog } from './ConfirmDialog';
import { FormDialog } from './FormDialog';

// pathOf is the names of a folder and those that it lies in.
export function pathOf(f: Folder, all: Folder[]): string {
  const parent = all.find((x) => x.Id === f.ParentId);
  return parent ? `${pathOf(parent, all)} / ${f.Name}` : f.Name;
}

export type FolderAct = { act: 'folder'; folder?: Folder } | { act: 'dropFolder'; folder: Folder };

// FolderBar chooses a folder of a list, and offers what can be done with the chosen one.
export function FolderBar({ folders, chosen, choose, edit, ask }: { folders: Folder[]; chosen: string | undefined; choose: (id: string | undefined) => void; edit: boolean; ask: (act: FolderAct) => void }) {
  const { t } = useTranslation();
  const here = folders.find((f) => f.Id === chosen);
  return (
    <>
      <nav className="pl-folders" aria-label={t('folders.title')}>
        <button type="button" aria-current={!chosen ? 'true' : undefined} onClick={() => choose(undefined)}>{t('folders.all')}</button>
        {folders.map((f) => (
          <button key={f.Id} type="button" aria-current={chosen === f.Id ? 'true' : undefined} onClick={() => choose(f.Id)}>
            <IconFolder size={14} aria-hidden /> {pathOf(f, folders)}
          </button>
        ))}
      </nav>
      {here && edit && (
        <>
          <Button size="xs" onClick={() => ask({ act: 'folder', folder: here })}>{t('folders.rename')}</Button>
          <Button size="xs" onClick={() => ask({ act: 'dropFolder', folder: here })}>{t('folders.delete')}</Button>
        </>
      )}
    </>
  );
}

function Place({ folders, value, change }: { folders: Folder[]; value: string | null; change: (id: string | null) => void }) {
  const { t } = useTranslation();
  return <Select label={t('folders.in')} placeholder={t('folders.top')} data={folders.map((f) => ({ value: f.Id, label: pathOf(f, folders) }))} value={value} onChange={change} clearable searchable />;
}

type Dialogs = { asked: FolderAct; folders: Folder[]; text: string; put: (name: string, parent: string | null, folder?: Folder) => Promise<unknown>; drop: (folder: Folder) => Promise<unknown>; close: () => void };

// FolderDialog makes, renames, moves or deletes a folder.
export function FolderDialog({ asked, folders, text: dropText, put, drop, close }: Dialogs) {
  const { t } = useTranslation();
  const [parent, setParent] = useState<string | null>(asked.act === 'folder' ? (asked.folder?.ParentId ?? null) : null);
  if (asked.act === 'dropFolder') {
    return (
      <ConfirmDialog title={t('folders.deleteTitle', { name: asked.folder.Name })} close={close} choices={[{ word: t('folders.delete'), danger: true, main: true, act: () => drop(asked.folder) }]}>
        <p>{dropText}</p>
      </ConfirmDialog>
    );
  }
  return (
    <FormDialog title={asked.folder ? t('folders.rename') : t('folders.add')} word={t('act.save')} close={close} submit={({ text }) => put(text('name'), parent, asked.folder)}>
      <TextInput name="name" label={t('accounts.name')} defaultValue={asked.folder?.Name} required data-autofocus />
      <Place folders={folders.filter((f) => f.Id !== asked.folder?.Id)} value={parent} change={setParent} />
    </FormDialog>
  );
}

// MoveDialog lays something into a folder.
export function MoveDialog({ name, now, folders, move, close }: { name: string; now: string | null | undefined; folders: Folder[]; move: (folder: string | null) => Promise<unknown>; close: () => void }) {
  const { t } = useTranslation();
  const [folder, setFolder] = useState<string | null>(now ?? null);
  return (
    <FormDialog title={t('folders.moveTitle', { name })} word={t('folders.move')} close={close} submit={() => move(folder)}>
      <Place folders={folders} value={folder} change={setFolder} />
    </FormDialog>
  );
}
