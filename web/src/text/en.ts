import { accountText } from './account';
import { consoleText } from './console';

// Every text of the application, by place. Numbers and names are put in by i18next.
export const en = {
  ...accountText,
  ...consoleText,
  product: 'Paceline',
  act: {
    tryAgain: 'Try again', cancel: 'Cancel', close: 'Close', copy: 'Copy', copied: 'Copied', signOut: 'Sign out', open: 'Open Account',
    more: 'More', save: 'Save', saved: 'Saved', delete: 'Delete', edit: 'Edit', back: 'Back', next: 'Continue', done: 'Done', backToConsole: 'Back to console',
  },
  nav: {
    label: 'Main', dashboard: 'Dashboard', reports: 'Reports', settings: 'Settings', library: 'Connector library', scripts: 'Script tester', usage: 'Usage', customers: 'Customers', accounts: 'Accounts', subAccounts: 'Sub accounts', cycles: 'Cycles', connectors: 'Connectors', transactions: 'Transactions',
    incidents: 'Incidents', templates: 'Templates', build: 'Build', help: 'API documentation', support: 'You act as support; actions are recorded',
    signedInAs: 'Signed in as {{name}}', crumbs: 'Where you are', colours: 'Light or dark', skip: 'Skip to the content',
  },
  signIn: {
    title: 'Sign in', where: 'Partner Console on {{host}}', name: 'User name', password: 'Password', go: 'Continue',
    refused: 'This name and password do not belong together.', codeRefused: 'This code is not right, or it was used before.', codeHint: 'Or one of the recovery codes.', throttled: 'Too many attempts. Wait a minute, then try again.',
    first: 'The first administrator is made with the link that the server printed at its first start.',
  },
  table: {
    actions: 'Actions', loading: '{{what}} are being loaded', rows: 'Rows a page', previous: 'Previous page', next: 'Next page', page: 'Page {{page}}',
    pageOf: 'Page {{page}} of {{pages}}', range: '{{from}} to {{to}}', rangeOf: '{{from}} to {{to}} of {{total}}', pastTheEnd: 'Nothing on this page',
  },
  error: {
    notLoaded: '{{what}} could not be loaded', unreachable: 'The server could not be reached. Check the connection.', unknown: 'The server gave no reason.',
    request: 'Request {{id}}', noAccess: 'No access', noAccessWhy: 'Your rights do not cover this area. An administrator can grant them.',
    notFound: '{{what}}: not found', notFoundWhy: 'It does not exist, or it belongs to somebody else.', broken: 'This page failed',
  },
  json: { none: 'Not kept, or empty.' },
  status: {
    running: 'Running', paused: 'Paused', stopped: 'Stopped', stoppedByError: 'Stopped by error', deleting: 'Being deleted', queued: 'Queued',
    inProgress: 'In progress', waiting: 'Waiting', failed: 'Failed', completed: 'Completed', completedWithErrors: 'Completed with errors',
    completedWithWarnings: 'Completed with warnings', skipped: 'Skipped', authenticated: 'Authenticated', notAuthenticated: 'Not authenticated',
    needsSetUp: 'Needs set-up', draft: 'Draft', live: 'Live', deprecated: 'Deprecated',
  },
  accounts: {
    title: 'Account Management', lead: 'One account per customer. Sub accounts have their own usage, which is never added to the parent.',
    subTitle: 'Sub accounts of {{name}}', subLead: 'Each has its own cycles and its own usage, and may use its parent\'s connectors.',
    add: 'Add New Account', addSub: 'Add New Sub Account', account: 'Account', apiId: 'API ID', created: 'Created', zone: 'Time zone', subs: 'Sub Accounts',
    seeSubs: 'Sub accounts', users: 'Users', running: 'Cycles running', tasks: 'Tasks', settings: 'Settings', search: 'Name or API ID', none: 'No account yet', noneText: 'Make one for each customer. Their cycles, connectors and usage are kept apart.',
    noneSub: 'No sub account yet', noneSubText: 'Sub accounts share the connectors of their parent; their usage is counted by itself.',
    name: 'Name', id: 'API ID', idHint: 'Chosen once, used by the API. Left empty, one is made.', description: 'Description', create: 'Create account',
    created2: '{{name}} was created', noMatch: 'No account matches', noMatchText: 'Nothing fits "{{text}}".', clear: 'Show all',
  },
  cycles: {
    title: 'Cycles', lead: 'The integrations of this account.', leadZone: 'The integrations of this account. Times are in {{zone}}.', newer: 'newer release', build: 'Open in the builder', report: 'Report', upgrade: 'Upgrade',
    upgradeTitle: 'Upgrade {{name}}?', upgradeText: 'It gets the live release of its template. What the customer set stays; everything else is replaced.', upgraded: '{{name}} is upgraded', cycle: 'Cycle', state: 'State', trigger: 'Trigger', inProgress: 'In progress', errors: 'Errors',
    warnings: 'Warnings', tasks: 'Tasks', onWebhook: 'On webhook', every: 'every {{n}} min', cron: 'cron {{text}}', runOnce: 'Run once', byHand: 'By hand', next: 'next {{when}}',
    activate: 'Activate', stop: 'Stop', transactions: 'Transactions', none: 'No cycle yet', noneText: 'Install a template: it brings its steps and its connectors.',
    useTemplate: 'Templates', new: 'New cycle', newText: 'It starts empty, in the builder.', create: 'Create', export: 'Export', delete: 'Delete',
    stopTitle: 'Stop {{name}}?', stopText: '{{n}} transactions are in progress.', stopTextNone: 'Nothing is in progress.', stopNow: 'Stop now', finish: 'Finish, then stop',
    stopped: '{{name}} is stopped', finishing: '{{name}} finishes, then stops',
    activateTitle: 'Activate {{name}}', interval: 'Run', activated: '{{name}} runs', webhookNote: 'A cycle that begins with a webhook runs whenever one arrives; the interval is not used.',
    deleteTitle: 'Delete {{name}}?', deleteText: 'It stops, and lies in the recycle bin for 90 days. Until then it can be restored with its history and its webhook addresses.', deleted: '{{name}} was deleted',
    minutes: { 1: 'every minute', 5: 'every 5 minutes', 15: 'every 15 minutes', 30: 'every 30 minutes', 60: 'every hour', 120: 'every 2 hours', 360: 'every 6 hours', 720: 'every 12 hours', 1440: 'every day', 10080: 'every week' },
    templateRelease: 'from a template', builtHere: 'built here',
  },
  connectors: {
    newUtility: 'Install New Utility', newApplication: 'Install New Application', install: 'Install', search: 'Name or category', find: 'Name or application', noMatch: 'No connector fits "{{text}}".', noneFound: 'No connector matches', more: '{{n}} more. Type more of the name.',
    edit: 'Edit Connector', setUp: 'Set up', test: 'Test a method', testTitle: 'Test {{name}}', newer: '{{release}} is out', upgrade: 'Upgrade to {{release}}', upgradeGo: 'Upgrade', upgradeTitle: 'Upgrade {{name}}?', upgraded: '{{name}} is upgraded',
    upgradeText: 'It gets the newest release. Steps keep the methods that they use; a release that lacks one of them is refused.', deleteTitle: 'Delete {{name}}?', deleteText: 'Its credential and properties go with it. It is refused while cycles use it.', deleted: '{{name}} was deleted',
    title: 'Connectors', lead: 'The applications that this account is connected to.', connector: 'Connector', state: 'State', name: 'Name', application: 'Application', release: 'Release',
    none: 'No connector yet', noneText: 'Connectors come with the templates that need them.', token: 'Generate set-up token', fromParent: 'From parent',
    deauth: 'De-authenticate', deauthTitle: 'De-authenticate {{name}}?', deauthText: 'Its credential is deleted here, and revoked at the vendor where it offers that. Cycles that use it stop.', deauthed: '{{name}} is de-authenticated',
    tokenTitle: 'Set-up token for {{name}}', tokenText: 'Somebody who holds the link and the token can sign in to this one application, and do nothing else. Send the two apart.',
    user: 'User', userHint: 'As whom the connector is connected. Left empty, the account\'s built-in user.', valid: 'Valid for', minutes: { 5: '5 minutes', 60: '1 hour', 1440: '1 day', 10080: '7 days' },
    make: 'Generate', link: 'Link', tokenWord: 'Token', shownOnce: 'The token is shown only now.', expires: 'Both can be opened until {{when}}; then 12 hours are left to finish.', stored: 'I have sent them',
  },
  transactions: {
    search: 'Id, message or step', title: 'Transactions', lead: 'Every run of every cycle, the newest first.', leadZone: 'Every run of every cycle, the newest first. Times are in {{zone}}.', anySplit: 'Split or not', splitChoice: { Unsplit: 'Not split', Parent: 'Parents of rows', Child: 'Single rows' }, from: 'From', to: 'To', trouble: 'Trouble', anyTrouble: 'Trouble or not', troubleChoice: { errors: 'With errors', warnings: 'With warnings', none: 'Without trouble' }, codeChip: 'code {{code}}', clearFilters: 'Clear filters', rows: 'See its rows', parentOf: 'See the parent', status: 'Status', cycle: 'Cycle', started: 'Started', took: 'Took', errors: 'Errors', warnings: 'Warnings', split: 'Split',
    all: 'Any status', allCycles: 'Every cycle', none: 'Nothing has run yet', noneText: 'As soon as a cycle runs, its transactions are listed here.', noneFiltered: 'No transaction has this status', noneFilteredText: 'Look at any status instead.',
    show: 'Show', parent: 'Parent of rows', child: 'One row', splits: { Unsplit: '', Parent: 'list', Child: 'row' },
    one: 'Transaction', steps: 'Steps', request: 'Request', response: 'Response', resubmit: 'Resubmit', again: 'Start again', resubmitted: 'Resubmitted as a new transaction',
    resubmitTitle: 'Resubmit this transaction?', resubmitText: 'A new transaction goes on from the step that failed, with the data of this one. This one stays as it is.',
    againTitle: 'Start again from the first step?', againText: 'A new transaction runs every step again, also those that were done.', pick: 'Choose a step to see what went over the wire.', noSteps: 'No step has run yet',
    attempt: 'attempt {{n}}', kept: 'Requests and responses are kept for as long as the account\'s retention says.', redacted: 'Credentials are never shown.',
  },
  remove: {
    title: 'Delete transactions', go: 'Delete', text: 'All transactions of the cycle that have ended go for good, each with the rows that were split from it. What they cost stays counted.',
    textFiltered: 'The transactions of the cycle that have ended and that the filters choose go for good, each with the rows that were split from it. What they cost stays counted.',
    live: 'The filter chooses transactions that have not ended. Only those that have ended can be deleted.', done: '{{n}} transactions were deleted', more: '{{n}} transactions were deleted; the others follow in the background',
    one: 'Delete', oneTitle: 'Delete this transaction?', oneText: 'Its requests, responses and incidents go for good, with the rows that were split from it. What it cost stays counted.', oneDone: 'The transaction was deleted',
  },
  bin: {
    title: 'Recycle bin', lead: 'Deleted cycles. They stop, and can be restored for 90 days.', deleted: 'Deleted', purged: 'Gone for good', restore: 'Restore', restored: '{{name}} was restored, and is paused',
    purge: 'Delete for good', purgeTitle: 'Delete {{name}} for good?', purgeText: 'Steps, history and webhook addresses go with it. This cannot be undone.', gone: '{{name}} is gone for good',
    empty: 'Empty', emptyTitle: 'Empty the recycle bin?', emptied: 'The recycle bin is empty', none: 'The recycle bin is empty', noneText: 'Cycles that are deleted can be restored from here for 90 days.',
  },
  incidents: {
    title: 'Incidents', lead: 'What went wrong, the newest first.', message: 'Message', code: 'Code', step: 'Step', when: 'When', error: 'Errors', warning: 'Warnings', level: 'Level',
    none: 'Nothing needs you', noneText: 'Errors and warnings of this account\'s cycles are listed here.', open: 'Open transaction',
  },
  templates: {
    one: 'Template', new: 'New template', import: 'Import Template', importText: 'Takes the file of an exported template or cycle. It comes in as a draft.', tag: 'Tag', noMatch: 'No template matches', noMatchText: 'No template has this tag in this folder.', title: 'Templates', lead: 'Ready integrations. Using one installs a copy of it with the connectors that it needs.', use: 'Use Template', none: 'No template is published', noneText: 'Published templates are listed here.',
    useTitle: 'Use {{name}}', name: 'Name of the cycle', install: 'Install', installed: '{{name}} was installed', connectors: 'Connectors', library: 'Template library', libraryLead: 'What you design, and what accounts are offered of it.', tags: 'Tags',
    search: 'Name', tagChip: 'tag {{tag}}', release: 'Release', liveOf: 'Live {{n}}', draftOf: 'Draft {{n}}', offered: 'Offered', notLive: 'Promote a release first.', delete: 'Delete', deleteTitle: 'Delete {{name}}?',
    deleteText: 'Accounts are offered it no more, and it lies in the recycle bin for 90 days. Cycles that were made of it stay.', binLead: 'Deleted templates. They are not offered, and can be restored for 90 days.', binNoneText: 'Templates that are deleted can be restored from here for 90 days.',
    restored: '{{name}} was restored; it is not offered', purgeText: 'Its releases go for good. Cycles that were made of it stay. This cannot be undone.',
  },
};
