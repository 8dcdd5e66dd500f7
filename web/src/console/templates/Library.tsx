import { ActionIcon, Button, FileInput, Menu, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { IconDots, IconFileImport, IconFolder, IconFolderPlus, IconPlus, IconSearch, IconTemplate, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Folder, foldersAllGet, foldersCreatePost, foldersDeleteDelete, foldersUpdatePut, type LibraryTemplate, templatesDeleteDelete, templatesImportPost, templatesLibraryGet, templatesMovePut, templatesPublishedPut } from '../../api';
import { ask, askList } from '../../lib/ask';
import { useListSearch } from '../../lib/paging';
import { may, useSession } from '../../lib/session';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FormDialog } from '../../ui/FormDialog';
import { LinkButton } from '../../ui/links';
import { PageHead } from '../../ui/Page';
import { SearchBox } from '../../ui/SearchBox';
import { useToast } from '../../ui/Toasts';

type Asked = { act: 'import' } | { act: 'folder'; folder?: Folder } | { act: 'dropFolder'; folder: Folder } | { act: 'move' | 'delete'; template: LibraryTemplate };

// TemplateLibrary is what accounts may install, in folders.
export function TemplateLibrary() {
  const { t } = useTranslation();
  const { data: session } = useSession();
  const { search, set, at, pager } = useListSearch();
  const [asked, setAsked] = useState<Asked | null>(null);
  const folders = useQuery({ queryKey: ['folders'], queryFn: () => ask(foldersAllGet()), staleTime: 30_000 });
  const list = useQuery({
    queryKey: ['partner', 'templates', search.folder, search.q, search.category, at],
    queryFn: () => askList(templatesLibraryGet({ query: { page: at.page, pageSize: at.size, ...(search.folder ? { folderid: search.folder } : {}), ...(search.q ? { search: search.q } : {}), ...(search.category ? { tag: search.category } : {}) } })),
    placeholderData: keepPreviousData,
  });
  const edit = may(session, 'Templates', 'Edit');
  const columns: Column<LibraryTemplate>[] = [
    {
      key: 'name', head: t('templates.one'), phone: 'title', wide: true,
      cell: (x) => (
        <span className="pl-name">
          <span>
            <Link to="/templates/$id/releases" params={{ id: x.Id }}>{x.Name}</Link>
            <span className="pl-sub">{x.Description}</span>
          </span>
        </span>
      ),
    },
    { key: 'tags', head: t('templates.tags'), cell: (x) => (x.Tags ?? []).map((tag) => <button key={tag} type="button" className="pl-pill pl-off pl-tag" onClick={() => set({ category: tag, page: undefined })}>{tag}</button>) },
    {
      key: 'release', head: t('templates.release'),
      cell: (x) => (
        <span className="pl-name">
          {x.LiveRelease !== null && <span className="pl-pill pl-ok">{t('templates.liveOf', { n: x.LiveRelease })}</span>}
          {x.DraftRelease !== null && x.DraftReleaseId && (
            <Link className="pl-pill pl-design" to="/templates/$id/releases/$release/build" params={{ id: x.Id, release: x.DraftReleaseId }}>{t('templates.draftOf', { n: x.DraftRelease })}</Link>
          )}
        </span>
      ),
    },
    { key: 'offered', head: t('templates.offered'), cell: (x) => <Offered template={x} edit={edit} /> },
  ];
  const here = folders.data?.find((f) => f.Id === search.folder);
  const importButton = may(session, 'ExportImport', 'Edit') && (
    <Button leftSection={<IconFileImport size={14} />} onClick={() => setAsked({ act: 'import' })}>
      {t('templates.import')}
    </Button>
  );
  const newButton = edit && (
    <LinkButton variant="filled" to="/templates/new" leftSection={<IconPlus size={14} />}>
      {t('templates.new')}
    </LinkButton>
  );
  return (
    <>
      <PageHead title={t('templates.library')} lead={t('templates.libraryLead')}>
        {edit && <LinkButton to="/templates/bin" leftSection={<IconTrash size={14} />}>{t('bin.title')}</LinkButton>}
        {edit && <Button leftSection={<IconFolderPlus size={14} />} onClick={() => setAsked({ act: 'folder' })}>{t('folders.add')}</Button>}
        {importButton}
        {newButton}
      </PageHead>
      <div className="pl-filters">
        <SearchBox label={t('templates.search')} value={search.q ?? ''} change={(q) => set({ q: q || undefined, page: undefined })} width={200} />
        <nav className="pl-folders" aria-label={t('folders.title')}>
          <button type="button" aria-current={!search.folder ? 'true' : undefined} onClick={() => set({ folder: undefined, page: undefined })}>{t('folders.all')}</button>
          {(folders.data ?? []).map((f) => (
            <button key={f.Id} type="button" aria-current={search.folder === f.Id ? 'true' : undefined} onClick={() => set({ folder: f.Id, page: undefined })}>
              <IconFolder size={14} aria-hidden /> {pathOf(f, folders.data ?? [])}
            </button>
          ))}
        </nav>
        {search.category && <Button size="xs" onClick={() => set({ category: undefined, page: undefined })}>{t('templates.tagChip', { tag: search.category })} ×</Button>}
        {here && edit && (
          <>
            <Button size="xs" onClick={() => setAsked({ act: 'folder', folder: here })}>{t('folders.rename')}</Button>
            <Button size="xs" onClick={() => setAsked({ act: 'dropFolder', folder: here })}>{t('folders.delete')}</Button>
          </>
        )}
      </div>
      <DataTable
        label={t('templates.title')}
        columns={columns}
        rows={list.data?.items}
        rowKey={(x) => x.Id}
        error={list.error}
        refreshing={list.isPlaceholderData}
        retry={list.refetch}
        pager={pager(list.data)}
        actions={(x) => (
          <>
            <LinkButton size="xs" to="/templates/$id/releases" params={{ id: x.Id }} aria-label={`${t('releases.title')}, ${x.Name}`}>{t('releases.title')}</LinkButton>
            {edit && (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon aria-label={`${t('act.more')}, ${x.Name}`}><IconDots size={16} /></ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item leftSection={<IconFolder size={14} />} onClick={() => setAsked({ act: 'move', template: x })}>{t('folders.move')}</Menu.Item>
                  <Menu.Item leftSection={<IconTrash size={14} />} onClick={() => setAsked({ act: 'delete', template: x })}>{t('templates.delete')}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </>
        )}
        empty={
          search.folder || search.q || search.category ? (
            <EmptyState icon={IconSearch} title={t('templates.noMatch')} text={t('templates.noMatchText')}>
              <Button onClick={() => set({ folder: undefined, q: undefined, category: undefined })}>{t('accounts.clear')}</Button>
            </EmptyState>
          ) : (
            <EmptyState icon={IconTemplate} title={t('templates.none')} text={t('templates.noneText')}>{importButton}{newButton}</EmptyState>
          )
        }
      />
      {asked && <Asking asked={asked} folders={folders.data ?? []} close={() => setAsked(null)} />}
    </>
  );
}

// Offered says whether accounts are offered a template, and changes it at a click.
function Offered({ template, edit }: { template: LibraryTemplate; edit: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const change = useMutation({
    mutationFn: (published: boolean) => ask(templatesPublishedPut({ path: { id: template.Id }, body: { Published: published } })),
    onError: (e) => toast(e.message),
    onSettled: () => queries.invalidateQueries({ queryKey: ['partner', 'templates'] }),
  });
  return (
    <Switch
      size="sm"
      checked={change.isPending ? change.variables : template.Published}
      disabled={!edit || template.LiveRelease === null}
      aria-label={`${t('templates.offered')}, ${template.Name}`}
      title={template.LiveRelease === null ? t('templates.notLive') : undefined}
      onChange={(e) => change.mutate(e.currentTarget.checked)}
    />
  );
}

// pathOf is the names of a folder and those that it lies in.
function pathOf(f: Folder, all: Folder[]): string {
  const parent = all.find((x) => x.Id === f.ParentId);
  return parent ? `${pathOf(parent, all)} / ${f.Name}` : f.Name;
}

function Asking({ asked, folders, close }: { asked: Asked; folders: Folder[]; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const toast = useToast();
  const [folder, setFolder] = useState<string | null>(asked.act === 'move' ? (asked.template.FolderId ?? null) : asked.act === 'folder' ? (asked.folder?.ParentId ?? null) : null);
  const done = async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ['folders'] }), queries.invalidateQueries({ queryKey: ['partner', 'templates'] })]);
    toast(t('act.saved'));
  };
  const place = <Select label={t('folders.in')} placeholder={t('folders.top')} data={folders.filter((f) => asked.act !== 'folder' || f.Id !== asked.folder?.Id).map((f) => ({ value: f.Id, label: pathOf(f, folders) }))} value={folder} onChange={setFolder} clearable searchable />;
  switch (asked.act) {
    case 'import':
      return <ImportTemplate close={close} />;
    case 'folder':
      return (
        <FormDialog title={asked.folder ? t('folders.rename') : t('folders.add')} word={t('act.save')} close={close} submit={async ({ text }) => {
          const body = { Name: text('name'), ParentId: folder };
          if (asked.folder) await ask(foldersUpdatePut({ path: { folder: asked.folder.Id }, body }));
          else await ask(foldersCreatePost({ body }));
          await done();
        }}>
          <TextInput name="name" label={t('accounts.name')} defaultValue={asked.folder?.Name} required data-autofocus />
          {place}
        </FormDialog>
      );
    case 'dropFolder':
      return (
        <ConfirmDialog title={t('folders.deleteTitle', { name: asked.folder.Name })} close={close} choices={[{ word: t('folders.delete'), danger: true, main: true, act: async () => { await ask(foldersDeleteDelete({ path: { folder: asked.folder.Id } })); await done(); } }]}>
          <p>{t('folders.deleteText')}</p>
        </ConfirmDialog>
      );
    case 'delete':
      return (
        <ConfirmDialog title={t('templates.deleteTitle', { name: asked.template.Name })} close={close} choices={[{ word: t('templates.delete'), danger: true, main: true, act: async () => { await ask(templatesDeleteDelete({ path: { id: asked.template.Id } })); await done(); } }]}>
          <p>{t('templates.deleteText')}</p>
        </ConfirmDialog>
      );
    case 'move':
      return (
        <FormDialog title={t('folders.moveTitle', { name: asked.template.Name })} word={t('folders.move')} close={close} submit={async () => { await ask(templatesMovePut({ path: { id: asked.template.Id }, body: { FolderId: folder } })); await done(); }}>
          {place}
        </FormDialog>
      );
  }
}

