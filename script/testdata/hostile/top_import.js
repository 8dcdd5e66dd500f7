// want: error
import * as std from 'std';
function before_action() { return true }
