// want: memory
function before_action() {
  const head = Array.from({ length: 1e5 }, (_, i) => 'c' + i).join(); return cyclr_csv_parse(head + '\n' + '1\n'.repeat(1e4)).length
}
