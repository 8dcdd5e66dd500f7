import '../../text/embedding';
import { Button, ColorInput, NumberInput, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Branding, brandingGet, type BrandingInput, brandingPreviewPost, brandingPut } from '../../api';
import { ask, Problem } from '../../lib/ask';
import { may, useSession } from '../../lib/session';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { Section } from '../../ui/Page';
import { Reveal } from '../../ui/Reveal';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';
import { Loading } from '../../ui/Loading';
import { Picture } from '../embedding/Picture';
import { readWording, wordingText } from '../embedding/wording';

// BrandingPage is how embedded pages look, with a preview that follows each change before it is saved.
export function BrandingPage() {
  const { t } = useTranslation();
  const branding = useQuery({ queryKey: ['branding'], queryFn: () => ask(brandingGet()), refetchOnWindowFocus: false });
  if (branding.error && !branding.data) return <ErrorPanel what={t('settings.branding')} error={branding.error} retry={branding.refetch} />;
  if (!branding.data) return <Loading what={t('settings.branding')} card lines={8} />;
  return <Form key={branding.dataUpdatedAt} of={branding.data} />;
}

const colours = [['BrandColour', 'brand'], ['BackgroundColour', 'background'], ['SurfaceColour', 'surface'], ['TextColour', 'text']] as const;

