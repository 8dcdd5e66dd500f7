import i18next from 'i18next';

// The words of the embedded pages. Partners replace them by their keys (Wording of a marketplace); none names the product.
const en = {
  launch: {
    title: 'Connect your applications', lead: 'Choose what to set up. Most take a few minutes.', none: 'There is nothing to set up.', connect: 'Connect', goOn: 'Go on', again: 'Connect another',
    installed: 'Installed',
  },
  orbit: {
    title: 'Your integrations', none: 'Nothing is installed yet.', noneText: 'What you connect is listed here, to pause it or take it away.', count_one: '{{count}} installed, {{running}} running', count_other: '{{count}} installed, {{running}} running',
    shut: '{{name}} does not let us in any more.', signIn: 'Sign in again', last: 'Last done {{when}}', needs_one: ', {{count}} needs you', needs_other: ', {{count}} need you', month_one: '{{count}} task this month', month_other: '{{count}} tasks this month', waiting_one: '{{count}} waits', waiting_other: '{{count}} wait',
    pausedBy: 'Paused by {{name}}, {{when}}', pausedSince: 'Paused since {{when}}', stoppedSince: 'Stopped since {{when}}', partly: 'A part of it runs.', startAll: 'Start all of it', events: 'Last events', next: 'Next {{when}}', by: 'Installed by {{name}}, {{when}}', at: 'Installed {{when}}',
    pause: 'Pause', resume: 'Resume', change: 'Change', remove: 'Remove', goOn: 'Go on', add: 'Add integration',
    removeTitle: 'Remove {{name}}?', removeText: 'It stops at once and is taken away with its settings. Your connected applications stay connected.', removed: '{{name}} was removed', paused: '{{name}} is paused', resumed: '{{name}} runs',
    pauseTitle: 'Pause {{name}}?', pauseText: 'It stops at once. What arrives while it is paused is not processed.',
  },
  market: {
    search: 'Search {{count}} integrations', search_one: 'Search {{count}} integration', all: 'All', open: 'Open', connect: 'Connect', manage: 'Manage', goOn: 'Go on', nothing: 'Nothing fits.', empty: 'There is nothing here yet.', back: 'Back', installed: 'Installed',
    details: '{{title}}: installed', another: 'Connect another', missing: 'Not available at the moment', blocked: 'Installed already',
  },
  events: {
    Done: '{{name}}: done', Trouble: '{{name}}: done, with trouble', Waits: '{{name}}: in progress', WaitsNext: '{{name}} waits, next {{next}}', Failed: '{{name}} did not work', Halted: '{{name}}: ended by a stop',
    Started: '{{name}} was started', StartedBy: '{{name}} was started by {{by}}', Paused: '{{name}} was paused', PausedBy: '{{name}} was paused by {{by}}', Stopped: '{{name}} was stopped: an application lets us in no more', StoppedBy: '{{name}} was stopped: an application lets us in no more',
  },
  state: { Running: 'Running', Changing: 'Being changed', Partly: 'Runs in part', Finishing: 'Finishing', Paused: 'Paused', Stopped: 'Stopped', Unfinished: 'Set-up not finished' },
  wizard: {
    settings: 'Settings', done: 'Done', name: 'Name', nameTitle: 'What shall it be called?', nameText: 'You can have several; the name tells them apart.', next: 'Next', back: 'Back', cancel: 'Cancel', close: 'Close', start: 'Start integration', save: 'Save', finish: 'Finish',
    progress: 'Progress', connectTitle: 'Connect {{name}}', scopes: 'It is asked to allow:', connectText: 'Sign in to {{name}} with the account that the integration shall use.', connected: '{{name}} is connected', shared: '{{name}} is connected by somebody else of your company. Ask them to sign in.',
    connect: 'Connect', signIn: 'Sign in to {{name}}', waiting: 'Finish in the other window, then come back here.', openWindow: 'Open it', held: 'A value is stored; leave this empty to keep it.', reconnect: 'Use another sign-in',
    settingsTitle: 'A few choices and it runs', settingsText: 'You can change them later.', nothingToSet: 'Nothing is left to choose.', choose: 'Choose', loading: 'Asking {{name}} for the choices', noChoices: 'No choices', required: '{{label}} is needed', yes: 'Yes', no: 'No', moreChoices: 'There are more: type to search.',
    doneTitle: '{{name}} is set up', running: 'It runs now.', stopped: 'It is not started.', failed: 'It could not be started.', webhooks: 'Send events to', copy: 'Copy', copied: 'Copied', saved: 'Saved', startLater: 'You can start it under Your integrations.',
    stopFirst: 'It runs. To change it, it is paused and then started again.',
  },
  error: { title: 'This did not work', again: 'Try again', unreachable: 'The server could not be reached. Check your connection.', over: 'Your time on this page is over. Open it again from where you came.', unknown: 'Something went wrong. Please try again.' },
  loading: 'Loading',
};

export const text = i18next.createInstance();
text.init({ lng: 'en', fallbackLng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false }, returnNull: false, initAsync: false });

export const t = text.t.bind(text);

// reword replaces words by their keys.
export function reword(words: Record<string, string> | undefined) {
  for (const [key, value] of Object.entries(words ?? {})) {
    text.addResource('en', 'translation', key, value);
    for (const form of [`${key}_one`, `${key}_other`]) {
      if (text.exists(form) && !words?.[form]) text.addResource('en', 'translation', form, value); // ours would stand before the partner's
    }
  }
}
