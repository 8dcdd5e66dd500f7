/**
 * Opens LAUNCH, ORBIT and marketplaces in a page of your own, and says how it ended.
 *
 * The address comes from your server, which asks the API for it (POST /v1.0/accounts/{id}/launch, .../orbit, .../marketplace): it
 * opens once, within five minutes. Your page's origin must be registered for your partner, or nothing is told to it.
 */

/** How a page is shown: in a window of its own, over your page, or within an element of it. */
export type Mode = 'popup' | 'modal' | 'inline';

export type Options = {
  /**
   * LaunchUrl, OrbitUrl or MarketplaceUrl of the API's answer, or a promise of it. With a promise a popup opens at once, before your
   * server has answered: browsers block a window that comes seconds after its click.
   */
  url: string | Promise<string>;
  /** Default: modal. */
  mode?: Mode;
  /** Where an inline page goes. */
  target?: HTMLElement | string;
  /** Size of the window of a popup in pixels. Default: 720 by 820, and never more than the screen has. */
  width?: number;
  height?: number;
  /** What the page is, for people who cannot see it. Default: "Integrations". */
  title?: string;
  /** Told of each set-up that ends, also after the promise was kept. */
  onResult?: (result: Result) => void;
  /** Told of what people start, pause and remove. */
  onChange?: (change: { type: 'started' | 'paused' | 'removed'; id: string }) => void;
  /** Told when somebody closes the page. One within an element stays there until you close it. */
  onClose?: () => void;
};

/** The result object of LAUNCH or of a marketplace's package. */
export type Result = {
  accountId: string;
  accountApiId: string;
  userId: string;
  errors: string[];
  completeParameter: string;
  /** Of LAUNCH. */
  cycleId?: string;
  status?: 'Active' | 'Stopped';
  webhooks?: string[];
  templateId?: string;
  templateReleaseId?: string;
  templateTags?: string[];
  /** Of a marketplace. */
  marketplacePackageId?: number;
  marketplaceCardId?: string;
  /** HTML that is harmless. */
  installCompleteMessage?: string;
  cycles?: { cycleId: string; status: 'Active' | 'Stopped'; templateId: string; templateReleaseId: string; webhooks: { stepName: string; url: string }[] }[];
};

/** A page that is open. */
export type Opened = {
  /**
   * Kept with the result of the first set-up that ends; with null when the page is closed before. Broken when the promise of the
   * address is, or gives none.
   */
  result: Promise<Result | null>;
  /** Closes the page. */
  close: () => void;
};

/** Why a page could not be opened. */
export class EmbedError extends Error {
  constructor(
    readonly code: 'popup_blocked' | 'no_target' | 'bad_url',
    message: string,
  ) {
    super(message);
  }
}

const windowCheck = 500; // ms between two looks whether the window is still there

/** open shows a page. It throws an EmbedError when it cannot. Call it from a click, or browsers block the window of a popup. */
export function open(options: Options): Opened {
  let address = typeof options.url === 'string' ? withOrigin(options.url) : null;
  const mode = options.mode ?? 'modal';
  const title = options.title ?? 'Integrations';
  const shown = mode === 'popup' ? popup(address, options) : mode === 'inline' ? inline(title, options.target) : modal(title);
  let settle: (result: Result | null) => void = () => {};
  let fail: (why: unknown) => void = () => {};
  const result = new Promise<Result | null>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  let over = false;
  const end = () => {
    over = true;
    window.removeEventListener('message', hear);
    shown.remove();
    settle(null); // of no effect after a result
  };
  const hear = (e: MessageEvent) => {
    if (e.origin !== address?.origin || e.source !== shown.page() || e.data?.source !== 'integrations') return;
    const said = e.data as { type: string; height?: number; result?: Result; id?: string };
    switch (said.type) {
      case 'resize':
        if (typeof said.height === 'number') shown.resize(said.height);
        break;
      case 'top':
        shown.top();
        break;
      case 'result':
        if (said.result) {
          settle(said.result); // first: what is told may throw
          options.onResult?.(said.result);
        }
        break;
      case 'started':
      case 'paused':
      case 'removed':
        options.onChange?.({ type: said.type, id: String(said.id) });
        break;
      case 'escape':
        if (mode === 'modal') end();
        break;
      case 'closed':
        if (mode === 'inline') settle(null);
        else end();
        options.onClose?.();
    }
  };
  window.addEventListener('message', hear);
  shown.closed(end);
  if (address) shown.go(address);
  else
    Promise.resolve(options.url)
      .then((text) => {
        address = withOrigin(text);
        if (!over) shown.go(address);
      })
      .catch((why: unknown) => {
        fail(why);
        end();
      });
  return { result, close: end };
}

