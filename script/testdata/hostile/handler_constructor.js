// want: error
class before_action { constructor() { for (;;); } }
