import { Button, FileButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

// Picture is a picture that is kept as a data URI, of at most so many KiB.
export function Picture({ label, value, put, most, disabled }: { label: string; value: string; put: (uri: string) => void; most: number; disabled?: boolean }) {
  const { t } = useTranslation();
  const [wrong, tell] = useState(false);
  const read = async (file: File | null) => {
    if (!file) return;
    tell(!/^image\/(png|jpeg|gif|webp)$/.test(file.type) || file.size > most * 1024);
    if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type) || file.size > most * 1024) return;
    const reader = new FileReader();
    reader.onload = () => put(String(reader.result));
    reader.readAsDataURL(file);
  };
  return (
    <div className="pl-picture" role="group" aria-label={label}>
      <span className="pl-small">{label}</span>
      <div className="pl-picture-row">
        {value && <img src={value} alt="" />}
        <FileButton onChange={read} accept="image/png,image/jpeg,image/gif,image/webp" disabled={disabled}>
          {(props) => <Button size="xs" {...props} disabled={disabled} aria-label={`${t('branding.pick')}, ${label}`}>{t('branding.pick')}</Button>}
        </FileButton>
        {value && <Button size="xs" disabled={disabled} onClick={() => put('')} aria-label={`${t('branding.drop')}, ${label}`}>{t('branding.drop')}</Button>}
      </div>
      <span className={wrong ? 'pl-field-error' : 'pl-dim pl-small'} role={wrong ? 'alert' : undefined}>{t('branding.picture', { size: most })}</span>
    </div>
  );
}