/** launch, orbit and marketplace are open with names that say what for. */
export const launch = open;
export const orbit = open;
export const marketplace = open;

type Shown = {
  go: (address: URL) => void;
  page: () => Window | null;
  resize: (height: number) => void;
  top: () => void; // the page has begun anew: its beginning is to be seen
  remove: () => void;
  closed: (then: () => void) => void;
};

// withOrigin says in the address who is to be told.
function withOrigin(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new EmbedError('bad_url', 'url is not an address of the API\'s answer.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new EmbedError('bad_url', 'url is not an address of the API\'s answer.');
  url.searchParams.set('origin', window.location.origin);
  return url;
}

function popup(url: URL | null, size: { width?: number; height?: number }): Shown {
  const width = Math.min(size.width ?? 720, window.screen.availWidth);
  const height = Math.min(size.height ?? 820, window.screen.availHeight);
  const page = window.open(url?.href ?? 'about:blank', '_blank', `popup,width=${width},height=${height}`);
  if (!page) throw new EmbedError('popup_blocked', 'The browser has blocked the window: open it from a click.');
  let timer: number | undefined;
  return {
    go: (address) => {
      if (!url) page.location.replace(address.href);
    },
    page: () => page,
    resize: () => {}, // browsers let no page resize a window that shows another origin
    top: () => {},
    remove: () => {
      window.clearInterval(timer);
      if (!page.closed) page.close();
    },
    closed: (then) => {
      timer = window.setInterval(() => page.closed && then(), windowCheck);
    },
  };
}

function frame(title: string): HTMLIFrameElement {
  const f = document.createElement('iframe');
  f.title = title;
  f.referrerPolicy = 'no-referrer';
  f.allow = 'clipboard-write';
  f.style.cssText = 'border:0;width:100%;display:block;background:transparent';
  return f;
}

function inline(title: string, target: HTMLElement | string | undefined): Shown {
  const place = typeof target === 'string' ? document.querySelector<HTMLElement>(target) : target;
  if (!place) throw new EmbedError('no_target', 'target is not an element of the page.');
  const f = frame(title);
  f.style.height = '480px';
  place.replaceChildren(f);
  return {
    go: (address) => {
      f.src = address.href;
    },
    page: () => f.contentWindow,
    resize: (height) => {
      f.style.height = `${height}px`;
    },
    top: () => {
      if (f.getBoundingClientRect().top < 0) f.scrollIntoView();
    },
    remove: () => f.remove(),
    closed: () => {},
  };
}

function modal(title: string): Shown {
  const box = document.createElement('dialog');
  box.setAttribute('aria-label', title);
  box.style.cssText = 'border:0;padding:0;border-radius:12px;overflow:hidden;width:min(720px,100vw);height:min(480px,100dvh);max-width:100vw;max-height:100dvh;box-shadow:0 20px 48px -8px rgb(17 20 28 / .28)';
  const shut = document.createElement('button');
  shut.type = 'button';
  shut.setAttribute('aria-label', 'Close');
  shut.textContent = '×';
  shut.style.cssText = 'position:absolute;top:6px;right:6px;width:44px;height:44px;border:0;border-radius:8px;background:transparent;font:24px/1 system-ui;cursor:pointer';
  const f = frame(title);
  f.style.height = '100%';
  box.append(f, shut);
  document.body.append(box);
  box.showModal();
  let then = () => {};
  shut.addEventListener('click', () => then());
  box.addEventListener('cancel', (e) => {
    e.preventDefault();
    then();
  });
  return {
    go: (address) => {
      f.src = address.href;
    },
    page: () => f.contentWindow,
    resize: (height) => {
      box.style.height = `min(max(${height}px, 320px), ${window.innerWidth > 720 ? 'calc(100dvh - 48px)' : '100dvh'})`;
    },
    top: () => {},
    remove: () => {
      box.close();
      box.remove();
    },
    closed: (what) => {
      then = what;
    },
  };
}
