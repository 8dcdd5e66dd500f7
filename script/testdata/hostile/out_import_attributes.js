// want: error
async function before_action() { return await import('data:application/json,{}', { with: { type: 'json' } }); }
