import { Button, NumberInput, Switch, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountsMarketplacePost, type MarketplaceFull, marketplacesSecretPost, marketplacesUpdatePut } from '../../api';
import { ask } from '../../lib/ask';
import { useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Dialog, Form } from '../../ui/FormDialog';
import { Reveal } from '../../ui/Reveal';
import { useToast } from '../../ui/Toasts';
import { wordsOf } from '../../ui/words';
import { AccountField } from './AccountField';
import { useOpened } from './useOpened';
import { readWording, wordingText } from './wording';

// MarketSettings are what concerns the marketplace as a whole. Cards that are not saved yet stay as they are.
export function MarketSettings({ market: m, fixed, told, close }: { market: MarketplaceFull; fixed: boolean; told: () => void; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [secret, reveal] = useState('');
  const [asking, askFor] = useState(false);
  return (
    <Dialog title={t('market.settings')} close={close} size="lg">
      <Form
        word={t('act.save')} cancel={close} disabled={fixed}
        submit={async ({ text, on }) => {
          const body = {
            Name: text('name'), Columns: Number(text('columns')) || 0, HeaderHtml: text('header'), FooterHtml: text('footer'), Search: on('search'), TagFilter: on('filter'),
            Wording: readWording(text('wording')), NotificationUrl: text('notify'),
          };
          const now = await ask(marketplacesUpdatePut({ path: { marketplace: m.Id }, headers: { 'If-Match': `"${m.Version}"` }, body }));
          queries.setQueryData(['marketplaces', String(m.Id)], now);
          queries.invalidateQueries({ queryKey: ['marketplaces'], exact: true });
          toast(t('market.saved'));
          close();
        }}
      >
        <TextInput name="name" label={t('market.name')} defaultValue={m.Name} required maxLength={200} data-autofocus />
        <NumberInput name="columns" label={t('market.columns')} description={t('market.columnsHint')} min={1} max={6} defaultValue={m.Columns || ''} />
        <Switch name="search" label={t('market.search')} defaultChecked={m.Search} />
        <Switch name="filter" label={t('market.filter')} defaultChecked={m.TagFilter} />
        <Textarea name="header" label={t('market.header')} description={t('branding.htmlHint')} className="pl-code-input" defaultValue={m.HeaderHtml} autosize minRows={2} maxRows={8} />
        <Textarea name="footer" label={t('market.footer')} className="pl-code-input" defaultValue={m.FooterHtml} autosize minRows={2} maxRows={8} />
        <Textarea name="wording" label={t('market.wording')} description={t('branding.wordingHint')} className="pl-code-input" defaultValue={wordingText(m.Wording)} autosize minRows={2} maxRows={8} />
        <TextInput name="notify" label={t('market.notify')} description={t('market.notifyHint')} defaultValue={m.NotificationUrl} />
      </Form>
      <Button mt={8} mr={8} onClick={told}>{t('market.told')}</Button>
      {!fixed && !secret && <Button mt={8} onClick={() => askFor(true)}>{t('market.secret')}</Button>}
      {secret && <><Reveal label={t('settings.secret')} value={secret} /><p className="pl-dim">{t('settings.shownOnce')}</p></>}
      {asking && (
        <ConfirmDialog title={t('market.secret')} close={() => askFor(false)} choices={[{ word: t('market.secret'), main: true, act: async () => reveal((await ask(marketplacesSecretPost({ path: { marketplace: m.Id } }))).Secret) }]}>
          <p>{t('market.secretText')}</p>
        </ConfirmDialog>
      )}
    </Dialog>
  );
}

// EmbedCode is what a partner puts into its own server and page.
export function EmbedCode({ market: m, close }: { market: MarketplaceFull; close: () => void }) {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const call = `POST ${session?.ApiUrl}/v1.0/accounts/{account}/marketplace\nAuthorization: Bearer {token}\n\n{"MarketplaceId": ${m.Id}}`;
  const page = `<script src="${session?.ServiceUrl}/embed/host/embed.js"></script>\n<div id="marketplace"></div>\n<script>\n  // url is MarketplaceUrl of the answer\n  Integrations.open({ url, mode: "inline", target: "#marketplace" });\n</script>`;
  return (
    <Dialog title={t('market.code')} close={close} size="lg">
      <div className="pl-dialog">
        <Reveal label={t('market.snippet')} value={call} />
        <Reveal label={t('market.snippetPage')} value={page} />
      </div>
    </Dialog>
  );
}

// TryMarketplace opens it as a customer sees it.
export function TryMarketplace({ market: m, close }: { market: MarketplaceFull; close: () => void }) {
  const { t } = useTranslation();
  const [account, put] = useState('');
  const { state, go } = useOpened();
  return (
    <Dialog title={t('market.tryIt')} close={close}>
      <form className="pl-form" onSubmit={(e) => { e.preventDefault(); if (account) go(async () => (await ask(accountsMarketplacePost({ path: { account }, body: { MarketplaceId: m.Id } }))).MarketplaceUrl); }}>
        <p className="pl-dim">{t('market.tryText')}</p>
        <AccountField value={account} put={put} />
        {state.now === 'open' && <p role="status">{t('market.opened')}</p>}
        {state.now === 'blocked' && <p role="alert">{t('market.blocked')} <a href={state.url} target="_blank" rel="noreferrer">{t('market.openHere')}</a></p>}
        {state.now === 'failed' && <p role="alert" className="pl-field-error">{wordsOf(state.error, t)}</p>}
        <div className="pl-form-foot"><Button type="submit" variant="filled" loading={state.now === 'asking'}>{t('market.tryIt')}</Button></div>
      </form>
    </Dialog>
  );
}
