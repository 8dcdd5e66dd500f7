import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountFileGet } from '../api';
import { ask } from '../lib/ask';
import { download } from '../lib/download';
import { count } from '../lib/format';
import { useToast } from '../ui/Toasts';

// filesIn finds the files that a logged request or answer stands for.
export function filesIn(text: string | null | undefined): { ref: string; bytes: number }[] {
  const all = [...(text ?? '').matchAll(/\(a file of (\d+) bytes, ref ([0-9a-f-]{36})\)/g)];
  return all.map((m) => ({ ref: m[2] ?? '', bytes: Number(m[1]) })).filter((f, i, list) => list.findIndex((g) => g.ref === f.ref) === i);
}

// FilesIn offers the files of a logged request or answer, which the log has by their references alone.
export function FilesIn({ account, text }: { account: string; text: string | null | undefined }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [busy, setBusy] = useState('');
  return filesIn(text).map((file) => (
    <Button
      key={file.ref}
      size="xs"
      leftSection={<IconDownload size={13} />}
      loading={busy === file.ref}
      onClick={async () => {
        setBusy(file.ref);
        try {
          const content = await ask(accountFileGet({ headers: { 'X-Cyclr-Account': account }, path: { file: file.ref }, parseAs: 'blob' }));
          download(file.ref, content as unknown as Blob, 'application/octet-stream');
        } catch (e) {
          toast((e as Error).message, true);
        }
        setBusy('');
      }}
    >
      {t('transactions.file', { bytes: count(file.bytes) })}
    </Button>
  ));
}
