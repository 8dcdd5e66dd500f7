import { ActionIcon, Button, Checkbox, Menu, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { IconCopy, IconDots, IconDownload, IconFileImport, IconPencil, IconPlugConnected, IconTrash, IconVersions } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type TemplateRelease, templatesCopyReleasePost, templatesCreatePost, templatesDeleteReleaseDelete, templatesExportReleaseGet, templatesLibraryGet, templatesPromoteReleasePost, templatesUpdateReleasePut } from '../../api';
import { ask, askList } from '../../lib/ask';
import { download } from '../../lib/download';
import { exact, when } from '../../lib/format';
import { compareReleases } from '../../lib/flowDiff';
import { useListSearch } from '../../lib/paging';
import { flowIn, releasesChanged, useReleases } from '../../lib/releases';
import { may, useSession } from '../../lib/session';
import { ownZone } from '../../lib/zone';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { EmptyState } from '../../ui/EmptyState';
import { ErrorPanel } from '../../ui/ErrorPanel';
import { FormDialog } from '../../ui/FormDialog';
import { LinkButton } from '../../ui/links';
import { PageHead } from '../../ui/Page';
import { StatusPill } from '../../ui/StatusPill';
import { releaseStatus } from '../../ui/status';
import { useToast } from '../../ui/Toasts';
import { Loading } from '../../ui/Loading';
import { wordsOf } from '../../ui/words';
import { ImportTemplate } from './Library';

