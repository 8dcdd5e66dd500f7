import { Problem } from '../lib/ask';

export type Saving = { state: 'saved' | 'saving' | 'waiting' | 'failed'; at?: Date; problem?: Error };

// A Write is one call that changes the server. A change is one or several, sent one after the other.
export type Write = () => Promise<void>;

type Told = {
  saving: (saving: Saving) => void;
  refused: () => void; // a change was lost: what is shown, and what can be undone, is not what is there
  reread: () => Promise<boolean>; // reads what is there, and says whether it could
  idle: () => void; // all is sent
};

// later reports whether a failure says nothing of the change itself, so that it can be sent again.
const later = (e: unknown): e is Problem => e instanceof Problem && (e.status === 0 || e.status === 429 || (e.status >= 502 && e.status <= 504));

// Outbox sends changes in their order. While no answer comes it holds them and tries again; a change that is refused is given
// up, and what it was shown as goes with the next reading, which waits until all else is sent.
export class Outbox {
  private queue: { writes: Write[]; done: (lost?: Error) => void }[] = [];
  private working = false;
  private stale = false; // what is shown has to be read anew
  private lost: Error | undefined; // why a change was given up, until what is there was read
  private wake: (() => void) | undefined;
  private waiters: (() => void)[] = [];
  private left = false;
  private state: Saving['state'] = 'saved';

  constructor(
    private told: Told,
    private pause: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
  ) {}

  get pending() {
    return this.queue.length;
  }

  // unsafe reports whether leaving now would lose something, or leave somebody untold of a loss.
  get unsafe() {
    return this.queue.length > 0 || this.lost !== undefined;
  }

  // add sends a change in its turn. What comes of it is why it was given up, or nothing when all of it is sent.
  add(writes: Write[]): Promise<Error | undefined> {
    return new Promise((done) => {
      this.queue.push({ writes: [...writes], done });
      if (this.state !== 'waiting') this.say('saving');
      if (!this.working) void this.work();
    });
  }

  // outdated has what is shown read anew once all is sent.
  outdated() {
    this.stale = true;
  }

  // retry sends what waits without waiting longer.
  retry() {
    this.wake?.();
  }

  // leave drops what waits for an answer when nobody looks any more; what is on its way goes on.
  leave() {
    this.left = true;
    this.retry();
  }

  stay() {
    this.left = false;
  }

  // settled ends once all is sent, or as soon as it cannot be for now.
  settled(): Promise<void> {
    if (!this.working || this.state === 'waiting') return Promise.resolve();
    return new Promise((done) => this.waiters.push(done));
  }

  private say(state: Saving['state'], problem?: Error) {
    this.state = state;
    this.told.saving({ state, ...(state === 'saved' ? { at: new Date() } : {}), ...(problem ? { problem } : {}) });
    if (state === 'waiting') this.letGo();
  }

  private letGo() {
    for (const done of this.waiters.splice(0)) done();
  }

  private async work() {
    this.working = true;
    do {
      for (let next = this.queue[0]; next; next = this.queue[0]) {
        const lost = await this.send(next.writes);
        this.queue.shift();
        next.done(lost);
      }
      if (this.stale) {
        this.stale = false;
        if (!(await this.told.reread())) this.stale = true;
      }
    } while (this.queue.length > 0);
    this.working = false;
    // A loss stays to be seen until the next change; and that counts as saved only where what is there was read.
    if (this.lost) this.say('failed', this.lost);
    else this.say('saved');
    if (!this.stale) this.lost = undefined;
    this.letGo();
    this.told.idle();
  }

  private async send(writes: Write[]): Promise<Error | undefined> {
    let wait = 1000;
    while (writes[0]) {
      try {
        await writes[0]();
        writes.shift();
        wait = 1000;
        if (this.state === 'waiting') this.say('saving');
      } catch (e) {
        if (later(e) && !this.left) {
          this.say('waiting', e);
          await Promise.race([this.pause(wait), new Promise<void>((now) => { this.wake = now; })]);
          this.wake = undefined;
          wait = Math.min(2 * wait, 30_000);
          continue;
        }
        this.stale = true;
        this.lost = e as Error;
        this.told.refused();
        return this.lost;
      }
    }
    return undefined;
  }
}
