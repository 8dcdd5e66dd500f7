// want: error
function before_action() { return [cyclr_csv_parse('a"b'.repeat(1e6), '"'), cyclr_csv_parse('a', ''), cyclr_csv_parse('a', '\n')]; }
