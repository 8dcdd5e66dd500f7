// want: storage
function before_action() {
  const text = 'x'.repeat(200000);
  for (let i = 0; i < 500; i++) try { cyclr_storage_set('k' + i, text); } catch (e) { }
}
