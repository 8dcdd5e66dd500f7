// Texts of the partner's own pages.
export const consoleText = {
  usage: {
    title: 'Usage', ok: 'Successful', incident: 'Incidents', day: 'Day', thisPeriod: 'Tasks this period', stored: 'Stored', ofLimit: 'of {{n}}', noLimit: 'No limit is set',
    perDay: 'Tasks per day, the last 30 days in UTC', byCycle: 'Tasks by cycle', outside: 'Calls outside cycles', none: 'No task yet', noneText: 'Each call that a cycle sends is a task.',
  },
  users: {
    lead: 'People who may sign in to this account. Access to an account gives none to its sub accounts, nor the reverse.', name: 'User name', nameHint: 'Such as an e-mail address. A user who exists already gets access as he is.',
    add: 'Add user', none: 'Nobody yet', noneText: 'People get their own sign-in to this account alone.', password: 'Set password', remove: 'Remove', removeTitle: 'Remove {{name}} from this account?',
    removeText: 'Open sessions in this account end at once. The user and the access to other accounts stay.', removed: '{{name}} has no access any more', passwordTitle: 'Password of {{name}}',
    passwordHint: 'At least 10 characters, one of them neither a letter nor a digit. Open sessions end.', newHint: 'Needed for a new user: at least 10 characters, one of them neither a letter nor a digit.',
    passwordSet: 'The password of {{name}} is set', added: '{{name}} has access',
  },
  accountSettings: {
    general: 'General', limits: 'Limits', audit: 'Audit info', taskAudit: 'Task audit info', success: 'Keep step data of successful transactions, hours', errored: 'Keep step data of transactions with errors, hours',
    retentionHint: '0 keeps nothing after the end; empty takes the partner\'s value; at most 744.', webhook: 'Post errors of this account to an address of its own', webhookUrl: 'Address', warnings: 'Post warnings, too',
    tasks: 'Tasks in a billing period', bytes: 'Stored bytes', quotaHint: '0 sets no limit; empty takes the partner\'s value.', delete: 'Delete account',
    deleteText: 'Its sub accounts go with it: cycles stop, and credentials, keys and history are destroyed. This cannot be undone.', deleteTitle: 'Delete {{name}}?', typeName: 'Type {{name}} to confirm', deleted: '{{name}} was deleted',
  },
};
