import { useEffect, useRef, useState } from 'react';

type Said = { type: 'height'; height: number } | { type: 'closed' } | { type: 'leave'; address: string };

// OwnPage is a page of the partner's own HTML, which may run scripts. It has no origin, so that it reaches nothing of ours; what it
// shows goes through a port that it sends, and to nobody else.
export function OwnPage({ address, title, result, message, close, leave }: { address: string; title: string; result: unknown; message?: string; close: () => void; leave: (to: string) => void }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, grow] = useState(160);
  const latest = useRef({ result, message, close, leave });
  latest.current = { result, message, close, leave };
  useEffect(() => {
    let port: MessagePort | undefined;
    const hear = (e: MessageEvent) => {
      if (e.source !== frame.current?.contentWindow || e.data?.type !== 'own-page' || !e.ports[0]) return;
      port = e.ports[0];
      port.onmessage = (m: MessageEvent<Said>) => {
        if (m.data.type === 'height') grow(Math.min(Math.max(Number(m.data.height) || 0, 40), 5000));
        if (m.data.type === 'closed') latest.current.close();
        if (m.data.type === 'leave') latest.current.leave(String(m.data.address));
      };
      port.postMessage({ result: latest.current.result, names: {}, html: { InstallCompleteMessage: latest.current.message ?? '' } });
    };
    window.addEventListener('message', hear);
    return () => {
      window.removeEventListener('message', hear);
      port?.close();
    };
  }, []);
  return <iframe ref={frame} className="own-page" title={title} src={address} height={height} sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" />;
}
