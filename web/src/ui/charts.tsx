import { useTranslation } from 'react-i18next';
import { count } from '../lib/format';

// TaskBar shows an account's tasks beside those of the largest: successful ones, then those that were incidents.
export function TaskBar({ ok, incident, most }: { ok: number; incident: number; most: number }) {
  const share = (n: number) => (100 * n) / Math.max(1, most);
  return (
    <svg className="pl-taskbar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden>
      <rect width="100" height="6" rx="2" className="pl-bar-room" />
      <rect width={share(ok)} height="6" className="pl-bar-ok" />
      <rect x={share(ok)} width={share(incident)} height="6" className="pl-bar-incident" />
    </svg>
  );
}

export type Day = { day: string; ok: number; incident: number };

// DayChart shows the tasks of each day, with their table behind it for those who listen. whole says that days are written in full.
export function DayChart({ days, label, whole = false }: { days: Day[]; label: string; whole?: boolean }) {
  const { t } = useTranslation();
  const most = Math.max(1, ...days.map((d) => d.ok + d.incident));
  const top = niceAbove(most);
  const width = 100 / Math.max(1, days.length);
  return (
    <figure className="pl-chart">
      <div className="pl-chart-legend" aria-hidden>
        <span className="pl-key-ok">{t('usage.ok')}</span>
        <span className="pl-key-incident">{t('usage.incident')}</span>
      </div>
      <div className="pl-chart-area" aria-hidden>
        {days.some((d) => d.ok + d.incident > 0) && <span className="pl-chart-top">{count(top)}</span>}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          {days.map((d, i) => {
            const ok = (100 * d.ok) / top;
            const bad = (100 * d.incident) / top;
            return (
              <g key={d.day}>
                <title>{`${d.day}: ${count(d.ok)} ${t('usage.ok')}, ${count(d.incident)} ${t('usage.incident')}`}</title>
                <rect x={i * width + width * 0.1} y="0" width={width * 0.8} height="100" className="pl-bar-hit" />
                <rect x={i * width + width * 0.1} y={100 - ok} width={width * 0.8} height={ok} className="pl-bar-ok" />
                <rect x={i * width + width * 0.1} y={100 - ok - bad} width={width * 0.8} height={bad} className="pl-bar-incident" />
              </g>
            );
          })}
        </svg>
        {days.every((d) => d.ok + d.incident === 0) && <span className="pl-chart-none">{t('usage.none')}</span>}
        <div className="pl-chart-days">
          {[days[0], days[Math.floor(days.length / 2)], days[days.length - 1]].map((d, i) => d && <span key={i}>{whole ? d.day : d.day.slice(5)}</span>)}
        </div>
      </div>
      <table className="pl-hidden">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th>{t('usage.day')}</th>
            <th>{t('usage.ok')}</th>
            <th>{t('usage.incident')}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((d) => (
            <tr key={d.day}>
              <th scope="row">{d.day}</th>
              <td>{count(d.ok)}</td>
              <td>{count(d.incident)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

// niceAbove is the next of 1, 2, 5, 10, 20, 50 and so on.
export function niceAbove(n: number): number {
  let step = 1;
  for (;;) {
    for (const k of [1, 2, 5]) if (k * step >= n) return k * step;
    step *= 10;
  }
}

export type Bar = { key: string; name: string; value: number; bad?: number };

// TopBars compares the largest of a list; the list itself, below it, is its table.
export function TopBars({ bars, label, unit }: { bars: Bar[]; label: string; unit: string }) {
  const shown = [...bars].sort((a, b) => b.value - a.value).slice(0, 8).filter((b) => b.value > 0);
  if (shown.length < 2) return null;
  const most = Math.max(...shown.map((b) => b.value));
  return (
    <section className="pl-card" aria-label={label}>
      <h2 className="pl-title">{label}</h2>
      <ul className="pl-bars">
        {shown.map((b) => (
          <li key={b.key}>
            <span title={b.name}>{b.name}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
              <rect width={(100 * (b.value - (b.bad ?? 0))) / most} height="10" className="pl-bar-ok" />
              <rect x={(100 * (b.value - (b.bad ?? 0))) / most} width={(100 * (b.bad ?? 0)) / most} height="10" className="pl-bar-incident" />
            </svg>
            <span className="pl-number">
              {count(b.value)} <span className="pl-hidden">{unit}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