// Releases are the versions of one template; two that are ticked are compared side by side.
export function Releases() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: session } = useSession();
  const { search, set } = useListSearch();
  const list = useReleases(id);
  const [promoting, setPromoting] = useState<TemplateRelease | null>(null);
  const [importing, setImporting] = useState(false);
  const [asked, setAsked] = useState<{ act: 'copy' | 'note' | 'policy' | 'delete'; release: TemplateRelease } | null>(null);
  const edit = may(session, 'Templates', 'Edit');
  const ticked = (search.compare ?? '').split('..').filter(Boolean);
  const releases = [...(list.data ?? [])].sort((a, b) => b.Number - a.Number);
  const tick = (n: number) => {
    const now = ticked.includes(String(n)) ? ticked.filter((x) => x !== String(n)) : [...ticked, String(n)].slice(-2);
    set({ compare: now.sort((a, b) => Number(a) - Number(b)).join('..') || undefined });
  };
  // A template that is not offered cannot be got by itself; its releases have its name.
  const name = useQuery({ ...flowIn(id, releases[0]?.Id ?? ''), enabled: releases.length > 0 }).data?.Name;
  if (list.error && !list.data) return <ErrorPanel what={t('templates.one')} error={list.error} retry={list.refetch} />;
  const pair = ticked.map((n) => releases.find((r) => String(r.Number) === n)).filter((r) => r !== undefined);
  const exchange = may(session, 'ExportImport', 'Edit');
  return (
    <>
      <PageHead title={name ?? t('releases.title')} lead={t('releases.lead')}>
        {exchange && (
          <Button leftSection={<IconFileImport size={14} />} onClick={() => setImporting(true)}>
            {t('releases.import')}
          </Button>
        )}
      </PageHead>
      <div className="pl-split">
        <ul className="pl-card pl-releases" aria-label={t('releases.title')}>
          {list.isLoading && <li><Loading what={t('releases.title')} /></li>}
          {list.data && releases.length === 0 && <li className="pl-dim">{t('releases.none')}</li>}
          {releases.map((r) => (
            <li key={r.Id} className={ticked.includes(String(r.Number)) ? 'pl-chosen' : undefined}>
              <Checkbox checked={ticked.includes(String(r.Number))} onChange={() => tick(r.Number)} label={t('releases.one', { n: r.Number })} />
              <StatusPill status={releaseStatus(r)} />
              <p className="pl-notes">
                {r.Notes || <span className="pl-dim">{t('releases.noNotes')}</span>}
                {edit && (
                  <ActionIcon size={24} aria-label={t('releases.noteOf', { n: r.Number })} onClick={() => setAsked({ act: 'note', release: r })}>
                    <IconPencil size={14} />
                  </ActionIcon>
                )}
              </p>
              <p className="pl-dim pl-small">
                {r.CreatedBy} <time title={exact(r.CreatedOnUtc, ownZone)}>{when(r.CreatedOnUtc, ownZone)}</time>
              </p>
              <div className="pl-acts">
                {r.Status === 'Draft' && may(session, 'TemplateReleases', 'Edit') && (
                  <Button size="xs" variant="filled" onClick={() => setPromoting(r)} aria-label={`${t('releases.promote')}, ${r.Number}`}>{t('releases.promote')}</Button>
                )}
                <LinkButton size="xs" to={`/templates/${encodeURIComponent(id)}/releases/${encodeURIComponent(r.Id)}/build` as never}>{t(r.Status === 'Draft' ? 'act.edit' : 'releases.view')}</LinkButton>
                {r.Status !== 'Draft' && edit && <CopyToDraft id={id} release={r} />}
                {may(session, 'ExportImport') && <Export id={id} release={r} name={name ?? 'template'} />}
                {edit && (
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon className="pl-corner" aria-label={`${t('act.more')}, ${r.Number}`}><IconDots size={16} /></ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => setAsked({ act: 'copy', release: r })}>{t('releases.copyTo')}</Menu.Item>
                      <Menu.Item leftSection={<IconPlugConnected size={14} />} onClick={() => setAsked({ act: 'policy', release: r })}>{t('releases.policy')}</Menu.Item>
                      {r.Status !== 'Live' && releases.length > 1 && may(session, 'TemplateReleases', 'Manage') && (
                        <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => setAsked({ act: 'delete', release: r })}>{t('releases.delete')}</Menu.Item>
                      )}
                    </Menu.Dropdown>
                  </Menu>
                )}
              </div>
            </li>
          ))}
        </ul>
        {pair.length === 2 && pair[0] && pair[1] ? <Compare id={id} a={pair[0]} b={pair[1]} /> : <EmptyState icon={IconVersions} title={t('releases.compare')} text={t('releases.tickTwo')} />}
      </div>
      {promoting && <Promote id={id} release={promoting} close={() => setPromoting(null)} />}
      {asked?.act === 'copy' && <CopyElsewhere id={id} release={asked.release} close={() => setAsked(null)} />}
      {asked?.act === 'note' && <Note id={id} release={asked.release} close={() => setAsked(null)} />}
      {asked?.act === 'policy' && <Policy id={id} release={asked.release} close={() => setAsked(null)} />}
      {asked?.act === 'delete' && <Delete id={id} release={asked.release} close={() => setAsked(null)} />}
      {importing && <ImportTemplate template={id} close={() => setImporting(false)} />}
    </>
  );
}

// CopyToDraft makes a draft of a release and opens it: the way to change what is live, and back to what was.
function CopyToDraft({ id, release }: { id: string; release: TemplateRelease }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const copy = useMutation({
    mutationFn: () => ask(templatesCopyReleasePost({ path: { id }, body: { ReleaseId: release.Id } })),
    onError: (e) => toast(wordsOf(e, t), true),
    onSuccess: async (made) => {
      await releasesChanged(queries);
      await navigate({ to: `/templates/${encodeURIComponent(id)}/releases/${encodeURIComponent(made.Id)}/build` as never });
    },
  });
  return (
    <Button size="xs" loading={copy.isPending} leftSection={<IconCopy size={13} />} onClick={() => copy.mutate()} aria-label={`${t('releases.copy')}, ${release.Number}`}>
      {t('releases.copy')}
    </Button>
  );
}

function Export({ id, release, name }: { id: string; release: TemplateRelease; name: string }) {
  const { t } = useTranslation();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  return (
    <Button
      size="xs"
      loading={busy}
      leftSection={<IconDownload size={13} />}
      aria-label={`${t('cycles.export')}, ${release.Number}`}
      onClick={async () => {
        setBusy(true);
        try {
          download(`${name} r${release.Number}.json`, String(await ask(templatesExportReleaseGet({ path: { id, release: release.Id }, parseAs: 'text' })))); // as it is written
        } catch (e) {
          toast(wordsOf(e as Error, t), true);
        }
        setBusy(false);
      }}
    >
      {t('cycles.export')}
    </Button>
  );
}

