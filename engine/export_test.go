package engine

// SignNotice is open to tests, which compare it with the scheme's own example.
var SignNotice = signNotice
