// What scripts find in their machine. This runs before the script, in the same machine: nothing here is a wall,
// and what a script does to these functions it does to itself. Names that begin with cyclr_ or cycle_ are those
// that scripts written for other systems use.
(function (text, careful) {
  'use strict';
  const g = globalThis;
  const host = g.__host;
  delete g.__host;
  // Waiting and sharing have no use with one thread and no second machine.
  delete g.SharedArrayBuffer;
  delete g.Atomics;

  const parse = JSON.parse, stringify = JSON.stringify, str = String, then = Promise.prototype.then, Plain = Promise;
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const hide = (name, value) => Object.defineProperty(g, name, { value, writable: true, configurable: true, enumerable: false });

  function ask(name, args) {
    const answer = host(name, stringify(args));
    if (answer[0] === '-') throw new Error(slice(answer, 1));
    return answer.length > 1 ? parse(slice(answer, 1)) : undefined;
  }

  // The globals of the event.
  const given = parse(text);
  const names = Object.keys(given);
  const before = Object.create(null);
  for (const name of names) {
    try {
      Object.defineProperty(g, name, { value: given[name], writable: true, enumerable: true, configurable: true });
    } catch (e) {
      throw new TypeError('no global can have the name ' + name);
    }
  }
  for (const name of careful) before[name] = stringify(given[name]);

  // Requests and storage.
  hide('http_request', function http_request(request) {
    const r = Object.assign({}, request);
    if (r.data !== undefined && r.data !== null && typeof r.data !== 'string') {
      r.data = stringify(r.data);
      r.json = true;
    }
    return ask('http_request', r);
  });
  for (const family of ['cyclr_storage_', 'cycle_storage_']) {
    hide(family + 'list_values', () => ask(family + 'list_values', []));
    hide(family + 'list_keys', () => ask(family + 'list_keys', []));
    hide(family + 'get', (key) => ask(family + 'get', [str(key)]));
    hide(family + 'set', (key, value) => { ask(family + 'set', [str(key), value === undefined ? null : value]); });
    hide(family + 'append', (key, value) => ask(family + 'append', [str(key), value === undefined ? null : value]));
    hide(family + 'delete', (key) => ask(family + 'delete', [str(key)]));
    hide(family + 'delete_all', () => ask(family + 'delete_all', []));
    hide(family + 'increment', (key, by) => ask(family + 'increment', [str(key), by === undefined ? 1 : +by]));
    hide(family + 'decrement', (key, by) => ask(family + 'increment', [str(key), by === undefined ? -1 : -by]));
  }

  // Computing.
  const native = (name) => (...args) => ask(name, args);
  hide('btoa', (text, charset) => ask('btoa', [str(text), charset === undefined ? '' : str(charset)]));
  hide('atob', (text, charset) => ask('atob', [str(text), charset === undefined ? '' : str(charset)]));
  hide('cyclr_sign', (alg, key, text) => ask('sign', [str(alg), str(key), str(text), 'hex']));
  hide('cyclr_csv_parse', (text, delimiter, header) => ask('csv_parse', [str(text), delimiter === undefined ? ',' : str(delimiter), header === undefined ? true : !!header]));
  hide('cyclr_xml_serialize', native('xml_serialize'));
  hide('cyclr_xml_deserialize', (text) => ask('xml_deserialize', [str(text)]));
  hide('paceline', Object.freeze({
    uuid: () => ask('uuid', []),
    hash: (alg, text, encoding) => ask('hash', [str(alg), str(text), encoding === undefined ? 'hex' : str(encoding)]),
    sign: (alg, key, text, encoding) => ask('sign', [str(alg), str(key), str(text), encoding === undefined ? 'hex' : str(encoding)]),
    jwt: (claims, key, alg, header) => ask('jwt', [claims, str(key), alg === undefined ? 'HS256' : str(alg), header === undefined ? {} : header]),
    csv: (rows, delimiter) => ask('csv_format', [rows, delimiter === undefined ? ',' : str(delimiter)]),
  }));

  // Errors with a meaning.
  for (const name of ['AuthRefreshException', 'AuthSessionException']) {
    const Kind = function (message) {
      const e = new Error(message === undefined ? '' : str(message));
      e.name = name;
      return e;
    };
    Object.defineProperty(Kind, 'name', { value: name });
    hide(name, Kind);
  }

  // The log.
  function line(...parts) {
    let out = '';
    for (const p of parts) {
      let t;
      try {
        t = typeof p === 'string' ? p : (stringify(p) ?? str(p));
      } catch (e) {
        t = '[a value that can not be shown]';
      }
      out += (out === '' ? '' : ' ') + t;
    }
    host('log', out);
  }
  hide('console', Object.freeze({ log: line, info: line, warn: line, error: line, debug: line }));
  hide('log', line);

  // What libraries ask for when they need randomness.
  hide('crypto', Object.freeze({
    getRandomValues(array) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let from = 0; from < bytes.length; from += 1024) {
        const hex = ask('random', [Math.min(1024, bytes.length - from)]);
        for (let i = 0; i < hex.length; i += 2) bytes[from + i / 2] = parseInt(hex.substr(i, 2), 16);
      }
      return array;
    },
  }));

  // Libraries are made by the worker when the script names them.
  hide('require', function require(name) {
    const known = { moment: 'moment', 'moment-timezone': 'moment', 'crypto-js': 'CryptoJS', cryptojs: 'CryptoJS' };
    const at = known[str(name).toLowerCase()];
    if (at === undefined || g[at] === undefined) throw new Error('there is no library ' + stringify(str(name)));
    return g[at];
  });

  let state = 'new', value, problem;
  const kept = [];
  const api = {
    call(handler) {
      try {
        const v = handler();
        if (v instanceof Plain) {
          state = 'pending';
          then.call(v, (x) => { state = 'done'; value = x; }, (e) => { state = 'failed'; problem = e; });
        } else {
          state = 'done';
          value = v;
        }
      } catch (e) {
        state = 'failed';
        problem = e;
      }
      return state;
    },
    status(more) {
      if (state === 'pending' && !more) {
        state = 'failed';
        problem = new Error('the promise that the function returned is never settled');
      }
      return state;
    },
    result(limit) {
      const text = stringify(value);
      return text === undefined ? '' : bounded(text, limit);
    },
    kept: () => stringify(kept),
    globals(limit) {
      let out = '', size = 2;
      for (const name of names) {
        const text = stringify(g[name]);
        if (text === undefined) continue;
        if (before[name] === text) { // its numbers are written by the worker, as they came
          kept.push(name);
          continue;
        }
        const member = stringify(name) + ':' + text;
        size += member.length + 1;
        if (size > limit + 2) host('output', '');
        out += (out === '' ? '' : ',') + member;
      }
      return '{' + out + '}';
    },
    error() {
      try {
        problem;
      } catch (e) { // the engine threw nothing at all, as it does where it has no memory left
        return '{"Memory":true}';
      }
      return stringify(told(problem));
    },
  };
  // Longer than the limit as text is longer in bytes, too: there is no need to hand it over to find out.
  function bounded(text, limit) {
    if (text.length > limit) host('output', '');
    return text;
  }
  // The server masks what is secret, which it finds in whole only, and shortens it then.
  const most = 32000;
  function told(e) {
    try {
      if (typeof e === 'function' && (e === g.AuthRefreshException || e === g.AuthSessionException)) e = e();
      if (typeof e === 'object' && e !== null) {
        const name = e.name, message = e.message;
        if (message !== undefined || e instanceof Error) {
          return { Name: slice(str(name ?? ''), 0, most), Message: slice(str(message ?? ''), 0, most), Stack: slice(str(e.stack ?? ''), 0, 10000) };
        }
        return { Name: '', Message: slice(str(stringify(e)), 0, most), Stack: '' };
      }
      return { Name: '', Message: slice(str(e), 0, most), Stack: '' };
    } catch (other) {
      return { Name: '', Message: 'an error that can not be shown', Stack: '' };
    }
  }
  return (what, a) => api[what](a);
})