// ImportTemplate makes a template of a file, or with template a new draft release of it.
export function ImportTemplate({ template, close }: { template?: string; close: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [file, setFile] = useState<File | null>(null);
  const [pasted, setPasted] = useState('');
  return (
    <FormDialog
      title={t(template ? 'releases.import' : 'templates.import')}
      word={t('cycleFiles.importGo')}
      size="lg"
      close={close}
      disabled={!file && !pasted.trim()}
      submit={async () => {
        const text = file ? await file.text() : pasted;
        let body: Record<string, unknown>;
        try {
          body = JSON.parse(text) as Record<string, unknown>;
        } catch (e) {
          throw new Error(t('cycleFiles.noJSON', { why: (e as Error).message }));
        }
        const made = await ask(templatesImportPost({ body, query: template ? { templateid: template } : {} }));
        await queries.invalidateQueries({ queryKey: ['partner', 'templates'] });
        await queries.invalidateQueries({ queryKey: ['releases'] });
        toast(t('cycleFiles.imported', { name: made.Name }));
        await navigate({ to: '/templates/$id/releases', params: { id: made.Id } });
      }}
    >
      <p>{t('templates.importText')}</p>
      <FileInput label={t('cycleFiles.file')} placeholder={t('cycleFiles.choose')} accept="application/json,.json" value={file} onChange={setFile} clearable />
      <Textarea label={t('cycleFiles.paste')} value={pasted} onChange={(e) => setPasted(e.currentTarget.value)} disabled={!!file} minRows={5} maxRows={12} autosize className="pl-code-input" />
    </FormDialog>
  );
}
