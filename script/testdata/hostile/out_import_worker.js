// want: error
async function before_action() { return Object.keys(await import('std')).concat(Object.keys(await import('/proc/self/environ'))); }
