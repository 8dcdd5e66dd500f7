import { FileInput, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Cycle, cyclesCopyPost, cyclesExportGet, cyclesImportPost } from '../api';
import { ask } from '../lib/ask';
import { download } from '../lib/download';
import { newerRelease, useLibrary } from '../lib/library';
import { installedIn } from '../lib/queries';
import { ConfirmDialog } from '../ui/ConfirmDialog';
import { Dialog, Form, FormDialog } from '../ui/FormDialog';
import { prettyJSON } from '../ui/json';
import { useToast } from '../ui/Toasts';

const inAccount = (account: string) => ({ 'X-Cyclr-Account': account });

type Props = { account: string; cycle: Cycle; close: () => void };

// ExportCycle says what does not travel, and which connectors have newer releases, before the file is made.
export function ExportCycle({ account, cycle, close }: Props) {
  const { t } = useTranslation();
  const library = useLibrary(account);
  const connectors = useQuery(installedIn(account));
  const used = new Set((cycle.Connectors ?? []).map((c) => c.AccountConnectorId));
  const older = (connectors.data ?? []).filter((c) => used.has(c.Id) && newerRelease(c, library.data?.items));
  return (
    <ConfirmDialog
      title={t('cycleFiles.exportTitle', { name: cycle.Name })}
      close={close}
      choices={[
        {
          word: t('cycles.export'), main: true,
          act: async () => {
            const file = await ask(cyclesExportGet({ headers: inAccount(account), path: { id: cycle.Id }, parseAs: 'text' }));
            download(`${cycle.Name}.json`, prettyJSON(String(file)));
          },
        },
      ]}
    >
      <p>{t('cycleFiles.exportText')}</p>
      <p className="pl-note">{t('cycleFiles.notInFile')}</p>
      {older.length > 0 && (
        <div className="pl-note">
          {t('cycleFiles.older')}
          <ul>
            {older.map((c) => (
              <li key={c.Id}>{t('cycleFiles.olderOne', { name: c.Name, from: c.Connector.Release, to: newerRelease(c, library.data?.items) })}</li>
            ))}
          </ul>
        </div>
      )}
    </ConfirmDialog>
  );
}

// ImportCycle makes a paused cycle of a file, uploaded or pasted, and tells what the file could not carry.
export function ImportCycle({ account, close }: { account: string; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [pasted, setPasted] = useState('');
  const [made, setMade] = useState<Cycle | null>(null);
  if (made) {
    return (
      <Dialog title={t('cycleFiles.imported', { name: made.Name })} close={close}>
        <div className="pl-dialog">
          <p>{t('cycleFiles.importedText')}</p>
          {!!made.ImportNotes?.length && (
            <ul className="pl-note">
              {made.ImportNotes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          )}
        </div>
        <Form word={t('act.done')} submit={async () => close()}>
          <span />
        </Form>
      </Dialog>
    );
  }
  return (
    <FormDialogStay title={t('cycleFiles.import')} word={t('cycleFiles.importGo')} close={close} disabled={!file && !pasted.trim()} submit={async () => {
      const text = file ? await file.text() : pasted;
      try {
        JSON.parse(text);
      } catch (e) {
        throw new Error(t('cycleFiles.noJSON', { why: (e as Error).message }));
      }
      // The file goes as it is: parsed, long numbers of it would be others.
      const cycle = await ask(cyclesImportPost({ headers: { ...inAccount(account), 'Content-Type': 'application/json' }, body: text as never, bodySerializer: String }));
      await queries.invalidateQueries({ queryKey: [account] });
      setMade(cycle);
    }}>
      <p>{t('cycleFiles.importText')}</p>
      <FileInput label={t('cycleFiles.file')} placeholder={t('cycleFiles.choose')} accept="application/json,.json" value={file} onChange={setFile} clearable clearButtonProps={{ 'aria-label': t('act.clearFile') }} />
      <Textarea label={t('cycleFiles.paste')} value={pasted} onChange={(e) => setPasted(e.currentTarget.value)} disabled={!!file} rows={8} className="pl-code-input" />
    </FormDialogStay>
  );
}

// FormDialogStay is a dialog whose content changes once the form was taken, instead of closing.
function FormDialogStay({ title, close, ...form }: { title: string; word: string; close: () => void; disabled: boolean; submit: () => Promise<unknown>; children: React.ReactNode }) {
  return (
    <Dialog title={title} close={close} size="lg">
      <Form {...form} cancel={close} />
    </Dialog>
  );
}

// CopyCycle makes another paused cycle with the same steps, without the transactions of the first.
export function CopyCycle({ account, cycle, close }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  return (
    <FormDialog
      title={t('cycleFiles.copyTitle', { name: cycle.Name })}
      word={t('cycleFiles.copy')}
      close={close}
      submit={async ({ text }) => {
        await ask(cyclesCopyPost({ headers: inAccount(account), path: { id: cycle.Id }, body: { Name: text('name') } }));
        await queries.invalidateQueries({ queryKey: [account] });
        toast(t('cycleFiles.copied', { name: text('name') }));
      }}
    >
      <p>{t('cycleFiles.copyText')}</p>
      <TextInput name="name" label={t('templates.name')} defaultValue={t('cycleFiles.copyName', { name: cycle.Name })} required data-autofocus />
    </FormDialog>
  );
}
