import { Button, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Schema, schemasAt } from './yaml';

// A definition as the form knows it: what it does not know stays as it is.
type Field = { loc: string; label?: string; type?: string; required?: boolean; [key: string]: unknown };
type Param = { name: string; in: string; label?: string; type?: string; required?: boolean; [key: string]: unknown };
type Method = { id: string; name: string; description?: string; category?: string; params?: Param[]; request?: { method?: string; path?: string; fields?: Field[]; [key: string]: unknown }; response?: { fields?: Field[]; [key: string]: unknown }; [key: string]: unknown };
type Auth = { id: string; type: string; label?: string; [key: string]: unknown };
export type Definition = {
  metadata?: { name?: string; description?: string; apiVersion?: string; categories?: string[]; quality?: string; [key: string]: unknown };
  allowedHosts?: string[]; server?: { baseUrl?: string; [key: string]: unknown }; auth?: Auth[]; methods?: Method[]; [key: string]: unknown;
};

type Props = { tree: Definition; change: (tree: Definition) => void; schema: Schema | undefined; edit: boolean; chosen: string | undefined; choose: (method: string | undefined) => void };

// without leaves out what was emptied, so that the document does not fill with empty keys.
function without<T extends object>(o: T): T {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0))) as T;
}

const valuesAt = (schema: Schema | undefined, path: string[]) => [...new Set((schema ? schemasAt(schema, path) : []).flatMap((s) => (Array.isArray(s.enum) ? (s.enum as string[]) : [])))];

// DefinitionForm edits the parts of a definition that most connectors have. All else is edited as YAML.
export function DefinitionForm({ tree, change, schema, edit, chosen, choose }: Props) {
  const { t } = useTranslation();
  const methods = tree.methods ?? [];
  const method = methods.find((m) => m.id === chosen);
  const set = (part: Partial<Definition>) => change(without({ ...tree, ...part }));
  const setMethod = (m: Method, id = m.id) => set({ methods: methods.map((x) => (x.id === id ? without(m) : x)) });
  return (
    <div className="pl-definition">
      <nav aria-label={t('custom.methods')}>
        <button type="button" aria-current={!method ? 'true' : undefined} onClick={() => choose(undefined)}>{t('custom.general')}</button>
        {methods.map((m) => (
          <button key={m.id} type="button" aria-current={m === method ? 'true' : undefined} onClick={() => choose(m.id)}>
            <code>{m.request?.method ?? ''}</code> {m.name}
          </button>
        ))}
        {edit && (
          <Button
            size="xs" leftSection={<IconPlus size={13} />}
            onClick={() => {
              let n = methods.length + 1;
              while (methods.some((m) => m.id === `method-${n}`)) n++;
              set({ methods: [...methods, { id: `method-${n}`, name: `${t('custom.newMethod')} ${n}`, request: { method: 'GET', path: '/' } }] });
              choose(`method-${n}`);
            }}
          >
            {t('custom.addMethod')}
          </Button>
        )}
      </nav>
      <fieldset disabled={!edit} tabIndex={0} aria-label={method?.name ?? t('custom.general')}>
        {method ? <MethodForm key={method.id} m={method} put={setMethod} schema={schema} rename={(id) => { setMethod({ ...method, id }, method.id); choose(id); }} drop={() => { set({ methods: methods.filter((m) => m !== method) }); choose(undefined); }} /> : <General tree={tree} set={set} schema={schema} />}
      </fieldset>
    </div>
  );
}

