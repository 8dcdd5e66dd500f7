// want: error
function before_action() { let s = '<a>' + '<b x="1">'.repeat(2e5) + '</b>'.repeat(2e5) + '</a>'; return typeof cyclr_xml_deserialize(s); }
