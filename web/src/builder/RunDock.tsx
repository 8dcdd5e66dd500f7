import { ActionIcon, Button } from '@mantine/core';
import { IconArrowUpRight, IconPlayerPauseFilled, IconPlayerPlayFilled, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Transaction, TransactionItem } from '../api';
import { duration } from '../lib/format';
import { LinkButton } from '../ui/links';
import { StatusPill } from '../ui/StatusPill';
import { stepStatus, transactionStatus } from '../ui/status';
import { startOf } from './run';

type Props = {
  account: string;
  cycle: string;
  id: string;
  items: TransactionItem[];
  transaction: Transaction | undefined;
  number: Map<string, number>;
  at: number | null; // the moment that is shown; null follows what is new
  go: (at: number | null) => void;
  pick: (step: string) => void;
  close: () => void;
};

// RunDock is the timeline of a run: follow it, or go back and play it again on the canvas.
export function RunDock(props: Props) {
  const { t } = useTranslation();
  const { items, at, go } = props;
  const span = useMemo(() => {
    const from = Math.min(...items.map(startOf));
    const to = Math.max(...items.map((x) => Date.parse(x.CreatedOnUtc)));
    return items.length === 0 ? { from: 0, length: 1 } : { from, length: Math.max(1, to - from) };
  }, [items]);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const every = setInterval(() => {
      const next = (at ?? span.from) + span.length / 60;
      if (next >= span.from + span.length) {
        setPlaying(false);
        go(null);
      } else go(next);
    }, 80);
    return () => clearInterval(every);
  }, [playing, at, span, go]);
  const here = at === null ? 1 : Math.min(1, Math.max(0, (at - span.from) / span.length));
  const status = props.transaction && transactionStatus(props.transaction);
  return (
    <section className="pl-dock" aria-label={t('builder.run')}>
      <header>
        {status && <StatusPill status={status} />}
        <strong>{t('builder.run')}</strong>
        <span className="pl-dim pl-dock-facts" aria-live="polite">
          {t('builder.runFacts', { count: items.length, took: duration(span.length) })}
        </span>
        <ActionIcon
          aria-label={t(playing ? 'builder.pause' : 'builder.play')} disabled={items.length === 0}
          onClick={() => {
            if (!playing && at === null) go(span.from);
            setPlaying(!playing);
          }}
        >
          {playing ? <IconPlayerPauseFilled size={15} /> : <IconPlayerPlayFilled size={15} />}
        </ActionIcon>
        <input
          type="range" className="pl-scrub" aria-label={t('builder.moment')} min={0} max={1000} value={Math.round(here * 1000)} aria-valuetext={duration(here * span.length)}
          onChange={(e) => {
            const v = Number(e.currentTarget.value);
            go(v >= 1000 ? null : span.from + (v / 1000) * span.length);
          }}
        />
        {at !== null && (
          <Button size="compact-sm" onClick={() => go(null)}>
            {t('builder.followLive')}
          </Button>
        )}
        <LinkButton size="compact-sm" to="/a/$account/transactions/$cycle/$transaction" params={{ account: props.account, cycle: props.cycle, transaction: props.id }} rightSection={<IconArrowUpRight size={13} />}>
          {t('builder.openTransaction')}
        </LinkButton>
        <ActionIcon aria-label={t('builder.closeRun')} onClick={props.close}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      <ol className="pl-timeline">
        {items.map((x) => {
          const s = stepStatus(x);
          const Picture = s.icon;
          const left = (startOf(x) - span.from) / span.length;
          return (
            <li key={x.Id}>
              <button type="button" onClick={() => props.pick(x.StepId)}>
                <span className="pl-timeline-name">
                  <span className="pl-dim">{props.number.get(x.StepId) ?? ''}</span>
                  <span className={`pl-pill pl-quiet pl-${s.role}`}>
                    <Picture size={13} aria-label={t(`status.${s.word}`)} role="img" />
                  </span>
                  {x.StepName}
                </span>
                <svg className="pl-timeline-bar" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden>
                  <rect className={`pl-bar-${s.role}`} x={left * 1000} y="2" height="8" width={Math.max(5, ((x.DurationMs ?? 0) / span.length) * 1000)} rx="2" />
                  {at !== null && <rect className="pl-bar-now" x={here * 1000} y="0" width="2" height="12" />}
                </svg>
                <span className="pl-dim pl-small">{x.Exit && x.Exit !== 'Forward' ? x.Exit : x.DurationMs === null ? '' : duration(x.DurationMs)}</span>
              </button>
            </li>
          );
        })}
      </ol>
      {items.length === 0 && <p className="pl-dim pl-pad">{t('builder.runWaiting')}</p>}
    </section>
  );
}