function Form({ of }: { of: Branding }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const queries = useQueryClient();
  const toast = useToast();
  const [b, set] = useState<BrandingInput>(() => inputOf(of));
  const [words, say] = useState(() => wordingText(of.Wording));
  const [shown, show] = useState<Branding>(of);
  const [wrong, tell] = useState<Error | null>(null);
  const [busy, work] = useState(false);
  const put = (change: BrandingInput) => set((old) => ({ ...old, ...change }));
  const fixed = !may(session, 'Marketplaces', 'Edit');
  const wanted = { ...b, Wording: readWording(words) };
  const asked = JSON.stringify(wanted);

  useEffect(() => {
    let late = false;
    const timer = setTimeout(async () => {
      try {
        const answer = await ask(brandingPreviewPost({ body: JSON.parse(asked) as BrandingInput }));
        if (late) return;
        show(answer);
        tell(null);
      } catch (e) {
        if (!late) tell(e as Error);
      }
    }, previewPause);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [asked]);

  const save = async () => {
    work(true);
    try {
      await ask(brandingPut({ headers: { 'If-Match': `"${of.Version}"` }, body: wanted }));
      await queries.invalidateQueries({ queryKey: ['branding'] });
      toast(t('branding.taken'));
    } catch (e) {
      tell(e as Error);
      work(false);
    }
  };
  const html = (name: 'HeaderHtml' | 'FooterHtml' | 'LaunchCompleteHtml' | 'ConnectorCallbackErrorHtml' | 'Css', label: string, hint: string) => (
    <Textarea label={label} description={hint} className="pl-code-input" value={b[name] ?? ''} onChange={(e) => put({ [name]: e.currentTarget.value })} autosize minRows={3} maxRows={14} disabled={fixed} />
  );
  const stale = wrong instanceof Problem && wrong.status === 412;
  return (
    <div className="pl-branding">
      <div className="pl-branding-form">
        <Section title={t('settings.branding')} lead={t('branding.lead')}>
          <TextInput label={t('branding.name')} description={t('branding.nameHint', { partner: session?.Partner })} value={b.Name ?? ''} maxLength={200} onChange={(e) => put({ Name: e.currentTarget.value })} disabled={fixed} />
          <div className="pl-pair">
            <Picture label={t('branding.logo')} value={b.Logo ?? ''} put={(Logo) => put({ Logo })} most={96} disabled={fixed} />
            <Picture label={t('branding.icon')} value={b.Icon ?? ''} put={(Icon) => put({ Icon })} most={32} disabled={fixed} />
          </div>
        </Section>
        <Section title={t('branding.colours')}>
          <div className="pl-pair">
            {colours.map(([name, word]) => (
              <ColorInput key={name} label={t(`branding.${word}`)} placeholder={t('branding.ownColour')} value={b[name] ?? ''} onChange={(value) => put({ [name]: value })} format="hex" disabled={fixed} withEyeDropper={false} />
            ))}
          </div>
          {shown.ShiftedColour && <p role="status" className="pl-dim">{t('branding.shifted', { colour: shown.ShiftedColour })}</p>}
          <div>
            <div className="pl-small" id="corners">{t('branding.radius')}</div>
            <SegmentedControl aria-labelledby="corners" data={(['', '0', '6', '12'] as const).map((value) => ({ value, label: t(`branding.radii.${value}`) }))} value={b.CornerRadius == null ? '' : String(b.CornerRadius)} onChange={(v) => put({ CornerRadius: v === '' ? null : Number(v) })} disabled={fixed} />
          </div>
          <div className="pl-pair">
            <Select label={t('branding.font')} data={(['', 'System', 'Humanist', 'Rounded', 'Serif', 'Mono'] as const).map((value) => ({ value, label: t(`branding.fonts.${value}`) }))} value={b.Font ?? ''} allowDeselect={false} onChange={(Font) => put({ Font: Font ?? '' })} disabled={fixed} />
            <NumberInput label={t('branding.size')} placeholder="15" min={13} max={20} value={b.FontSize || ''} onChange={(v) => put({ FontSize: Number(v) || 0 })} disabled={fixed} />
          </div>
        </Section>
        <Section title={t('branding.words')}>
          {html('HeaderHtml', t('branding.header'), t('branding.htmlHint'))}
          {html('FooterHtml', t('branding.footer'), t('branding.htmlHint'))}
          <Textarea label={t('branding.wording')} description={t('branding.wordingHint')} className="pl-code-input" value={words} onChange={(e) => say(e.currentTarget.value)} autosize minRows={3} maxRows={14} disabled={fixed} />
        </Section>
        <Section title={t('branding.own')} lead={t('branding.ownLead')}>
          {html('LaunchCompleteHtml', t('branding.complete'), t('branding.completeHint', { InstallCompleteMessage: '{{InstallCompleteMessage}}' }))}
          {html('ConnectorCallbackErrorHtml', t('branding.error'), t('branding.errorHint', { error: '{{error}}', error_description: '{{error_description}}' }))}
          {html('Css', t('branding.css'), t('branding.cssHint'))}
        </Section>
        <Section title={t('branding.calls')}>
          <TextInput label={t('branding.agent')} description={t('branding.agentHint')} value={b.UserAgent ?? ''} maxLength={100} onChange={(e) => put({ UserAgent: e.currentTarget.value })} disabled={fixed} />
          <Reveal label={t('branding.domain')} value={session?.ServiceUrl ?? ''} />
          <p className="pl-dim">{t('branding.domainHint')}</p>
        </Section>
      </div>
      <aside className="pl-branding-side" aria-label={t('branding.preview')}>
        <Preview of={shown} name={b.Name || session?.Partner || ''} />
        {wrong && <p role="alert" className="pl-field-error">{stale ? t('branding.stale') : wordsOf(wrong, t)}</p>}
        <div className="pl-form-foot">
          {stale && <Button onClick={() => queries.invalidateQueries({ queryKey: ['branding'] })}>{t('branding.load')}</Button>}
          <Button variant="filled" onClick={save} loading={busy} disabled={fixed || (!!wrong && !stale && wrong instanceof Problem && wrong.status === 400)}>{t('act.save')}</Button>
        </div>
      </aside>
    </div>
  );
}

const previewPause = 300;

function inputOf(b: Branding): BrandingInput {
  const { Version: _v, Tokens: _t, ConfinedCss: _c, ShiftedColour: _s, ...rest } = b;
  return rest;
}

// Preview frames the embedded application itself, and tells it the look.
function Preview({ of, name }: { of: Branding; name: string }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLIFrameElement>(null);
  const latest = useRef<() => void>(() => {});
  latest.current = () =>
    frame.current?.contentWindow?.postMessage(
      { type: 'look', tokens: of.Tokens, css: of.ConfinedCss, brand: { Name: name, Logo: of.Logo, Header: of.HeaderHtml, Footer: of.FooterHtml, Wording: of.Wording ?? {} } },
      location.origin,
    );
  useEffect(() => latest.current());
  useEffect(() => {
    const hear = (e: MessageEvent) => {
      if (e.origin === location.origin && e.source === frame.current?.contentWindow && e.data?.type === 'preview') latest.current();
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, []);
  return <iframe ref={frame} className="pl-preview" title={t('branding.preview')} src="/embed/preview" />;
}
