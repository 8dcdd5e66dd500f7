// want: time
throw { get message() { for (;;) {} }, toString() { for (;;) {} } } // before_action
