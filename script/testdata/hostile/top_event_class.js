// want: error
class before_action {}
