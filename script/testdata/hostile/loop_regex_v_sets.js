// want: error
function before_action() { return /^(?:[a-z--[aeiou]]|[^\d&&\w])+$/v.test('bcdfg'.repeat(1000) + '!'); }
