// want: time
function before_action() {
  cyclr_csv_parse({ toString() { for (;;); } })
}
