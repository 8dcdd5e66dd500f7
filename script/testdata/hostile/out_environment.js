// want: none
function before_action() {
  for (const n of ['PATH', 'HOME', 'PACELINE_DATABASE_URL']) if (globalThis[n] !== undefined) for (;;); return typeof env
}