function Promote({ id, release, close }: { id: string; release: TemplateRelease; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  return (
    <FormDialog
      title={t('releases.promoteTitle', { n: release.Number })}
      word={t('releases.promote')}
      close={close}
      submit={async ({ on }) => {
        await ask(templatesPromoteReleasePost({ path: { id, release: release.Id }, body: { Published: on('published') } }));
        await releasesChanged(queries);
        toast(t('releases.promoted', { n: release.Number }));
      }}
    >
      <p>{t('releases.promoteText')}</p>
      <Switch name="published" label={t('releases.published')} defaultChecked />
    </FormDialog>
  );
}

// CopyElsewhere makes a draft of a release in another template, or a template of its own.
function CopyElsewhere({ id, release, close }: { id: string; release: TemplateRelease; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [target, setTarget] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [find] = useDebouncedValue(typed, 200);
  const found = useQuery({ queryKey: ['partner', 'templates', 'find', find], placeholderData: keepPreviousData, queryFn: () => askList(templatesLibraryGet({ query: { pageSize: 50, ...(find ? { search: find } : {}) } })) });
  const others = (found.data?.items ?? []).filter((x) => x.Id !== id);
  return (
    <FormDialog
      title={t('releases.copyTitle', { n: release.Number })} word={t('releases.copyGo')} close={close}
      submit={async ({ text }) => {
        const from = { TemplateId: id, ReleaseId: release.Id };
        const to = target ?? (await ask(templatesCreatePost({ body: { Name: text('name'), ...from } }))).Id;
        if (target) await ask(templatesCopyReleasePost({ path: { id: target }, body: from }));
        await releasesChanged(queries);
        toast(t('releases.copied'));
        await navigate({ to: '/templates/$id/releases', params: { id: to } });
      }}
    >
      <Select
        label={t('releases.copyInto')} placeholder={t('releases.newTemplate')} searchable clearable clearButtonProps={{ 'aria-label': t('releases.newTemplate') }} value={target} onChange={setTarget} onSearchChange={setTyped}
        data={others.map((x) => ({ value: x.Id, label: others.some((o) => o !== x && o.Name === x.Name) ? `${x.Name} (${x.Id.slice(-6)})` : x.Name }))} filter={({ options }) => options}
      />
      {!target && <TextInput name="name" label={t('releases.newName')} required />}
    </FormDialog>
  );
}

// Note says what is in a release.
function Note({ id, release, close }: { id: string; release: TemplateRelease; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t('releases.noteOf', { n: release.Number })} word={t('act.save')} close={close}
      submit={async ({ text }) => {
        await ask(templatesUpdateReleasePut({ path: { id, release: release.Id }, body: { Notes: text('notes') } }));
        await releasesChanged(queries);
      }}
    >
      <Textarea name="notes" label={t('releases.notes')} defaultValue={release.Notes} autosize minRows={3} maxLength={2000} data-autofocus />
    </FormDialog>
  );
}

// Policy says how installs come by each connector of a release. What is live or was is only shown.
function Policy({ id, release, close }: { id: string; release: TemplateRelease; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const flow = useQuery(flowIn(id, release.Id));
  const [fresh, set] = useState<Record<number, boolean>>({});
  const draft = release.Status === 'Draft';
  const list = flow.data?.Connectors ?? [];
  return (
    <FormDialog
      title={t('releases.policyOf', { n: release.Number })} word={t('act.save')} close={close} disabled={!draft || Object.keys(fresh).length === 0}
      submit={async () => {
        const body = { Connectors: Object.entries(fresh).map(([c, on]) => ({ Id: Number(c), InstallationPolicy: on ? ('Fresh' as const) : ('Existing' as const) })) };
        await ask(templatesUpdateReleasePut({ path: { id, release: release.Id }, body }));
        await releasesChanged(queries);
        toast(t('act.saved'));
      }}
    >
      <p className="pl-dim">{t(draft ? 'releases.policyText' : 'releases.policyFixed')}</p>
      {flow.isLoading && <Loading what={t('nav.connectors')} />}
      {flow.error && <ErrorPanel what={t('nav.connectors')} error={flow.error} retry={flow.refetch} />}
      {flow.data && list.length === 0 && <p>{t('releases.noConnectors')}</p>}
      {list.map((c) => (
        <Select
          key={c.Id} label={c.Name} allowDeselect={false} disabled={!draft} value={(fresh[c.Id] ?? c.InstallationPolicy === 'Fresh') ? 'Fresh' : 'Existing'} onChange={(v) => set({ ...fresh, [c.Id]: v === 'Fresh' })}
          data={(['Existing', 'Fresh'] as const).map((value) => ({ value, label: t(`releases.policies.${value}`) }))}
        />
      ))}
    </FormDialog>
  );
}

function Delete({ id, release, close }: { id: string; release: TemplateRelease; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const { search, set } = useListSearch();
  return (
    <ConfirmDialog
      title={t('releases.deleteTitle', { n: release.Number })} close={close}
      choices={[
        {
          word: t('releases.delete'), danger: true, main: true,
          act: async () => {
            await ask(templatesDeleteReleaseDelete({ path: { id, release: release.Id } }));
            const left = (search.compare ?? '').split('..').filter((n) => n !== '' && n !== String(release.Number));
            await set({ compare: left.join('..') || undefined });
            await releasesChanged(queries);
            toast(t('releases.deleted', { n: release.Number }));
          },
        },
      ]}
    >
      <p>{t('releases.deleteText')}</p>
    </ConfirmDialog>
  );
}

function Compare({ id, a, b }: { id: string; a: TemplateRelease; b: TemplateRelease }) {
  const { t } = useTranslation();
  const from = useQuery(flowIn(id, a.Id));
  const to = useQuery(flowIn(id, b.Id));
  const failed = from.error ?? to.error;
  if (failed) return <ErrorPanel what={t('releases.compare')} error={failed} retry={() => { void from.refetch(); void to.refetch(); }} />;
  if (!from.data || !to.data) return <div className="pl-card pl-empty pl-late">{t('table.loading', { what: t('releases.title') })}</div>;
  const list = compareReleases(from.data, to.data);
  const head = (r: TemplateRelease) => `${t('releases.one', { n: r.Number })} (${t(`status.${releaseStatus(r).word}`)})`;
  return (
    <section className="pl-card pl-compare" aria-label={t('releases.compare')}>
      <h2 className="pl-title">{t('releases.changes', { n: list.length })}</h2>
      {list.length === 0 && <p className="pl-pad pl-dim">{t('releases.equal')}</p>}
      {list.map((s) => (
        <div key={s.key}>
          <h3>
            <span className="pl-dim">{t(`releases.of.${s.of}`)}</span> {s.name} <span className={`pl-pill ${s.kind === 'added' ? 'pl-ok' : s.kind === 'removed' ? 'pl-fail' : 'pl-caution'}`}>{t(`releases.kind.${s.kind}`)}</span>
          </h3>
          {s.changes.length > 0 && (
            <div className="pl-scroll" tabIndex={0} role="region" aria-label={s.name || t(`releases.of.${s.of}`)}>
              <table className="pl-diff">
                <thead>
                  <tr>
                    <th scope="col">{t('releases.what')}</th>
                    <th scope="col">{head(a)}</th>
                    <th scope="col">{head(b)}</th>
                  </tr>
                </thead>
                <tbody>
                  {s.changes.map((c) => (
                    <tr key={c.what}>
                      <td>{t(`releases.facts.${c.what.replaceAll('.', '_')}`, { defaultValue: c.what })}</td>
                      <td>{c.from && <del>{c.from}</del>}</td>
                      <td>{c.to && <ins>{c.to}</ins>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </div>
      ))}
    </section>
  );
}
