import { ActionIcon, Select } from '@mantine/core';
import { IconArrowRight, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Step } from '../api';
import { connect, disconnect } from '../builder/changes';
import { exitName, exitsOf, type Flow, inOrder, refusal } from '../builder/flow';
import { nameOf } from '../builder/stepWords';
import type { Editor } from '../builder/useEditor';

// Exits says to which steps a step leads, by each of its exits: the way to connect without a canvas.
export function Exits({ editor, flow, step, edit }: { editor: Pick<Editor, 'run'>; flow: Flow; step: Step; edit: boolean }) {
  const { t } = useTranslation();
  const order = inOrder(flow);
  const name = (id: string) => ((at) => (at < 0 ? '' : `${at + 1} ${nameOf(order[at] as Step, t)}`))(order.findIndex((s) => s.Id === id));
  return (
    <div className="pl-setup-form">
      <p className="pl-dim">{t('setup.exitsLead')}</p>
      {exitsOf(step, flow.edges).map((exit) => {
        const out = flow.edges.filter((e) => e.TailStepId === step.Id && e.EdgeType === exit);
        const free = order.filter((s) => refusal(flow, step.Id, exit, s.Id) === '');
        const words = exitName(step, exit) || t('setup.after');
        return (
          <section key={exit} aria-label={words}>
            <h3>{words}</h3>
            <ul className="pl-custom-fields">
              {out.map((e) => (
                <li key={e.HeadStepId}>
                  <span><IconArrowRight size={13} aria-hidden /> {name(e.HeadStepId)}</span>
                  <span />
                  {edit && (
                    <ActionIcon aria-label={t('setup.disconnect', { name: name(e.HeadStepId) })} onClick={() => void editor.run(disconnect({ TailStepId: e.TailStepId, HeadStepId: e.HeadStepId, EdgeType: e.EdgeType }))}>
                      <IconX size={15} />
                    </ActionIcon>
                  )}
                </li>
              ))}
            </ul>
            {edit && (
              <Select
                key={out.length} aria-label={t('setup.leadTo', { exit: words })} placeholder={t(out.length === 0 ? 'setup.leadsNowhere' : 'setup.leadAlso')} searchable value={null}
                data={free.map((s) => ({ value: s.Id, label: name(s.Id) }))} onChange={(head) => head && void editor.run(connect({ TailStepId: step.Id, HeadStepId: head, EdgeType: exit }))}
              />
            )}
          </section>
        );
      })}
    </div>
  );
}
