// want: time
Object.defineProperty(globalThis, 'before_action', { get() { for (;;); } });
