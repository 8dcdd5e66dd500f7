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
    passwordSet: 'The password of {{name}} is set', added: '{{name}} has access', level: 'Level', standard: 'Standard', administrator: 'Administrator', since: 'Since', makeAdmin: 'Make administrator', makeStandard: 'Make standard user',
    adminHint: 'An administrator also changes the settings and the users of the account. Everybody builds, runs and connects.', ownLead: 'People who may sign in to this account.', levelSet: '{{name}} is now: {{level}}', ownNewHint: 'Needed for a new user: at least 10 characters, one of them neither a letter nor a digit. Whoever exists already keeps the own one.',
  },
  accountSettings: {
    general: 'General', limits: 'Limits', audit: 'Audit info', taskAudit: 'Task audit info', success: 'Keep step data of successful transactions, hours', errored: 'Keep step data of transactions with errors, hours',
    retentionHint: '0 keeps nothing after the end; empty takes the partner\'s value; at most 744.', webhook: 'Post errors of this account to an address of its own', webhookUrl: 'Address', warnings: 'Post warnings, too',
    tasks: 'Tasks in a billing period', bytes: 'Stored bytes', quotaHint: '0 sets no limit; empty takes the partner\'s value.', delete: 'Delete account',
    deleteText: 'Its sub accounts go with it: cycles stop, and credentials, keys and history are destroyed. This cannot be undone.', deleteTitle: 'Delete {{name}}?', typeName: 'Type {{name}} to confirm', deleted: '{{name}} was deleted',
  },
  settings: {
    title: 'Settings', me: 'My sign-in', general: 'General', users: 'Console users', credentials: 'Client credentials', addresses: 'IP restrictions', audit: 'Audit log', branding: 'Branding', notifications: 'Notifications',
    domains: 'Addresses', domainsLead: 'Programs call the API domain; webhooks, consent pages and set-up links use the service domain.', apiDomain: 'API domain', serviceDomain: 'Service domain',
    retention: 'Retention and limits', retentionLead: 'For accounts and cycles that have no value of their own.', concurrent: 'Steps of one account that run at once', concurrentHint: 'Empty takes 50.',
    webhook: 'Error webhook', webhookLead: 'Each error of each account is posted there, signed. An account may have an address of its own.', webhookOn: 'Post errors', newSecret: 'New signing secret',
    newSecretText: 'The present secret signs no more from then on. The receiver must know the new one first.', secret: 'Secret', shownOnce: 'It is shown only now.',
    told: 'Notification webhook', toldLead: 'Told once when an error has paused a cycle, signed with a secret of its own.', toldOn: 'Tell of paused cycles',
    embedding: 'Embedding', origins: 'Origins', originsHint: 'One a line, such as https://app.example.com. Pages send people back to these alone.', inline: 'Ask for consent within the page',
    loosened: 'What loosens safety', loosenedLead: 'For older callers only. Each of these is off unless somebody needs it.', grant: 'The token endpoint takes user name and password', tokenGet: 'The token endpoint takes GET',
    echo: 'Reads of account connectors show credentials', anyOrigin: 'Pages send people back to any address',
  },
  credentials: {
    lead: 'What programs get access tokens with. At most five sets.', add: 'New credentials', id: 'Client ID', none: 'No credentials yet', tokens: 'Access tokens', person: 'a person', all: 'every account', issued: 'Issued',
    expires: 'Expires', revoke: 'Revoke', noToken: 'No token is good now', noTokenText: 'Tokens that programs and signed-in people hold are listed here.', deleteTitle: 'Delete {{name}}?',
    deleteText: 'Its tokens end at once, and programs that use it are refused.', deleted: '{{name}} was deleted', revokeTitle: 'Revoke this token?', revokeText: 'Who holds it is refused from now on.', revoked: 'The token is revoked',
    stored: 'I have stored it', descriptionHint: 'Which program uses it.',
  },
  addresses: { lead: 'Programs may call the API and the token endpoint from these alone. An empty list allows any.', list: 'Addresses and networks', hint: 'One a line, such as 192.0.2.0/24. A list without your own address is refused.' },
  audit: { account: 'API ID of an account', who: 'Who', what: 'What', subject: 'Of what', none: 'Nothing happened', noneText: 'Changes of settings, accounts, users and cycles are listed here.' },
  notifications: {
    lead: 'Emails to console users about what happens in accounts: one at a time, at most four an hour to each person.', from: 'They come from {{from}}.', notConfigured: 'This server has no mail server yet, and sends none: whoever runs it sets one (--mail-server).',
    add: 'Add notification', edit: 'Edit {{name}}', name: 'Name', off: 'Off', events: 'Of what', event: { CyclePaused: 'Cycles paused by an error', TaskUsage: 'Quotas that are nearly used up', Errors: 'Errors' },
    users: 'To whom', usersHint: 'Console users who have an email address.', nobody: 'Nobody yet', noAddress: 'a user without an email address', accounts: 'About which accounts', accountsHint: 'API IDs, one a line. Empty means all.', all: 'All', enabled: 'Send emails',
    none: 'No notifications yet', noneText: 'Somebody should hear when a cycle is paused.', delete: 'Delete', deleteTitle: 'Delete {{name}}?', deleteText: 'It sends nothing from now on.',
  },
  consoleUsers: {
    lead: 'People who may sign in to this console: with every right, or with rights by area.', add: 'Add console user', edit: 'Rights of {{name}}', rights: 'Rights', full: 'Full access', fullAccess: 'Full access', noRight: 'Dashboard and reports alone',
    email: 'Email', emailHint: 'Where emails go. Empty: to the user name, if that is an address.', told: 'Send emails about everything that goes wrong in accounts',
    first: 'First name', last: 'Last name', keepPassword: 'Empty keeps the present one. A new one ends open sessions.', drop: 'Take the authenticator app off, after it was lost', removeTitle: 'Remove {{name}}?',
    removeText: 'Sessions end at once, in the console and in accounts. This cannot be undone.', removed: '{{name}} was removed',
  },
  level: { None: 'None', View: 'View', Edit: 'Edit', Manage: 'Manage' },
  area: {
    Accounts: 'Accounts', AccountUsers: 'Account users', OpenAccount: 'Open account', Templates: 'Templates', TemplateReleases: 'Template releases', ExportImport: 'Export and import', ConnectorLibraries: 'Connector libraries',
    OAuthCredentials: 'Client credentials', Marketplaces: 'Marketplaces and branding', ConsoleUsers: 'Console users', GeneralSettings: 'General settings', IPRestrictions: 'IP restrictions',
    Notifications: 'Notifications',
  },
  factor: {
    title: 'Second step of the sign-in', on: 'Each sign-in asks for a code of your authenticator app.', off: 'The password alone signs you in. An authenticator app makes a stolen password useless.', begin: 'Set up an authenticator app',
    remove: 'Take the app off', scan: 'Scan the picture with the app, or type the secret. Then enter the code that it shows.', picture: 'Picture to scan with the authenticator app', secret: 'Secret', code: 'Code of the app',
    confirm: 'Confirm', codes: 'Recovery codes', codesText: 'Each of these signs you in once when the app is lost. They are shown only now.', removeText: 'Enter a code of the app, or one of the recovery codes.', removed: 'The password alone signs you in now',
  },
  dashboard: {
    title: 'Dashboard', tasks: 'Tasks, the last 30 days', ofThem: '{{n}} of them were incidents', history: 'Reports', needs: 'Needs somebody', nothing: 'Nothing needs you.', incidents: '{{n}} of {{of}} tasks of the last 7 days went wrong',
    review: 'Review incidents', happened: 'What happened',
    ready: { title: 'Getting started', template: 'Publish a template', account: 'Make an account for a customer', client: 'Make client credentials for your programs', factor: 'Protect your sign-in with an app' },
  },
  reports: {
    title: 'Reports', lead: 'Tasks of all accounts, each account for itself: those of sub accounts are never part of their parent\'s.', csv: 'Export CSV', by: 'Sum by', span: 'Days', days: '{{n}} days', search: 'Find in this report', chart: 'Tasks per day',
    more: '{{n}} more rows are in the CSV file.',
    key: { account: 'Account', 'account,cycle': 'Account and cycle', connector: 'Connector', 'connector,method': 'Connector and method', 'account,day': 'Account and day', day: 'Day' },
  },
  folders: {
    title: 'Folders', all: 'All', add: 'New folder', rename: 'Rename folder', delete: 'Delete folder', in: 'Lies in', top: 'The top', move: 'Move to folder', moveTitle: 'Move {{name}}', deleteTitle: 'Delete the folder {{name}}?',
    deleteText: 'Only an empty folder is deleted; templates are never deleted with it.',
  },
  releases: {
    title: 'Releases', lead: 'The live release is what accounts install.', import: 'Import Release', none: 'No release yet', one: 'Release {{n}}', promote: 'Promote to live', view: 'View', copy: 'Copy to draft', compare: 'Compare releases',
    tickTwo: 'Tick two releases to see what is different.', promoteTitle: 'Promote release {{n}}?', promoteText: 'Accounts that install the template get it from now on. The live release becomes deprecated; cycles keep theirs until they are upgraded.',
    published: 'Offer the template to accounts', promoted: 'Release {{n}} is live', changes: '{{n}} differences', equal: 'Both do the same.', what: 'What', kind: { added: 'added', removed: 'removed', changed: 'changed' },
  },
  quality: { title: 'Quality', any: 'Any quality', none: 'not stated', generated: 'generated', reviewed: 'reviewed', tested: 'tested', certified: 'certified', hint: { generated: 'Made by an importer; nobody has looked through it.', reviewed: 'Somebody has looked through it.', tested: 'Each method is tested on recordings.', certified: 'Tested, and checked against the vendor.' } },
  library: {
    lead: 'What can be installed in accounts: applications of vendors, and utilities that work on values.', kind: 'Family', utility: 'Utility', application: 'Application', anyKind: 'Any family', auth: 'Signs in by', categories: 'Categories', anyCategory: 'Any category',
    noMatch: 'No connector of the library fits these filters.', none: 'The library is empty',
  },
  scripts: {
    lead: 'Runs a script in the same worker that steps use, on globals that you type.', event: 'Event', noEvent: 'no event', run: 'Run', script: 'Script', globals: 'Globals, as JSON', output: 'Output', nothing: 'Run the script to see what it gives.',
    at: '(line {{line}}, column {{column}})', took: 'It took {{ms}} ms.', result: 'Result', log: 'Log', globalsAfter: 'Globals after the run', noJSON: 'The globals are no JSON: {{why}}',
  },
};
