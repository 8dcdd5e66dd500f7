// Texts of an account's pages that came after the first ones.
export const accountText = {
  cycleFiles: {
    import: 'Import Cycle', importGo: 'Import', importText: 'Takes the file of an exported cycle or template. Connectors that this account lacks come along, without credentials.', file: 'File', choose: 'Choose a file', paste: 'Or paste its text',
    noJSON: 'This is no JSON: {{why}}', imported: '{{name}} was imported', importedText: 'It is paused. Connect its connectors, then activate it.', exportTitle: 'Export {{name}}', exportText: 'The file holds every step and the connector releases that they use.',
    notInFile: 'Not in the file: credentials, connector properties, webhook keys, and links to other cycles.', older: 'Newer releases of these connectors are out. Upgrade first if the copy is to have them:', olderOne: '{{name}}: {{from}}, newest {{to}}',
    copy: 'Copy', copyTitle: 'Copy {{name}}', copyText: 'The copy has the same steps and connectors, and none of the transactions. It is paused, and its webhooks have addresses of their own.', copyName: '{{name}} (copy)', copied: '{{name}} was made',
  },
  wizard: {
    title: 'Set up {{name}}', loading: 'Set-up', steps: 'Steps of the set-up', place: { name: 'Name', 'sign-in': 'Way to sign in', values: 'Values', allow: 'Allow access', test: 'Test call' }, name: 'Name', nameHint: 'What this account calls it. Several of one application can stand side by side.',
    way: 'Signs in by: {{name}}', onlyConsent: 'Nothing to fill in here: you sign in at the vendor next.', nothing: 'This connector needs nothing.', held: 'A value is stored; empty keeps it.', heldEnds: 'A value that ends in {{end}} is stored; empty keeps it.', testText: 'Call a method to see that it works. You may also leave that for later.',
    allowText: 'A window of {{name}} opens. Sign in there and allow access; this page goes on by itself.', scopes: 'It is asked to allow:', callback: 'Address that the app at the vendor must allow', waiting: 'Waiting for the window of {{name}}. Nothing opened? Your browser may have blocked it.',
    blocked: 'Your browser blocked the window. Allow windows of this page, then try again.', later: 'Do this later', openAgain: 'Open again', goTo: 'Go to {{name}}', connected: 'Connected', connectedText: 'This window can be closed.',
  },
  guide: {
    title: 'Guide of {{name}}', open: 'Guide', signIn: 'How one signs in', nothing: 'Nothing has to be signed in to.', values: 'What is asked for besides', optional: 'Optional.', secret: 'Stored sealed, never shown again.', methods_one: 'What it can do: {{count}} method', methods_other: 'What it can do: {{count}} methods',
    way: { ApiKey: 'A key that the vendor gives out in its settings.', Basic: 'User name and password.', OAuth2: 'You sign in at the vendor and allow access. Its app must allow the address below.', OAuth1: 'You sign in at the vendor and allow access. Its app must allow the address below.', None: 'Nothing is needed.', AuthFields: 'Values that the vendor gives out.' },
  },
  test: { method: 'Method', call: 'Call' },
  loadFile: {
    act: 'Load file', title: 'Load a file into {{name}}', go: 'Load', file: 'File', choose: 'Choose a file of columns (CSV)', large: 'The file is larger than 8 MiB.', old: 'Its release can not load files. Upgrade the connector first.',
    rows: 'All rows are stored or none. The first line has the names of the columns, such as Entity1.Id, Entity1.Name, Entity2.Id, SourceApp. A row whose two ids are there already is changed.',
    table: 'The table takes the place of the one before, once it is there as a whole. The first line has the names of the columns.', reading: 'The file is being stored.',
    stored: 'Rows stored: {{n}}. New: {{created}}, changed: {{updated}}.', replaced: 'Rows in the table now: {{n}}.',
  },
  resubmit: {
    title: 'Resubmit failed', like: 'Resubmit all like this', textLike: 'Transactions of the cycle that failed in the same step with the same error, method and status are sent again from that step. What was done before stays done.', text: 'Transactions of one cycle that failed, in the chosen time, are sent again from the step that failed. What was done before stays done.', count: 'Count them', go: 'Resubmit them', found: '{{n}} transactions failed and were not repeated yet.',
    many: 'More than 10,000 transactions failed.', running: '{{n}} resubmitted so far, {{name}}', done: '{{n}} transactions of {{name}} were resubmitted', unavailable: '{{n}} could not be: their data is not kept any more, the step cannot go on where it failed, or a lost answer is not resolved.', stop: 'Stop here',
  },
};
