// want: none or time
function before_action() {
  return cyclr_csv_parse('"'.repeat(1e7)).length
}