function General({ tree, set, schema }: { tree: Definition; set: (part: Partial<Definition>) => void; schema: Schema | undefined }) {
  const { t } = useTranslation();
  const m = tree.metadata ?? {};
  const meta = (part: Partial<NonNullable<Definition['metadata']>>) => set({ metadata: without({ ...m, ...part }) });
  const auth = tree.auth ?? [];
  const kinds = valuesAt(schema, ['auth', '[]', 'type']);
  return (
    <>
      <TextInput label={t('accounts.name')} value={m.name ?? ''} onChange={(e) => meta({ name: e.currentTarget.value })} required />
      <Textarea label={t('custom.description')} value={m.description ?? ''} onChange={(e) => meta({ description: e.currentTarget.value })} autosize minRows={2} />
      <TextInput label={t('custom.apiVersion')} value={m.apiVersion ?? ''} onChange={(e) => meta({ apiVersion: e.currentTarget.value })} />
      <TextInput label={t('custom.categories')} description={t('custom.categoriesHint')} defaultValue={(m.categories ?? []).join(', ')} onBlur={(e) => meta({ categories: e.currentTarget.value.split(',').map((x) => x.trim()).filter(Boolean) })} />
      <Select label={t('custom.quality')} data={['generated', 'reviewed', 'tested', 'certified'].map((q) => ({ value: q, label: t(`quality.${q}`) }))} value={m.quality ?? null} onChange={(q) => meta({ quality: q ?? undefined })} clearable placeholder={t('quality.none')} />
      <TextInput label={t('custom.url')} value={tree.server?.baseUrl ?? ''} onChange={(e) => set({ server: without({ ...tree.server, baseUrl: e.currentTarget.value }) })} />
      <Textarea label={t('custom.hosts')} description={t('custom.hostsHint')} defaultValue={(tree.allowedHosts ?? []).join('\n')} onBlur={(e) => set({ allowedHosts: e.currentTarget.value.split('\n').map((x) => x.trim()).filter(Boolean) })} autosize minRows={2} />
      <h3>{t('custom.auth')}</h3>
      {auth.map((a, i) => (
        <div key={i} className="pl-definition-row">
          <TextInput label={t('custom.authId')} value={a.id} onChange={(e) => set({ auth: auth.map((x, k) => (k === i ? { ...x, id: e.currentTarget.value } : x)) })} />
          <Select label={t('custom.authType')} data={kinds} value={a.type} allowDeselect={false} onChange={(type) => type && set({ auth: auth.map((x, k) => (k === i ? { ...x, type } : x)) })} />
          <TextInput label={t('custom.label')} value={a.label ?? ''} onChange={(e) => set({ auth: auth.map((x, k) => (k === i ? without({ ...x, label: e.currentTarget.value }) : x)) })} />
          <Button size="xs" onClick={() => set({ auth: auth.filter((_, k) => k !== i) })} aria-label={`${t('custom.removeAuth')}, ${a.id}`}><IconTrash size={14} /></Button>
        </div>
      ))}
      <p className="pl-dim pl-small">{t('custom.authRest')}</p>
      <div>
        <Button size="xs" leftSection={<IconPlus size={13} />} onClick={() => set({ auth: [...auth, { id: `way-${auth.length + 1}`, type: 'none' }] })}>{t('custom.addAuth')}</Button>
      </div>
    </>
  );
}

type MethodProps = { m: Method; put: (m: Method) => void; rename: (id: string) => void; drop: () => void; schema: Schema | undefined };

