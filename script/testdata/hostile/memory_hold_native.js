// want: memory or time
function before_action() {
  const a = []; for (;;) a.push(cyclr_csv_parse('a,b\n' + '1,2\n'.repeat(200000)))
}
