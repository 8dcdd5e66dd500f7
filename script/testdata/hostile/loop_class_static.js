// want: time
class A { static { for (;;); } }
function before_action() {}