function MethodForm({ m, put, rename, drop, schema }: MethodProps) {
  const { t } = useTranslation();
  const types = valuesAt(schema, ['methods', '[]', 'params', '[]', 'type']);
  const places = valuesAt(schema, ['methods', '[]', 'params', '[]', 'in']);
  const verbs = valuesAt(schema, ['methods', '[]', 'request', 'method']);
  const params = m.params ?? [];
  const param = (i: number, part: Partial<Param>) => put({ ...m, params: params.map((p, k) => (k === i ? without({ ...p, ...part }) : p)) });
  return (
    <>
      <div className="pl-definition-row">
        <TextInput label={t('accounts.name')} value={m.name} onChange={(e) => put({ ...m, name: e.currentTarget.value })} required />
        <TextInput label={t('custom.id')} defaultValue={m.id} onBlur={(e) => e.currentTarget.value && e.currentTarget.value !== m.id && rename(e.currentTarget.value)} required />
        <TextInput label={t('custom.category')} value={m.category ?? ''} onChange={(e) => put({ ...m, category: e.currentTarget.value })} />
      </div>
      <Textarea label={t('custom.description')} value={m.description ?? ''} onChange={(e) => put({ ...m, description: e.currentTarget.value })} autosize minRows={1} />
      <div className="pl-definition-row">
        <Select label={t('custom.verb')} data={verbs} value={m.request?.method ?? null} allowDeselect={false} onChange={(method) => method && put({ ...m, request: { ...m.request, method } })} />
        <TextInput className="pl-grow" label={t('custom.path')} value={m.request?.path ?? ''} onChange={(e) => put({ ...m, request: without({ ...m.request, path: e.currentTarget.value }) })} />
      </div>
      <h3>{t('custom.params')}</h3>
      {params.map((p, i) => (
        <div key={i} className="pl-definition-row">
          <TextInput label={t('accounts.name')} value={p.name} onChange={(e) => param(i, { name: e.currentTarget.value })} />
          <Select label={t('custom.where')} data={places} value={p.in} allowDeselect={false} onChange={(v) => v && param(i, { in: v })} />
          <TextInput label={t('custom.label')} value={p.label ?? ''} onChange={(e) => param(i, { label: e.currentTarget.value })} />
          <Select label={t('custom.type')} data={types} value={p.type ?? null} clearable onChange={(v) => param(i, { type: v ?? undefined })} />
          <Switch label={t('custom.required')} checked={!!p.required} onChange={(e) => param(i, { required: e.currentTarget.checked || undefined })} />
          <Button size="xs" onClick={() => put({ ...m, params: params.filter((_, k) => k !== i) })} aria-label={`${t('custom.remove')}, ${p.name}`}><IconTrash size={14} /></Button>
        </div>
      ))}
      <div>
        <Button size="xs" leftSection={<IconPlus size={13} />} onClick={() => put({ ...m, params: [...params, { name: `param${params.length + 1}`, in: 'query' }] })}>{t('custom.addParam')}</Button>
      </div>
      <Fields title={t('custom.requestFields')} list={m.request?.fields ?? []} types={types} put={(fields) => put({ ...m, request: without({ ...m.request, fields }) })} />
      <Fields title={t('custom.responseFields')} list={m.response?.fields ?? []} types={types} put={(fields) => put({ ...m, response: without({ ...m.response, fields }) })} />
      <div className="pl-form-foot">
        <Button color="red" variant="outline" size="xs" onClick={drop}>{t('custom.removeMethod')}</Button>
      </div>
    </>
  );
}

function Fields({ title, list, types, put }: { title: string; list: Field[]; types: string[]; put: (list: Field[]) => void }) {
  const { t } = useTranslation();
  const set = (i: number, part: Partial<Field>) => put(list.map((f, k) => (k === i ? without({ ...f, ...part }) : f)));
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {list.map((f, i) => (
        <div key={i} className="pl-definition-row">
          <TextInput label={t('custom.location')} classNames={{ input: 'pl-mono' }} value={f.loc} onChange={(e) => set(i, { loc: e.currentTarget.value })} />
          <TextInput label={t('custom.label')} value={f.label ?? ''} onChange={(e) => set(i, { label: e.currentTarget.value })} />
          <Select label={t('custom.type')} data={types} value={f.type ?? null} clearable onChange={(v) => set(i, { type: v ?? undefined })} />
          <Switch label={t('custom.required')} checked={!!f.required} onChange={(e) => set(i, { required: e.currentTarget.checked || undefined })} />
          <Button size="xs" onClick={() => put(list.filter((_, k) => k !== i))} aria-label={`${t('custom.remove')}, ${f.loc}`}><IconTrash size={14} /></Button>
        </div>
      ))}
      <Button size="xs" leftSection={<IconPlus size={13} />} onClick={() => put([...list, { loc: `field${list.length + 1}` }])}>{t('custom.addField')}</Button>
    </section>
  );
}
