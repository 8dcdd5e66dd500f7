import { expect, it } from 'vitest';
import { formatScript } from './scriptFormat';

const cases: [string, string, string][] = [
  ['functions and objects', 'function after_action(){\nif (a) {\nreturn {\na: [1,\n2],\n};\n}\n  else {\n return b\n}\n}', 'function after_action(){\n  if (a) {\n    return {\n      a: [1,\n        2],\n    };\n  }\n  else {\n    return b\n  }\n}\n'],
  ['several brackets of one line', 'call(function () {\nx();\n});', 'call(function () {\n  x();\n});\n'],
  ['cases', 'switch (x) {\ncase 1:\ny();\nbreak;\ndefault:\nz();\n}', 'switch (x) {\n  case 1:\n    y();\n    break;\n  default:\n    z();\n}\n'],
  ['what goes on', 'const a = b\n.map(c)\n&& d;', 'const a = b\n  .map(c)\n  && d;\n'],
  ['brackets in texts, patterns and comments', "const a = '{';\nconst b = /[{/]\\/{/g; // {\nconst c = \"\\\"{\"; /* { */\nconst d = e / f; /* {\n   as it is\n*/\ng();", "const a = '{';\nconst b = /[{/]\\/{/g; // {\nconst c = \"\\\"{\"; /* { */\nconst d = e / f; /* {\n   as it is\n*/\ng();\n"],
  ['template literals', 'if (a) {\nb = `x\n   {kept  \n${c.map((d) => {\nreturn d;\n})} y`;\nf();\n}', 'if (a) {\n  b = `x\n   {kept  \n${c.map((d) => {\n    return d;\n  })} y`;\n  f();\n}\n'],
  ['blank lines and ends', 'a();   \n\n\n\n  b();\n\n', 'a();\n\nb();\n'],
  ['nothing', '  \n', ''],
];

it.each(cases)('lays out %s', (_name, code, want) => expect(formatScript(code)).toBe(want));
it.each(cases)('leaves %s as they are once they are laid out', (_name, _code, want) => expect(formatScript(want)).toBe(want));
it('changes nothing but blanks around lines', () => {
  for (const [, code] of cases) expect(formatScript(code).replace(/^\s+|\s+$|\n\s*/gm, '')).toBe(code.replace(/^\s+|\s+$|\n\s*/gm, ''));
});
