// want: error
function before_action() {
  'use strict'; paceline.hash = () => 1
}
